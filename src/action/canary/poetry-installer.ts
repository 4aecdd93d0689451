import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runInArm, runSteps } from './arm-program.ts'
import type { ArmWorkspace } from './arm-workspace.ts'
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
    await addSource(workspace)
    const version = (await runInArm(workspace, 'poetry', ['--version'], VERSION_TIMEOUT_MS)).stdout
    // Before version 2 a bare `lock` chose everything anew.
    const lock = /version 1\./.test(version) ? ['lock', '--no-update'] : ['lock']
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

async function addSource(workspace: ArmWorkspace): Promise<void> {
  const path = join(workspace.project, 'pyproject.toml')
  const text = await readFile(path, 'utf8')
  const source = [
    '[[tool.poetry.source]]',
    'name = "slipway-arm"',
    `url = "${workspace.index}pypi/simple/"`,
    'priority = "primary"',
  ]
  await writeFile(path, `${text.replace(/\n?$/, '\n')}\n${source.join('\n')}\n`)
}
