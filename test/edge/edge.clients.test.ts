import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endAll, folderFor, type Served, serve } from '../faults/served.ts'
import {
  type Edge,
  endEdges,
  has,
  hasDigestModule,
  njsModule,
  rulesOf,
  startNginx,
  startVarnish,
  startWorker,
} from './edge-kit.ts'

const program = {
  'nginx with njs': has('nginx', ['-v']) && existsSync(njsModule),
  'Varnish with its digest module': has('varnishd', ['-V']) && hasDigestModule(),
}
for (const [name, isThere] of Object.entries(program))
  if (!isThere) console.warn(`left out: no ${name} here (scripts/install-tools.sh njs varnish)`)

const serverFile = `
edge: true
trustedProxies: [100.100.0.0/16]
mirrors:
  - { userAgent: devpi-server/, channel: stable }
  - { address: 198.51.100.128/25, channel: candidate }
`

let slipway: Served
beforeAll(async () => {
  const folder = await folderFor('edge')
  await writeFile(join(folder, 'slipway.server.yml'), serverFile)
  slipway = await serve(folder)
  await publishBoth('one')
  for (const version of ['1.0.0', '2.0.0', '3.0.0', '4.0.0']) await slipway.publish('wide', version)
  await advance('wide@2.0.0', 50)
  await advance('wide@3.0.0', 25)
  await advance('wide@4.0.0', 10)
})
afterAll(async () => {
  await endEdges()
  await endAll()
})

const act = { as: 'ada', reason: 'for the test' }

async function advance(release: string, to: number): Promise<void> {
  const { status, text } = await slipway.ask('POST', `/api/v1/rollouts/npm:${release}/advance`, {
    to,
    ...act,
  })
  if (status !== 200) throw new Error(text)
}

type Headers = Readonly<Record<string, string>>

/** A full release, and one that a quarter sees. */
async function publishBoth(name: string): Promise<void> {
  for (const version of ['1.0.0', '1.1.0']) await slipway.publish(name, version)
  await advance(`${name}@1.1.0`, 25)
}

async function bytesOf(response: Response) {
  return { status: response.status, etag: response.headers.get('etag'), text: await response.text() }
}

const direct = async (path: string, headers: Headers = {}) =>
  bytesOf(await fetch(`${slipway.url}${path}`, { headers }))

/** The keys that see something of a package that is not a full release. */
async function insidersOf(name: string): Promise<readonly string[]> {
  const found: string[] = []
  await each(keys, async (key) => {
    const { headers } = await fetch(`${slipway.url}/as/${key}/npm/${name}`, { method: 'HEAD' })
    if (headers.get('slipway-view') !== 'stable') found.push(key)
  })
  return found
}

async function latestOf(edge: Edge, path: string, headers?: Headers): Promise<string> {
  return JSON.parse((await bytesOf(await edge.ask(path, headers))).text)['dist-tags'].latest
}

/** Runs some at a time, or two thousand connections would be opened. */
async function each<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = [...all]
  const lane = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one)
  }
  await Promise.all(Array.from({ length: 8 }, lane))
}

const keys = Array.from({ length: Number(process.env.EDGE_KEYS ?? 1000) }, (_, number) => `key-${number}`)

const askers: readonly (readonly [string, string, Headers])[] = [
  ['a key in the user agent', '/npm/wide', { 'user-agent': 'npm/11.0.0 node/v24.0.0 slipway=team.one' }],
  ['a key that is none', '/npm/wide', { 'user-agent': 'npm/11.0.0 slipway=é' }],
  ['an address', '/npm/wide', { 'x-forwarded-for': '203.0.113.77', 'user-agent': 'npm/11.0.0' }],
  ['another one', '/npm/wide', { 'x-forwarded-for': '198.51.100.1', 'user-agent': 'Bun/1.3.0' }],
  ['a long address', '/npm/wide', { 'x-forwarded-for': '2001:db8:7:1::5', 'user-agent': 'npm/11' }],
  ['a short one', '/npm/wide', { 'x-forwarded-for': '2001:db8::5', 'user-agent': 'pip/25.0' }],
  ['a shorter one', '/npm/wide', { 'x-forwarded-for': '2001::5:1', 'user-agent': 'curl/8' }],
  ['zeros', '/npm/wide', { 'x-forwarded-for': '2001:0:3:1:1:1:1:1', 'user-agent': 'uv/0.9' }],
  ['a chain', '/npm/wide', { 'x-forwarded-for': '192.0.2.4, 203.0.113.9', 'user-agent': 'npm/11' }],
  ['an address that is none', '/npm/wide', { 'x-forwarded-for': 'unknown', 'user-agent': 'npm/11' }],
  ['a port', '/npm/wide', { 'x-forwarded-for': '[2001:db8:9::1]:443', 'user-agent': 'npm/11' }],
  ['a CI job', '/npm/wide', { 'x-forwarded-for': '203.0.113.77', 'user-agent': 'npm/11 ci/gitlab' }],
  ['who asks for the bucket', '/as/key-7/npm/wide', { 'slipway-explain': '1' }],
  ['a mirror', '/npm/wide', { 'x-forwarded-for': '203.0.113.77', 'user-agent': 'devpi-server/6.9' }],
  ['a mirror by its address', '/npm/wide', { 'x-forwarded-for': '198.51.100.200', 'user-agent': 'npm/11' }],
  ['a named proxy', '/npm/wide', { 'x-forwarded-for': '203.0.113.8, 100.100.1.1', 'user-agent': 'npm/11' }],
  ['pnpm', '/as/key-7/npm/wide', { 'user-agent': 'pnpm/10.1.0' }],
  ['Yarn 4', '/as/key-7/npm/wide', { 'user-agent': 'yarn/4.9.0 npm/? node/v24' }],
  ['a short document', '/as/key-7/npm/wide', { accept: 'application/vnd.npm.install-v1+json' }],
  ['stable', '/channel/stable/npm/wide', {}],
  ['candidate', '/channel/candidate/npm/wide', {}],
  ['a view', '/view/stable/npm/wide', {}],
  ['a key that is encoded', '/as/key%2D7/npm/wide', {}],
  ['a key with a colon', '/as/a%3Ab/npm/wide', {}],
  ['credentials', '/npm/wide', { authorization: `Basic ${btoa('key-7:')}` }],
  ['a package that is not there', '/as/key-7/npm/nothing', {}],
  ['a project that is not there', '/pypi/simple/nothing/', {}],
  ['one version', '/as/key-7/npm/wide/2.0.0', {}],
  ['the API', '/api/v1/cohort-vectors.json', {}],
  ['an arm', '/arm/ro-aaaaaaaaaaaaaaaa/candidate/npm/wide', {}],
]

