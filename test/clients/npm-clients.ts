/** The package managers of the npm side: how each is told what to do. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const npmClientNames = [
  'npm 10',
  'npm 11',
  'npm 12',
  'pnpm 10',
  'pnpm 11',
  'pnpm 12',
  'Yarn 1',
  'Yarn 4',
  'Bun',
  'Deno',
] as const
export type NpmClientName = (typeof npmClientNames)[number]

export interface NpmClient {
  /** Program and the arguments that always come first. */
  readonly command: readonly string[]
  readonly lockfile: string
  /** Settings as files of the project, by path. */
  readonly files: (registry: string) => Readonly<Record<string, string>>
  /** The same without the setting that lifts the client's own cool-down; absent where there is none. */
  readonly coolDown?: (registry: string) => Readonly<Record<string, string>>
  readonly env: (home: string) => Readonly<Record<string, string>>
  readonly install: readonly string[]
  readonly frozen: readonly string[]
  readonly add: readonly string[]
  /** A package name as `add` takes it. */
  readonly nameToAdd: (name: string) => string
}

const folder = fileURLToPath(new URL('node_modules', import.meta.url))
const script = (path: string) => [process.execPath, join(folder, path)]
/** The binary of this platform, which comes as a package of its own. */
const binary = (pattern: string) =>
  globSync(pattern, { cwd: folder })
    .map((path) => join(folder, path))
    .slice(0, 1)

const npmrc = (registry: string) => ({ '.npmrc': `registry=${registry}\n` })

/** npm 12 takes tarballs from below the configured registry only; they never carry a view, so it is told. */
const npm12rc = (registry: string) => ({
  '.npmrc': `registry=${registry}\nreplace-registry-host=${new URL('/npm/', registry).href}\n`,
})
const plain = (name: string) => name

function npm(package_: string): NpmClient {
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier']
  return {
    command: script(`${package_}/bin/npm-cli.js`),
    lockfile: 'package-lock.json',
    files: npmrc,
    env: (home) => ({
      npm_config_cache: join(home, 'cache'),
      npm_config_globalconfig: join(home, 'no-such-file'),
    }),
    install: ['install', ...quiet],
    frozen: ['ci', ...quiet],
    add: ['install', ...quiet],
    nameToAdd: plain,
  }
}

/** pnpm takes only what is a day old by default; candidates here are seconds old. */
function pnpm(command: readonly string[]): NpmClient {
  return {
    command,
    lockfile: 'pnpm-lock.yaml',
    files: (registry) => ({ ...npmrc(registry), 'pnpm-workspace.yaml': 'minimumReleaseAge: 0\n' }),
    coolDown: (registry) => ({ ...npmrc(registry), 'pnpm-workspace.yaml': '' }),
    env: (home) => ({
      XDG_CACHE_HOME: join(home, 'cache'),
      XDG_DATA_HOME: join(home, 'data'),
      XDG_STATE_HOME: join(home, 'state'),
      npm_config_store_dir: join(home, 'store'),
      pnpm_config_store_dir: join(home, 'store'),
      npm_config_manage_package_manager_versions: 'false',
    }),
    install: ['install', '--no-frozen-lockfile'],
    frozen: ['install', '--frozen-lockfile'],
    add: ['add'],
    nameToAdd: plain,
  }
}

const yarn1: NpmClient = {
  command: script('yarn1/bin/yarn.js'),
  lockfile: 'yarn.lock',
  files: (registry) => ({ ...npmrc(registry), '.yarnrc': `registry "${registry}"\n` }),
  env: (home) => ({ YARN_CACHE_FOLDER: join(home, 'cache') }),
  install: ['install', '--non-interactive'],
  frozen: ['install', '--non-interactive', '--frozen-lockfile'],
  add: ['add', '--non-interactive'],
  nameToAdd: plain,
}

const yarnrc = (registry: string) =>
  [
    `npmRegistryServer: "${registry.replace(/\/$/, '')}"`,
    'unsafeHttpWhitelist: ["127.0.0.1"]',
    'nodeLinker: node-modules',
    '',
  ].join('\n')

const yarn4: NpmClient = {
  command: script('@yarnpkg/cli-dist/bin/yarn.js'),
  lockfile: 'yarn.lock',
  files: (registry) => ({ '.yarnrc.yml': `${yarnrc(registry)}npmMinimalAgeGate: 0\n` }),
  coolDown: (registry) => ({ '.yarnrc.yml': yarnrc(registry) }),
  env: (home) => ({
    YARN_GLOBAL_FOLDER: join(home, 'cache'),
    YARN_ENABLE_TELEMETRY: '0',
    YARN_ENABLE_IMMUTABLE_INSTALLS: '0',
  }),
  install: ['install'],
  frozen: ['install', '--immutable'],
  add: ['add'],
  nameToAdd: plain,
}

const bun: NpmClient = {
  command: binary('@oven/bun-*/bin/bun'),
  lockfile: 'bun.lock',
  files: npmrc,
  env: (home) => ({ BUN_INSTALL_CACHE_DIR: join(home, 'cache') }),
  install: ['install'],
  frozen: ['install', '--frozen-lockfile'],
  add: ['add'],
  nameToAdd: plain,
}

const deno: NpmClient = {
  command: binary('@deno/*/deno'),
  lockfile: 'deno.lock',
  files: (registry) => ({
    ...npmrc(registry),
    'deno.json': '{"nodeModulesDir":"auto","minimumDependencyAge":"0"}',
  }),
  coolDown: (registry) => ({ ...npmrc(registry), 'deno.json': '{"nodeModulesDir":"auto"}' }),
  env: (home) => ({ DENO_DIR: join(home, 'cache'), DENO_NO_UPDATE_CHECK: '1' }),
  install: ['install'],
  frozen: ['install', '--frozen'],
  add: ['add'],
  nameToAdd: (name) => `npm:${name}`,
}

/** The client of a name, as pinned in the lockfile beside this file. */
export const npmClients: Readonly<Record<NpmClientName, NpmClient>> = {
  'npm 10': npm('npm10'),
  'npm 11': npm('npm11'),
  'npm 12': { ...npm('npm12'), files: npm12rc },
  'pnpm 10': pnpm(script('pnpm10/bin/pnpm.cjs')),
  'pnpm 11': pnpm(script('pnpm11/bin/pnpm.cjs')),
  'pnpm 12': pnpm(binary('@pnpm/exe.*/pnpm')),
  'Yarn 1': yarn1,
  'Yarn 4': yarn4,
  Bun: bun,
  Deno: deno,
}
