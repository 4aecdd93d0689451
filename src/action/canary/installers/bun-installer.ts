import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { fieldOf } from '../../../registries/project/read-json.ts'
import { runSteps } from '../arms/arm-program.ts'
import type { ArmWorkspace } from '../arms/arm-workspace.ts'
import { unlockBun } from '../unlocking/unlock-bun.ts'
import type { Installer } from './installer.ts'
import { idOf, nodeAsks, nodeInstalled, nodeNames, nodeTree } from './node-proof.ts'
import { pointNpmrc } from './point-npmrc.ts'

/** Bun: chooses versions first, with a lockfile only the candidates' own, then installs exactly that. */
export const bunInstaller: Installer = {
  ecosystem: 'npm',
  client: 'bun',
  prepare: async (workspace) => ({
    ...workspace,
    env: {
      ...workspace.env,
      BUN_CONFIG_REGISTRY: `${workspace.index}npm/`,
      BUN_INSTALL_CACHE_DIR: join(workspace.folder, 'bun-cache'),
    },
  }),
  async install(workspace, releases, timeoutMs) {
    const names = nodeNames(releases)
    await pointNpmrc(workspace.root, workspace.index, names)
    await exempt(workspace.root, names)
    const asText = await textLockfile(workspace, timeoutMs)
    if (asText !== null && !asText.ok) return asText
    await unlockBun(workspace.root, names)
    const choose = ['install', '--lockfile-only', '--ignore-scripts']
    return runSteps(workspace, 'bun', [choose, ['install', '--frozen-lockfile']], timeoutMs)
  },
  installed: nodeInstalled,
  async chosen(workspace, releases) {
    const text = await readFile(join(workspace.root, 'bun.lock'), 'utf8').catch(() => '')
    const entries = Object.values(Object(fieldOf(parse(text), 'packages')))
    const places = entries.map((entry) => (Array.isArray(entry) ? String(entry[0] ?? '') : ''))
    return nodeNames(releases).flatMap((name) =>
      places
        .filter((place) => place.startsWith(`${name}@`))
        .flatMap((place) => idOf(name, place.slice(name.length + 1))),
    )
  },
  asksFor: nodeAsks,
  tree: nodeTree,
}

/** A binary lockfile from before Bun 1.2 is written anew as text, which can be read and changed. */
async function textLockfile(workspace: ArmWorkspace, timeoutMs: number) {
  const binary = join(workspace.root, 'bun.lockb')
  if (!existsSync(binary) || existsSync(join(workspace.root, 'bun.lock'))) return null
  const args = ['install', '--save-text-lockfile', '--frozen-lockfile', '--lockfile-only']
  const end = await runSteps(workspace, 'bun', [args], timeoutMs)
  await rm(binary)
  return end
}

/** Where the project waits with young versions, the candidates alone are let through. */
async function exempt(project: string, names: readonly string[]): Promise<void> {
  const path = join(project, 'bunfig.toml')
  const text = await readFile(path, 'utf8').catch(() => '')
  if (!/^\s*minimumReleaseAge\s*=/m.test(text)) return
  const own = /^\s*minimumReleaseAgeExcludes\s*=\s*\[([^\]]*)\]\s*$/m.exec(text)
  const list = [...(own?.[1] ?? '').split(',').map((one) => one.trim()), ...names.map((name) => `"${name}"`)]
  const line = `minimumReleaseAgeExcludes = [${list.filter((one) => one !== '').join(', ')}]`
  const without = own === null ? text : text.replace(own[0], '')
  await writeFile(path, without.replace(/^(\s*minimumReleaseAge\s*=.*)$/m, `$1\n${line}`))
}
