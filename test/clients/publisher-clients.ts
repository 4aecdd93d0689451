/** The programs that publish: how each is told what, where and with which token. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeTree } from '../action/package-files.ts'
import { npmClients } from './npm-clients.ts'
import { pythonClients } from './pip-clients.ts'
import { type Ran, runProgram } from './run-program.ts'
import { scratchFolder } from './scratch-folder.ts'

export interface Target {
  readonly url: string
  readonly token: string
}

export interface Publisher {
  readonly name: string
  readonly ecosystem: 'npm' | 'pypi'
  /** Publishes a version of a package out of a new folder; gives what the program said, and that folder. */
  publish(
    target: Target,
    name: string,
    version: string,
  ): Promise<Ran & { readonly again: () => Promise<Ran> }>
}

const python = (name: string) => join(pythonClients, name)

/** A project that flit builds: the smallest one with files and metadata of both kinds. */
async function flitProject(name: string, version: string): Promise<string> {
  const folder = await scratchFolder()
  const module = name.replaceAll('-', '_')
  await writeTree(folder, {
    'pyproject.toml': `[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n\n[project]\nname = "${name}"\nversion = "${version}"\ndescription = "Published by a test"\nrequires-python = ">=3.9"\n`,
    [`${module}.py`]: `"""Published by a test."""\n__version__ = "${version}"\n`,
  })
  return folder
}

/** A program of the Python side that uploads what flit built. */
function uploader(
  name: string,
  program: string,
  args: (target: Target) => readonly string[],
  env: (target: Target) => Readonly<Record<string, string>>,
  own: {
    readonly builds?: true
    readonly files?: (name: string, version: string) => Record<string, string>
  } = {},
): Publisher {
  return {
    name,
    ecosystem: 'pypi',
    publish: async (target, package_, version) => {
      const folder = await flitProject(package_, version)
      const home = await scratchFolder()
      await writeTree(folder, own.files?.(package_, version) ?? {})
      const run = (one: string, given: readonly string[], more = {}) =>
        runProgram(python(one), given, folder, { HOME: home, SOURCE_DATE_EPOCH: '1700000000', ...more })
      if (own.builds !== true) {
        const built = await run('flit', ['build', '--no-use-vcs'])
        if (built.code !== 0) throw new Error(`flit does not build: ${built.out}`)
      }
      const again = () => run(program, args(target), env(target))
      return { ...(await again()), again }
    },
  }
}

const legacy = ({ url }: Target) => `${url}/pypi/legacy/`

const pythonPublishers: readonly Publisher[] = [
  uploader(
    'twine',
    'twine',
    (target) => ['upload', '--non-interactive', '--repository-url', legacy(target), 'dist/*'],
    ({ token }) => ({ TWINE_USERNAME: '__token__', TWINE_PASSWORD: token }),
  ),
  uploader(
    'uv publish',
    'uv',
    (target) => ['publish', '--publish-url', legacy(target), '--trusted-publishing', 'never'],
    ({ token }) => ({ UV_PUBLISH_TOKEN: token }),
  ),
  uploader(
    'Poetry',
    'poetry',
    () => ['publish', '--build', '--no-interaction', '--repository', 'slipway'],
    (target) => ({
      POETRY_REPOSITORIES_SLIPWAY_URL: legacy(target),
      POETRY_HTTP_BASIC_SLIPWAY_USERNAME: '__token__',
      POETRY_HTTP_BASIC_SLIPWAY_PASSWORD: target.token,
      POETRY_VIRTUALENVS_CREATE: 'false',
    }),
    {
      builds: true,
      files: (name, version) => ({
        'pyproject.toml': `[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n\n[project]\nname = "${name}"\nversion = "${version}"\ndescription = "Published by a test"\nrequires-python = ">=3.9"\n`,
      }),
    },
  ),
  uploader(
    'PDM',
    'pdm',
    (target) => ['publish', '--no-build', '--repository', legacy(target)],
    ({ token }) => ({
      PDM_PUBLISH_USERNAME: '__token__',
      PDM_PUBLISH_PASSWORD: token,
      PDM_CHECK_UPDATE: '0',
      PDM_PYTHON: python('python'),
    }),
  ),
  uploader(
    'hatch',
    'hatch',
    (target) => ['publish', '--no-prompt', '--repo', legacy(target)],
    ({ token }) => ({ HATCH_INDEX_USER: '__token__', HATCH_INDEX_AUTH: token }),
  ),
  uploader(
    'flit',
    'flit',
    () => ['publish', '--no-use-vcs'],
    (target) => ({ FLIT_INDEX_URL: legacy(target), FLIT_USERNAME: '__token__', FLIT_PASSWORD: target.token }),
    { builds: true },
  ),
]

const modules = fileURLToPath(new URL('node_modules', import.meta.url))
const script = (path: string) => [process.execPath, join(modules, path)]

