import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { ServerAccess } from './api-client.ts'
import { type ApiAnswer, type ApiRequest, apiRequest } from './api-request.ts'
import type { PackageFile } from './package-file.ts'

const LOOKUP_TIMEOUT_MS = 30_000
const LOOKUP_ATTEMPTS = 4
const LOOKUP_BACKOFF_MS = 250

const packumentSchema = z.looseObject({
  versions: z.record(z.string(), z.looseObject({ dist: z.looseObject({ shasum: z.string().optional() }) })),
})

const projectSchema = z.looseObject({
  files: z.array(z.looseObject({ filename: z.string(), hashes: z.record(z.string(), z.string()) })),
})

/**
 * Whether a file is at the index with the same bytes, so that a publish that stopped half-way goes on where it
 * was. An index that does not answer stops the upload here; one that does not let us look is asked by uploading.
 */
export function isPresent(access: ServerAccess, file: PackageFile): Promise<ApiAnswer<boolean>> {
  return file.kind === 'npm' ? isPresentNpm(access, file) : isPresentPython(access, file)
}

async function isPresentNpm(access: ServerAccess, file: PackageFile): Promise<ApiAnswer<boolean>> {
  const path = `npm/${file.release.name.replace('/', '%2f')}?write=true`
  const authorization = access.token === null ? null : `Bearer ${access.token}`
  const answer = await apiRequest(lookup(access, path, authorization), packumentSchema)
  return verdictOf(answer, ({ versions }) => {
    const known = Object.hasOwn(versions, file.release.version) ? versions[file.release.version] : undefined
    return known?.dist.shasum === createHash('sha1').update(file.bytes).digest('hex')
  })
}

async function isPresentPython(access: ServerAccess, file: PackageFile): Promise<ApiAnswer<boolean>> {
  const credentials = Buffer.from(`__token__:${access.token ?? ''}`).toString('base64')
  const authorization = access.token === null ? null : `Basic ${credentials}`
  const request = lookup(access, `pypi/simple/${file.release.name}/`, authorization)
  const accept = 'application/vnd.pypi.simple.v1+json'
  const answer = await apiRequest({ ...request, accept }, projectSchema)
  return verdictOf(answer, ({ files }) =>
    files.some(
      ({ filename, hashes }) =>
        filename === file.name && hashes.sha256 === createHash('sha256').update(file.bytes).digest('hex'),
    ),
  )
}

function verdictOf<T>(answer: ApiAnswer<T>, isThere: (value: T) => boolean): ApiAnswer<boolean> {
  if (answer.ok) return { ok: true, value: isThere(answer.value) }
  return answer.failure.kind === 'unreachable' ? answer : { ok: true, value: false }
}

function lookup(access: ServerAccess, path: string, authorization: string | null): ApiRequest {
  return {
    method: 'GET',
    url: `${access.server.replace(/\/+$/, '')}/${path}`,
    authorization: async () => authorization,
    attempts: LOOKUP_ATTEMPTS,
    timeoutMs: LOOKUP_TIMEOUT_MS,
    backoffMs: LOOKUP_BACKOFF_MS,
  }
}