/** Reloading takes a machine with other work a while. */
const patience = { timeout: 30_000, interval: 25 }

let number = 0

const edges = [
  ...(program['nginx with njs'] ? [['nginx', startNginx] as const] : []),
  ...(program['Varnish with its digest module'] ? [['Varnish', startVarnish] as const] : []),
  ['the worker', startWorker] as const,
]

describe.each(edges)('%s', (_name, start) => {
  let edge: Edge
  beforeAll(async () => {
    number += 1
    edge = await start(slipway.url)
  })

  it.each(['one', 'wide'])('gives every key the bytes and the tag that Slipway gives: %s', async (name) => {
    const seen = new Set<string | null>()
    const different: string[] = []
    await each(keys, async (key) => {
      const path = `/as/${key}/npm/${name}`
      const [own, given] = [await direct(path), await bytesOf(await edge.ask(path))]
      seen.add(own.etag)
      if (own.text !== given.text || own.etag !== given.etag) different.push(key)
    })
    expect(different).toEqual([])
    expect(seen.size).toBe(name === 'one' ? 2 : 4)
  })

  it.each(askers)('answers %s as Slipway does', async (_asker, path, headers) => {
    const own = await direct(path, headers)
    const given = await bytesOf(await edge.ask(path, headers))
    expect([given.status, given.etag, given.text]).toEqual([own.status, own.etag, own.text])
  })

  it('says 304 to who has the document', async () => {
    const { etag } = await direct('/as/key-7/npm/one')
    const again = await edge.ask('/as/key-7/npm/one', { 'if-none-match': etag ?? '' })
    expect(again.status).toBe(304)
    expect(again.headers.get('cache-control')).toBe('private, max-age=0, must-revalidate')
  })

  it('shows a rollback within seconds, though nobody purges anything', async () => {
    const sinks = `sinks-${number}`
    await publishBoth(sinks)
    const [key = '', ...others] = await insidersOf(sinks)
    await expect.poll(() => latestOf(edge, `/as/${key}/npm/${sinks}`), patience).toBe('1.1.0')
    await slipway.ask('POST', `/api/v1/rollouts/npm:${sinks}@1.1.0/rollback`, act)
    const begin = performance.now()
    await expect.poll(() => latestOf(edge, `/as/${key}/npm/${sinks}`), patience).toBe('1.0.0')
    console.info(`${edge.name} shows a rollback after ${Math.round(performance.now() - begin)} ms`)
    for (const other of others.slice(0, 20))
      expect(await latestOf(edge, `/as/${other}/npm/${sinks}`)).toBe('1.0.0')
  })

  it('shows nobody outside the percent the candidate while its rules are old', async () => {
    const raised = `raised-${number}`
    await publishBoth(raised)
    const inside = new Set(await insidersOf(raised))
    const [first = ''] = inside
    await expect.poll(() => latestOf(edge, `/as/${first}/npm/${raised}`), patience).toBe('1.1.0')
    edge.deafen()
    await advance(`${raised}@1.1.0`, 50)
    const now = new Set(await insidersOf(raised))
    const entered = keys.filter((key) => now.has(key) && !inside.has(key))
    const outside = keys.filter((key) => !now.has(key))
    expect(entered.length).toBeGreaterThan(5)
    // Those who have just been let in ask first: what Slipway decides for them must not be kept for others.
    await each(entered, async (key) => void (await edge.ask(`/as/${key}/npm/${raised}`)))
    const shown = new Set<string>()
    await each(outside, async (key) => void shown.add(await latestOf(edge, `/as/${key}/npm/${raised}`)))
    expect([...shown]).toEqual(['1.0.0'])
  })

  it('goes on with what it has while Slipway hangs, and after ten minutes with full releases', async () => {
    const rules = await rulesOf(slipway.url)
    const [key = ''] = await insidersOf('wide')
    const address = `/as/${key}/npm/wide`
    await bytesOf(await edge.ask('/channel/stable/npm/wide'))
    await bytesOf(await edge.ask('/view/stable/npm/wide'))
    const before = await latestOf(edge, address)
    expect(before).not.toBe('1.0.0')
    slipway.child.kill('SIGSTOP')
    try {
      expect(await latestOf(edge, address)).toBe(before)
      await edge.load({ ...rules, at: rules.at - 11 * 60_000 })
      expect(await latestOf(edge, address)).toBe('1.0.0')
      expect(await latestOf(edge, '/channel/candidate/npm/wide')).toBe('1.0.0')
    } finally {
      slipway.child.kill('SIGCONT')
    }
  })
})
