/** Everything one client of the npm side is put through, against a world of its own. */
import { type NpmClient, type NpmClientName, npmClients } from './npm-clients.ts'
import { type NpmProject, npmProject } from './npm-project.ts'
import { nothingObserved, type Observed, refusedOr, together } from './observed.ts'
import type { Ran } from './run-program.ts'
import { dependentOf, packageOf, type State, specNames, specsOf } from './specs.ts'
import { blockReason, stagedWorld, type World } from './staged-world.ts'

const shownStates = ['zero', 'half', 'done', 'back', 'blocked', 'backport'] as const
const movingSpecs = ['latest', 'any', 'compatible'] as const
const onlyByPin = ['exact', 'only', 'transitive'] as const
const isPin = (spec: string) => onlyByPin.some((one) => one === spec)

/** A world, a client, and what was seen so far. */
interface Session {
  readonly client: NpmClient
  readonly world: World
  readonly seen: Observed
  registry(view: string): string
}

/** Views by the words of the table. */
const viewPaths = (world: World): Readonly<Record<string, string>> => ({
  outside: `/as/${world.outside}`,
  inside: `/as/${world.inside}`,
  stable: '/channel/stable',
  canary: '/channel/candidate',
})

/** Runs the whole session of a client and gives what was seen, and the words that no lockfile may hold. */
export async function npmSession(name: NpmClientName) {
  const world = await stagedWorld('npm')
  const seen = nothingObserved()
  const registry = (view: string) => `${world.server.url}${viewPaths(world)[view]}/npm/`
  const session: Session = { client: npmClients[name], world, seen, registry }
  try {
    const outside = await cleanRun(session, 'outside')
    const inside = await cleanRun(session, 'inside')
    await cleanRun(session, 'stable')
    await cleanRun(session, 'canary')
    await acrossViews(session)
    await blockedAlready(session)
    await afterMoves(session, outside.home)
    await afterBlock(session, inside)
    return { seen, secrets: [world.inside, world.outside, world.rollout('half')] }
  } finally {
    await world.server.stop()
  }
}

/** All cells of a view, from an empty cache, in one project. */
async function cleanRun(session: Session, view: string): Promise<NpmProject> {
  const { client, seen } = session
  const wanted: Record<string, string> = {}
  for (const state of allStates) {
    for (const [spec, text] of Object.entries(specsOf.npm)) {
      if (spec === 'none' || (state === 'blocked' && isPin(spec))) continue
      if (spec === 'transitive') wanted[dependentOf(state)] = '1.0.0'
      else wanted[packageOf(state, spec)] = text
    }
  }
  const project = await npmProject(client, session.registry(view), wanted)
  const added = allStates.map((state) => client.nameToAdd(packageOf(state, 'none')))
  const ran = await project.run([...client.add, ...added])
  if (ran.code !== 0) throw new Error(`${view}: the matrix does not install: ${ran.out}`)
  for (const state of shownStates) {
    const row: Record<string, string> = {}
    for (const spec of specNames('npm')) {
      if (state === 'blocked' && isPin(spec)) continue
      row[spec] = (await installed(project, state, spec)) ?? 'nothing'
    }
    seen.cells[`${state} ${view}`] = row
  }
  seen.lockfiles[`clean, ${view}`] = await project.lock()
  return project
}

const allStates = [...shownStates, 'moving', 'doomed'] as const

function installed(project: NpmProject, state: State, spec: string): Promise<string | null> {
  const name = packageOf(state, spec)
  return spec === 'transitive' ? project.installedFor(dependentOf(state), name) : project.installed(name)
}

/** A small project that asks for one state's packages; gives what it got. */
async function ask(
  session: Session,
  state: State,
  how: {
    readonly view: string
    readonly args?: readonly string[]
    readonly specs?: readonly string[]
    readonly home?: string
    readonly lock?: string
    readonly files?: Readonly<Record<string, string>>
  },
): Promise<{ readonly project: NpmProject; readonly gets: string; readonly ran: Ran }> {
  const specs = how.specs ?? movingSpecs
  const texts: Readonly<Record<string, string>> = specsOf.npm
  const wanted = specs.map((spec): [string, string] =>
    spec === 'transitive' ? [dependentOf(state), '1.0.0'] : [packageOf(state, spec), texts[spec] ?? ''],
  )
  const { client } = session
  const project = await npmProject(client, session.registry(how.view), Object.fromEntries(wanted), how)
  const ran = await project.run(how.args ?? client.install)
  const versions = await Promise.all(specs.map((spec) => installed(project, state, spec)))
  const gets = ran.code === 0 ? together(versions) : refusedOr(null, ran)
  return { project, gets, ran }
}

