import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Release } from '../../../versions/release.ts'
import { runInArm } from '../arms/arm-program.ts'
import type { ArmWorkspace } from '../arms/arm-workspace.ts'
import { NPM_LOCKFILES, unlockNpm } from '../unlocking/unlock-npm.ts'
import { installedNpm, lockedNpm } from './installed-npm.ts'
import type { InstallEnd, Installer } from './installer.ts'
import { nodeAsks, nodeNames, nodeTree } from './node-proof.ts'
import { scopesOf } from './point-npmrc.ts'

const NPM = process.platform === 'win32' ? 'npm.cmd' : 'npm'

/**
 * npm: chooses versions first (with a lockfile only the candidates' own, so that nothing else moves), then
 * installs exactly that with `npm ci`. Both arms do the same against their own view.
 */
export const npmInstaller: Installer = {
  ecosystem: 'npm',
  client: 'npm',
  prepare: async (workspace) => workspace,
  async install(workspace, releases, timeoutMs) {
    const flags = await npmFlags(workspace, releases)
    try {
      await unlockNpm(workspace.root, nodeNames(releases), workspace.index)
    } catch (error) {
      return { ok: false, timedOut: false, log: `the lockfile cannot be read: ${String(error)}\n` }
    }
    const args = ['install', '--package-lock-only', '--ignore-scripts', ...flags]
    const chosen = await npm(workspace, args, timeoutMs)
    return chosen.ok ? npm(workspace, ['ci', ...flags], timeoutMs) : chosen
  },
  installed: (workspace, releases) => installedNpm(workspace.root, releases),
  async chosen(workspace, releases, timeoutMs) {
    if (!NPM_LOCKFILES.some((file) => existsSync(join(workspace.root, file)))) {
      const flags = await npmFlags(workspace, releases)
      await npm(workspace, ['install', '--package-lock-only', '--ignore-scripts', ...flags], timeoutMs)
    }
    return lockedNpm(workspace.root, releases)
  },
  asksFor: nodeAsks,
  tree: nodeTree,
}

async function npm(workspace: ArmWorkspace, args: readonly string[], timeoutMs: number): Promise<InstallEnd> {
  const end = await runInArm(workspace, NPM, args, timeoutMs)
  const log = `$ npm ${args.slice(0, 2).join(' ')}\n${end.tail}`
  return end.code === 0 ? { ok: true, log } : { ok: false, timedOut: end.timedOut, log }
}

/**
 * Flags win over the project's own `.npmrc`: the candidates' scopes come from the arm's view, and a cool-down
 * is lifted for the candidates alone.
 */
async function npmFlags(workspace: ArmWorkspace, releases: readonly Release[]): Promise<readonly string[]> {
  const names = nodeNames(releases)
  const registry = `${workspace.index}npm/`
  return [
    `--registry=${registry}`,
    ...scopesOf(names).map((scope) => `--${scope}:registry=${registry}`),
    '--package-lock=true',
    ...(await coolDownFlags(workspace.root, names)),
  ]
}

async function coolDownFlags(project: string, names: readonly string[]): Promise<readonly string[]> {
  const settings = await readFile(join(project, '.npmrc'), 'utf8').catch(() => '')
  if (!/^\s*min-release-age\s*=/m.test(settings)) return []
  const own = [...settings.matchAll(/^\s*min-release-age-exclude(?:\[\])?\s*=\s*(\S+)/gm)].map(
    (match) => match[1],
  )
  return [...own, ...names].map((name) => `--min-release-age-exclude=${name}`)
}
