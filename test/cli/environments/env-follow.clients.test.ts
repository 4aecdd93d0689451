import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { npmTarball } from '../../action/package-files.ts'
import { type RealServer, realServer } from '../real-server.ts'

let server: RealServer
let token = ''

const RELEASE = 'npm:demo@1.1.0'
/** Passes on every version but 1.2.0. */
const TEST = `node -e "if (require('demo') === '1.2.0') process.exit(4)"`

beforeAll(async () => {
  server = await realServer()
  for (const version of ['1.0.0', '1.1.0', '1.2.0'])
    await npmTarball(server.folder, 'demo', version, { 'index.js': `module.exports = '${version}'\n` })
  for (const version of ['1.0.0', '1.1.0']) await server.cli(server.admin, 'publish', `demo-${version}.tgz`)
  token = await server.token('npm:demo')
}, 120_000)
afterAll(async () => {
  expect(await server.stop()).toBe(0)
})

/** One machine: a root of its own, and its place in a rollout. */
function machine(key: string) {
  const root = join(server.folder, key)
  return async (...args: string[]) => {
    const index = ['--index', `${server.url}/npm/`]
    const ran = await server.cli(
      token,
      'env',
      'follow',
      'npm:demo',
      '--key',
      key,
      '--root',
      root,
      ...index,
      ...args,
    )
    const live = await readFile(join(root, 'npm/demo/live/node_modules/demo/index.js'), 'utf8').catch(
      () => '',
    )
    return { code: ran.code, said: ran.out, err: ran.err, live: /'(.*)'/.exec(live)?.[1] ?? null }
  }
}

interface Counted {
  readonly cluster: string
  readonly arm: string
  readonly basisPoints: number
  readonly drawn: boolean
  readonly runs: number
  readonly failures: number
}

/** What machines have reported, from the rollout's own history; that one is about to test is no report. */
async function counted(release: string): Promise<readonly Counted[]> {
  const answer = await fetch(`${server.url}/api/v1/rollouts/${release}/events`)
  const { events } = (await answer.json()) as { events: { type: string; fact: Counted }[] }
  return events.flatMap(({ type, fact }) => (type === 'exposure-recorded' && fact.runs > 0 ? [fact] : []))
}

/** Machines' keys on both sides of a percent. */
async function keysAround(release: string): Promise<{ inside: string; outside: string }> {
  const seen: Record<string, string> = {}
  for (let number = 0; seen.true === undefined || seen.false === undefined; number += 1) {
    const key = `host-${number}`
    const why = await fetch(`${server.url}/api/v1/why?rollout=${release}&key=${key}`)
    const { inside } = (await why.json()) as { inside: boolean }
    seen[String(inside)] ??= key
  }
  return { inside: seen.true, outside: seen.false }
}

const act = (release: string, action: string, ...args: string[]) =>
  server.cli(server.admin, action, release, '--reason', 'the test', '--as', 'mona', ...args)

