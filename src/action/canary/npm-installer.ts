import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { satisfies } from 'semver'
import type { Release } from '../../versions/release.ts'
import { runInArm } from './arm-program.ts'
import type { ArmWorkspace } from './arm-workspace.ts'
import { installedNpm, lockedNpm } from './installed-npm.ts'
import type { InstallEnd, Installer } from './installer.ts'
import { fieldOf, readJson } from './read-json.ts'
import { NPM_LOCKFILES, unlockNpm } from './unlock-npm.ts'

const NPM = process.platform === 'win32' ? 'npm.cmd' : 'npm'

/** Lockfiles and settings of clients that are not detected yet, with the client's name. */
const OTHER_CLIENTS: readonly (readonly [string, string])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'Yarn'],
  ['bun.lock', 'Bun'],
  ['bun.lockb', 'Bun'],
]

/** The client a project uses when it is one that needs an `install` command for now; null for npm. */
export function unsupportedClient(project: string): string | null {
  if (NPM_LOCKFILES.some((file) => existsSync(join(project, file)))) return null
  return OTHER_CLIENTS.find(([file]) => existsSync(join(project, file)))?.[1] ?? null
}

/**
 * npm: chooses versions first (with a lockfile only the candidates' own, so that nothing else moves), then
 * installs exactly that with `npm ci`. Both arms do the same against their own view.
 */
export const npmInstaller: Installer = {
  ecosystem: 'npm',
  detects: (project) => existsSync(join(project, 'package.json')),
  prepare: async (workspace) => workspace,
  async install(workspace, releases, timeoutMs) {
    const flags = await npmFlags(workspace, releases)
    try {
      await unlockNpm(workspace.project, npmNames(releases), workspace.index)
    } catch (error) {
      return { ok: false, timedOut: false, log: `the lockfile cannot be read: ${String(error)}\n` }
    }
    const args = ['install', '--package-lock-only', '--ignore-scripts', ...flags]
    const chosen = await npm(workspace, args, timeoutMs)
    return chosen.ok ? npm(workspace, ['ci', ...flags], timeoutMs) : chosen
  },
  installed: (workspace, releases) => installedNpm(workspace.project, releases),
  async chosen(workspace, releases, timeoutMs) {
    if (!NPM_LOCKFILES.some((file) => existsSync(join(workspace.project, file)))) {
      const flags = await npmFlags(workspace, releases)
      await npm(workspace, ['install', '--package-lock-only', '--ignore-scripts', ...flags], timeoutMs)
    }
    return lockedNpm(workspace.project, releases)
  },
  async asksFor(workspace, { name, version }) {
    const manifest = await readJson(join(workspace.project, 'package.json'))
    for (const group of ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']) {
      const range = fieldOf(fieldOf(manifest, group), name)
      if (typeof range === 'string')
        return { phrase: `package.json asks for ${name} ${range}`, takes: satisfies(version, range) }
    }
    return null
  },
}

async function npm(workspace: ArmWorkspace, args: readonly string[], timeoutMs: number): Promise<InstallEnd> {
  const end = await runInArm(workspace, NPM, args, timeoutMs)
  const log = `$ npm ${args.slice(0, 2).join(' ')}\n${end.tail}`
  return end.code === 0 ? { ok: true, log } : { ok: false, timedOut: end.timedOut, log }
}

function npmNames(releases: readonly Release[]): readonly string[] {
  return releases.filter(({ ecosystem }) => ecosystem === 'npm').map(({ name }) => name)
}

/**
 * Flags win over the project's own `.npmrc`: the candidates' scopes come from the arm's view, and a cool-down
 * is lifted for the candidates alone.
 */
async function npmFlags(workspace: ArmWorkspace, releases: readonly Release[]): Promise<readonly string[]> {
  const names = npmNames(releases)
  const registry = `${workspace.index}npm/`
  const scopes = names.filter((name) => name.startsWith('@')).map((name) => name.slice(0, name.indexOf('/')))
  return [
    `--registry=${registry}`,
    ...[...new Set(scopes)].map((scope) => `--${scope}:registry=${registry}`),
    '--package-lock=true',
    ...(await coolDownFlags(workspace.project, names)),
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
