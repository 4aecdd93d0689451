import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createDiskDocumentCache } from '../../src/stores/disk/disk-document-cache.ts'
import { isPrivateAddress } from '../../src/upstream/private-address.ts'
import { hasDigest } from '../../src/upstream/proxied-files.ts'
import { createUpstreamClient } from '../../src/upstream/upstream-client.ts'
import { type OverlaidIndex, startOverlaid } from './overlaid-index.ts'
import {
  aPackument,
  givePackument,
  startTinyUpstream,
  type TinyAnswer,
  type TinyUpstream,
} from './tiny-upstream.ts'

const full = { accept: 'application/json' }

let upstream: TinyUpstream
let index: OverlaidIndex
beforeAll(async () => {
  upstream = await startTinyUpstream()
  index = await startOverlaid(
    `
upstreams: { npm: { url: "${upstream.url}", timeout: 500ms, hosts: ["elsewhere.example.org", "127.0.0.1:9"] } }
limits: { documentMegabytes: 1 }
`.replace('500ms', '1s'),
  )
})
afterEach(() => {
  upstream.down = null
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
  await upstream.close()
})

const good = (name: string) => JSON.stringify(aPackument(name, { '1.0.0': 30 }))
const json = (body: string | Buffer): TinyAnswer => ({ type: 'application/json', body })
const redirect =
  (location: string): TinyAnswer =>
  (_request, response) =>
    void response.writeHead(302, { location }).end()
const written =
  (write: (response: ServerResponse) => void): TinyAnswer =>
  (_request, response) =>
    write(response)

/** 100 MB that come as 100 kB. */
const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024, 0x20))

/** What an upstream might answer with, and what people read about it. */
const faults: readonly (readonly [string, TinyAnswer, RegExp])[] = [
  [
    'half a document',
    written((response) => {
      response.writeHead(200, { 'content-length': 5000 }).write('{"name":"x"')
      setTimeout(() => response.destroy(), 20)
    }),
    /terminated|other side closed|aborted/,
  ],
  ['half a document that says it is whole', json(good('fault').slice(0, 200)), /not valid JSON/],
  ['bytes that are no UTF-8', json(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])), /not valid UTF-8/],
  ['another package', json(good('other')), /name: got .*other.*, expected fault/],
  ['a list', json('[]'), /expected a JSON object/],
  ['nothing', json(''), /not valid JSON/],
  ['a page for people', { type: 'text/html', body: '<h1>Sign in</h1>' }, /expected JSON/],
  ['too much', json(`{"name":"fault","readme":"${'x'.repeat(1024 * 1024)}"}`), /larger than 1048576 bytes/],
  [
    'a gzip bomb',
    written((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
    }),
    /larger than 1048576 bytes/,
  ],
  [
    'broken gzip',
    written((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip')
    }),
    /incorrect header check/,
  ],
  ['nothing for a long time', written(() => {}), /no whole answer within 1000 ms/],
  [
    'one byte after the other',
    written((response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(timer))
    }),
    /no whole answer within 1000 ms/,
  ],
  ['an error', written((response) => void response.writeHead(500).end('{}')), /it answered 500/],
  ['too many requests', written((response) => void response.writeHead(429).end()), /it answered 429/],
  [
    'a redirect to somebody else',
    redirect('https://evil.example.org/fault'),
    /leads to evil.example.org, which is not among the hosts/,
  ],
  [
    'a redirect to a private address',
    redirect('http://127.0.0.1:9/fault'),
    /leads to the private address 127.0.0.1:9/,
  ],
  [
    'a redirect to the metadata of a cloud',
    redirect('http://169.254.169.254/latest'),
    /169.254.169.254, which is not among/,
  ],
  ['a redirect to a file', redirect('file:///etc/passwd'), /leads to file:/],
  ['a redirect to itself', redirect('/fault'), /redirects more than 5 times/],
]

describe('an upstream that answers with', () => {
  it.each(faults)('%s: nothing of it is taken, and the last good document stays', async (_, fault, said) => {
    upstream.answers.set('/fault', json(good('fault')))
    const before = await index.get('/npm/fault', full)
    expect(before.json['dist-tags']).toEqual({ latest: '1.0.0', next: '1.0.0' })
    upstream.answers.set('/fault', fault)
    const heap = process.memoryUsage().rss
    const lines = index.said.length
    await index.overlay.refresh('npm:fault')
    expect(index.said.slice(lines).join('\n')).toMatch(said)
    const after = await index.get('/npm/fault', full)
    expect(after.status).toBe(200)
    expect(after.text).toBe(before.text)
    expect(after.headers.get('slipway-upstream')).toBeNull()
    expect(process.memoryUsage().rss - heap).toBeLessThan(300 * 1024 * 1024)
  })

  it('names that every object inherits, they are plain names', async () => {
    const body = good('proto').replace(
      '"readme":"read me"',
      '"__proto__":{"polluted":true},"constructor":"x"',
    )
    upstream.answers.set('/proto', json(body))
    const answer = await index.get('/npm/proto', full)
    expect(answer.text).toContain('"__proto__":{"polluted":true}')
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    expect((await index.get('/npm/proto/constructor')).status).toBe(404)
    expect((await index.get('/npm/proto/__proto__')).status).toBe(404)
  })

  it('a redirect within its own host, it is followed', async () => {
    givePackument(upstream, 'moved', { '1.0.0': 30 })
    const answer = upstream.answers.get('/moved')
    if (answer) upstream.answers.set('/there/moved', answer)
    upstream.answers.set('/moved', redirect('/there/moved'))
    expect((await index.get('/npm/moved', full)).status).toBe(200)
  })
})

