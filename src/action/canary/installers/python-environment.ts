import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { pythonDistributions, siteFoldersOf } from '../../../registries/project/python-distributions.ts'
import { packageIdOf, type Release, type ReleaseId } from '../../../versions/release.ts'
import { runInArm } from '../arms/arm-program.ts'
import type { ArmWorkspace } from '../arms/arm-workspace.ts'

const WINDOWS = process.platform === 'win32'

/** The virtual environment of an arm. */
export const environmentOf = (workspace: ArmWorkspace): string => join(workspace.folder, 'venv')
const targetOf = (workspace: ArmWorkspace): string => join(workspace.folder, 'site')
const binOf = (workspace: ArmWorkspace): string => join(environmentOf(workspace), WINDOWS ? 'Scripts' : 'bin')

/** The arm's own Python, or the machine's while there is none. */
export function pythonOf(workspace: ArmWorkspace): string {
  const own = join(binOf(workspace), WINDOWS ? 'python.exe' : 'python')
  if (existsSync(own)) return own
  return WINDOWS ? 'python' : 'python3'
}

/** The arm with its virtual environment first on the path; whoever makes it there fills it. */
export function inEnvironment(workspace: ArmWorkspace): ArmWorkspace {
  const path = `${binOf(workspace)}${delimiter}${workspace.env.PATH ?? ''}`
  return { ...workspace, env: { ...workspace.env, VIRTUAL_ENV: environmentOf(workspace), PATH: path } }
}

/** Makes a virtual environment, or leads pip to a plain folder where this Python has no `venv`. */
export async function makeEnvironment(workspace: ArmWorkspace, timeoutMs: number): Promise<ArmWorkspace> {
  const args = ['-m', 'venv', environmentOf(workspace)]
  const made = await runInArm(workspace, pythonOf(workspace), args, timeoutMs)
  if (made.code === 0) return inEnvironment(workspace)
  const target = targetOf(workspace)
  await mkdir(target, { recursive: true })
  const env = {
    ...workspace.env,
    PIP_TARGET: target,
    PIP_BREAK_SYSTEM_PACKAGES: '1',
    PYTHONPATH: target,
    PATH: `${join(target, 'bin')}${delimiter}${workspace.env.PATH ?? ''}`,
  }
  return { ...workspace, env }
}

/** Everything from an index in the arm's environment. */
export async function pythonTree(workspace: ArmWorkspace): Promise<readonly ReleaseId[]> {
  const folders = [...(await siteFoldersOf(environmentOf(workspace))), targetOf(workspace)]
  const found = await Promise.all(folders.filter((folder) => existsSync(folder)).map(pythonDistributions))
  return [...new Set(found.flat())].sort()
}

/** Versions of the named packages in the arm's environment. */
export async function pythonInstalled(
  workspace: ArmWorkspace,
  releases: readonly Release[],
): Promise<readonly ReleaseId[]> {
  const wanted = releases.filter(({ ecosystem }) => ecosystem === 'pypi').map(packageIdOf)
  return (await pythonTree(workspace)).filter((id) => wanted.includes(packageIdOf(id)))
}
