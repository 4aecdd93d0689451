import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { coerce, lt, type SemVer } from 'semver'
import { runInArm, runSteps } from '../arms/arm-program.ts'
import type { ArmWorkspace } from '../arms/arm-workspace.ts'
import type { Installer } from './installer.ts'
import { pythonNames } from './pip-installer.ts'
import { makeEnvironment, pythonInstalled, pythonTree } from './python-environment.ts'
import { pythonAsks } from './python-requirement.ts'
import { lockedToml } from './uv-installer.ts'

const VERSION_TIMEOUT_MS = 60_000

/**
 * Poetry: the arm's index becomes the first source of the copy's `pyproject.toml`, because Poetry reads it from
 * nowhere else. Then only the candidates' versions are chosen anew, into the arm's own virtual environment.
 */
export const poetryInstaller: Installer = {
  ecosystem: 'pypi',
  client: 'poetry',
  prepare: async (workspace, timeoutMs) => {
    const made = await makeEnvironment(workspace, timeoutMs)
    const own = { POETRY_CACHE_DIR: join(workspace.folder, 'poetry-cache'), POETRY_NO_INTERACTION: '1' }
    return { ...made, env: { ...made.env, ...own } }
  },
  async install(workspace, releases, timeoutMs) {
    const said = (await runInArm(workspace, 'poetry', ['--version'], VERSION_TIMEOUT_MS)).stdout
    const version = coerce(said) ?? '2.0.0'
    await addSource(workspace, priorityFor(version))
    // Before version 2 a bare `lock` chose everything anew.
    const lock = lt(version, '2.0.0') ? ['lock', '--no-update'] : ['lock']
    const update = ['update', '--lock', ...pythonNames(releases)]
    return runSteps(workspace, 'poetry', [lock, update, ['install']], timeoutMs)
  },
  installed: pythonInstalled,
  async chosen(workspace, releases) {
    const text = await readFile(join(workspace.project, 'poetry.lock'), 'utf8').catch(() => '')
    return lockedToml(text, pythonNames(releases))
  },
  asksFor: pythonAsks,
  tree: pythonTree,
}

/** How a source takes the place of PyPI: the words changed with 1.5 and 1.8. */
function priorityFor(version: SemVer | string): string {
  if (lt(version, '1.5.0')) return 'default = true'
  return lt(version, '1.8.0') ? 'priority = "default"' : 'priority = "primary"'
}

async function addSource(workspace: ArmWorkspace, priority: string): Promise<void> {
  const path = join(workspace.project, 'pyproject.toml')
  const text = await readFile(path, 'utf8')
  const source = [
    '[[tool.poetry.source]]',
    'name = "slipway-arm"',
    `url = "${workspace.index}pypi/simple/"`,
    priority,
  ]
  await writeFile(path, `${text.replace(/\n?$/, '\n')}\n${source.join('\n')}\n`)
}
