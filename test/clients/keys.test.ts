/** Keys that come in other ways than the address, and settings that people have or forget. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { operator } from './live-server.ts'
import { lockfileLeaks } from './lockfile-leaks.ts'
import { npmClients } from './npm-clients.ts'
import { npmProject } from './npm-project.ts'
import { isHere } from './pip-clients.ts'
import { wheelOf } from './publish.ts'
import { runProgram } from './run-program.ts'
import { removeScratch, scratchFolder } from './scratch-folder.ts'
import { ladder, stagedWorld, type World } from './staged-world.ts'

const name = 'half-compatible'
const wanted = { [name]: '^1.0.0' }
const hasTwine = await isHere('twine')
const hasPoetry = await isHere('poetry')

let npm: World
let pypi: World
beforeAll(async () => {
  npm = await stagedWorld('npm')
  pypi = await stagedWorld('pypi')
}, 120_000)
afterAll(async () => {
  for (const world of [npm, pypi]) await world?.server.stop()
  await removeScratch()
})

const sides = [
  ['inside', '1.0.1'],
  ['outside', '1.0.0'],
] as const

describe.each(['npm 11', 'npm 12'] as const)('%s at the plain address', (client) => {
  const install = async (settings: readonly string[]) => {
    const registry = `${npm.server.url}/npm/`
    const files = { '.npmrc': [`registry=${registry}`, ...settings, ''].join('\n') }
    const project = await npmProject(npmClients[client], registry, wanted, { files })
    const ran = await project.run(npmClients[client].install)
    if (ran.code !== 0) throw new Error(ran.out)
    return project
  }

  it.each(sides)(
    '%s by the user name gets %s and keeps the key out of the lockfile',
    async (side, version) => {
      const credentials = Buffer.from(`${npm[side]}:x`).toString('base64')
      const project = await install([`${npm.server.url.replace('http:', '')}/:_auth=${credentials}`])
      expect(await project.installed(name)).toBe(version)
      expect(lockfileLeaks(await project.lock(), [npm[side], credentials])).toEqual([])
    },
  )

  it.each(sides)(
    '%s by the user agent gets %s and keeps the key out of the lockfile',
    async (side, version) => {
      const project = await install([`user-agent=npm/{npm-version} slipway=${npm[side]}`])
      expect(await project.installed(name)).toBe(version)
      expect(lockfileLeaks(await project.lock(), [npm[side]])).toEqual([])
    },
  )
})

describe('npm 12 at an address with a view', () => {
  it('refuses tarballs from outside that address until it is told', async () => {
    const registry = `${npm.server.url}/as/${npm.inside}/npm/`
    const files = { '.npmrc': `registry=${registry}\n` }
    const project = await npmProject(npmClients['npm 12'], registry, wanted, { files })
    const ran = await project.run(npmClients['npm 12'].install)
    expect(ran.code).not.toBe(0)
    expect(ran.out).toContain('EALLOWREMOTE')
    const replaced = `${files['.npmrc']}replace-registry-host=${npm.server.url}/npm/\n`
    const told = await npmProject(npmClients['npm 12'], registry, wanted, { files: { '.npmrc': replaced } })
    await told.run(npmClients['npm 12'].install)
    expect(await told.installed(name)).toBe('1.0.1')
  })
})

describe('pip at the plain address', () => {
  const report = async (index: string, env: Readonly<Record<string, string>> = {}) => {
    const folder = await scratchFolder()
    const args = ['-m', 'pip', 'download', '--no-cache-dir', '--index-url', index, '--dest', 'wheels', name]
    const ran = await runProgram('python3', args, folder, {
      HOME: folder,
      PIP_CONFIG_FILE: '/dev/null',
      ...env,
    })
    if (ran.code !== 0) throw new Error(ran.out)
    return readdir(join(folder, 'wheels'))
  }
  const file = (version: string) => [`half_compatible-${version}-py3-none-any.whl`]

  it.each(sides)('%s by the user name gets %s', async (side, version) => {
    const index = `${pypi.server.url.replace('://', `://${pypi[side]}:x@`)}/pypi/simple/`
    expect(await report(index)).toEqual(file(version))
  })

  it.each(sides)('%s by the user agent gets %s', async (side, version) => {
    const env = { PIP_USER_AGENT_USER_DATA: `slipway=${pypi[side]}` }
    expect(await report(`${pypi.server.url}/pypi/simple/`, env)).toEqual(file(version))
  })

  it('keeps what is installed after a rollback, and goes back only when asked for less', async () => {
    const folder = await scratchFolder()
    const python = join(folder, 'venv', 'bin', 'python')
    const run = async (program: string, ...args: string[]) => {
      const ran = await runProgram(program, args, folder, { HOME: folder, PIP_CONFIG_FILE: '/dev/null' })
      if (ran.code !== 0) throw new Error(ran.out)
      return ran.out
    }
    const made = await runProgram('python3', ['-m', 'venv', 'venv'], folder, { HOME: folder })
    if (made.code !== 0) {
      console.log('left out: this Python makes no virtual environments')
      return
    }
    const index = `${pypi.server.url}/as/${pypi.outside}/pypi/simple/`
    const pip = (...args: string[]) => run(python, '-m', 'pip', ...args, '--index-url', index)
    const version = async () =>
      /^Version: (.*)$/m.exec(await run(python, '-m', 'pip', 'show', 'back-none'))?.[1]
    await pip('install', 'back-none==1.0.1')
    await pip('install', '--upgrade', 'back-none')
    expect(await version()).toBe('1.0.1')
    await pip('install', '--upgrade', '--force-reinstall', 'back-none')
    expect(await version()).toBe('1.0.0')
  })
})

describe.runIf(hasTwine)('twine', () => {
  it('uploads a candidate that nobody gets who did not ask for it', async () => {
    const folder = await scratchFolder()
    await mkdir(join(folder, 'dist'))
    const releases = ['pypi:by-twine@1.0.1']
    await twine(await wheelOf(join(folder, 'dist'), { name: 'by-twine', version: '1.0.0' }), folder)
    await pypi.server.ask('POST', '/api/v1/rollouts', { releases: ['pypi:by-twine@1.0.0'] })
    await pypi.server.ask('POST', '/api/v1/rollouts', { releases, policy: ladder })
    const candidate = await wheelOf(join(folder, 'dist'), { name: 'by-twine', version: '1.0.1' })
    await twine(candidate, folder)
    // The same bytes again are no mistake: releases are retried.
    await twine(candidate, folder)
    const index = `${pypi.server.url}/channel/stable/pypi/simple/`
    for (const [asked, got] of [
      ['by-twine', '1.0.0'],
      ['by-twine==1.0.1', '1.0.1'],
    ] as const) {
      const args = ['-m', 'pip', 'download', '--no-cache-dir', '--index-url', index, '--dest', got, asked]
      await runProgram('python3', args, folder, { HOME: folder, PIP_CONFIG_FILE: '/dev/null' })
      expect(await readdir(join(folder, got))).toEqual([`by_twine-${got}-py3-none-any.whl`])
    }
  })
})

async function twine(file: string, folder: string): Promise<void> {
  const to = ['--repository-url', `${pypi.server.url}/pypi/legacy/`, '-u', '__token__', '-p', operator]
  const args = ['upload', '--non-interactive', '--disable-progress-bar', ...to, file]
  const env = { HOME: folder, PYTHON_KEYRING_BACKEND: 'keyring.backends.null.Keyring' }
  const ran = await runProgram('twine', args, folder, env)
  if (ran.code !== 0) throw new Error(ran.out)
}

describe.runIf(hasPoetry)('poetry', () => {
  it.each(sides)('%s by the user name locks %s, without the key', async (side, version) => {
    const folder = await scratchFolder()
    // poetry writes the address of its source into poetry.lock, so a view does not belong there.
    const project = [
      ...['[tool.poetry]', 'name = "project"', 'version = "1.0.0"', 'description = ""', 'authors = []'],
      ...['[tool.poetry.dependencies]', 'python = ">=3.8"', `${name} = "~1.0"`],
      ...['[[tool.poetry.source]]', 'name = "slipway"', `url = "${pypi.server.url}/pypi/simple/"`],
      ...['default = true', ''],
    ]
    await writeFile(join(folder, 'pyproject.toml'), project.join('\n'))
    const ran = await runProgram('poetry', ['lock', '--no-interaction'], folder, {
      HOME: folder,
      PYTHON_KEYRING_BACKEND: 'keyring.backends.null.Keyring',
      POETRY_HTTP_BASIC_SLIPWAY_USERNAME: pypi[side],
      POETRY_HTTP_BASIC_SLIPWAY_PASSWORD: 'x',
      POETRY_VIRTUALENVS_CREATE: 'false',
    })
    if (ran.code !== 0) throw new Error(ran.out)
    const lock = await readFile(join(folder, 'poetry.lock'), 'utf8')
    expect(/name = "half-compatible"\nversion = "(.*)"/.exec(lock)?.[1]).toBe(version)
    expect(lockfileLeaks(lock, [pypi[side]])).toEqual([])
  })
})
