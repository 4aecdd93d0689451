/** Real packages with all that they need: the lock that a client writes through the overlay is the one it writes without. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LiveServer, startLiveServer } from './live-server.ts'
import { type NpmClientName, npmClients } from './npm-clients.ts'
import { npmProject } from './npm-project.ts'
import { readRealSets, serveRealSets } from './real-sets.ts'
import { hasResolvers, resolvers } from './resolver-clients.ts'
import { runProgram } from './run-program.ts'
import { removeScratch, scratchFolder } from './scratch-folder.ts'

const sets = readRealSets()
let registry: Awaited<ReturnType<typeof serveRealSets>>
let front: LiveServer
beforeAll(async () => {
  registry = await serveRealSets(sets)
  const settings = join(await scratchFolder(), 'slipway.server.yml')
  await writeFile(
    settings,
    `upstreams: { npm: { url: "${registry.url}/npm" }, pypi: { url: "${registry.url}/simple" } }\n`,
  )
  front = await startLiveServer({ SLIPWAY_CONFIG: settings })
}, 60_000)
afterAll(async () => {
  await front.stop()
  await registry.stop()
  await removeScratch()
})

/** What locks without the tarballs; Yarn and Deno read them, and are held to the same in overlay.test.ts. */
const lockOnly: readonly (readonly [NpmClientName, readonly string[]])[] = [
  ['npm 10', ['install', '--package-lock-only', '--no-audit', '--no-fund']],
  ['npm 12', ['install', '--package-lock-only', '--no-audit', '--no-fund']],
  ['pnpm 10', ['install', '--lockfile-only', '--no-frozen-lockfile']],
  ['pnpm 12', ['install', '--lockfile-only', '--no-frozen-lockfile']],
  ['Bun', ['install', '--lockfile-only']],
]
const present = lockOnly.filter(([client]) => npmClients[client].command.length > 0)
for (const [client] of lockOnly)
  if (npmClients[client].command.length === 0) console.log(`left out: no ${client} here`)
if (!hasResolvers) console.log('left out: scripts/install-tools.sh python-clients was not run')

describe.each(Object.entries(sets.npmSets))('the set %s', (_set, names) => {
  it.each(present)('%s writes the same lock', async (client, args) => {
    const lockAt = async (url: string) => {
      const wanted = Object.fromEntries(names.map((name) => [name, 'latest']))
      const project = await npmProject(npmClients[client], url, wanted)
      const ran = await project.run(args)
      expect(ran.code, ran.out).toBe(0)
      return project.lock()
    }
    const direct = await lockAt(`${registry.url}/npm/`)
    expect(direct.length).toBeGreaterThan(2000)
    expect(await lockAt(`${front.url}/npm/`)).toBe(direct)
  })
})

describe.runIf(hasResolvers)(`the set ${sets.pypiSet.join(', ')}`, () => {
  it.each(['uv', 'pip'] as const)('%s chooses the same files', async (name) => {
    const lockAt = async (index: string) => {
      const folder = await scratchFolder()
      const { command, env, files, lockfile } = resolvers[name]
      for (const [path, text] of Object.entries(files(index, sets.pypiSet)))
        await writeFile(join(folder, path), text.replace('>=3.9', '>=3.11'))
      const [program = '', ...first] = command
      const report = [
        'install',
        '--dry-run',
        '--ignore-installed',
        '--report',
        lockfile,
        '-r',
        'requirements.txt',
      ]
      const args = name === 'pip' ? [...report, '--only-binary', ':all:'] : resolvers[name].lock
      const ran = await runProgram(program, [...first, ...args], folder, env(index, folder, 'nobody'))
      expect(ran.code, ran.out).toBe(0)
      const lock = (await readFile(join(folder, lockfile), 'utf8')).replaceAll(
        index.replace(/\/$/, ''),
        'INDEX',
      )
      return [...lock.matchAll(/"?(?:name|version|url|sha256|hash)"?\s*[:=]\s*"[^"]*"/g)].map(
        ([text]) => text,
      )
    }
    const direct = await lockAt(`${registry.url}/simple/`)
    expect(direct.length).toBeGreaterThan(20)
    expect(await lockAt(`${front.url}/pypi/simple/`)).toEqual(direct)
  })
})
