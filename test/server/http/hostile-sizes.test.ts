/** Bodies that are too large: refused before they are read, or cut where their limit is. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { defaultHttpSettings } from '../../../src/server/http/http-settings.ts'
import { postForm, uploadForm } from '../pypi-form.ts'
import { closeSockets, problemIn, rawSocket } from '../raw-socket.ts'
import { adminToken, startIndex, type TestIndex } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  const limits = { ...defaultHttpSettings.limits, uploadBytes: 1_000_000, requestBytes: 100_000 }
  index = await startIndex({ limits })
})
afterEach(closeSockets)
afterAll(async () => {
  expect(index.errors).toEqual([])
  expect(await index.stores.packages.list('npm')).toEqual([])
  expect(await index.stores.packages.list('pypi')).toEqual([])
  await index.close()
})

const head = (method: string, path: string, headers: string, token = adminToken) =>
  `${method} ${path} HTTP/1.1\r\nhost: index\r\nauthorization: Bearer ${token}\r\n${headers}\r\n\r\n`

const bodies = [
  ['PUT', '/npm/huge'],
  ['PUT', '/npm/-/package/huge/dist-tags/next'],
  ['POST', '/pypi/legacy/'],
  ['POST', '/api/v1/rollouts'],
  ['POST', '/_/oidc/mint-token'],
  ['GET', '/npm/huge'],
  ['POST', '/nowhere'],
  ['POST', '/as/alice/pypi/legacy/'],
] as const

describe('a body that is too large', () => {
  it.each(bodies)(
    'of 2 GB by its length is refused by %s %s before a byte of it came',
    async (method, path) => {
      const client = await rawSocket(index.url)
      const began = performance.now()
      client.send(head(method, path, 'content-length: 2147483648', 'nobody'))
      await client.until('}')
      expect(performance.now() - began).toBeLessThan(1000)
      expect(client.said()).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close/i)
      expect(problemIn(client.said())).toMatchObject({
        field: 'body',
        value: '2147483648 bytes',
        expected: expect.stringMatching(/^at most \d+ bytes$/),
      })
      // Whoever sends on is cut off soon.
      await client.closed
    },
  )

  it('is refused so that a client who writes first and reads later can read it', async () => {
    const form = await uploadForm('vast', '1.0.0', { bytes: Buffer.alloc(11_000_000) })
    const answer = await postForm(index, form)
    expect(answer.status).toBe(413)
    expect(answer.json.error).toMatch(/^body: got \d+ bytes, expected at most \d+ bytes$/)
    // twine prints the status line.
    expect(answer.statusText).toBe(answer.json.error)
  })

  it.each(bodies.filter(([method, path]) => method !== 'GET' && path !== '/nowhere'))(
    'in chunks is cut by %s %s at its limit, and never held in memory',
    async (method, path) => {
      const client = await rawSocket(index.url)
      const type = path.includes('legacy') ? 'content-type: multipart/form-data; boundary=b\r\n' : ''
      client.send(head(method, path, `${type}transfer-encoding: chunked`))
      if (type !== '') chunk(client, '--b\r\ncontent-disposition: form-data; name="a"; filename="a"\r\n\r\n')
      let sent = 0
      const piece = 'x'.repeat(65_536)
      const before = process.memoryUsage().arrayBuffers
      while (!client.socket.destroyed && client.said() === '' && sent < 200_000_000) {
        chunk(client, piece)
        sent += piece.length
        if (client.socket.writableNeedDrain) await new Promise((resolve) => setTimeout(resolve, 2))
      }
      await client.until('}')
      // The largest limit here is that of an upload with its form, and both ends have buffers.
      expect(sent).toBeLessThan(40_000_000)
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40_000_000)
      expect(client.said()).toMatch(/^HTTP\/1\.1 413 /)
      expect(client.said()).toContain('body: got more, expected at most')
    },
  )

  it('in chunks is not kept for somebody who may not publish', async () => {
    const client = await rawSocket(index.url)
    client.send(head('PUT', '/npm/huge', 'transfer-encoding: chunked', 'nobody'))
    chunk(client, 'x'.repeat(50_000))
    client.send('0\r\n\r\n')
    await client.until('}')
    expect(client.said()).toMatch(/^HTTP\/1\.1 401 /)
  })
})

function chunk(client: Awaited<ReturnType<typeof rawSocket>>, text: string): void {
  client.send(`${text.length.toString(16)}\r\n${text}\r\n`)
}
