/** The upload form of twine, built by hand so that tests can spoil one thing. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { wheel } from '../action/package-files.ts'
import { type Answer, adminToken, answerOf, type TestIndex } from './running-server.ts'
import { scratchFolder } from './scratch-folder.ts'

export interface UploadForm {
  readonly name: string
  readonly version: string
  readonly fileName: string
  readonly bytes: Buffer
  /** Fields that differ from what twine would send; null leaves one out. */
  readonly fields: Readonly<Record<string, string | null>>
}

/** A wheel of a version and the form for it. */
export async function uploadForm(
  name: string,
  version: string,
  change: Partial<UploadForm> = {},
): Promise<UploadForm> {
  const headers = ['Requires-Python: >=3.8']
  const bytes = await readFile(await wheel(await scratchFolder(), name, version, undefined, headers))
  const fileName = `${name.replaceAll('-', '_')}-${version}-py3-none-any.whl`
  return { name, version, fileName, bytes, fields: {}, ...change }
}

/** The same wheel built anew from other sources. */
export async function rebuilt(form: UploadForm): Promise<UploadForm> {
  const folder = await scratchFolder()
  const path = await wheel(folder, form.name, form.version, 'ANSWER = 2\n', ['Requires-Python: >=3.8'])
  return { ...form, bytes: await readFile(path) }
}

/** Posts a form as twine does; `token` null is nobody. */
export async function postForm(
  index: TestIndex,
  form: UploadForm,
  token: string | null = adminToken,
): Promise<Answer> {
  const credentials = Buffer.from(`__token__:${token}`).toString('base64')
  const response = await fetch(`${index.url}/pypi/legacy/`, {
    method: 'POST',
    headers: token === null ? {} : { authorization: `Basic ${credentials}` },
    body: formData(form),
  })
  return answerOf(response)
}

/** Uploads a good wheel. */
export async function publishWheel(index: TestIndex, name: string, version: string): Promise<Answer> {
  return postForm(index, await uploadForm(name, version))
}

/** Uploads a good wheel and begins it without the wait for further files; the first release is then visible to all. */
export async function publishBegun(index: TestIndex, name: string, version: string): Promise<void> {
  await publishWheel(index, name, version)
  await index.ask('POST', '/api/v1/rollouts', { releases: [`pypi:${name}@${version}`] })
}

/** 1.0.0, which everybody gets, and 1.1.0, which is uploaded and has not begun. */
export async function publishPair(index: TestIndex, name: string): Promise<void> {
  await publishBegun(index, name, '1.0.0')
  await publishWheel(index, name, '1.1.0')
}

export function formData(form: UploadForm): FormData {
  const data = new FormData()
  const fields: Record<string, string | null> = {
    ':action': 'file_upload',
    protocol_version: '1',
    filetype: 'bdist_wheel',
    pyversion: 'py3',
    metadata_version: '2.1',
    name: form.name,
    version: form.version,
    requires_python: '>=3.8',
    md5_digest: createHash('md5').update(form.bytes).digest('hex'),
    sha256_digest: createHash('sha256').update(form.bytes).digest('hex'),
    ...form.fields,
  }
  for (const [field, value] of Object.entries(fields)) if (value !== null) data.append(field, value)
  data.append('content', new Blob([Uint8Array.from(form.bytes)]), form.fileName)
  return data
}
