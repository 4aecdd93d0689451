import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { installRootOf } from '../../../registries/project/install-root.ts'
import { type NodeClient, nodeClientOf } from '../../../registries/project/node-client.ts'
import type { Release } from '../../../versions/release.ts'
import { StepFailure } from '../../action-input.ts'
import { bunInstaller } from './bun-installer.ts'
import type { Installer } from './installer.ts'
import { npmInstaller } from './npm-installer.ts'
import { pipInstaller } from './pip-installer.ts'
import { pnpmInstaller } from './pnpm-installer.ts'
import { poetryInstaller } from './poetry-installer.ts'
import { uvInstaller } from './uv-installer.ts'
import { yarnInstaller } from './yarn-installer.ts'

const NODE: Readonly<Record<NodeClient, Installer>> = {
  npm: npmInstaller,
  pnpm: pnpmInstaller,
  yarn: yarnInstaller,
  bun: bunInstaller,
}

/** How each program comes to a runner that has none. */
const WAYS: Readonly<Record<string, string>> = {
  pnpm: 'pnpm/action-setup, or corepack enable',
  yarn: 'corepack enable',
  bun: 'oven-sh/setup-bun',
  uv: 'astral-sh/setup-uv',
  poetry: 'pipx install poetry',
}

/**
 * The clients that install a project, one for each ecosystem of the candidates that it uses. With a command of its
 * own they only prove what is there. Fails, saying what to add, where none fits or the program is not there.
 *
 * @param install the given `install` command, null when there is none
 */
export async function findInstallers(
  project: string,
  checkout: string,
  ecosystems: readonly Release['ecosystem'][],
  install: string | null,
  env: NodeJS.ProcessEnv,
): Promise<readonly Installer[]> {
  const node = ecosystems.includes('npm')
    ? await nodeClientOf(project, await installRootOf(project, checkout))
    : null
  const python = ecosystems.includes('pypi') ? await pythonInstallerOf(project) : null
  const found = [...(node === null ? [] : [NODE[node]]), ...(python === null ? [] : [python])]
  if (install !== null) {
    if (found.length > 0) return found
    return ecosystems.map((ecosystem) => (ecosystem === 'npm' ? npmInstaller : pipInstaller))
  }
  if (found.length === 0) {
    const files = ecosystems.includes('npm') ? 'package.json' : 'requirements.txt or pyproject.toml'
    throw new StepFailure(`install: no ${files} in ${project}; give the install command or working-directory`)
  }
  const absent = found.find(({ client }) => WAYS[client] !== undefined && !isOnPath(client, env))
  if (absent !== undefined)
    throw new StepFailure(
      `install: this project uses ${absent.client}, which is not on this machine; add a step before this one: ${WAYS[absent.client]}`,
    )
  return found
}

/** uv and Poetry by their lockfiles or tables in `pyproject.toml`, else pip. */
async function pythonInstallerOf(project: string): Promise<Installer | null> {
  const has = (file: string): boolean => existsSync(join(project, file))
  const toml = await readFile(join(project, 'pyproject.toml'), 'utf8').catch(() => '')
  if (has('uv.lock')) return uvInstaller
  if (has('poetry.lock') || /^\[tool\.poetry\]/m.test(toml)) return poetryInstaller
  if (/^\[tool\.uv[\].]/m.test(toml) && !has('requirements.txt')) return uvInstaller
  return ['requirements.txt', 'pyproject.toml', 'setup.py'].some(has) ? pipInstaller : null
}

function isOnPath(program: string, env: NodeJS.ProcessEnv): boolean {
  const names = process.platform === 'win32' ? [`${program}.cmd`, `${program}.exe`] : [program]
  const folders = (env.PATH ?? env.Path ?? '').split(delimiter)
  return folders.some((folder) => names.some((name) => existsSync(join(folder, name))))
}
