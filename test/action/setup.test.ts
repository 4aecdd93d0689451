import { spawnSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installedModules } from '../../src/action/canary/module-tree.ts'
import { runProgram } from '../../src/registries/slipway-index/run-program.ts'
import { type RealServer, realServer } from '../cli/real-server.ts'
import { type Asked, type Loopback, loopback, type Reply } from './loopback.ts'
import { emptyFolder, npmTarball, wheel, writeTree } from './package-files.ts'
import { type ActionRun, spawnAction, spawnPost } from './spawn-action.ts'

const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0
if (!hasPip) console.log('skipped: setup with pip, because python3 with pip is not here')
const key = 'r-mfrggzdfmztwq2lk'

let index: RealServer
/** The real index, with the exchange of identities for keys in front of it. */
let door: Loopback
let special: (asked: Asked) => Reply | undefined = () => undefined
const reports = (): readonly unknown[] =>
  door.asked.filter(({ path }) => path === '/api/v1/runs').map(({ body }) => JSON.parse(String(body)))

beforeAll(async () => {
  index = await realServer()
  const token = await index.token('npm:*,pypi:*')
  for (const version of ['1.0.0', '1.1.0']) {
    const files = [
      await npmTarball(index.folder, 'demo', version),
      await wheel(index.folder, 'demo-lib', version),
    ]
    const run = await index.cli(token, 'publish', ...files)
    expect(run.code, run.err).toBe(0)
  }
  door = await loopback(async (asked) => {
    const own = special(asked)
    if (own !== undefined) return own
    if (asked.path.startsWith('/oidc')) return { body: { value: 'identity-of-the-run' } }
    if (asked.path === '/api/v1/keys') return { body: { key, repository: 'acme/lib' } }
    if (asked.path === '/api/v1/runs') return { status: 202, body: { recorded: 1 } }
    const response = await fetch(`${index.url}${asked.path}`, {
      headers: { accept: asked.headers.accept ?? '*/*' },
    })
    const headers = { 'content-type': response.headers.get('content-type') ?? 'text/plain' }
    return { status: response.status, headers, body: Buffer.from(await response.arrayBuffer()) }
  })
}, 120_000)
afterAll(async () => {
  await Promise.all([index.stop(), door.close()])
})

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
    const inputs = { command: 'setup', server: door.url }
    const earlier = { PIP_INDEX_URL: 'https://example.org/simple' }
    const main = await spawnAction(inputs, folder, { ...identity(), ...earlier })
    expect([main.code, main.errors]).toEqual([0, []])
    expect(main.log).toContain(`::add-mask::${key}`)
    expect(main.env.PIP_INDEX_URL).toBe(`${door.url}/as/${key}/pypi/simple/`)
    const keyAsked = door.asked.find(({ path }) => path === '/api/v1/keys')
    expect(keyAsked?.headers.authorization).toBe('Bearer identity-of-the-run')
    expect(await readdir(folder)).toEqual(['package.json'])

    const installed = await install(main, folder, 'npm', 'install', '--no-audit')
    expect(installed.code, installed.tail).toBe(0)
    const asked = door.asked.find(({ path }) => path === '/npm/demo')
    expect(asked?.headers['user-agent']).toContain(`slipway=${key}`)

    const post = await spawnPost(main, { ...inputs, 'job-status': 'success' }, folder, identity())
    expect([post.code, post.errors]).toEqual([0, []])
    const modules = await installedModules(folder)
    const version = modules.find(({ name }) => name === 'demo')?.version
    expect(reports().at(-1)).toEqual({
      outcome: 'success',
      packages: ['npm:demo'],
      installed: [`npm:demo@${version}`],
      key,
    })
    expect(post.env).toMatchObject({ PIP_INDEX_URL: earlier.PIP_INDEX_URL, npm_config_registry: '' })
    expect(post.summary).toContain(`| npm:demo | ${version} |`)
  })

  it.skipIf(!hasPip)('counts a job whose install failed, by what it asked for', async () => {
    const folder = await emptyFolder()
    await writeTree(folder, { 'requirements.txt': '# what we need\ndemo-lib>=1\nnot-there\n' })
    const inputs = { command: 'setup', server: door.url }
    const main = await spawnAction(inputs, folder, identity())
    const target = ['--target', join(folder, 'site'), '-r', 'requirements.txt']
    const installed = await install(main, folder, 'python3', '-m', 'pip', 'install', ...target)
    expect(installed.code).not.toBe(0)
    const page = door.asked.find(({ path }) => path === `/as/${key}/pypi/simple/demo-lib/`)
    expect(page?.headers['user-agent']).toContain('pip/')
    const post = await spawnPost(main, { ...inputs, 'job-status': 'failure' }, folder, identity())
    expect(post.code).toBe(0)
    expect(reports().at(-1)).toEqual({ outcome: 'failure', packages: ['pypi:demo-lib'], installed: [], key })
  })

  it('reports nothing for a job without a package in a rollout', async () => {
    const folder = await emptyFolder()
    const inputs = { command: 'setup', server: door.url }
    const main = await spawnAction(inputs, folder, identity())
    const before = reports().length
    const post = await spawnPost(main, { ...inputs, 'job-status': 'success' }, folder, identity())
    expect(post.log).toContain('This job depends on no package whose rollout is under way.')
    expect(reports()).toHaveLength(before)
  })

  it('does not turn the job red when the report is refused', async () => {
    const folder = await emptyFolder()
    await writeTree(folder, { 'requirements.txt': 'demo-lib\n' })
    const inputs = { command: 'setup', server: door.url }
    const main = await spawnAction(inputs, folder, identity())
    special = ({ path }) =>
      path === '/api/v1/runs' ? { status: 403, body: { detail: 'This run was counted.' } } : undefined
    const post = await spawnPost(main, { ...inputs, 'job-status': 'cancelled' }, folder, identity())
    special = () => undefined
    expect([post.code, post.errors]).toEqual([0, []])
    expect(post.log).toContain('::warning::The report was not delivered: This run was counted.')
  })

  it.each<[string, NodeJS.ProcessEnv, Reply | null, number, string]>([
    [
      'the job has no identity',
      { ACTIONS_ID_TOKEN_REQUEST_URL: '' },
      null,
      1,
      'permissions: { contents: read, id-token: write }',
    ],
    [
      'the server does not know the run',
      {},
      { status: 401, body: { detail: 'Not from GitHub.' } },
      1,
      'Not from GitHub.',
    ],
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
    const inputs = { command: 'status', server: door.url, rollout: 'npm:demo@1.1.0' }
    const main = await spawnAction(inputs, await emptyFolder())
    const before = door.asked.length
    const post = await spawnPost(main, inputs, await emptyFolder())
    expect([post.code, post.log, door.asked.length]).toEqual([0, '', before])
  })
})
