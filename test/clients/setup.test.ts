/** The variables that the Action's `setup` exports, in front of the real clients of the npm side. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientVariables } from '../../src/registries/project/client-variables.ts'
import type { NodeClient } from '../../src/registries/project/node-client.ts'
import { lockfileLeaks } from './lockfile-leaks.ts'
import { type NpmClientName, npmClients } from './npm-clients.ts'
import { npmProject } from './npm-project.ts'
import { removeScratch } from './scratch-folder.ts'
import { stagedWorld, type World } from './staged-world.ts'

const name = 'half-compatible'
const clients: readonly (readonly [NpmClientName, NodeClient])[] = [
  ['npm 11', 'npm'],
  ['npm 12', 'npm'],
  ['pnpm 10', 'pnpm'],
  ['pnpm 12', 'pnpm'],
  ['Yarn 1', 'yarn'],
  ['Yarn 4', 'yarn'],
  ['Bun', 'bun'],
]
/** The project's own settings: everything here is seconds old, which cool-downs would keep out. */
const own: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pnpm: { 'pnpm-workspace.yaml': 'minimumReleaseAge: 0\n' },
  yarn: { '.yarnrc.yml': 'nodeLinker: node-modules\nnpmMinimalAgeGate: 0\n' },
}

let world: World
beforeAll(async () => {
  world = await stagedWorld('npm')
}, 120_000)
afterAll(async () => {
  await world.server.stop()
  await removeScratch()
})

describe.each(clients)('%s', (client, kind) => {
  it.each([
    ['inside', '1.0.1'],
    ['outside', '1.0.0'],
  ] as const)('%s gets %s and keeps the key out of the lockfile', async (side, version) => {
    const bare = npmClients[client]
    const led = {
      ...bare,
      files: () => ({}),
      env: (home: string) => ({ ...bare.env(home), ...clientVariables(world.server.url, world[side], kind) }),
    }
    const options = { files: own[kind] ?? {} }
    const project = await npmProject(led, 'http://127.0.0.1:1/', { [name]: '^1.0.0' }, options)
    const ran = await project.run(bare.install)
    expect(ran.code, ran.out).toBe(0)
    expect(await project.installed(name)).toBe(version)
    expect(lockfileLeaks(await project.lock(), [world[side]])).toEqual([])
  })
})
