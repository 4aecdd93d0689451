import { execFileSync, spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { hasPostgres, type PostgresServer, startPostgres } from '../stores/postgres-server.ts'
import { endAll, folderFor, type Served, serve } from './served.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

let database: PostgresServer
const gateway = findGateway()
const stops: (() => void)[] = []

function findGateway(): string | null {
  try {
    return execFileSync('sh', ['-c', 'command -v versitygw']).toString().trim()
  } catch {
    console.log(
      'versitygw is not installed here; tests over an object store are left out (scripts/install-tools.sh versitygw)',
    )
    return null
  }
}

/** An object store of its own with one bucket; the environment that points to it. */
async function objectStore(): Promise<Record<string, string>> {
  const folder = await folderFor('objects')
  await mkdir(join(folder, 'bucket'))
  const port = await new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
  const child = spawn(gateway ?? '', ['--port', `127.0.0.1:${port}`, 'posix', folder], {
    env: { PATH: process.env.PATH ?? '', ROOT_ACCESS_KEY: 'key', ROOT_SECRET_KEY: 'secret' },
    stdio: 'ignore',
  })
  stops.push(() => child.kill('SIGKILL'))
  const endpoint = `http://127.0.0.1:${port}`
  await expect
    .poll(
      () =>
        fetch(endpoint).then(
          () => true,
          () => false,
        ),
      { timeout: 10_000 },
    )
    .toBe(true)
  return {
    SLIPWAY_S3_ENDPOINT: endpoint,
    SLIPWAY_S3_BUCKET: 'bucket',
    SLIPWAY_S3_ACCESS_KEY_ID: 'key',
    SLIPWAY_S3_SECRET_ACCESS_KEY: 'secret',
  }
}

const latest = async (server: Served) => {
  const { json } = await server.ask('GET', '/channel/candidate/npm/lib')
  const tags = json['dist-tags'] ?? (await server.ask('GET', '/channel/canary/npm/lib')).json['dist-tags']
  return (tags as Record<string, string> | undefined)?.latest
}

describe.skipIf(!hasPostgres())('replicas over one PostgreSQL', () => {
  beforeAll(async () => {
    database = await startPostgres()
  })
  afterAll(() => database?.stop())
  afterEach(async () => {
    await endAll()
    for (const stop of stops.splice(0)) stop()
  })

  const replicas = async (count: number, more: Record<string, string> = {}) => {
    const DATABASE_URL = await database.schema()
    const folders = await Promise.all(
      Array.from({ length: count }, (_, index) => folderFor(`replica${index}`)),
    )
    return Promise.all(folders.map((folder) => serve(folder, { DATABASE_URL, ...more })))
  }

  it('take any request, and see within a second what another did: a rollback above all', async () => {
    const [one, other] = (await replicas(2)) as [Served, Served]
    expect(await one.publish('lib', '1.0.0')).toBe(201)
    expect(await other.publish('lib', '1.1.0')).toBe(201)
    const start = performance.now()
    await expect.poll(() => latest(one), { timeout: 5000, interval: 20 }).toBe('1.1.0')
    const back = await one.ask('POST', '/api/v1/rollouts/npm:lib@1.1.0/rollback', {
      as: 'ada',
      reason: 'broke',
    })
    expect(back.status).toBe(200)
    await expect.poll(() => latest(other), { timeout: 1000, interval: 10 }).toBe('1.0.0')
    expect(performance.now() - start).toBeGreaterThan(0)
    expect((await other.ask('GET', '/api/v1/rollouts/npm:lib@1.1.0')).json).toMatchObject({
      phase: 'rolled-back',
    })
  })

  it('refuse a token from the first request after it was revoked at another one', async () => {
    const [one, other] = (await replicas(2)) as [Served, Served]
    expect(await one.publish('lib', '1.0.0')).toBe(201)
    const made = await one.ask('POST', '/api/v1/tokens', { scopes: ['operate'], packages: ['npm:*'] })
    const headers = { authorization: `Bearer ${made.json.token}` }
    const asked = async (server: Served) =>
      (await fetch(`${server.url}/api/v1/packages/npm/lib/publishers`, { headers })).status
    // Both have seen the token before, so that what they remember of it could be wrong.
    for (const server of [one, other, one, other]) expect(await asked(server)).toBe(200)
    expect((await other.ask('DELETE', `/api/v1/tokens/${made.json.id}`)).status).toBe(200)
    expect([await asked(one), await asked(other)]).toEqual([401, 401])
  })

  it('one of them works at a time, and another goes on when it is killed', async () => {
    const [one, other] = (await replicas(2)) as [Served, Served]
    const holders = () => [one, other].filter((server) => server.said().includes('does the work from now on'))
    await expect.poll(() => holders().length, { timeout: 10_000 }).toBe(1)
    const [holder] = holders() as [Served]
    const next = holder === one ? other : one
    await holder.stop('SIGKILL')
    await expect.poll(() => next.said().includes('does the work from now on'), { timeout: 15_000 }).toBe(true)
    expect(await next.publish('lib', '1.0.0')).toBe(201)
  })

  it('go on reading while the database is away, refuse writes for now, and resume by themselves', async () => {
    const [server] = (await replicas(1)) as [Served]
    await server.publish('lib', '1.0.0')
    const seen = async () => (await server.ask('GET', '/npm/lib')).json['dist-tags']
    await expect.poll(seen, { timeout: 10_000 }).toMatchObject({ latest: '1.0.0' })
    database.kill()
    try {
      expect((await server.ask('GET', '/npm/lib')).json['dist-tags']).toMatchObject({ latest: '1.0.0' })
      expect(await server.publish('lib', '1.1.0')).toBe(503)
      expect((await server.ask('GET', '/readyz')).status).toBe(503)
    } finally {
      database.start()
    }
    await expect.poll(() => server.publish('lib', '1.1.0'), { timeout: 20_000 }).toBe(201)
  })

  it.skipIf(gateway === null)('share files in an object store, checked on the way', async () => {
    const store = await objectStore()
    const [one, other] = (await replicas(2, store)) as [Served, Served]
    expect(await one.publish('lib', '1.0.0')).toBe(201)
    const [mine, theirs] = [
      await one.ask('GET', '/npm/lib/-/lib-1.0.0.tgz'),
      await other.ask('GET', '/npm/lib/-/lib-1.0.0.tgz'),
    ]
    expect([mine.status, theirs.status, theirs.text === mine.text]).toEqual([200, 200, true])
  })
})
