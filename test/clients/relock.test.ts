/** Lockfiles made against another registry, locked anew on both arms: open, and with `private: true`. */
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unlockNpm } from '../../src/action/canary/unlocking/unlock-npm.ts'
import { type LiveServer, startLiveServer } from './live-server.ts'
import { lockfileLeaks } from './lockfile-leaks.ts'
import { type NpmClientName, npmClients } from './npm-clients.ts'
import { type NpmProject, npmProject } from './npm-project.ts'
import { publish, publishFirst } from './publish.ts'
import { runProgram } from './run-program.ts'
import { removeScratch, scratchFolder } from './scratch-folder.ts'
import { ladder } from './staged-world.ts'

const lib = 'relock-lib'
const other = 'relock-other'
const nonce = '/nonce-1'
const arms = [
  ['candidate', '1.0.1'],
  ['baseline', '1.0.0'],
] as const

/** The registry that lockfiles were made against: it has the packages as they were before the candidate. */
let upstream: LiveServer
let servers: Readonly<Record<'open' | 'private', LiveServer>>
const rollouts = { open: '', private: '' }
let token = ''

beforeAll(async () => {
  upstream = await startLiveServer()
  servers = { open: await startLiveServer(), private: await startLiveServer({ SLIPWAY_PRIVATE: 'true' }) }
  const both = [servers.open, servers.private]
  for (const name of [lib, other]) await publishBoth([upstream, ...both], name, '1.0.0', publishFirst)
  for (const kind of ['open', 'private'] as const) {
    rollouts[kind] = await begin(servers[kind], lib)
    const id = await begin(servers[kind], other)
    for (const body of [{ to: 100 }, {}])
      await servers[kind].ask('POST', `/api/v1/rollouts/${id}/advance`, {
        as: 'mona',
        reason: 'done',
        ...body,
      })
  }
  const made = await servers.private.ask('POST', '/api/v1/tokens', { scopes: ['read'], packages: ['*'] })
  token = String(made.token)
}, 120_000)
afterAll(async () => {
  for (const server of [upstream, servers.open, servers.private]) await server.stop()
  await removeScratch()
})

async function publishBoth(
  on: readonly LiveServer[],
  name: string,
  version: string,
  send: typeof publish = publish,
): Promise<void> {
  for (const ecosystem of ['npm', 'pypi'] as const) await send(on, ecosystem, { name, version })
}

/** One rollout of 1.0.1 for both ecosystems, begun and seen by nobody. */
async function begin(server: LiveServer, name: string): Promise<string> {
  const releases = ['npm', 'pypi'].map((ecosystem) => `${ecosystem}:${name}@1.0.1`)
  await server.ask('POST', '/api/v1/rollouts', { releases, policy: ladder })
  await publishBoth([server], name, '1.0.1')
  return String((await server.ask('POST', '/api/v1/rollouts', { releases })).id)
}

const wanted = { [lib]: '^1.0.0', [other]: '^1.0.0' }

describe.each(['npm 11', 'npm 12', 'pnpm 10', 'pnpm 12'] as const)('%s', (name) => {
  it.each(cases())(
    'locks only the candidate anew: %s, %s arm gets %s, %s',
    async (kind, arm, version, below) => {
      const locked = await lockedUpstream(name)
      const project = await projectOn(name, servers[kind], `/arm/${rollouts[kind]}/${arm}${below}`, locked)
      await relock(name, project, servers[kind])
      expect(await project.installed(lib)).toBe(version)
      expect(await project.installed(other)).toBe('1.0.0')
      const lock = await project.lock()
      expect(lock).not.toContain(token)
      if (below === '') expect(lockfileLeaks(lock, [rollouts[kind]])).toEqual([])
    },
  )

  it.each(arms)('locks anew what was locked on the other side: %s arm gets %s', async (arm, version) => {
    const locked = await lockedOtherSide(name, arm)
    const below = name === 'pnpm 12' ? '' : nonce
    const project = await projectOn(name, servers.open, `/arm/${rollouts.open}/${arm}${below}`, locked)
    await relock(name, project, servers.open)
    expect(await project.installed(lib)).toBe(version)
    expect(await project.installed(other)).toBe('1.0.1')
  })
})

describe('pnpm 12', () => {
  it('refuses a lockfile of a view with a prefix under a nonce, and says why', async () => {
    const locked = await lockedOtherSide('pnpm 12', 'candidate')
    const prefix = `/arm/${rollouts.open}/candidate${nonce}`
    const project = await projectOn('pnpm 12', servers.open, prefix, locked)
    const ran = await project.run(npmClients['pnpm 12'].frozen)
    expect(ran.code).not.toBe(0)
    expect(ran.out).toContain('ERR_PNPM_TARBALL_URL_MISMATCH')
  })
})

describe.each(['npm 11', 'npm 12'] as const)('%s told to replace every registry', (name) => {
  it.each(['/as/somebody', '/channel/stable', ''])(
    'installs a lockfile of another host at %s/npm/',
    async (prefix) => {
      const locked = await lockedUpstream(name, 'http://127.0.0.1:1/npm/')
      const project = await projectOn(name, servers.open, prefix, locked, ['replace-registry-host=always'])
      const ran = await project.run(npmClients[name].frozen)
      expect(ran.out).toContain('added 2 packages')
      expect(await project.installed(lib)).toBe('1.0.0')
    },
  )
})

