/** What lockers of Python projects choose, and what becomes of their locks: held against docs/clients.md. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lockfileLeaks } from './lockfile-leaks.ts'
import { together } from './observed.ts'
import { hasResolvers, type ResolverName, resolverNames, resolvers } from './resolver-clients.ts'
import { keepResult, resultOf } from './results.ts'
import { runProgram } from './run-program.ts'
import { removeScratch, scratchFolder } from './scratch-folder.ts'
import { dependentOf, packageOf, type State } from './specs.ts'
import { stagedWorld, type World } from './staged-world.ts'

if (!hasResolvers) console.log('left out: scripts/install-tools.sh python-clients was not run')

const rangeSpecs = ['none', 'compatible', 'at-least'] as const
const texts = { none: '', compatible: '~=1.0.0', 'at-least': '>=1.0.0' } as const
const rangesOf = (state: State) => rangeSpecs.map((spec) => `${packageOf(state, spec)}${texts[spec]}`)
const shown = [
  ['at 50 %', 'half'],
  ['completed', 'done'],
  ['rolled back', 'back'],
] as const

let world: World
const seen = new Map<ResolverName, Record<string, string>>()
const locks = new Map<ResolverName, string[]>()
beforeAll(async () => {
  if (!hasResolvers) return
  world = await stagedWorld('pypi')
  const moving = await phase(async (name) => {
    await firstLocks(name)
    return lockMoving(name)
  })
  await world.command('moving', 'advance', { to: 100 })
  await phase((name) => afterRaise(name, moving.get(name)))
  await world.command('moving', 'rollback')
  await phase((name) => afterRollback(name, moving.get(name)))
}, 600_000)
afterAll(async () => {
  await world?.server.stop()
  await removeScratch()
})

/** The same with every resolver, two at a time, while the world stands still. */
async function phase<T>(work: (name: ResolverName) => Promise<T>): Promise<ReadonlyMap<ResolverName, T>> {
  const done = new Map<ResolverName, T>()
  const left = [...resolverNames]
  const next = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) done.set(name, await work(name))
  }
  await Promise.all([next(), next()])
  return done
}

interface Project {
  readonly folder: string
  run(args: readonly string[]): Promise<{ readonly code: number; readonly out: string }>
  lockText(): Promise<string>
}

async function projectOf(
  name: ResolverName,
  view: 'outside' | 'inside',
  requirements: readonly string[],
): Promise<Project> {
  const folder = await scratchFolder()
  const home = await scratchFolder()
  const { command, env, files, lockfile } = resolvers[name]
  const index = `${world.server.url}/pypi/simple/`
  for (const [path, text] of Object.entries(files(index, requirements)))
    await writeFile(join(folder, path), text)
  const [program = '', ...first] = command
  return {
    folder,
    run: (args) => runProgram(program, [...first, ...args], folder, env(index, home, world[view])),
    lockText: () => readFile(join(folder, lockfile), 'utf8').catch(() => ''),
  }
}

/** The version of a package in a lock of any of the forms. */
function versionIn(lock: string, package_: string): string | null {
  const name = package_.replace(/[-_]/g, '[-_]')
  const forms = [
    new RegExp(`^name = "${name}"\\nversion = "([^"]+)"`, 'm'),
    new RegExp(`"${name}": \\{[^}]*?"version": "==([^"]+)"`),
    new RegExp(`^${name}==(\\S+)`, 'm'),
  ]
  return forms.map((form) => form.exec(lock)?.[1]).find((version) => version !== undefined) ?? null
}

async function locked(project: Project, state: State): Promise<string> {
  const lock = await project.lockText()
  return together(rangeSpecs.map((spec) => versionIn(lock, packageOf(state, spec))))
}

function note(name: ResolverName, situation: string, gets: string): void {
  seen.set(name, { ...seen.get(name), [situation]: gets })
}

/** Each view with an empty cache: ranges of every state, and what asks for the candidate itself. */
async function firstLocks(name: ResolverName): Promise<void> {
  for (const view of ['outside', 'inside'] as const) {
    const project = await projectOf(
      name,
      view,
      shown.flatMap(([, state]) => rangesOf(state)),
    )
    const ran = await project.run(resolvers[name].lock)
    for (const [words, state] of shown) {
      const gets = ran.code === 0 ? await locked(project, state) : `refused: ${ran.out.slice(-300)}`
      note(name, `${words}, ${view}, ranges`, gets)
    }
    locks.set(name, [...(locks.get(name) ?? []), await project.lockText()])
  }
  for (const [words, requirement, package_] of [
    ['`==1.0.1`', `${packageOf('half', 'exact')}==1.0.1`, packageOf('half', 'exact')],
    ['`>=1.0.1,<2`', `${packageOf('half', 'only')}>=1.0.1,<2`, packageOf('half', 'only')],
    ['exact by a dependency', dependentOf('half'), packageOf('half', 'transitive')],
  ] as const) {
    const project = await projectOf(name, 'outside', [requirement])
    const ran = await project.run(resolvers[name].lock)
    const version = versionIn(await project.lockText(), package_)
    const isSaid = ran.out.replace(/\s+/g, ' ').includes('Staged rollout by Slipway')
    note(
      name,
      `at 50 %, outside, ${words}`,
      ran.code === 0 && version ? version : isSaid ? 'refused, says why' : 'refused',
    )
  }
}

async function lockMoving(name: ResolverName): Promise<Project> {
  const project = await projectOf(name, 'outside', rangesOf('moving'))
  const ran = await project.run(resolvers[name].lock)
  if (ran.code !== 0) throw new Error(`${name} does not lock: ${ran.out}`)
  return project
}

async function afterRaise(name: ResolverName, project: Project | undefined): Promise<void> {
  await project?.run(resolvers[name].lock)
  if (project) note(name, 'raised to 100 %, locked again', await locked(project, 'moving'))
  await project?.run(resolvers[name].upgrade)
  if (project) note(name, 'raised to 100 %, upgraded', await locked(project, 'moving'))
}

async function afterRollback(name: ResolverName, project: Project | undefined): Promise<void> {
  await project?.run(resolvers[name].lock)
  if (project) note(name, 'rolled back, locked again', await locked(project, 'moving'))
  await project?.run(resolvers[name].upgrade)
  if (project) note(name, 'rolled back, upgraded', await locked(project, 'moving'))
}

describe.runIf(hasResolvers).each(resolverNames)('%s', (name) => {
  it('chooses as docs/clients.md says', () => {
    const changes = seen.get(name) ?? {}
    const expected = keepResult(resultOf(name, 'resolvers'), { cells: {}, changes })
    expect(changes).toEqual(expected.changes)
    expect(Object.keys(changes).length).toBeGreaterThan(12)
  })

  it('writes no key, view or percent into its lock', () => {
    const [outside = '', inside = ''] = locks.get(name) ?? []
    for (const lock of [outside, inside])
      expect(lockfileLeaks(lock, [world.inside, world.outside, world.rollout('half')])).toEqual([])
  })
})
