import { z } from 'zod'
import { metadataFields } from '../../archives/python-metadata.ts'
import type { ServerAccess } from './api-client.ts'
import { type ApiAnswer, apiRequest } from './api-request.ts'
import { digestsOf } from './digests.ts'
import type { PythonFile } from './package-file.ts'

const UPLOAD_TIMEOUT_MS = 600_000
/** An identical file is accepted again, so repeating is harmless. */
const ATTEMPTS = 4
const BACKOFF_MS = 500

/** Uploads one wheel or sdist as twine does: a multipart POST to `<server>/pypi/legacy/` as `__token__`. */
export function uploadPython(access: ServerAccess, file: PythonFile): Promise<ApiAnswer<unknown>> {
  const credentials = Buffer.from(`__token__:${access.token ?? ''}`).toString('base64')
  return apiRequest(
    {
      method: 'POST',
      url: `${access.server.replace(/\/+$/, '')}/pypi/legacy/`,
      authorization: async () => (access.token === null ? null : `Basic ${credentials}`),
      body: uploadForm(file),
      attempts: ATTEMPTS,
      timeoutMs: UPLOAD_TIMEOUT_MS,
      backoffMs: BACKOFF_MS,
    },
    z.unknown(),
  )
}

/** The form that twine sends for one file (the legacy upload API of PyPI): digests, core metadata, content. */
export function uploadForm(file: PythonFile): FormData {
  const form = new FormData()
  const digests = digestsOf(file.bytes)
  form.set(':action', 'file_upload')
  form.set('protocol_version', '1')
  form.set('filetype', file.kind === 'wheel' ? 'bdist_wheel' : 'sdist')
  form.set('pyversion', file.pythonTag)
  form.set('md5_digest', digests.md5)
  form.set('sha256_digest', digests.sha256)
  form.set('blake2_256_digest', digests.blake2b256)
  for (const [name, value] of metadataFields(file.metadata)) form.append(name, value)
  if (file.attestations !== null) form.set('attestations', file.attestations)
  form.set('content', new Blob([Buffer.from(file.bytes)], { type: 'application/octet-stream' }), file.name)
  return form
}
