import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createDocuments } from '../../../src/server/views/documents.ts'
import { openMemory } from '../../../src/stores/memory/open-memory.ts'
import { npmDocumentOf, publishNpm, startIndex, type TestIndex, withCandidate } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

const latest = async (server: TestIndex, view: string, name: string) =>
  (await npmDocumentOf(server, view, name))['dist-tags'].latest

describe('kept documents', () => {
  it('are not read from storage again, for whichever key and after each stage', async () => {
    await withCandidate(index, 'kept')
    await latest(index, '/as/first', 'kept')
    const reads = vi.spyOn(index.stores.packages, 'get')
    for (let number = 0; number < 50; number += 1) await latest(index, `/as/key-${number}`, 'kept')
    expect(reads).not.toHaveBeenCalled()
    await index.ask('POST', '/api/v1/rollouts/npm:kept@1.1.0/advance', {
      to: 100,
      as: 'mona',
      reason: 'test',
    })
    reads.mockClear()
    expect(await latest(index, '/as/first', 'kept')).toBe('1.1.0')
    expect(reads).not.toHaveBeenCalled()
    reads.mockRestore()
  })

  it('never outlive a change of the package', async () => {
    await publishNpm(index, 'moves', '1.0.0')
    expect(await latest(index, '', 'moves')).toBe('1.0.0')
    await publishNpm(index, 'moves', '1.1.0')
    const document = await npmDocumentOf(index, '', 'moves')
    expect(Object.keys(document.versions)).toEqual(['1.0.0', '1.1.0'])
  })

  it('give way when they take too much room, and answers stay right', async () => {
    const small = await startIndex({ documentCacheBytes: 3000 })
    const names = ['a1', 'a2', 'a3', 'a4', 'a5']
    for (const name of names) await withCandidate(small, name)
    for (const round of [1, 2]) {
      for (const name of names) expect(await latest(small, `/as/key-${round}`, name)).toBe('1.0.0')
    }
    await small.ask('POST', '/api/v1/rollouts/npm:a3@1.1.0/advance', { to: 100, as: 'mona', reason: 'test' })
    expect(await latest(small, '/as/key-1', 'a3')).toBe('1.1.0')
    expect(await latest(small, '/as/key-1', 'a4')).toBe('1.0.0')
    expect(small.errors).toEqual([])
    await small.close()
  })

  it('answer correctly while the package is being published all the time', async () => {
    await publishNpm(index, 'hot', '1.0.0')
    const publishing = (async () => {
      for (let minor = 1; minor <= 12; minor += 1) await publishNpm(index, 'hot', `1.${minor}.0`)
    })()
    let asked = 0
    let done = false
    void publishing.then(() => {
      done = true
    })
    while (!done) {
      expect(await latest(index, '/channel/stable', 'hot')).toBe('1.0.0')
      asked += 1
    }
    await publishing
    expect(asked).toBeGreaterThan(5)
  })
})

describe('documents asked for by many at once', () => {
  it('take the room of one', async () => {
    const packages = openMemory({ now: () => 0 }).packages
    const version = { version: '1.0.0', files: [], manifest: {}, withdrawn: null, createdAt: 0 }
    for (const id of ['npm:a', 'npm:b']) {
      const tags = { latest: '1.0.0' }
      const rest = { extra: {}, createdAt: 0, modifiedAt: 0, revision: 1 }
      await packages.put({ id, versions: { '1.0.0': version }, tags, ...rest }, 0)
    }
    const documents = createDocuments({
      engine: { rolloutsOf: () => [], onChange: () => () => {} },
      packages,
      overlay: null,
      anonymousOverlaid: 'stable',
      publicUrl: 'http://127.0.0.1',
      cacheBytes: 10_000,
    })
    const read = (id: string) =>
      documents.read({ id, form: 'npm-full', view: { kind: 'stable' }, filePrefix: '' })
    for (let round = 0; round < 20; round += 1) {
      await documents.changed('npm:a')
      await Promise.all([read('npm:a'), read('npm:a'), read('npm:a')])
    }
    await read('npm:b')
    const reads = vi.spyOn(packages, 'get')
    await Promise.all([read('npm:a'), read('npm:b')])
    expect(reads).not.toHaveBeenCalled()
  })
})
