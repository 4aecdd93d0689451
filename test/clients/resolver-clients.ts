/** The programs that lock and install Python projects: how each is told what to do. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pythonClients } from './pip-clients.ts'

export const resolverNames = ['pip', 'uv', 'Poetry', 'PDM', 'pipenv', 'pip-tools'] as const
export type ResolverName = (typeof resolverNames)[number]

export interface Resolver {
  readonly command: readonly string[]
  /** Files of a project that needs these requirements, by path. */
  readonly files: (index: string, requirements: readonly string[]) => Readonly<Record<string, string>>
  /** How it is told the key, which stands in no file. */
  readonly env: (index: string, home: string, key: string) => Readonly<Record<string, string>>
  /** Locks, keeping what is locked already. */
  readonly lock: readonly string[]
  /** Locks everything anew. */
  readonly upgrade: readonly string[]
  readonly lockfile: string
}

const program = (name: string) => join(pythonClients, name)

/** Whether the programs are here. */
export const hasResolvers = existsSync(program('uv'))

const list = (requirements: readonly string[]) => JSON.stringify(requirements)

const project = (requirements: readonly string[]) =>
  `[project]\nname = "project"\nversion = "1.0.0"\nrequires-python = ">=3.9"\ndependencies = ${list(requirements)}\n`

const withUser = (index: string, key: string) => index.replace('://', `://${key}:x@`)

/** The key as PDM and pipenv read it from the environment. */
const keyVariable = '\x24{SLIPWAY_KEY}'

const pipEnv = (index: string, home: string, key: string) => ({
  HOME: home,
  PIP_CONFIG_FILE: '/dev/null',
  PIP_INDEX_URL: withUser(index, key),
  PIP_TRUSTED_HOST: '127.0.0.1',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  PIP_CACHE_DIR: join(home, 'cache'),
})

const pipLock = ['lock', '--quiet', '-r', 'requirements.txt', '-o', 'pylock.toml']

export const resolvers: Readonly<Record<ResolverName, Resolver>> = {
  pip: {
    command: [program('python'), '-m', 'pip'],
    files: (_index, requirements) => ({ 'requirements.txt': `${requirements.join('\n')}\n` }),
    env: pipEnv,
    // pip makes every lock anew.
    lock: pipLock,
    upgrade: pipLock,
    lockfile: 'pylock.toml',
  },
  uv: {
    command: [program('uv')],
    files: (index, requirements) => ({
      'pyproject.toml': `${project(requirements)}\n[[tool.uv.index]]\nname = "slipway"\nurl = "${index}"\ndefault = true\n`,
    }),
    env: (_index, home, key) => ({
      HOME: home,
      UV_INDEX_SLIPWAY_USERNAME: key,
      UV_INDEX_SLIPWAY_PASSWORD: 'x',
      UV_CACHE_DIR: join(home, 'cache'),
      UV_PYTHON_DOWNLOADS: 'never',
      UV_PYTHON: program('python'),
    }),
    lock: ['lock', '--quiet'],
    upgrade: ['lock', '--quiet', '--upgrade'],
    lockfile: 'uv.lock',
  },
  Poetry: {
    command: [program('poetry'), '--no-interaction'],
    files: (index, requirements) => ({
      'pyproject.toml': `${project(requirements)}\n[tool.poetry]\npackage-mode = false\n\n[[tool.poetry.source]]\nname = "slipway"\nurl = "${index}"\npriority = "primary"\n`,
    }),
    env: (_index, home, key) => ({
      HOME: home,
      POETRY_HTTP_BASIC_SLIPWAY_USERNAME: key,
      POETRY_HTTP_BASIC_SLIPWAY_PASSWORD: 'x',
      POETRY_CACHE_DIR: join(home, 'cache'),
      POETRY_VIRTUALENVS_CREATE: 'false',
    }),
    lock: ['lock'],
    upgrade: ['lock', '--regenerate'],
    lockfile: 'poetry.lock',
  },
  PDM: {
    command: [program('pdm'), '--no-cache'],
    files: (index, requirements) => ({
      'pyproject.toml': `${project(requirements)}\n[[tool.pdm.source]]\nname = "pypi"\nurl = "${withUser(index, keyVariable)}"\nverify_ssl = false\n`,
    }),
    env: (_index, home, key) => ({
      HOME: home,
      SLIPWAY_KEY: key,
      PDM_PYTHON: program('python'),
      PDM_CHECK_UPDATE: '0',
    }),
    lock: ['lock', '--quiet', '--update-reuse'],
    upgrade: ['lock', '--quiet'],
    lockfile: 'pdm.lock',
  },
  pipenv: {
    command: [program('pipenv')],
    files: (index, requirements) => ({
      Pipfile: `[[source]]\nname = "slipway"\nurl = "${withUser(index, keyVariable)}"\nverify_ssl = false\n\n[packages]\n${requirements.map(pipfileLine).join('\n')}\n`,
    }),
    env: (_index, home, key) => ({
      HOME: home,
      SLIPWAY_KEY: key,
      PIPENV_CACHE_DIR: join(home, 'cache'),
      WORKON_HOME: join(home, 'environments'),
      PIPENV_IGNORE_VIRTUALENVS: '1',
      PIPENV_PYTHON: program('python'),
      PIPENV_NOSPIN: '1',
    }),
    lock: ['lock'],
    upgrade: ['lock', '--clear'],
    lockfile: 'Pipfile.lock',
  },
  'pip-tools': {
    command: [program('pip-compile')],
    files: (_index, requirements) => ({ 'requirements.in': `${requirements.join('\n')}\n` }),
    env: pipEnv,
    lock: [
      '--quiet',
      '--strip-extras',
      '--no-emit-index-url',
      '--no-emit-trusted-host',
      '-o',
      'requirements.txt',
    ],
    upgrade: [
      '--quiet',
      '--strip-extras',
      '--no-emit-index-url',
      '--no-emit-trusted-host',
      '--upgrade',
      '-o',
      'requirements.txt',
    ],
    lockfile: 'requirements.txt',
  },
}

function pipfileLine(requirement: string): string {
  const [, name = '', range = ''] = /^([\w-]+)(.*)$/.exec(requirement) ?? []
  return `${name} = "${range === '' ? '*' : range}"`
}
