import { spawnSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installedModules } from '../../src/registries/project/module-tree.ts'
import { runProgram } from '../../src/registries/slipway-index/run-program.ts'
import { type OidcIssuer, startIssuer } from '../server/access/oidc-issuer.ts'
import { adminToken, startIndex, type TestIndex } from '../server/running-server.ts'
import { type Asked, type Loopback, loopback, type Reply } from './loopback.ts'
import { emptyFolder, npmTarball, wheel, writeTree } from './package-files.ts'
import { type ActionRun, spawnAction, spawnPost } from './spawn-action.ts'

const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0
if (!hasPip) console.log('skipped: setup with pip, because python3 with pip is not here')
let index: TestIndex
let issuer: OidcIssuer
/** Where jobs get their identity; and a server that says no where `special` has an answer. */
let door: Loopback
let special: (asked: Asked) => Reply | undefined = () => undefined

const stages = [
  { percent: 0, bake: '1m' },
  { percent: 50, bake: '48h' },
  { percent: 100, bake: '1h' },
]

beforeAll(async () => {
  issuer = await startIssuer()
  index = await startIndex({ oidcIssuer: issuer.url })
  const folder = await emptyFolder()
  const publish = async (version: string) => {
    const files = [await npmTarball(folder, 'demo', version), await wheel(folder, 'demo-lib', version)]
    const inputs = { command: 'publish', server: index.url, token: adminToken, files: files.join('\n') }
    const run = await spawnAction(inputs, folder)
    expect(run.code, run.log).toBe(0)
  }
  await publish('1.0.0')
  const releases = ['npm:demo@1.1.0', 'pypi:demo-lib@1.1.0']
  await index.ask('POST', '/api/v1/rollouts', { releases, policy: { stages, gates: {} } })
  await publish('1.1.0')
  await index.wait(60_000)
  let runs = 0
  door = await loopback(async (asked) => {
    const own = special(asked)
    if (own !== undefined || !asked.path.startsWith('/oidc')) return own
    runs += asked.path.includes('run=same') ? 0 : 1
    return { body: { value: await issuer.token({ claims: { run_id: String(runs), event_name: 'push' } }) } }
  })
}, 120_000)
afterAll(async () => {
  expect(index.errors).toEqual([])
  await Promise.all([index.close(), issuer.close(), door.close()])
})

/** Runs that the server counted, of both arms. */
const counted = () =>
  Object.values(index.engine.find('npm:demo@1.1.0')?.exposures ?? {}).map(({ arm, runs, failures }) => ({
    arm,
    runs,
    failures,
  }))

const identity = () => ({
  ACTIONS_ID_TOKEN_REQUEST_URL: `${door.url}/oidc?x=1`,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request',
})

/** What the job's next steps see. */
const install = (main: ActionRun, folder: string, program: string, ...args: string[]) =>
  runProgram({
    program,
    args,
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, npm_config_cache: join(folder, '.cache'), ...main.env },
    timeoutMs: 60_000,
  })

