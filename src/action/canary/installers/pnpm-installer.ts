import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lt, valid } from 'semver'
import { parse, stringify } from 'yaml'
import { fieldOf } from '../../../registries/project/read-json.ts'
import { runInArm, runSteps } from '../arms/arm-program.ts'
import type { ArmWorkspace } from '../arms/arm-workspace.ts'
import { unlockPnpm } from '../unlocking/unlock-pnpm.ts'
import type { Installer } from './installer.ts'
import { nodeAsks, nodeInstalled, nodeNames, nodeTree } from './node-proof.ts'
import { pointNpmrc } from './point-npmrc.ts'

const VERSION_TIMEOUT_MS = 60_000
/** From here on pnpm can wait with young versions. */
const WITH_RELEASE_AGE = '10.16.0'

/** pnpm: chooses versions first, with a lockfile only the candidates' own, then installs exactly that. */
export const pnpmInstaller: Installer = {
  ecosystem: 'npm',
  client: 'pnpm',
  prepare: async (workspace) => ({
    ...workspace,
    env: {
      ...workspace.env,
      npm_config_store_dir: join(workspace.folder, 'pnpm-store'),
      pnpm_config_store_dir: join(workspace.folder, 'pnpm-store'),
      // The program that is there installs; pnpm 12 would ask the arm for the one that packageManager names.
      npm_config_manage_package_manager_versions: 'false',
      pnpm_config_pm_on_fail: 'ignore',
      XDG_DATA_HOME: join(workspace.folder, 'data'),
      XDG_STATE_HOME: join(workspace.folder, 'state'),
    },
  }),
  async install(workspace, releases, timeoutMs) {
    const names = nodeNames(releases)
    await pointNpmrc(workspace.root, workspace.index, names)
    await exempt(workspace, names)
    await unlockPnpm(workspace.root, names, workspace.index)
    const registry = `--registry=${workspace.index}npm/`
    const choose = ['install', '--lockfile-only', '--no-frozen-lockfile', '--ignore-scripts', registry]
    return runSteps(workspace, 'pnpm', [choose, ['install', '--frozen-lockfile', registry]], timeoutMs)
  },
  installed: nodeInstalled,
  async chosen(workspace, releases) {
    const text = await readFile(join(workspace.root, 'pnpm-lock.yaml'), 'utf8').catch(() => '')
    const places = Object.keys(Object(fieldOf(parse(text), 'packages')))
    return nodeNames(releases).flatMap((name) =>
      places
        .map((place) => place.replace(/^\//, '').replace(/\(.*$/, ''))
        .filter((place) => place.startsWith(`${name}@`))
        .map((place) => `npm:${place}`),
    )
  },
  asksFor: nodeAsks,
  tree: nodeTree,
}

/** Newer ones wait with young versions, from 11 on by default: the candidates alone are let through. */
async function exempt(workspace: ArmWorkspace, names: readonly string[]): Promise<void> {
  const version = (await runInArm(workspace, 'pnpm', ['--version'], VERSION_TIMEOUT_MS)).stdout.trim()
  if (valid(version) === null || lt(version, WITH_RELEASE_AGE)) return
  const path = join(workspace.root, 'pnpm-workspace.yaml')
  const own: unknown = parse(await readFile(path, 'utf8').catch(() => '')) ?? {}
  const before = fieldOf(own, 'minimumReleaseAgeExclude')
  const exclude = [...(Array.isArray(before) ? before : []), ...names]
  await writeFile(path, stringify({ ...Object(own), minimumReleaseAgeExclude: exclude }))
}
