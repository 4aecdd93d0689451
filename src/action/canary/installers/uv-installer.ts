import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runInArm, runSteps } from '../arms/arm-program.ts'
import type { Installer } from './installer.ts'
import { pythonNames } from './pip-installer.ts'
import { environmentOf, inEnvironment, pythonInstalled, pythonTree } from './python-environment.ts'
import { pythonAsks } from './python-requirement.ts'
import { conflictIn } from './resolver-conflict.ts'

/** Later than any upload: lifts `exclude-newer` for one package. */
const NO_LIMIT = '2999-12-31T00:00:00Z'

/** uv: chooses only the candidates' versions anew in the lockfile of the copy, then installs exactly that. */
export const uvInstaller: Installer = {
  ecosystem: 'pypi',
  client: 'uv',
  prepare: async (workspace) => {
    const inside = inEnvironment(workspace)
    const own = {
      UV_DEFAULT_INDEX: `${workspace.index}pypi/simple/`,
      UV_CACHE_DIR: join(workspace.folder, 'uv-cache'),
      UV_PROJECT_ENVIRONMENT: environmentOf(workspace),
      // What the tests run with `uv run` must not choose versions again.
      UV_NO_SYNC: '1',
    }
    return { ...inside, env: { ...inside.env, ...own } }
  },
  async install(workspace, releases, timeoutMs) {
    const names = pythonNames(releases)
    const upgrade = names.flatMap((name) => ['--upgrade-package', name])
    const lock = ['lock', ...upgrade, ...(await exempt(workspace.project, names))]
    return runSteps(workspace, 'uv', [lock, ['sync', '--frozen']], timeoutMs)
  },
  installed: pythonInstalled,
  async chosen(workspace, releases) {
    const text = await readFile(join(workspace.project, 'uv.lock'), 'utf8').catch(() => '')
    return lockedToml(text, pythonNames(releases))
  },
  asksFor: pythonAsks,
  async conflict(workspace, { name, version }, timeoutMs) {
    const limits = await exempt(workspace.project, [name])
    const args = ['lock', '--dry-run', '--upgrade-package', `${name}==${version}`, ...limits]
    const end = await runInArm(workspace, 'uv', args, timeoutMs)
    return end.code === 0 ? null : conflictIn(end.tail)
  },
  tree: pythonTree,
}

/** Where the project leaves young files out, the candidates alone are let through. */
async function exempt(project: string, names: readonly string[]): Promise<readonly string[]> {
  const files = ['pyproject.toml', 'uv.toml'].map((file) =>
    readFile(join(project, file), 'utf8').catch(() => ''),
  )
  const limits = (await Promise.all(files)).some((text) => /^\s*exclude-newer\s*=/m.test(text))
  return limits ? names.flatMap((name) => ['--exclude-newer-package', `${name}=${NO_LIMIT}`]) : []
}

/** Versions in `[[package]]` tables, as `uv.lock` and `poetry.lock` write them: name first, version next. */
export function lockedToml(text: string, names: readonly string[]): readonly string[] {
  const tables = text.matchAll(/\[\[package\]\]\s*\nname = "([^"]+)"\s*\nversion = "([^"]+)"/g)
  return [...tables].flatMap(([, name = '', version = '']) =>
    names.includes(name) ? [`pypi:${name}@${version}`] : [],
  )
}