function cases() {
  return (['open', 'private'] as const).flatMap((kind) =>
    arms.flatMap(([arm, version]) => ['', nonce].map((below) => [kind, arm, version, below] as const)),
  )
}

const lockfiles = new Map<string, Promise<string>>()

/** A lockfile made against a registry, once for each client. */
function lockedAt(name: NpmClientName, registry: string): Promise<string> {
  const key = `${name} ${registry}`
  const lock = lockfiles.get(key) ?? makeLockfile(name, registry)
  lockfiles.set(key, lock)
  return lock
}

async function makeLockfile(name: NpmClientName, registry: string): Promise<string> {
  const client = npmClients[name]
  const project = await npmProject(client, registry, wanted)
  const ran = await project.run(client.install)
  if (ran.code !== 0) throw new Error(ran.out)
  return project.lock()
}

/** A lockfile with the version that an arm does not have. */
function lockedOtherSide(name: NpmClientName, arm: 'candidate' | 'baseline'): Promise<string> {
  const view = arm === 'candidate' ? '/channel/stable' : '/channel/candidate'
  return lockedAt(name, `${servers.open.url}${view}/npm/`)
}

/** A lockfile made upstream. What npm writes then names its own registry, as most lockfiles do. */
async function lockedUpstream(name: NpmClientName, host = 'https://registry.npmjs.org/'): Promise<string> {
  const registry = `${upstream.url}/npm/`
  return (await lockedAt(name, registry)).replaceAll(registry, host)
}

function projectOn(
  name: NpmClientName,
  server: LiveServer,
  prefix: string,
  lock: string,
  more: readonly string[] = [],
): Promise<NpmProject> {
  const registry = `${server.url}${prefix}/npm/`
  const settings = [
    `registry=${registry}`,
    // Without a nonce tarballs are not below the arm's address, from where alone npm 12 takes them.
    ...(name === 'npm 12' && !prefix.endsWith(nonce) ? ['allow-remote=all'] : []),
    ...(server === servers.private ? [`${server.url.replace('http:', '')}/:_authToken=${token}`] : []),
    ...more,
  ]
  const files = { '.npmrc': `${settings.join('\n')}\n` }
  return npmProject(npmClients[name], registry, wanted, { lock, files })
}

/** npm as the Action does it, pnpm by its own command; then an install of exactly what was locked. */
async function relock(name: NpmClientName, project: NpmProject, { url }: LiveServer): Promise<void> {
  const client = npmClients[name]
  const isNpm = name.startsWith('npm')
  if (isNpm) await unlockNpm(project.folder, [lib], url)
  const lockOnly = isNpm
    ? ['install', '--package-lock-only', '--ignore-scripts', '--no-audit']
    : ['update', lib, '--no-save', '--lockfile-only']
  for (const args of [lockOnly, client.frozen]) {
    const ran = await project.run(args)
    if (ran.code !== 0) throw new Error(`${args.join(' ')}: ${ran.out}`)
  }
}

describe('pip', () => {
  it.each(cases())(
    'locks only the candidate anew: %s, %s arm gets %s, %s',
    async (kind, arm, version, below) => {
      const folder = await scratchFolder()
      pins ??= await pinsUpstream()
      const relocked = pins.map((line) => (line.startsWith(lib) ? `${lib}~=1.0.0` : line.split(' ')[0]))
      await writeFile(join(folder, 'requirements.txt'), `${relocked.join('\n')}\n`)
      const server = servers[kind]
      const credentials = kind === 'private' ? `__token__:${token}@` : ''
      const index = `${server.url.replace('://', `://${credentials}`)}/arm/${rollouts[kind]}/${arm}${below}/pypi/simple/`
      await pip(folder, ['download', '--index-url', index, '--dest', 'wheels', '-r', 'requirements.txt'])
      expect((await readdir(join(folder, 'wheels'))).sort()).toEqual([
        `relock_lib-${version}-py3-none-any.whl`,
        'relock_other-1.0.0-py3-none-any.whl',
      ])
      const bytes = await readFile(join(folder, 'wheels', 'relock_other-1.0.0-py3-none-any.whl'))
      expect(pins.find((line) => line.startsWith(other))).toContain(sha256(bytes))
    },
  )
})

let pins: readonly string[] | undefined

/** Pins with hashes as `pip-compile` and others write them, made against the other registry. */
async function pinsUpstream(): Promise<string[]> {
  const folder = await scratchFolder()
  const index = `${upstream.url}/pypi/simple/`
  await pip(folder, ['download', '--index-url', index, '--dest', 'upstream', lib, other])
  const files = (await readdir(join(folder, 'upstream'))).sort()
  return Promise.all(
    files.map(async (file) => {
      const [name = '', version] = file.split('-')
      const hash = sha256(await readFile(join(folder, 'upstream', file)))
      return `${name.replaceAll('_', '-')}==${version} --hash=sha256:${hash}`
    }),
  )
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

async function pip(folder: string, args: readonly string[]): Promise<void> {
  const env = { HOME: folder, PIP_CONFIG_FILE: '/dev/null', PIP_NO_CACHE_DIR: '1', PIP_NO_INPUT: '1' }
  const ran = await runProgram('python3', ['-m', 'pip', ...args], folder, env)
  if (ran.code !== 0) throw new Error(ran.out)
}
