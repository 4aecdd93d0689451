import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fieldOf, readJson } from '../../../registries/project/read-json.ts'
import { namedRelease } from '../../../registries/slipway-index/named-release.ts'
import { formatReleaseId, type Release, type ReleaseId } from '../../../versions/release.ts'
import { runInArm } from '../arms/arm-program.ts'
import { unlockRequirements } from '../unlocking/unlock-requirements.ts'
import type { Installer } from './installer.ts'
import { makeEnvironment, pythonInstalled, pythonOf, pythonTree } from './python-environment.ts'
import { pythonAsks } from './python-requirement.ts'
import { conflictIn } from './resolver-conflict.ts'

/** pip, into a virtual environment of the arm's own, or a plain folder where Python has no `venv`. */
export const pipInstaller: Installer = {
  ecosystem: 'pypi',
  client: 'pip',
  prepare: makeEnvironment,
  async install(workspace, releases, timeoutMs) {
    await unlockRequirements(workspace.project, pythonNames(releases))
    const args = ['-m', 'pip', 'install', ...argumentsFor(workspace.project)]
    const end = await runInArm(workspace, pythonOf(workspace), args, timeoutMs)
    const log = `$ pip ${args.slice(2).join(' ')}\n${end.tail}`
    return end.code === 0 ? { ok: true, log } : { ok: false, timedOut: end.timedOut, log }
  },
  installed: pythonInstalled,
  async chosen(workspace, releases, timeoutMs) {
    const report = join(workspace.folder, 'pip-report.json')
    const args = ['-m', 'pip', 'install', ...DRY, '--report', report, ...argumentsFor(workspace.project)]
    await runInArm(workspace, pythonOf(workspace), args, timeoutMs)
    const items = fieldOf(await readJson(report), 'install')
    return Array.isArray(items) ? items.flatMap((item) => chosenOf(fieldOf(item, 'metadata'), releases)) : []
  },
  asksFor: pythonAsks,
  async conflict(workspace, { name, version }, timeoutMs) {
    const wanted = [...argumentsFor(workspace.project), `${name}==${version}`]
    const args = ['-m', 'pip', 'install', ...DRY, ...wanted]
    const end = await runInArm(workspace, pythonOf(workspace), args, timeoutMs)
    return end.code === 0 ? null : conflictIn(end.tail)
  },
  tree: pythonTree,
}

const DRY = ['--dry-run', '--ignore-installed', '--quiet']

/** `requirements.txt` where there is one, else the project itself. */
function argumentsFor(project: string): readonly string[] {
  return existsSync(join(project, 'requirements.txt')) ? ['-r', 'requirements.txt'] : ['.']
}

export function pythonNames(releases: readonly Release[]): readonly string[] {
  return releases.filter(({ ecosystem }) => ecosystem === 'pypi').map(({ name }) => name)
}

function chosenOf(metadata: unknown, releases: readonly Release[]): readonly ReleaseId[] {
  const name = fieldOf(metadata, 'name')
  const version = fieldOf(metadata, 'version')
  const release = namedRelease('pypi', String(name ?? ''), String(version ?? ''))
  if (!release.ok || !pythonNames(releases).includes(release.value.name)) return []
  return [formatReleaseId(release.value)]
}
