import { request } from 'node:http'
import { gunzipSync } from 'node:zlib'
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

/** The answer as it is on the wire. */
function wire(path: string, headers: Record<string, string>, method = 'GET') {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>(
    (resolve, reject) => {
      const sent = request(`${index.url}${path}`, { headers, method }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          })
        })
      })
      sent.on('error', reject)
      sent.end()
    },
  )
}

it('documents come as gzip for whoever takes it, with a tag that both forms know', async () => {
  await publishLong('packed', '1.0.0')
  await publishNpm(index, 'small', '1.0.0')
  const gzip = { 'accept-encoding': 'gzip, deflate, br' }
  for (const path of [
    '/npm/packed',
    '/npm/small?write=true',
    '/arm/ro-abcdefghij234567/candidate/n1/npm/packed',
  ]) {
    const plain = await wire(path, {})
    const packed = await wire(path, gzip)
    expect(packed.headers.vary).toContain('accept-encoding')
    expect(plain.headers['content-encoding']).toBeUndefined()
    if (plain.body.length < 1000) {
      expect(packed.headers['content-encoding']).toBeUndefined()
      continue
    }
    expect(packed.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-length': String(packed.body.length),
      etag: `W/${plain.headers.etag}`,
    })
    expect(packed.body.length).toBeLessThan(plain.body.length / 10)
    expect(gunzipSync(packed.body)).toEqual(plain.body)
    for (const tag of [plain.headers.etag, packed.headers.etag]) {
      const again = await wire(path, { ...gzip, 'if-none-match': String(tag) })
      expect([again.status, again.body.length]).toEqual([304, 0])
    }
    const head = await wire(path, gzip, 'HEAD')
    expect(head.headers['content-length']).toBe(String(packed.body.length))
    expect((await wire(path, { 'accept-encoding': 'gzip;q=0' })).body).toEqual(plain.body)
  }
})