describe('a fleet', { timeout: 180_000 }, () => {
  it('follows the percent of a rollout up, down, and past a version that fails on it', async () => {
    expect((await act(RELEASE, 'advance', '--to', '50')).code).toBe(0)
    const { inside, outside } = await keysAround(RELEASE)
    const [first, second] = [machine(inside), machine(outside)]
    expect(await second('--test', TEST)).toMatchObject({
      code: 0,
      live: '1.0.0',
      said: 'npm:demo@1.0.0 stays: it is live already\n',
    })
    expect(await first('--test', TEST)).toMatchObject({
      code: 0,
      live: '1.1.0',
      said: 'npm:demo@1.1.0 is live, was 1.0.0\n',
    })
    const again = await first('--test', TEST, '--json')
    expect(JSON.parse(again.said)).toMatchObject({ action: 'stay', live: '1.1.0', reported: 'success' })
    expect(
      (await counted(RELEASE)).map(({ arm, drawn, runs, failures }) => [arm, drawn, runs, failures]),
    ).toEqual([
      ['baseline', true, 1, 0],
      ['candidate', true, 1, 0],
      ['candidate', true, 2, 0],
    ])
    // The history is public: it must not give away which machines there are.
    expect(JSON.stringify(await counted(RELEASE))).not.toMatch(/host-\d/)

    expect((await act(RELEASE, 'rollback')).code).toBe(0)
    const down = await first('--test', 'false', '--json')
    expect(JSON.parse(down.said)).toMatchObject({
      action: 'step-down',
      from: '1.1.0',
      live: '1.0.0',
      reported: null,
    })
    expect([down.code, down.live]).toEqual([0, '1.0.0'])
    expect(await second()).toMatchObject({
      live: '1.0.0',
      said: 'npm:demo@1.0.0 stays: it is live already\n',
    })

    const next = 'npm:demo@1.2.0'
    await server.cli(server.admin, 'publish', 'demo-1.2.0.tgz')
    expect((await act(next, 'advance', '--to', '50')).code).toBe(0)
    const third = (await keysAround(next)).inside
    const failing = await machine(third)('--test', TEST)
    expect(failing.code).toBe(1)
    expect(failing.said).toMatch(/^the test of npm:demo@1\.2\.0 ended with 4; npm:demo@1\.0\.0 stays live\n$/)
    expect(failing.live).toBe('1.0.0')
    expect((await counted(next)).map(({ arm, runs, failures }) => [arm, runs, failures])).toEqual([
      ['candidate', 1, 1],
    ])
  })

  it('reports nothing without a token that may report on the package, and says so', async () => {
    const root = join(server.folder, 'poor')
    const follow = (secret: string) =>
      server.cli(
        secret,
        'env',
        'follow',
        'npm:demo',
        '--key',
        'poor',
        '--root',
        root,
        '--index',
        `${server.url}/npm/`,
        '--test',
        'true',
      )
    const before = await counted('npm:demo@1.2.0')
    const nobody = await follow('')
    expect([nobody.code, nobody.err]).toEqual([
      0,
      expect.stringContaining('not reported: that needs --token with report'),
    ])
    const body = { scopes: ['publish'], packages: ['npm:demo'] }
    const made = await fetch(`${server.url}/api/v1/tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.admin}` },
      body: JSON.stringify(body),
    })
    const { token: weak } = (await made.json()) as { token: string }
    expect((await follow(weak)).err).toContain('not reported: This needs a token with the scope report')
    expect(await counted('npm:demo@1.2.0')).toEqual(before)
  })

  it('ends with 3 when the server is gone, and changes nothing', async () => {
    const args = [
      'env',
      'follow',
      'npm:demo',
      '--key',
      'k',
      '--root',
      join(server.folder, 'gone'),
      '--server',
      'http://127.0.0.1:9',
    ]
    const ran = await server.cli('', ...args)
    expect([ran.code, ran.out]).toEqual([3, ''])
  })

  it('counts no more than a few runs of one machine, and refuses what is no report', async () => {
    const send = async (body: object, secret = token) => {
      const answer = await fetch(`${server.url}/api/v1/rollouts/npm:demo@1.2.0/machines`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}` },
        body: JSON.stringify(body),
      })
      return [answer.status, ((await answer.json()) as { recorded?: number }).recorded]
    }
    const report = { key: 'busy', outcome: 'success' }
    const answers = []
    for (let number = 0; number < 6; number += 1) answers.push(await send(report))
    expect(answers).toEqual([
      [202, 1],
      [202, 1],
      [202, 1],
      [202, 1],
      [202, 0],
      [202, 0],
    ])
    expect(await send({ ...report, outcome: 'fine' })).toEqual([422, undefined])
    expect(await send({ ...report, key: 'a b' })).toEqual([422, undefined])
    expect(await send(report, 'nobody')).toEqual([401, undefined])
  })
})
