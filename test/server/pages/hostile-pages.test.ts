/** A project page of 100,000 files: served in every form, in bounded time and memory. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PackageRecord } from '../../../src/ports/package-store.ts'
import { createDocuments } from '../../../src/server/views/documents.ts'
import { openMemory } from '../../../src/stores/memory/open-memory.ts'
import { postForm, uploadForm } from '../pypi-form.ts'
import { startIndex, type TestIndex } from '../running-server.ts'

const versions = 1000
const filesOfVersion = 100
let index: TestIndex

/** As somebody would have it who uploads a wheel for a hundred platforms, a thousand times. */
function vastRecord(): PackageRecord {
  const names = Array.from({ length: versions }, (_, at) => `1.${at}.0`)
  const ofVersion = (version: string) => ({
    version,
    manifest: {},
    withdrawn: null,
    createdAt: 1,
    files: Array.from({ length: filesOfVersion }, (_, at) => ({
      name: `vast-${version}-py3-none-p${at}.whl`,
      size: 1000,
      sha1: 'a'.repeat(40),
      sha256: 'b'.repeat(64),
      sha512: 'c'.repeat(128),
      md5: 'd'.repeat(32),
      blake2b256: 'e'.repeat(64),
      uploadedAt: 1,
      kind: 'bdist_wheel',
      requiresPython: '>=3.9',
      metadataSha256: 'f'.repeat(64),
    })),
  })
  return {
    id: 'pypi:vast',
    versions: Object.fromEntries(names.map((name) => [name, ofVersion(name)])),
    tags: {},
    extra: {},
    createdAt: 1,
    modifiedAt: 1,
    revision: 1,
  }
}

beforeAll(async () => {
  index = await startIndex()
  await index.stores.packages.put(vastRecord(), 0)
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const began = performance.now()
  const value = await work()
  return { value, ms: performance.now() - began }
}

describe('a page of 100,000 files', () => {
  it.each([
    ['application/vnd.pypi.simple.v1+json', /"filename": ?"vast-/g],
    ['text/html', /<a /g],
  ])('is served as %s, rendered once', async (accept, file) => {
    const page = () => fetch(`${index.url}/pypi/simple/vast/`, { headers: { accept } })
    const first = await timed(async () => (await page()).text())
    expect(first.value.match(file)?.length).toBe(versions * filesOfVersion)
    expect(first.ms).toBeLessThan(15_000)
    const before = process.memoryUsage()
    const again = await timed(async () => {
      for (let at = 0; at < 5; at += 1) await (await page()).arrayBuffer()
    })
    expect(again.ms).toBeLessThan(first.ms * 5 + 2000)
    // Five answers of more than 30 MB are in flight one after another; the rendered bytes are there once.
    expect(process.memoryUsage().rss - before.rss).toBeLessThan(400_000_000)
  })

  it('leaves small requests answered while it is rendered for another view', async () => {
    const page = fetch(`${index.url}/channel/candidate/pypi/simple/vast/`)
    const small = await timed(() => fetch(`${index.url}/healthz`))
    expect(small.value.status).toBe(200)
    expect(small.ms).toBeLessThan(15_000)
    await (await page).arrayBuffer()
  })

  it('takes another upload, and answers for one file', async () => {
    const uploaded = await timed(async () => postForm(index, await uploadForm('vast', '2.0.0')))
    expect(uploaded.value.status).toBe(200)
    expect(uploaded.ms).toBeLessThan(15_000)
    const file = await timed(() => fetch(`${index.url}/pypi/files/vast/vast-2.0.0-py3-none-any.whl`))
    expect(file.value.status).toBe(200)
    expect(file.ms).toBeLessThan(5000)
  })
})

describe('documents of one package that take more room than all may have', () => {
  const forms = ['pypi-json', 'pypi-html', 'pypi-v1-html', 'pypi-project'] as const

  async function documentsWithRoom(cacheBytes: number) {
    const { packages } = openMemory({ now: () => 0 })
    await packages.put(vastRecord(), 0)
    const documents = createDocuments({
      engine: { rolloutsOf: () => [], onChange: () => () => {} },
      packages,
      overlay: null,
      anonymousOverlaid: 'stable',
      publicUrl: 'http://127.0.0.1',
      cacheBytes,
    })
    return (form: (typeof forms)[number]) =>
      documents.read({ id: 'pypi:vast', form, view: { kind: 'stable' }, filePrefix: '' })
  }

  it('go again, except the last one', async () => {
    const read = await documentsWithRoom(1)
    const first = await read('pypi-json')
    expect((await read('pypi-json')) === first).toBe(true)
    const second = await read('pypi-html')
    expect((await read('pypi-html')) === second).toBe(true)
    const anew = await read('pypi-json')
    expect(anew === first).toBe(false)
    expect(anew?.etag).toBe(first?.etag)
  })

  it('stay where a few of them fit', async () => {
    const read = await documentsWithRoom(100_000_000)
    const first = await read('pypi-json')
    for (const form of forms) await read(form)
    expect((await read('pypi-json')) === first).toBe(true)
  })
})
