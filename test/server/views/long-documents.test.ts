import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { npmDocument, npmDocumentOf, publishNpm, startIndex, type TestIndex } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

/** Publishes with a description long enough for the document to count as long. */
async function publishLong(name: string, version: string): Promise<void> {
  const dependencies = { [`x${'y'.repeat(150_000)}`]: '1.0.0' }
  const document = await npmDocument(name, version, 'latest', { dependencies })
  const answer = await index.ask('PUT', `/npm/${name}`, document)
  expect(answer.status).toBe(201)
}

it('a long document keeps up with publishes, raises and rollbacks', async () => {
  for (const version of ['1.0.0', '1.1.0']) await publishLong('long', version)
  const seen = async (view: string) => {
    const { versions, ...rest } = await npmDocumentOf(index, view, 'long')
    const hidden = Object.keys(versions).filter((version) => versions[version]?.deprecated !== undefined)
    return { latest: rest['dist-tags'].latest, hidden, all: Object.keys(versions) }
  }
  const both = ['1.0.0', '1.1.0']
  expect(await seen('/channel/stable')).toEqual({ latest: '1.0.0', hidden: ['1.1.0'], all: both })
  expect(await seen('/channel/candidate')).toEqual({ latest: '1.1.0', hidden: [], all: both })
  const steer = (action: string, body = {}) =>
    index.ask('POST', `/api/v1/rollouts/npm:long@1.1.0/${action}`, { as: 'mona', reason: 'test', ...body })
  expect((await steer('advance', { to: 50 })).status).toBe(200)
  expect((await steer('rollback')).status).toBe(200)
  expect(await seen('/channel/candidate')).toEqual({ latest: '1.0.0', hidden: ['1.1.0'], all: both })
  await publishLong('long', '1.2.0')
  expect(await seen('/channel/candidate')).toEqual({
    latest: '1.2.0',
    hidden: ['1.1.0'],
    all: ['1.0.0', '1.1.0', '1.2.0'],
  })
})

it('a long document is read again behind its publisher, so that readers never wait for storage', async () => {
  for (const version of ['1.0.0', '1.1.0']) await publishLong('behind', version)
  await npmDocumentOf(index, '/channel/stable', 'behind')
  await publishLong('behind', '1.2.0')
  const reads = vi.spyOn(index.stores.packages, 'get')
  const document = await npmDocumentOf(index, '/channel/stable', 'behind')
  expect(Object.keys(document.versions)).toEqual(['1.0.0', '1.1.0', '1.2.0'])
  expect(reads).not.toHaveBeenCalled()
  reads.mockRestore()
})

it('short documents are read when somebody asks', async () => {
  await publishNpm(index, 'short', '1.0.0')
  await npmDocumentOf(index, '/channel/stable', 'short')
  await publishNpm(index, 'short', '1.1.0')
  const reads = vi.spyOn(index.stores.packages, 'get')
  await npmDocumentOf(index, '/channel/stable', 'short')
  expect(reads).toHaveBeenCalledTimes(1)
  reads.mockRestore()
})
