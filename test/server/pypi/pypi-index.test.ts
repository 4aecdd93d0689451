import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { defaultHttpSettings } from '../../../src/server/http/http-settings.ts'
import {
  formData,
  postForm,
  publishBegun,
  publishPair,
  publishWheel,
  rebuilt,
  type UploadForm,
  uploadForm,
} from '../pypi-form.ts'
import { adminToken, startIndex, type TestIndex } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex({ limits: { ...defaultHttpSettings.limits, uploadBytes: 100_000 } })
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

const json = 'application/vnd.pypi.simple.v1+json'

interface Page {
  readonly versions: readonly string[]
  readonly files: readonly {
    readonly filename: string
    readonly url: string
    readonly yanked: string | false
    readonly 'core-metadata': { readonly sha256: string } | false
    readonly 'requires-python'?: string
  }[]
}

const pageOf = async (view: string, name: string): Promise<Page> => {
  const response = await fetch(`${index.url}${view}/pypi/simple/${name}/`, { headers: { accept: json } })
  return (await response.json()) as Page
}

const yankedOf = (page: Page) => Object.fromEntries(page.files.map((file) => [file.filename, file.yanked]))

describe('a hosted Python project', () => {
  it('shows its first release to everybody and yanks every file of the second', async () => {
    await publishBegun(index, 'demo-lib', '1.0.0')
    expect(yankedOf(await pageOf('', 'demo-lib'))).toEqual({ 'demo_lib-1.0.0-py3-none-any.whl': false })
    await publishWheel(index, 'demo-lib', '1.1.0')
    const page = await pageOf('', 'demo-lib')
    expect(yankedOf(page)).toEqual({
      'demo_lib-1.0.0-py3-none-any.whl': false,
      'demo_lib-1.1.0-py3-none-any.whl': `Staged rollout by Slipway, not a defect; status and how to choose: ${index.url}/rollouts/pypi:demo-lib@1.1.0`,
    })
    expect(page.files[1]).toMatchObject({ 'requires-python': '>=3.8' })
    for (const file of page.files) expect((await fetch(file.url)).status).toBe(200)
  })

  it('waits for a start before it begins the rollout', async () => {
    await publishPair(index, 'waits')
    const before = await index.ask('GET', '/api/v1/rollouts/pypi:waits@1.1.0')
    expect(before.json).toMatchObject({ phase: 'staged', startedAt: null })
    expect((await index.ask('POST', '/api/v1/rollouts', { releases: ['pypi:waits@1.1.0'] })).status).toBe(200)
    const after = await index.ask('GET', '/api/v1/rollouts/pypi:waits@1.1.0')
    expect(after.json.startedAt).toEqual(expect.any(Number))
  })

  it('serves the metadata of a wheel beside it', async () => {
    await publishWheel(index, 'metadata', '1.0.0')
    const [file] = (await pageOf('', 'metadata')).files
    const metadata = await fetch(`${file?.url}.metadata`)
    expect(await metadata.text()).toContain('Name: metadata')
    expect(file?.['core-metadata']).toMatchObject({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
  })

  it('answers in the three types, and 406 for others', async () => {
    await publishWheel(index, 'types', '1.0.0')
    const ask = (accept: string) => fetch(`${index.url}/pypi/simple/types/`, { headers: { accept } })
    expect((await ask(json)).headers.get('content-type')).toBe(json)
    const html = await ask('text/html')
    expect(html.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await html.text()).toContain('types-1.0.0-py3-none-any.whl#sha256=')
    const versioned = await ask('application/vnd.pypi.simple.v1+html')
    expect(versioned.headers.get('content-type')).toBe('application/vnd.pypi.simple.v1+html')
    expect((await ask('application/xml')).status).toBe(406)
  })

  it.each([
    ['/pypi/simple/Redirects', 'redirects/'],
    ['/pypi/simple/redirects', 'redirects/'],
    ['/pypi/simple/Re_Directs/', '../re-directs/'],
    ['/as/alice/pypi/simple/Redirects/', '../redirects/'],
  ])('%s goes to the one address, not for ever', async (path, location) => {
    const response = await fetch(`${index.url}${path}`, { redirect: 'manual' })
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toBe(location)
  })

  it('lists projects and answers the legacy JSON of the view', async () => {
    await publishPair(index, 'legacy')
    const list = await fetch(`${index.url}/pypi/simple/`, { headers: { accept: json } })
    expect(((await list.json()) as { projects: object[] }).projects).toContainEqual({ name: 'legacy' })
    const legacy = await index.ask('GET', '/pypi/pypi/legacy/json', undefined, null)
    expect(legacy.json.info).toMatchObject({ version: '1.0.0' })
    const canary = await index.ask('GET', '/channel/candidate/pypi/pypi/legacy/json', undefined, null)
    expect(canary.json.info).toMatchObject({ version: '1.0.0' })
    const one = await index.ask('GET', '/pypi/pypi/Legacy/1.1.0/json', undefined, null)
    expect(one.json.info).toMatchObject({ version: '1.1.0', yanked: true })
    expect((await index.ask('GET', '/pypi/pypi/legacy/9.0/json', undefined, null)).status).toBe(404)
    expect((await index.ask('GET', '/pypi/pypi/legacy/json/', undefined, null)).text).toBe(legacy.text)
    expect((await index.ask('GET', '/pypi/pypi/legacy/1.1.0/json/', undefined, null)).json).toEqual(one.json)
    expect((await index.ask('GET', '/pypi/pypi/legacy/1.1/json', undefined, null)).json).toEqual(one.json)
  })
})

describe('what an upload is refused for', () => {
  const nothingStored = async () => {
    expect(await index.stores.packages.get('pypi:bad')).toBeNull()
    expect(index.engine.rolloutsOf('pypi:bad')).toEqual([])
  }

  it.each<[string, string, Partial<UploadForm>]>([
    ['another action', ':action', { fields: { ':action': 'submit' } }],
    ['a wrong md5', 'md5_digest', { fields: { md5_digest: 'f'.repeat(32) } }],
    ['a wrong sha256', 'sha256_digest', { fields: { sha256_digest: 'f'.repeat(64) } }],
    ['a wrong blake2', 'blake2_256_digest', { fields: { blake2_256_digest: 'f'.repeat(64) } }],
    ['no digest', 'sha256_digest', { fields: { sha256_digest: null, md5_digest: null } }],
    ['a name that is none', 'name', { fields: { name: '../bad' } }],
    ['a version that is none', 'version', { fields: { version: 'one' } }],
    ['a file of another version', 'content', { fields: { version: '1.0.1' } }],
    ['a file of another project', 'content', { fileName: 'other-1.0.0-py3-none-any.whl' }],
    ['a file name with a folder', 'content', { fileName: '../bad-1.0.0-py3-none-any.whl' }],
    ['a file that is no distribution', 'content', { fileName: 'bad-1.0.0.exe' }],
    ['an empty file', 'content', { bytes: Buffer.alloc(0) }],
  ])('%s', async (_, field, change) => {
    const answer = await postForm(index, await uploadForm('bad', '1.0.0', change))
    expect(answer).toMatchObject({ status: 400, json: { field } })
    expect(answer.json.detail).toContain('expected')
    // twine prints the status line.
    expect(answer.statusText).toBe(String(answer.json.detail).slice(0, 400))
    await nothingStored()
  })

  it('a file that is too large', async () => {
    const form = await uploadForm('bad', '1.0.0', { bytes: Buffer.alloc(100_001, 1) })
    expect(await postForm(index, form)).toMatchObject({ status: 413, json: { field: 'content' } })
    await nothingStored()
  })

  it('fields that are too large together', async () => {
    const large = 'x'.repeat(3_000_000)
    const fields = { description: large, summary: large, keywords: large }
    const answer = await postForm(index, await uploadForm('bad', '1.0.0', { fields }))
    expect(answer).toMatchObject({ status: 413 })
    expect(answer.json.detail).toContain('together')
    await nothingStored()
  })

  it('a bad token in words, however large the body', async () => {
    const form = await uploadForm('bad', '1.0.0', { bytes: Buffer.alloc(8_000_000, 1) })
    expect((await postForm(index, form, 'wrong')).statusText).toContain('This token is not known here')
  })

  it('a body that is no form', async () => {
    expect(await index.ask('POST', '/pypi/legacy/', 'hello')).toMatchObject({ status: 400 })
  })

  it('a body that ends early', async () => {
    const whole = new Response(formData(await uploadForm('bad', '1.0.0')))
    const contentType = whole.headers.get('content-type') ?? ''
    const bytes = Buffer.from(await whole.arrayBuffer())
    const status = await new Promise((resolve, reject) => {
      const authorization = `Basic ${Buffer.from(`__token__:${adminToken}`).toString('base64')}`
      const half = request(
        `${index.url}/pypi/legacy/`,
        { method: 'POST', headers: { 'content-type': contentType, authorization } },
        (response) => resolve(response.statusCode),
      )
      half.on('error', reject)
      half.end(bytes.subarray(0, bytes.length - 200))
    })
    expect(status).toBe(400)
    await nothingStored()
  })

  it('a connection that breaks off', async () => {
    const whole = new Response(formData(await uploadForm('bad', '1.0.0')))
    const contentType = whole.headers.get('content-type') ?? ''
    const bytes = Buffer.from(await whole.arrayBuffer())
    await new Promise<void>((resolve) => {
      const authorization = `Basic ${Buffer.from(`__token__:${adminToken}`).toString('base64')}`
      const headers = { 'content-type': contentType, 'content-length': bytes.length, authorization }
      const broken = request(`${index.url}/pypi/legacy/`, { method: 'POST', headers })
      broken.on('error', () => resolve())
      broken.write(bytes.subarray(0, 300), () => broken.destroy())
      broken.on('close', () => resolve())
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    await nothingStored()
  })

  it('an existing file with other bytes, while the same bytes are fine', async () => {
    const form = await uploadForm('again', '1.0.0')
    expect((await postForm(index, form)).status).toBe(200)
    expect((await postForm(index, form)).status).toBe(200)
    const other = await postForm(index, await rebuilt(form))
    expect(other.status).toBe(400)
    expect(other.statusText).toMatch(/^File already exists: again-1\.0\.0-py3-none-any\.whl/)
    const record = await index.stores.packages.get('pypi:again')
    expect(record?.versions['1.0.0']?.files).toHaveLength(1)
  })

  it('a version that is here in another spelling', async () => {
    await publishWheel(index, 'spelled', '1.0')
    const answer = await publishWheel(index, 'spelled', '1.0.0')
    expect(answer).toMatchObject({ status: 400, json: { field: 'version', expected: '1.0' } })
    expect((await pageOf('', 'spelled')).versions).toEqual(['1.0'])
  })

  it('a wheel that comes after stage 0', async () => {
    await publishPair(index, 'sealed')
    await index.ask('POST', '/api/v1/rollouts', { releases: ['pypi:sealed@1.1.0'] })
    const raised = await index.ask('POST', '/api/v1/rollouts/pypi:sealed@1.1.0/advance', {
      as: 'mona',
      reason: 'test',
    })
    expect(raised.json.percent).toBe(5)
    const late = await postForm(
      index,
      await uploadForm('sealed', '1.1.0', { fileName: 'sealed-1.1.0-py2-none-any.whl' }),
    )
    expect(late.status).toBeGreaterThanOrEqual(400)
    const record = await index.stores.packages.get('pypi:sealed')
    expect(record?.versions['1.1.0']?.files).toHaveLength(1)
  })

  it('a wheel that is still on its way when stage 0 is left', async () => {
    await publishPair(index, 'closing')
    await index.ask('POST', '/api/v1/rollouts', { releases: ['pypi:closing@1.1.0'] })
    const { blobs } = index.stores
    const put = blobs.put.bind(blobs)
    const shown: unknown[] = []
    vi.spyOn(blobs, 'put').mockImplementationOnce(async (sha256, bytes) => {
      await put(sha256, bytes)
      const person = { as: 'mona', reason: 'test' }
      await index.ask('POST', '/api/v1/rollouts/pypi:closing@1.1.0/advance', person)
    })
    const { packages } = index.stores
    const store = packages.put.bind(packages)
    vi.spyOn(packages, 'put').mockImplementationOnce(async (record, revision) => {
      const done = await store(record, revision)
      shown.push((await pageOf('/channel/candidate', 'closing')).files)
      return done
    })
    const fileName = 'closing-1.1.0-py2-none-any.whl'
    const late = await postForm(index, await uploadForm('closing', '1.1.0', { fileName }))
    expect(late.status).toBe(410)
    expect(late.json.detail).toContain('The file list is closed')
    expect(JSON.stringify(shown)).not.toContain(fileName)
    expect(shown).toHaveLength(1)
    const record = await index.stores.packages.get('pypi:closing')
    expect(record?.versions['1.1.0']?.files).toHaveLength(1)
  })

  it('a token for another package, naming both', async () => {
    const token = await index.token(['publish'], ['pypi:other-*'])
    const answer = await postForm(index, await uploadForm('bad', '1.0.0'), token)
    expect(answer.status).toBe(403)
    expect(answer.statusText).toMatch(/is not for pypi:bad; it is for: pypi:other-\*\.$/)
    expect((await postForm(index, await uploadForm('bad', '1.0.0'), null)).status).toBe(401)
    await nothingStored()
  })

  it('uploads of one project at the same time are all kept', async () => {
    const versions = Array.from({ length: 8 }, (_, number) => `0.${number}.0`)
    const answers = await Promise.all(versions.map((version) => publishWheel(index, 'busy', version)))
    expect(answers.map((answer) => answer.status)).toEqual(versions.map(() => 200))
    expect((await pageOf('', 'busy')).versions).toEqual(versions)
  })
})