/** Lockfiles made in one view and installed in the other. */
async function acrossViews(session: Session): Promise<void> {
  const { changes, lockfiles } = session.seen
  const { frozen } = session.client
  for (const [made, used] of [
    ['inside', 'outside'],
    ['outside', 'inside'],
  ] as const) {
    const { project } = await ask(session, 'half', { view: made })
    const lock = await project.lock()
    const other = await ask(session, 'half', { view: used, lock, args: frozen })
    changes[`lockfile made ${made}, frozen ${used}`] = other.gets
    const again = await ask(session, 'half', { view: used, lock })
    changes[`lockfile made ${made}, plain install ${used}`] = again.gets
    lockfiles[`made ${made}, used ${used}`] = await again.project.lock()
  }
}

/** What a block refuses: everything that asks for the version itself. */
async function blockedAlready(session: Session): Promise<void> {
  for (const spec of onlyByPin) {
    const { gets } = await ask(session, 'blocked', { view: 'outside', specs: [spec] })
    session.seen.changes[`blocked, ${specsOf.npm[spec]}`] = gets
  }
}

/** The client as it is out of the box, where it waits with new versions by itself. */
async function withCoolDown(session: Session): Promise<() => Promise<void>> {
  const { client, seen } = session
  const view = 'outside'
  if (client.coolDown === undefined) return async () => {}
  const files = client.coolDown(session.registry(view))
  const before = await ask(session, 'moving', { view, files })
  seen.changes['own cool-down, at 0 %'] = before.gets
  return async () => {
    const warm = await ask(session, 'moving', { view, files, home: before.project.home })
    seen.changes['own cool-down, raised to 100 %, warm cache'] = warm.gets
    const cold = await ask(session, 'moving', { view, files })
    seen.changes['own cool-down, raised to 100 %, empty cache'] = cold.gets
  }
}

/** Raised to 100 percent, then rolled back: caches and lockfiles from before each move. */
async function afterMoves(session: Session, coldHome: string): Promise<void> {
  const { seen, world, client } = session
  const view = 'outside'
  const before = await ask(session, 'moving', { view, home: coldHome })
  const lockBefore = await before.project.lock()
  const afterRaise = await withCoolDown(session)
  await world.command('moving', 'advance', { to: 100 })
  await afterRaise()
  seen.changes['raised to 100 %, empty cache'] = (await ask(session, 'moving', { view })).gets
  seen.changes['raised to 100 %, warm cache'] = (await ask(session, 'moving', { view, home: coldHome })).gets
  seen.changes['raised to 100 %, lockfile from before'] = (
    await ask(session, 'moving', { view, lock: lockBefore })
  ).gets
  const raised = await ask(session, 'moving', { view })
  const lockRaised = await raised.project.lock()
  seen.lockfiles['raised to 100 %'] = lockRaised
  await world.command('moving', 'rollback')
  seen.changes['rolled back, empty cache'] = (await ask(session, 'moving', { view })).gets
  seen.changes['rolled back, warm cache'] = (
    await ask(session, 'moving', { view, home: raised.project.home })
  ).gets
  const kept = await ask(session, 'moving', { view, lock: lockRaised })
  seen.changes['rolled back, lockfile from before'] = kept.gets
  seen.lockfiles['rolled back'] = await kept.project.lock()
  const frozen = await ask(session, 'moving', { view, lock: lockRaised, args: client.frozen })
  seen.changes['rolled back, frozen lockfile'] = frozen.gets
}

/** A lockfile with a candidate that is blocked afterwards. */
async function afterBlock(session: Session, inside: NpmProject): Promise<void> {
  const { seen, world, client } = session
  const locked = await ask(session, 'doomed', { view: 'canary' })
  const lock = await locked.project.lock()
  await world.command('doomed', 'block', { reason: blockReason })
  const frozen = await ask(session, 'doomed', { view: 'canary', lock, args: client.frozen })
  seen.changes['blocked, frozen lockfile, empty cache'] = frozen.gets
  const warm = await ask(session, 'doomed', { view: 'inside', home: inside.home, specs: ['compatible'] })
  seen.changes['blocked, warm cache'] = warm.gets
}