/** A program of the npm side, in a git repository as it finds one in a release job. */
function npmPublisher(
  name: string,
  command: readonly string[],
  files: (target: Target, name: string, version: string) => Readonly<Record<string, string>>,
  prepared: readonly (readonly string[])[] = [],
): Publisher {
  return {
    name,
    ecosystem: 'npm',
    publish: async (target, package_, version) => {
      const folder = await scratchFolder()
      const home = await scratchFolder()
      const { host } = new URL(target.url)
      await writeTree(folder, {
        'package.json': JSON.stringify({ name: package_, version, main: 'index.js', files: ['index.js'] }),
        'index.js': `module.exports = '${version}'\n`,
        '.npmrc': `registry=${target.url}/npm/\n//${host}/npm/:_authToken=${target.token}\n`,
        ...files(target, package_, version),
      })
      const bin = join(home, 'bin')
      await mkdir(bin)
      // The npm that other programs start.
      await writeFile(
        join(bin, 'npm'),
        `#!/bin/sh\nexec ${script('npm11/bin/npm-cli.js').join(' ')} "$@"\n`,
        { mode: 0o755 },
      )
      const env = {
        HOME: home,
        CI: '1',
        PATH: `${bin}:${join(process.execPath, '..')}:${process.env.PATH}`,
        npm_config_cache: join(home, 'cache'),
        npm_config_update_notifier: 'false',
        YARN_GLOBAL_FOLDER: join(home, 'yarn'),
        YARN_ENABLE_TELEMETRY: '0',
        YARN_ENABLE_IMMUTABLE_INSTALLS: '0',
        NX_DAEMON: 'false',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_AUTHOR_NAME: 'test',
        GIT_AUTHOR_EMAIL: 'test@example.org',
        GIT_COMMITTER_NAME: 'test',
        GIT_COMMITTER_EMAIL: 'test@example.org',
        PACKAGE_VERSION: version,
      }
      for (const step of [
        ['git', 'init', '-q', '-b', 'main'],
        ['git', 'add', '-A'],
        ['git', 'commit', '-qm', 'release'],
        ...prepared,
      ])
        await runProgram(step[0] ?? '', step.slice(1), folder, env)
      const again = () =>
        runProgram(
          command[0] ?? '',
          command.slice(1).map((part) => part.replace('{version}', version)),
          folder,
          env,
        )
      return { ...(await again()), again }
    },
  }
}

const none = () => ({})
const workspace = (name: string, version: string, more: object = {}) => ({
  'package.json': JSON.stringify({
    name: 'root',
    version: '0.0.0',
    private: true,
    workspaces: ['packages/*'],
    ...more,
  }),
  'package-lock.json': JSON.stringify({ name: 'root', lockfileVersion: 3, packages: {} }),
  'packages/one/package.json': JSON.stringify({ name, version, main: 'index.js' }),
  'packages/one/index.js': 'module.exports = 1\n',
})

const npmPublishers: readonly Publisher[] = [
  npmPublisher('npm 10', [...npmClients['npm 10'].command, 'publish'], none),
  npmPublisher('npm 11', [...npmClients['npm 11'].command, 'publish'], none),
  npmPublisher('npm 12', [...npmClients['npm 12'].command, 'publish'], none),
  npmPublisher('pnpm 10', [...npmClients['pnpm 10'].command, 'publish', '--no-git-checks'], none),
  npmPublisher('pnpm 11', [...npmClients['pnpm 11'].command, 'publish', '--no-git-checks'], none),
  npmPublisher('pnpm 12', [...npmClients['pnpm 12'].command, 'publish', '--no-git-checks'], none),
  npmPublisher(
    'Yarn 4',
    [...npmClients['Yarn 4'].command, 'npm', 'publish'],
    ({ url, token }) => ({
      '.yarnrc.yml': `npmRegistryServer: "${url}/npm"\nnpmAuthToken: "${token}"\nunsafeHttpWhitelist: ["127.0.0.1"]\n`,
      'yarn.lock': '',
    }),
    [[...npmClients['Yarn 4'].command, 'install']],
  ),
  npmPublisher('Bun', [...npmClients.Bun.command, 'publish'], none),
  npmPublisher('changesets', [...script('@changesets/cli/bin.js'), 'publish'], (_target, name, version) => ({
    ...workspace(name, version),
    '.changeset/config.json': JSON.stringify({ access: 'public', baseBranch: 'main', commit: false }),
  })),
  npmPublisher(
    'lerna',
    [...script('lerna/dist/cli.js'), 'publish', 'from-package', '--yes'],
    (_target, name, version) => ({
      ...workspace(name, version),
      'lerna.json': JSON.stringify({ version: 'independent', packages: ['packages/*'] }),
    }),
  ),
  npmPublisher(
    'release-it',
    [...script('release-it/bin/release-it.js'), '{version}', '--ci'],
    (_target, name) => ({
      'package.json': JSON.stringify({ name, version: '0.0.1', main: 'index.js' }),
      '.release-it.json': JSON.stringify({ git: false, npm: { publish: true, skipChecks: false } }),
    }),
  ),
  npmPublisher('semantic-release (its npm plugin)', [process.execPath, 'release.mjs'], ({ url }, name) => ({
    'package.json': JSON.stringify({
      name,
      version: '0.0.0',
      main: 'index.js',
      publishConfig: { registry: `${url}/npm/` },
    }),
    'release.mjs': semanticRelease,
  })),
]

/** What semantic-release calls of its plugin, in its order. */
const semanticRelease = `
import { verifyConditions, prepare, publish } from ${JSON.stringify(join(modules, '@semantic-release/npm/index.js'))}
const version = process.env.PACKAGE_VERSION
const logger = { log: console.log, error: console.error, warn: console.warn }
const { stdout, stderr, env } = process
const context = { cwd: process.cwd(), env, stdout, stderr, logger, options: {}, branch: { name: 'main' }, nextRelease: { version, gitTag: 'v' + version } }
await verifyConditions({}, context)
await prepare({}, context)
await publish({}, context)
`

export const publishers: readonly Publisher[] = [...pythonPublishers, ...npmPublishers]
