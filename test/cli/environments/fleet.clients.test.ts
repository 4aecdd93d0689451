/** A fleet of processes, each with a root of its own, that follows rollouts of a server whose clock the test moves. */
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeTree } from '../../action/package-files.ts'
import { publishNpm, startIndex, type TestIndex } from '../../server/running-server.ts'
import { scratchFolder } from '../../server/scratch-folder.ts'
import { spawnCli } from '../spawn-cli.ts'

const DAY = 24 * 60 * 60 * 1000

let index: TestIndex
let folder = ''
let token = ''
beforeAll(async () => {
  index = await startIndex()
  folder = await scratchFolder()
  token = await index.token(['report'], ['npm:*'])
  await writeTree(folder, { 'bad.txt': '', 'tested.txt': '' })
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

/** Notes which version a machine tests, and fails for those that `bad.txt` names. */
const TEST = `node -e "const fs = require('fs'), v = require(process.env.NAME); fs.appendFileSync('tested.txt', process.env.MACHINE + ' ' + v + '\\n'); if (fs.readFileSync('bad.txt', 'utf8').includes(v)) process.exit(4)"`

interface Ran {
  readonly code: number | null
  readonly live: string
  readonly action: string
  readonly sentence: string
  readonly key: string
  readonly err: string
}

async function follow(
  name: string,
  machine: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Ran> {
  const all = [
    'env',
    'follow',
    `npm:${name}`,
    '--root',
    join(folder, machine),
    '--test',
    TEST,
    '--json',
    ...args,
  ]
  const told = { SLIPWAY_SERVER: index.url, SLIPWAY_TOKEN: token, NAME: name, MACHINE: machine }
  const index_ = ['--index', `${index.url}/npm/`]
  const { code, out, err } = await spawnCli([...all, ...index_], { ...told, ...env }, folder)
  return { code, err, ...(out === '' ? {} : JSON.parse(out)) }
}

/** So many at a time as a machine with two cores can bear. */
async function all<T, R>(items: readonly T[], task: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  const queue = [...items.entries()]
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      results[next[0]] = await task(next[1])
  }
  await Promise.all([worker(), worker(), worker(), worker()])
  return results
}

const LADDER = {
  stages: [
    { name: 'first', percent: 0, bake: '15m', groups: ['early'] },
    { name: 'half', percent: 50, bake: '1h', groups: ['rest'] },
    { name: 'all', percent: 100, bake: '1h' },
  ],
  groups: { early: [], rest: [] },
  gates: {},
}

async function release(name: string, version: string): Promise<string> {
  const id = `npm:${name}@${version}`
  await index.ask('POST', '/api/v1/rollouts', { releases: [id], policy: LADDER })
  expect((await publishNpm(index, name, version)).status).toBe(201)
  return id
}

const act = (id: string, action: string, to?: number) =>
  index.ask('POST', `/api/v1/rollouts/${id}/${action}`, { reason: 'the test', as: 'mona', ...(to && { to }) })

const testedWith = async (version: string): Promise<readonly string[]> =>
  (await readFile(join(folder, 'tested.txt'), 'utf8'))
    .split('\n')
    .filter((line) => line.endsWith(` ${version}`))

describe('twelve machines in two rings', { timeout: 600_000 }, () => {
  const machines = Array.from({ length: 12 }, (_, number) => ({
    name: `machine-${number}`,
    ring: number < 3 ? 'early' : 'rest',
  }))
  const followAll = () => all(machines, ({ name, ring }) => follow('demo', name, ['--ring', ring]))

  it('take a bad release back on the first, and no other one meets it', async () => {
    await publishNpm(index, 'demo', '1.0.0')
    expect((await followAll()).map(({ live }) => live)).toEqual(machines.map(() => '1.0.0'))

    const bad = await release('demo', '1.1.0')
    await writeFile(join(folder, 'bad.txt'), '1.1.0\n')
    const first = await followAll()
    expect(first.filter(({ action }) => action === 'test-failed')).toEqual([
      expect.objectContaining({ code: 1, live: '1.0.0', reported: 'failure', ring: 'early' }),
    ])
    // The gates of this rollout are none, so it goes on; the fleet does not.
    expect((await act(bad, 'advance', 50)).status).toBe(200)
    for (const { action, live, sentence } of await followAll()) {
      expect([action === 'wait' || action === 'stay', live]).toEqual([true, '1.0.0'])
      if (action === 'wait') expect(sentence).toContain('the test of 1.1.0 failed on another machine')
    }
    expect(await testedWith('1.1.0')).toHaveLength(1)
    expect((await act(bad, 'rollback')).status).toBe(200)
  })

  it('take back at once what passed and then fails, whatever the gates', async () => {
    const good = await release('demo', '1.2.0')
    const early = machines.filter(({ ring }) => ring === 'early').map(({ name }) => name)
    const up = (name: string, ...more: string[]) => follow('demo', name, ['--ring', 'early', ...more])
    expect(await up('machine-0')).toMatchObject({ code: 0, action: 'promote', live: '1.2.0' })
    expect(await up('machine-1')).toMatchObject({ code: 0, action: 'promote', live: '1.2.0' })
    await appendFile(join(folder, 'bad.txt'), '1.2.0\n')
    const back = await up('machine-0')
    expect(back).toMatchObject({ code: 1, action: 'taken-back', live: '1.0.0', reported: 'failure' })
    expect(back.sentence).toBe('the test of npm:demo@1.2.0 ended with 4; npm:demo@1.0.0 is live again')
    expect(await up('machine-2')).toMatchObject({ action: 'wait', live: '1.0.0' })
    const link = await readFile(join(folder, 'machine-0/npm/demo/live/node_modules/demo/index.js'), 'utf8')
    expect(link).toContain('1.0.0')
    const why = await spawnCli(['why', good, '--key', early[0] ?? '', '--server', index.url])
    expect(why.out).toContain('Its test failed on one machine, which went back to what it had')

    // A machine on which the version before fails too says nothing about the candidate.
    await writeFile(join(folder, 'bad.txt'), '1.0.0 1.2.0\n')
    const sick = await up('machine-2', '--allow-failures', '1')
    expect(sick).toMatchObject({ code: 1, action: 'test-failed', live: '1.0.0', reported: null })
    expect(sick.sentence).toContain('the test fails with 1.0.0 too, so it says nothing about 1.2.0')
    expect((await act(good, 'rollback')).status).toBe(200)
  })
})

describe('one machine', { timeout: 600_000 }, () => {
  it('that was off for a month comes to what it gets now, past all that came and went', async () => {
    await writeFile(join(folder, 'bad.txt'), '')
    await publishNpm(index, 'lib', '1.0.0')
    const first = await release('lib', '1.1.0')
    const ring = ['--ring', 'early']
    expect(await follow('lib', 'sleeper', ring)).toMatchObject({ action: 'promote', live: '1.1.0' })
    // It sleeps. What it has is taken back; another one comes and is everybody's; a third has only begun.
    await act(first, 'rollback')
    await release('lib', '1.2.0')
    for (let hours = 0; hours < 31 * 24; hours += 1) await index.wait(DAY / 24)
    expect((await index.ask('GET', '/api/v1/rollouts/npm:lib@1.2.0')).json.phase).toBe('completed')
    await release('lib', '1.3.0')
    const woken = await follow('lib', 'sleeper')
    expect(woken).toMatchObject({ code: 0, action: 'promote', from: '1.1.0', live: '1.2.0' })
    const list = await spawnCli(['env', 'list', '--root', join(folder, 'sleeper'), '--json'])
    const [{ versions }] = JSON.parse(list.out).packages
    const links = Object.fromEntries(
      versions.map(({ version, links }: { version: string; links: string[] }) => [version, links]),
    )
    expect(links).toMatchObject({ '1.1.0': ['1.1.0'], '1.2.0': expect.arrayContaining(['live', '1', '1.2']) })
  })

  it('is the same one after each of eight restarts of its container', async () => {
    await publishNpm(index, 'tool', '1.0.0')
    const id = await release('tool', '1.1.0')
    await act(id, 'advance', 50)
    // A new name, home and set of processes each time; the volume with the root stays.
    const start = (number: number) =>
      follow('tool', 'volume', [], {
        HOSTNAME: `${number}f9a1c02d4e5`,
        HOME: join(folder, `home-${number}`),
        container: 'oci',
      })
    const runs: Ran[] = []
    for (let number = 0; number < 9; number += 1) runs.push(await start(number))
    const [{ key, live } = { key: '', live: '' }] = runs
    expect(key).toMatch(/^m-[a-z2-7]{20}$/)
    expect(runs.map((one) => [one.code, one.key, one.live])).toEqual(runs.map(() => [0, key, live]))
    const why = await index.ask('POST', '/api/v1/why', { rollout: id, key })
    expect(why.json.inside).toBe(live === '1.1.0')
    // It counts once, however often it started.
    expect(why.json.fleet).toMatchObject({ machines: 1 })

    const named = await follow('tool', 'volume', ['--key', '3f9a1c02d4e5'])
    expect([named.code, named.err]).toEqual([
      1,
      expect.stringContaining('looks like the name of a container'),
    ])
    const common = await follow('tool', 'elsewhere', ['--key', 'localhost'])
    expect([common.code, common.err]).toEqual([
      1,
      expect.stringContaining('is a name that many machines have'),
    ])
    const own = await follow('tool', 'elsewhere', ['--key', 'shop-box'], {
      HOSTNAME: 'shop-box',
      container: 'oci',
    })
    expect([own.code, own.err]).toEqual([1, expect.stringContaining('the host name of this container')])
  })

  it('speaks with a token from a file, and says what is wrong with one that is not there', async () => {
    await writeFile(join(folder, 'token'), `${token}\n`)
    const env = { SLIPWAY_TOKEN: '' }
    const read = await follow('tool', 'volume', ['--oidc-token', join(folder, 'token')], env)
    expect(read).toMatchObject({ code: 0, reported: 'success' })
    const gone = await follow('tool', 'volume', ['--oidc-token', 'nowhere'], env)
    expect([gone.code, gone.err]).toEqual([
      2,
      expect.stringContaining('oidc-token: got nowhere, expected a file'),
    ])
    const number = await follow('tool', 'volume', ['--allow-failures', 'many'])
    expect([number.code, number.err]).toEqual([2, expect.stringContaining('allow-failures: got "many"')])
  })
})
