import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { npmIn } from '../server/clients.ts'
import { npmDocument, publishNpm, startIndex, type TestIndex } from '../server/running-server.ts'
import { scratchFolder } from '../server/scratch-folder.ts'
import { type OverlaidIndex, startOverlaid } from './overlaid-index.ts'

const bench = fileURLToPath(new URL('../../bench', import.meta.url))
// Put together, because it is no dependency of this package but of the bench.
const program = join(bench, 'node_modules', 'verdaccio', 'bin', 'verdaccio')
const isThere = existsSync(program)
if (!isThere) console.log('left out: Verdaccio is not installed (npm ci --prefix bench)')

const children: ChildProcess[] = []
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
})

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}

async function startVerdaccio(uplink: string | null): Promise<string> {
  const folder = await scratchFolder()
  const config = {
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd') } },
    uplinks: uplink === null ? {} : { slipway: { url: uplink, maxage: '0s' } },
    packages: { '**': { access: '$all', publish: '$all', ...(uplink !== null && { proxy: 'slipway' }) } },
    web: { enable: false },
    log: { type: 'stdout', format: 'json', level: 'warn' },
  }
  const file = join(folder, 'verdaccio.yaml')
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config))
  const port = await freePort()
  const args = [program, '--config', file, '--listen', `127.0.0.1:${port}`]
  children.push(spawn(process.execPath, args, { cwd: folder, stdio: 'ignore' }))
  const url = `http://127.0.0.1:${port}`
  const isUp = () =>
    fetch(`${url}/-/ping`).then(
      ({ ok }) => ok,
      () => false,
    )
  await vi.waitUntil(isUp, { timeout: 30_000, interval: 200 })
  return url
}

describe.runIf(isThere)('Verdaccio as upstream', () => {
  let verdaccio: string
  let index: OverlaidIndex
  beforeAll(async () => {
    verdaccio = await startVerdaccio(null)
    for (const version of ['1.0.0', '1.1.0']) await publish(version)
    index = await startOverlaid(`
upstreams: { npm: { url: "${verdaccio}" } }
files: proxy
adopt: [{ match: "npm:*", newPackage: 0s }]
`)
  })
  afterAll(async () => {
    expect(index.errors).toEqual([])
    await index.close()
  })

  async function publish(version: string) {
    const document = await npmDocument('chained', version)
    const [manifest] = Object.values(document.versions)
    Object.assign(manifest?.dist ?? {}, { tarball: `${verdaccio}/chained/-/chained-${version}.tgz` })
    const body = JSON.stringify(document)
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${verdaccio}/chained`, { method: 'PUT', headers, body })
    expect([201, 200]).toContain(response.status)
  }

  it('its newest release is staged, installs follow, and pins still get it', async () => {
    const unpinned = await npmIn(`${index.url}/npm/`)
    const pinned = await npmIn(`${index.url}/npm/`)
    expect(await unpinned.run('install', 'chained@^1.0.0')).toMatchObject({ code: 0 })
    await index.adopt()
    expect(index.engine.find('npm:chained@1.1.0')?.startedAt).not.toBeNull()
    expect(await pinned.run('install', 'chained@1.1.0')).toMatchObject({ code: 0 })
    expect(await unpinned.installed('chained')).toBe('1.0.0')
    expect(await pinned.installed('chained')).toBe('1.1.0')
  })

  it('what it answers is confirmed by its own entity tag', async () => {
    const before = index.overlay.counts().requests
    await index.overlay.refresh('npm:chained')
    const after = index.overlay.counts().requests
    const unchanged = (counts: typeof before) =>
      counts.find(({ outcome }) => outcome === 'not-modified')?.count ?? 0
    expect(unchanged(after)).toBe(unchanged(before) + 1)
  })
})

describe.runIf(isThere)('Verdaccio in front', () => {
  let slipway: TestIndex
  let verdaccio: string
  beforeAll(async () => {
    slipway = await startIndex({ mirrors: [{ userAgent: 'npm (hidden)', address: null, channel: 'stable' }] })
    for (const version of ['1.0.0', '1.1.0']) await publishNpm(slipway, 'inner', version)
    verdaccio = await startVerdaccio(`${slipway.url}/npm`)
  })
  afterAll(async () => {
    expect(slipway.errors).toEqual([])
    await slipway.close()
  })

  it('gets the fixed channel of a mirror: everybody behind it sees full releases, pins work', async () => {
    const advanced = { to: 50, as: 'mona', reason: 'test' }
    await slipway.ask('POST', '/api/v1/rollouts/npm:inner@1.1.0/advance', advanced)
    const unpinned = await npmIn(`${verdaccio}/`)
    const pinned = await npmIn(`${verdaccio}/`)
    expect(await unpinned.run('install', 'inner')).toMatchObject({ code: 0 })
    expect(await pinned.run('install', 'inner@1.1.0')).toMatchObject({ code: 0 })
    expect(await unpinned.installed('inner')).toBe('1.0.0')
    expect(await pinned.installed('inner')).toBe('1.1.0')
  })
})
