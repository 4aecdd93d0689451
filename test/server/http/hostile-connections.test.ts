/** Connections that are slow, many or endless. The server is the real one, with its own limits. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { readServeSettings } from '../../../src/main/settings.ts'
import { type RunningServer, startServer } from '../../../src/main/start-server.ts'
import { closeSockets, problemIn, type RawSocket, rawSocket } from '../raw-socket.ts'
import { npmDocument } from '../running-server.ts'
import { scratchFolder } from '../scratch-folder.ts'

const adminToken = 'operator-of-the-test'
const quiet = { info: () => {}, warn: () => {}, error: () => {} }

/** A server with the limits of a server file. */
async function serve(limits: string, warn: (message: string) => void = () => {}): Promise<RunningServer> {
  const none = { host: null, port: 0, data: await scratchFolder(), config: null }
  const read = readServeSettings(none, { SLIPWAY_ADMIN_TOKEN: adminToken }, `limits: ${limits}`)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return startServer(read.settings, { ...quiet, warn })
}

afterAll(closeSockets)

const post = (path: string, headers: string, token = adminToken) =>
  `POST ${path} HTTP/1.1\r\nhost: index\r\nauthorization: Bearer ${token}\r\n${headers}\r\n\r\n`

describe('slow clients', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await serve(
      '{ headersSeconds: 1, requestSeconds: 6, uploadBytesPerSecond: 1000, uploadWindowSeconds: 1, idleSeconds: 4 }',
    )
  })
  afterAll(() => server.stop())

  /** Sends a byte now and then until the server lets go; gives what it said and how long that took. */
  async function trickle(client: RawSocket, bytes: string) {
    const began = performance.now()
    const timer = setInterval(() => client.send(bytes), 100)
    onTestFinished(() => clearInterval(timer))
    const answer = await client.closed
    return { answer, ms: performance.now() - began }
  }

  it('cannot hold a connection with headers that never end', async () => {
    const client = await rawSocket(server.url)
    client.send('GET /npm/demo HTTP/1.1\r\nhost: index\r\n')
    const { answer, ms } = await trickle(client, 'x-more: 1\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(problemIn(answer)).toMatchObject({ status: 408, detail: 'The request did not come in time.' })
    expect(ms).toBeLessThan(5000)
  })

  it('cannot hold a connection without a word', async () => {
    const client = await rawSocket(server.url)
    expect(await client.closed).toMatch(/^HTTP\/1\.1 408 |^$/)
  })

  it.each([
    [
      'an upload',
      '/pypi/legacy/',
      'content-type: multipart/form-data; boundary=b\r\ncontent-length: 1000000',
    ],
    [
      'a chunked upload',
      '/pypi/legacy/',
      'content-type: multipart/form-data; boundary=b\r\ntransfer-encoding: chunked',
    ],
    ['an API call', '/api/v1/rollouts', 'content-length: 500000'],
    ['a refused upload', '/pypi/legacy/', 'content-length: 1000000'],
  ])('cannot hold %s open by trickling', async (what, path, headers) => {
    const client = await rawSocket(server.url)
    client.send(post(path, headers, what === 'a refused upload' ? 'nobody' : adminToken))
    const { answer, ms } = await trickle(client, headers.includes('chunked') ? '1\r\nx\r\n' : 'x')
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(problemIn(answer)).toMatchObject({ field: 'body', expected: 'at least 1000 bytes a second' })
    expect(ms).toBeLessThan(4000)
  })

  it('that are slow but not that slow are served', async () => {
    const document = JSON.stringify(await npmDocument('steady', '1.0.0'))
    const padded = document.padEnd(12_000)
    const client = await rawSocket(server.url)
    client.send(
      post('/npm/steady', `content-length: ${padded.length}\r\nconnection: close`).replace('POST', 'PUT'),
    )
    for (let at = 0; at < padded.length; at += 600) {
      client.send(padded.slice(at, at + 600))
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(await client.closed).toMatch(/^HTTP\/1\.1 201 /)
  })

  it('are let go where nothing moves, even when any speed is taken', async () => {
    const patient = await serve('{ uploadBytesPerSecond: 0, idleSeconds: 1 }')
    onTestFinished(() => patient.stop())
    const client = await rawSocket(patient.url)
    client.send(post('/api/v1/rollouts', 'content-length: 1000'))
    const began = performance.now()
    await client.closed
    expect(performance.now() - began).toBeLessThan(5000)
  })

  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['TLS on a plain port', '\x16\x03\x01\x00\xa5\x01\x00', 400],
    ['a length that is none', post('/api/v1/rollouts', 'content-length: many'), 400],
    ['two lengths', post('/api/v1/rollouts', 'content-length: 1\r\ncontent-length: 2'), 400],
    ['length and chunks', post('/api/v1/rollouts', 'content-length: 1\r\ntransfer-encoding: chunked'), 400],
    ['a negative length', post('/api/v1/rollouts', 'content-length: -1'), 400],
    ['headers of 20 kB', `GET /npm/demo HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['an address of 20 kB', `GET /npm/${'x'.repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`, 431],
    ['chunks that are none', `${post('/api/v1/rollouts', 'transfer-encoding: chunked')}zz\r\n`, 400],
  ])('that send %s are told and let go', async (_, text, status) => {
    const client = await rawSocket(server.url)
    client.send(Buffer.from(text, 'latin1'))
    const answer = await client.closed
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(problemIn(answer)).toMatchObject({ status, error: expect.any(String) })
  })
})

describe('many connections', () => {
  const count = 2000

  it(`${count} that say nothing leave others served, and little memory is taken`, async () => {
    const server = await serve('{ headersSeconds: 30 }')
    onTestFinished(() => server.stop())
    const ping = async () => {
      const began = performance.now()
      const answer = await fetch(`${server.url}/npm/-/ping`)
      expect(answer.status).toBe(200)
      return performance.now() - began
    }
    await ping()
    const before = process.memoryUsage().rss
    const clients: RawSocket[] = []
    onTestFinished(() => {
      for (const client of clients) client.close()
    })
    for (let left = count; left > 0; left -= 100) {
      clients.push(...(await Promise.all(Array.from({ length: 100 }, () => rawSocket(server.url)))))
    }
    // Half of them have begun a request that does not come.
    for (const client of clients.slice(0, count / 2)) client.send('GET / HTTP/1.1\r\n')
    const times = [await ping(), await ping(), await ping()]
    const grown = process.memoryUsage().rss - before
    expect(clients.filter(({ socket }) => socket.destroyed)).toEqual([])
    expect(Math.min(...times)).toBeLessThan(1000)
    // Both ends of every connection are in this process.
    expect(grown / count).toBeLessThan(100_000)
  })

  it('beyond the limit are closed, said once in the log, and there is room again afterwards', async () => {
    const warnings: string[] = []
    const server = await serve('{ connections: 20 }', (message) => warnings.push(message))
    onTestFinished(() => server.stop())
    const held = await Promise.all(Array.from({ length: 20 }, () => rawSocket(server.url)))
    const turnedAway = await Promise.all(Array.from({ length: 10 }, () => rawSocket(server.url)))
    expect(await Promise.all(turnedAway.map(({ closed }) => closed))).toEqual(turnedAway.map(() => ''))
    expect(held.filter(({ socket }) => socket.destroyed)).toEqual([])
    expect(warnings).toEqual(['connections are turned away'])
    for (const client of held) client.close()
    await Promise.all(held.map(({ closed }) => closed))
    await expect
      .poll(() =>
        fetch(`${server.url}/healthz`).then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200)
  })
})
