import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gte, major, valid } from 'semver'
import { parse, stringify } from 'yaml'
import { fieldOf } from '../../../registries/project/read-json.ts'
import { runInArm, runSteps } from '../arms/arm-program.ts'
import type { ArmWorkspace } from '../arms/arm-workspace.ts'
import { lockedYarn, unlockYarn } from '../unlocking/unlock-yarn.ts'
import type { Installer } from './installer.ts'
import { nodeAsks, nodeInstalled, nodeNames, nodeTree } from './node-proof.ts'
import { pointNpmrc, scopesOf } from './point-npmrc.ts'

const VERSION_TIMEOUT_MS = 60_000
/** From here on Yarn waits with young versions, and knows how to make exceptions. */
const WITH_AGE_GATE = '4.10.0'

/** Yarn 1 and newer: with a lockfile only the candidates' versions are chosen anew. */
export const yarnInstaller: Installer = {
  ecosystem: 'npm',
  client: 'yarn',
  prepare: async (workspace) => ({
    ...workspace,
    env: {
      ...workspace.env,
      YARN_CACHE_FOLDER: join(workspace.folder, 'yarn-cache'),
      YARN_GLOBAL_FOLDER: join(workspace.folder, 'yarn-global'),
      YARN_ENABLE_GLOBAL_CACHE: 'false',
      YARN_ENABLE_TELEMETRY: '0',
      YARN_ENABLE_IMMUTABLE_INSTALLS: '0',
    },
  }),
  async install(workspace, releases, timeoutMs) {
    const names = nodeNames(releases)
    const version = (await runInArm(workspace, 'yarn', ['--version'], VERSION_TIMEOUT_MS)).stdout.trim()
    await unlockYarn(workspace.root, names)
    if (valid(version) !== null && major(version) > 1) {
      await pointYarnrc(workspace, names, version)
      const choose = ['install', '--mode=update-lockfile']
      return runSteps(workspace, 'yarn', [choose, ['install', '--immutable']], timeoutMs)
    }
    await pointNpmrc(workspace.root, workspace.index, names)
    const registry = `--registry=${workspace.index}npm/`
    return runSteps(workspace, 'yarn', [['install', '--non-interactive', registry]], timeoutMs)
  },
  async installed(workspace, releases) {
    // Plug'n'Play keeps packages in archives; the lockfile then says what `--immutable` made of it.
    return existsSync(join(workspace.root, '.pnp.cjs'))
      ? lockedYarn(workspace.root, nodeNames(releases))
      : nodeInstalled(workspace, releases)
  },
  chosen: (workspace, releases) => lockedYarn(workspace.root, nodeNames(releases)),
  asksFor: nodeAsks,
  tree: nodeTree,
}

/** Settings of the scratch copy: the arm's registry, for the candidates' scopes too, and their exemption. */
async function pointYarnrc(
  workspace: ArmWorkspace,
  names: readonly string[],
  version: string,
): Promise<void> {
  const path = join(workspace.root, '.yarnrc.yml')
  const own: unknown = parse(await readFile(path, 'utf8').catch(() => '')) ?? {}
  const server = `${workspace.index}npm`
  const { protocol, hostname } = new URL(workspace.index)
  const before = fieldOf(own, 'npmPreapprovedPackages')
  const scopes = scopesOf(names).map((scope) => [
    scope.slice(1),
    { ...Object(fieldOf(fieldOf(own, 'npmScopes'), scope.slice(1))), npmRegistryServer: server },
  ])
  await writeFile(
    path,
    stringify({
      ...Object(own),
      npmRegistryServer: server,
      ...(scopes.length === 0
        ? {}
        : { npmScopes: { ...Object(fieldOf(own, 'npmScopes')), ...Object.fromEntries(scopes) } }),
      ...(protocol === 'http:' ? { unsafeHttpWhitelist: [hostname] } : {}),
      ...(gte(version, WITH_AGE_GATE)
        ? { npmPreapprovedPackages: [...(Array.isArray(before) ? before : []), ...names] }
        : {}),
    }),
  )
}
