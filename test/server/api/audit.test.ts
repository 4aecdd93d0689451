import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { PackageRecord } from '../../../src/ports/package-store.ts'
import { publishWheel } from '../pypi-form.ts'
import { publishNpm, startIndex, type TestIndex } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
beforeEach(async () => {
  await index.close()
  index = await startIndex()
  await publishNpm(index, '@acme/lib', '1.0.0')
  await publishWheel(index, 'tool', '1.0.0')
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

const audit = async (body?: object) => (await index.ask('POST', '/api/v1/audit', body)).json

/** Changes a stored record behind the server's back, as an older version of it may have left it. */
async function spoil(id: string, change: (file: object) => object, manifest?: object): Promise<void> {
  const record = await index.stores.packages.get(id)
  const version = record?.versions['1.0.0']
  if (!record || !version) throw new Error(`${id} is not here`)
  const files = version.files.map((file) => ({ ...file, ...change(file) }))
  const spoiled = { ...version, files, manifest: { ...version.manifest, ...manifest } }
  const next: PackageRecord = { ...record, versions: { '1.0.0': spoiled }, revision: record.revision + 1 }
  await index.stores.packages.put(next, record.revision)
}

const first = (report: Record<string, unknown>) => (report.findings as object[])[0]

describe('an audit of what is here', () => {
  it('finds nothing wrong with what was just uploaded', async () => {
    expect(await audit()).toEqual({ packages: 2, files: 2, findings: [], whole: true })
  })

  it('extracts metadata that is missing, and only looks when told so', async () => {
    const before = (await index.stores.packages.get('pypi:tool'))?.versions['1.0.0']?.files[0]
    await spoil('pypi:tool', () => ({ metadataSha256: null }))
    const finding = {
      release: 'pypi:tool@1.0.0',
      file: 'tool-1.0.0-py3-none-any.whl',
      kind: 'metadata-missing',
      detail: 'the wheel has metadata that was not extracted',
    }
    expect((await audit({ repair: false })).findings).toEqual([{ ...finding, repaired: false }])
    expect((await audit()).findings).toEqual([{ ...finding, repaired: true }])
    expect((await audit()).findings).toEqual([])
    const after = (await index.stores.packages.get('pypi:tool'))?.versions['1.0.0']?.files[0]
    expect(after).toEqual(before)
    const served = await fetch(`${index.url}/pypi/files/tool/tool-1.0.0-py3-none-any.whl.metadata`)
    expect(await served.text()).toContain('Name: tool')
  })

  it.each<[string, object, object, string]>([
    [
      'metadata-differs',
      {},
      { requires_dist: ['evil'] },
      'requires_dist: the index says "evil", expected nothing',
    ],
    [
      'metadata-differs',
      { requiresPython: '>=4' },
      {},
      'requires-python: the index says >=4, the file >=3.8',
    ],
    ['bytes-missing', { sha256: 'f'.repeat(64) }, {}, 'the store has no bytes with the sha256 ffff'],
    ['bytes-changed', { size: 7 }, {}, 'sha256: got '],
  ])('names a Python file with %s', async (kind, file, manifest, detail) => {
    await spoil('pypi:tool', () => file, manifest)
    const report = await audit()
    expect(first(report)).toMatchObject({ kind, repaired: false, detail: expect.stringContaining(detail) })
  })

  it('compares npm’s documents with the package.json inside', async () => {
    await publishNpm(index, 'liar', '1.0.0')
    await spoil('npm:liar', () => ({}), { dependencies: { harmless: '^1.0.0' } })
    const said = 'the index says {"harmless":"^1.0.0"}, expected {}, as package.json in the tarball says'
    expect((await audit()).findings).toEqual([
      {
        release: 'npm:liar@1.0.0',
        file: 'liar-1.0.0.tgz',
        kind: 'metadata-differs',
        detail: `dependencies: ${said}`,
        repaired: false,
      },
    ])
  })

  it('says that a file has no metadata to read', async () => {
    const bytes = Buffer.from('no wheel at all')
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    await index.stores.blobs.put(sha256, bytes)
    await spoil('pypi:tool', () => ({ sha256, size: bytes.length }))
    expect(first(await audit())).toMatchObject({
      release: 'pypi:tool@1.0.0',
      kind: 'metadata-unreadable',
      detail: 'archive: got something else, expected a zip',
    })
  })

  it('is for operators of all that is here', async () => {
    const some = await index.token(['operate'], ['npm:*'])
    expect((await index.ask('POST', '/api/v1/audit', {}, some)).status).toBe(403)
    expect((await index.ask('POST', '/api/v1/audit', {}, await index.token(['publish'], ['*']))).status).toBe(
      403,
    )
    expect((await index.ask('POST', '/api/v1/audit', { repair: 'yes' })).status).toBe(422)
  })
})