describe('setup', { timeout: 120_000 }, () => {
  it('leads the next steps to the index under the key, reports how the job ended, and takes itself back', async () => {
    const folder = await emptyFolder()
    await writeTree(folder, { 'package.json': JSON.stringify({ name: 'shop', dependencies: { demo: '*' } }) })
    const inputs = { command: 'setup', server: index.url }
    const earlier = { PIP_INDEX_URL: 'https://example.org/simple' }
    const main = await spawnAction(inputs, folder, { ...identity(), ...earlier })
    expect([main.code, main.errors]).toEqual([0, []])
    const key = index.engine.keyOf('501')
    expect(main.log).toContain(`::add-mask::${key}`)
    expect(main.env.PIP_INDEX_URL).toBe(`${index.url}/as/${key}/pypi/simple/`)
    expect(main.env.npm_config_user_agent).toContain(` slipway=${key}`)
    expect(await readdir(folder)).toEqual(['package.json'])

    const why = await index.ask('POST', '/api/v1/why', { rollout: 'npm:demo@1.1.0', key })
    const version = why.json.inside ? '1.1.0' : '1.0.0'
    const installed = await install(main, folder, 'npm', 'install', '--no-audit')
    expect(installed.code, installed.tail).toBe(0)
    const modules = await installedModules(folder)
    expect(modules.map(({ name, version }) => `${name}@${version}`)).toEqual([`demo@${version}`])

    const post = await spawnPost(main, { ...inputs, 'job-status': 'success' }, folder, identity())
    expect([post.code, post.errors]).toEqual([0, []])
    expect(post.log).toContain(`Reported success with npm:demo@${version}.`)
    const arm = why.json.inside ? 'candidate' : 'baseline'
    expect(counted()).toEqual([{ arm, runs: 1, failures: 0 }])
    expect(post.env).toMatchObject({ PIP_INDEX_URL: earlier.PIP_INDEX_URL, npm_config_registry: '' })
    expect(post.summary).toContain(`| npm:demo | ${version} |`)
  })

  it.skipIf(!hasPip)('counts a job whose install failed, by what it asked for', async () => {
    const folder = await emptyFolder()
    await writeTree(folder, { 'requirements.txt': '# what we need\ndemo-lib>=1\nnot-there\n' })
    const inputs = { command: 'setup', server: index.url }
    const main = await spawnAction(inputs, folder, identity())
    const target = ['--target', join(folder, 'site'), '-r', 'requirements.txt']
    const installed = await install(main, folder, 'python3', '-m', 'pip', 'install', ...target)
    expect(installed.tail).toContain('not-there')
    expect(installed.code).not.toBe(0)
    const post = await spawnPost(main, { ...inputs, 'job-status': 'failure' }, folder, identity())
    expect(post.log).toContain('Reported failure with nothing installed.')
    expect(counted()[0]).toMatchObject({ runs: 2, failures: 1 })
  })

  it('reports nothing for a job without a package in a rollout', async () => {
    const folder = await emptyFolder()
    await writeTree(folder, { 'requirements.txt': 'something-else\n' })
    const inputs = { command: 'setup', server: index.url, packages: 'pypi:demo' }
    const main = await spawnAction(inputs, folder, identity())
    const before = counted()
    const post = await spawnPost(main, { ...inputs, 'job-status': 'success' }, folder, identity())
    expect(post.log).toContain('This job depends on no package whose rollout is under way.')
    expect(counted()).toEqual(before)
  })

  it.each<[string, NodeJS.ProcessEnv]>([
    ['is refused a key', {}],
    ['has no identity at all', { ACTIONS_ID_TOKEN_REQUEST_URL: '' }],
  ])('lets a pull request go on that %s: it gets what is fully released', async (_, env) => {
    const event = { ...identity(), GITHUB_EVENT_NAME: 'pull_request', ...env }
    special = ({ path }) =>
      path === '/api/v1/keys' ? { status: 403, body: { detail: 'Not for pull requests.' } } : undefined
    const folder = await emptyFolder()
    const main = await spawnAction({ command: 'setup', server: door.url }, folder, event)
    special = () => undefined
    expect([main.code, main.errors]).toEqual([0, []])
    expect(main.log).toContain('::notice::A run for a pull request has no key')
    expect(main.env.PIP_INDEX_URL).toBe(`${door.url}/channel/stable/pypi/simple/`)
    expect(main.env.npm_config_user_agent).toBeUndefined()
    const before = door.asked.length
    const inputs = { command: 'setup', server: door.url, 'job-status': 'success' }
    const post = await spawnPost(main, inputs, folder, event)
    expect([post.code, door.asked.length, post.env.PIP_INDEX_URL]).toEqual([0, before, ''])
  })

  it('does not turn the job red when the report is refused', async () => {
    const folder = await emptyFolder()
    await writeTree(folder, { 'requirements.txt': 'demo-lib\n' })
    const inputs = { command: 'setup', server: door.url }
    const rollouts = [{ phase: 'rolling', releases: [{ id: 'pypi:demo-lib@1.1.0' }] }]
    special = ({ path }) => {
      if (path === '/api/v1/keys') return { body: { key: 'r-abc', repository: 'acme/lib' } }
      if (path === '/api/v1/rollouts') return { body: { items: rollouts } }
      return path === '/api/v1/runs' ? { status: 403, body: { detail: 'Another key.' } } : undefined
    }
    const main = await spawnAction(inputs, folder, identity())
    const post = await spawnPost(main, { ...inputs, 'job-status': 'cancelled' }, folder, identity())
    special = () => undefined
    expect([post.code, post.errors]).toEqual([0, []])
    expect(post.log).toContain('::warning::The report was not delivered: Another key.')
  })

  it.each<[string, NodeJS.ProcessEnv, Reply | null, number, string]>([
    [
      'the job has no identity',
      { ACTIONS_ID_TOKEN_REQUEST_URL: '' },
      null,
      1,
      'permissions: { contents: read, id-token: write }',
    ],
    ['the server does not know the run', {}, { status: 401, body: { detail: 'Unknown.' } }, 1, 'Unknown.'],
    ['the server is down', {}, { status: 502, body: 'bad gateway' }, 3, 'answered 502'],
  ])('changes nothing when %s', async (_, env, reply, code, message) => {
    special = ({ path }) => (path === '/api/v1/keys' && reply !== null ? reply : undefined)
    const given = { command: 'setup', server: door.url }
    const main = await spawnAction(given, await emptyFolder(), { ...identity(), ...env })
    special = () => undefined
    expect(main.code).toBe(code)
    expect(main.errors[0]).toContain(message)
    expect(main.env).toEqual({})
  })

  it('of another command has nothing to do after the job', async () => {
    const inputs = { command: 'status', server: index.url, rollout: 'npm:demo@1.1.0' }
    const main = await spawnAction(inputs, await emptyFolder())
    const post = await spawnPost(main, inputs, await emptyFolder())
    expect([main.code, post.code, post.log]).toEqual([0, 0, ''])
  })
})
