/**
 * Real clients in front of an overlay of recorded families: a framework whose packages pin each other, a library and its
 * renderer, a test runner and its plug-in; on PyPI a package and its core, and a project of several distributions.
 *
 * For 200 keys at 5, 50 and 100 % each client is to install one version of all of them. That is 200 x 3 installs of each
 * client, of which nearly all would be given the same bytes: so keys are put into groups by what they are served (equal
 * bytes of the documents of all packages), all 200 of them at each percent, and each client really installs once for each
 * group that it has not met before.
 */
import { readdir } from 'node:fs/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { type NpmClientName, npmClients } from '../../clients/npm-clients.ts'
import { npmProject } from '../../clients/npm-project.ts'
import { runProgram } from '../../clients/run-program.ts'
import { removeScratch, scratchFolder } from '../../clients/scratch-folder.ts'
import { type Ecosystem, type Group, openRecorded, type RecordedWorld } from './recorded-world.ts'

const keys = Array.from({ length: 200 }, (_, number) => `team-key-${number}`)
const wanted: readonly NpmClientName[] = ['npm 11', 'npm 12', 'pnpm 12', 'Yarn 4', 'Bun']
const clients = wanted.filter((client) => npmClients[client].command.length > 0)
for (const client of wanted) if (!clients.includes(client)) console.log(`left out: no ${client} here`)

afterAll(removeScratch)

/** What a client got of each package, and what it said. */
interface Got {
  readonly versions: Readonly<Record<string, string | null>>
  readonly out: string
}
type Install = (world: RecordedWorld, key: string) => Promise<Got>

const withNpm =
  (client: NpmClientName): Install =>
  async ({ index, names, before }, key) => {
    const { install } = npmClients[client]
    const asked = Object.fromEntries(names.map((name) => [name, `^${before[name]}`]))
    const project = await npmProject(npmClients[client], `${index.url}/as/${key}/npm/`, asked)
    const { code, out } = await project.run(install)
    expect(code, out).toBe(0)
    const found = await Promise.all(names.map(async (name) => [name, await project.installed(name)] as const))
    return { versions: Object.fromEntries(found), out }
  }

const withUv: Install = async ({ index, names }, key) => {
  const folder = await scratchFolder()
  const address = `${index.url}/as/${key}/pypi/simple/`
  const args = [
    'pip',
    'install',
    '--no-cache',
    '--no-config',
    '--index-url',
    address,
    '--target',
    `${folder}/at`,
  ]
  const env = { HOME: folder, PATH: process.env.PATH ?? '' }
  const { code, out } = await runProgram('uv', [...args, ...names], folder, env)
  expect(code, out).toBe(0)
  const infos = (await readdir(`${folder}/at`)).filter((name) => name.endsWith('.dist-info'))
  const found = infos.map((name) => name.replace('.dist-info', '').split('-'))
  const versions = Object.fromEntries(
    found.map(([name = '', version = '']) => [name.replaceAll('_', '-'), version]),
  )
  return { versions, out }
}

/** Goes up the ladder with every client; answers how large each share was. */
async function climb(
  ecosystem: Ecosystem,
  family: string,
  installs: Readonly<Record<string, Install>>,
): Promise<{ readonly shares: readonly number[]; readonly installed: number }> {
  const world = await openRecorded(ecosystem, family)
  await world.release()
  const shares: number[] = []
  const met = new Map<string, Group>()
  for (const percent of [5, 50, 100]) {
    await world.raise()
    expect(world.percents()).toEqual([percent])
    const groups = await world.groups(keys)
    expect(groups.flatMap((group) => group.keys).sort()).toEqual([...keys].sort())
    shares.push(groups.filter(({ isNew }) => isNew).reduce((sum, group) => sum + group.keys.length, 0))
    for (const group of groups) {
      if (met.has(group.digest)) continue
      met.set(group.digest, group)
      for (const [client, install] of Object.entries(installs)) {
        const { versions, out } = await install(world, group.keys[0] ?? '')
        const which = group.isNew ? world.after : world.before
        expect(versions, `${client} at ${percent} %: ${out}`).toEqual(which)
        expect(out).not.toMatch(/ERESOLVE|unmet peer|incorrect peer|YN0060|YN0086/i)
      }
    }
  }
  expect(world.index.errors).toEqual([])
  await world.close()
  return { shares, installed: met.size }
}

const npmInstalls = Object.fromEntries(clients.map((client) => [client, withNpm(client)]))
const uv = await runProgram('uv', ['--version'], '/', {})
if (uv.code !== 0) console.log('left out: no uv here')

describe.each([
  ['npm', 'angular', npmInstalls],
  ['npm', 'react', npmInstalls],
  ['npm', 'vitest', npmInstalls],
  ...(uv.code === 0
    ? ([
        ['pypi', 'pydantic', { uv: withUv }],
        ['pypi', 'opentelemetry', { uv: withUv }],
      ] as const)
    : []),
] as const)('%s: %s', (ecosystem, family, installs) => {
  it('is installed in one version for 200 of 200 keys at 5, 50 and 100 %', async () => {
    const { shares, installed } = await climb(ecosystem, family, installs)
    const [few = 0, half = 0, all] = shares
    console.log(
      `${family}: ${shares.join(', ')} of 200 keys at 5, 50, 100 %; ${installed} views, each by ${Object.keys(installs).join(', ')}`,
    )
    expect(few).toBeLessThan(25)
    expect(half).toBeGreaterThan(70)
    expect(half).toBeLessThan(130)
    expect(all).toBe(200)
    expect(installed).toBeGreaterThan(1)
  }, 600_000)
})
