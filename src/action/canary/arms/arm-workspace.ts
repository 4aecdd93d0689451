import { cp, mkdir, writeFile } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import type { Arm } from '../../../gates/evidence.ts'
import { installRootOf } from '../../../registries/project/install-root.ts'

/** One arm's own copy of the project and everything that must not be shared with the other arm. */
export interface ArmWorkspace {
  readonly arm: Arm
  /** The arm view, ending in `/`; clients append `npm/` or `pypi/simple/`. */
  readonly index: string
  /** Folder of the arm; nothing outside of it is written. */
  readonly folder: string
  /** The project inside of the copy. */
  readonly project: string
  /** The folder that the project is installed from: itself, or the root of its workspace. */
  readonly root: string
  /** Environment of every program that this arm runs. */
  readonly env: NodeJS.ProcessEnv
}

/** What installs leave behind; each arm makes its own. */
const NOT_COPIED = new Set(['node_modules', '.venv', 'venv', '__pycache__', '.tox', '.nox'])

/**
 * Secrets of the step and settings of clients. A canary runs unreleased code: it gets neither the token that
 * signs the report nor a way to set the outputs of this step, and no setting that would lead a client to
 * another index.
 */
const NOT_PASSED =
  /^(ACTIONS_|INPUT_|SLIPWAY_|NPM_|PNPM_|YARN_|BUN_|PIP_|UV_|POETRY_|TWINE_|PYTHONPATH$|PYTHONHOME$|VIRTUAL_ENV|NODE_PATH$|NODE_AUTH_TOKEN$|GH_TOKEN$|GITHUB_(TOKEN|OUTPUT|ENV|PATH|STATE|STEP_SUMMARY)$)/i

/** Where an arm's copy of the checkout lies. */
export function copyOf(scratch: string, arm: Arm): string {
  return join(scratch, arm, 'work')
}

/** Copies the checkout for one arm and makes its environment. `project` is the project's folder in the checkout. */
export async function makeWorkspace(
  arm: Arm,
  index: string,
  scratch: string,
  checkout: string,
  project: string,
  env: NodeJS.ProcessEnv,
): Promise<ArmWorkspace> {
  const folder = join(scratch, arm)
  const copy = copyOf(scratch, arm)
  for (const own of ['tmp', 'home', 'run']) await mkdir(join(folder, own), { recursive: true, mode: 0o700 })
  await cp(checkout, copy, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => source === checkout || !NOT_COPIED.has(basename(source)),
  })
  await writeFile(join(folder, 'npmrc'), '')
  return {
    arm,
    index,
    folder,
    project: join(copy, relative(checkout, project)),
    root: join(copy, relative(checkout, await installRootOf(project, checkout))),
    env: armEnvironment(index, folder, env),
  }
}

/** Home, temporary and configuration folders of its own: what a test leaves there is not the other arm's. */
function ownFolders(folder: string): NodeJS.ProcessEnv {
  const home = join(folder, 'home')
  const tmp = join(folder, 'tmp')
  return {
    HOME: home,
    USERPROFILE: home,
    APPDATA: join(home, 'AppData', 'Roaming'),
    LOCALAPPDATA: join(home, 'AppData', 'Local'),
    TMPDIR: tmp,
    TMP: tmp,
    TEMP: tmp,
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local', 'share'),
    XDG_STATE_HOME: join(home, '.local', 'state'),
    XDG_RUNTIME_DIR: join(folder, 'run'),
  }
}

/** The environment of an arm: its own caches, its own index for every client, nothing of the step's own. */
export function armEnvironment(index: string, folder: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !NOT_PASSED.test(name))
  return {
    ...Object.fromEntries(kept),
    ...ownFolders(folder),
    npm_config_registry: `${index}npm/`,
    pnpm_config_registry: `${index}npm/`,
    YARN_NPM_REGISTRY_SERVER: `${index}npm`,
    ...(index.startsWith('http:') ? { YARN_UNSAFE_HTTP_WHITELIST: new URL(index).hostname } : {}),
    BUN_CONFIG_REGISTRY: `${index}npm/`,
    UV_DEFAULT_INDEX: `${index}pypi/simple/`,
    npm_config_userconfig: join(folder, 'npmrc'),
    npm_config_globalconfig: join(folder, 'npmrc-global'),
    npm_config_cache: join(folder, 'npm-cache'),
    npm_config_update_notifier: 'false',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    PIP_INDEX_URL: `${index}pypi/simple/`,
    PIP_CONFIG_FILE: process.platform === 'win32' ? 'nul' : '/dev/null',
    PIP_CACHE_DIR: join(folder, 'pip-cache'),
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
    PYTHONDONTWRITEBYTECODE: '1',
  }
}