describe('a restart', () => {
  it('serves what was kept although the upstream is down', async () => {
    givePackument(upstream, 'kept', { '1.0.0': 30 })
    await index.get('/npm/kept', full)
    upstream.down = (_request, response) => void response.writeHead(503).end()
    const second = await startOverlaid(`upstreams: { npm: { url: "${upstream.url}" } }`, index.stores)
    await second.wait(3_600_000)
    const answer = await second.get('/npm/kept', full)
    expect([answer.status, answer.headers.get('slipway-upstream')]).toEqual([200, 'stale'])
    await second.close()
  })
})

describe('documents on the disk', () => {
  const document = {
    url: 'http://127.0.0.1/a',
    etag: '"1"',
    lastModified: null,
    contentType: 'application/json',
    fetchedAt: 5,
    body: Buffer.from('{"a":\n1}'),
  }

  it('come back whole or not at all', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-cache-'))
    const cache = createDiskDocumentCache(folder)
    expect(await cache.get('npm:../a')).toBeNull()
    await cache.put('npm:../a', document)
    const back = await cache.get('npm:../a')
    expect(back && { ...back, body: Buffer.from(back.body).toString() }).toEqual({
      ...document,
      body: '{"a":\n1}',
    })
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    )
    expect(files).toHaveLength(1)
    const path = join(files[0]?.parentPath ?? '', files[0]?.name ?? '')
    const bytes = await readFile(path)
    for (const broken of [
      bytes.subarray(0, -1),
      bytes.subarray(0, 10),
      Buffer.from(''),
      Buffer.from('{}\n'),
    ]) {
      await writeFile(path, broken)
      expect(await cache.get('npm:../a')).toBeNull()
    }
    await cache.remove('npm:../a')
    expect(await cache.get('npm:../a')).toBeNull()
  })
})

describe('addresses', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    '[::1]',
    'fd00::1',
    'fe80::1%eth0',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b:1::a00:1',
    '2002:a00:1::1',
    'fec0::1',
  ])('%s is private', (address) => expect(isPrivateAddress(address)).toBe(true))
  it.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) =>
    expect(isPrivateAddress(address)).toBe(false),
  )

  it('a name that resolves to a private address is not connected to', async () => {
    const client = createUpstreamClient({
      url: 'http://upstream.example.org',
      authorization: null,
      ca: null,
      proxy: null,
      hosts: ['localhost.:8099'],
      timeoutMs: 2000,
    })
    const answer = await client.get({ url: 'http://localhost.:8099/x', headers: {}, limitBytes: 10 })
    expect(answer).toMatchObject({
      kind: 'failed',
      why: expect.stringMatching(/private address|ENOTFOUND|EAI_AGAIN/),
    })
    await client.close()
  })
})

describe('an upstream behind https', () => {
  it('is never left for plain http', async () => {
    const settings = { authorization: null, ca: null, proxy: null, hosts: ['index.test'], timeoutMs: 1000 }
    const client = createUpstreamClient({ ...settings, url: 'https://index.test' })
    const answer = await client.get({ url: 'http://index.test/x', headers: {}, limitBytes: 10 })
    expect(answer).toEqual({ kind: 'failed', why: 'it leads from https to http' })
    await client.close()
  })
})

describe('credentials', () => {
  it('go to the upstream itself and to nobody else, also through a proxy', async () => {
    const seen: unknown[] = []
    const proxy = createServer((request, response) => {
      seen.push([request.headers.host, request.headers.authorization])
      if (request.headers.host !== 'index.test') return void response.end('file')
      response.writeHead(302, { location: 'http://files.test/y' }).end()
    })
    // Whatever is tunnelled is answered by the proxy itself.
    proxy.on('connect', (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      proxy.emit('connection', socket)
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const { port } = proxy.address() as AddressInfo
    const client = createUpstreamClient({
      url: 'http://index.test',
      authorization: 'Bearer secret',
      ca: null,
      proxy: `http://127.0.0.1:${port}`,
      hosts: ['files.test'],
      timeoutMs: 2000,
    })
    const answer = await client.get({ url: 'http://index.test/x', headers: {}, limitBytes: 100 })
    expect(answer).toMatchObject({ kind: 'ok', url: 'http://files.test/y', body: Buffer.from('file') })
    expect(seen).toEqual([
      ['index.test', 'Bearer secret'],
      ['files.test', undefined],
    ])
    await client.close()
    proxy.closeAllConnections()
    await new Promise((resolve) => proxy.close(resolve))
  })
})

describe('a digest', () => {
  const bytes = Buffer.from('bytes')
  const of = (algorithm: string, encoding: 'hex' | 'base64') =>
    createHash(algorithm).update(bytes).digest(encoding)
  it.each([
    ['sha256 in hex', `sha256:${of('sha256', 'hex')}`, true],
    ['integrity', `sha512-${of('sha512', 'base64')}`, true],
    ['several, the best counts', `sha1-${of('sha1', 'base64')} sha512-${of('sha512', 'base64')}`, true],
    ['several, the best is wrong', `sha1-${of('sha1', 'base64')} sha512-AAAA`, false],
    ['sha1 in hex', `sha1:${of('sha1', 'hex')}`, true],
    ['one that nobody knows', 'crc32:00', false],
  ])('%s', (_, digest, fits) => expect(hasDigest(bytes, digest)).toBe(fits))
})
