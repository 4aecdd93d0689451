/** Everything one pip is put through, against a world of its own. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nothingObserved, type Observed, refusedOr, together } from './observed.ts'
import type { Pip } from './pip-clients.ts'
import { type Ran, runProgram } from './run-program.ts'
import { scratchFolder } from './scratch-folder.ts'
import { candidate, dependentOf, packageOf, type State, specNames, specsOf } from './specs.ts'
import { blockReason, stagedWorld, type World } from './staged-world.ts'

const shownStates = ['zero', 'half', 'done', 'back', 'blocked', 'backport'] as const
/** These may have no answer, which would end a run for all packages, so each is asked for alone. */
const askedAlone = ['only', 'hash'] as const
const onlyByPin = ['exact', 'arbitrary', 'constraint', 'transitive', ...askedAlone] as const

interface Session {
  readonly pip: Pip
  readonly world: World
  readonly seen: Observed
  index(view: string): string
}

/** Runs the whole session of a pip and gives what was seen, and the words that no lock may hold. */
export async function pipSession(pip: Pip) {
  const world = await stagedWorld('pypi')
  const { outside, inside } = world
  const paths: Readonly<Record<string, string>> = {
    outside: `/as/${outside}`,
    inside: `/as/${inside}`,
    stable: '/channel/stable',
    canary: '/channel/candidate',
  }
  const index = (view: string) => `${world.server.url}${paths[view]}/pypi/simple/`
  const session: Session = { pip, world, seen: nothingObserved(), index }
  try {
    for (const view of ['outside', 'inside', 'stable', 'canary']) await cleanRun(session, view)
    await blockedAlready(session)
    await acrossViews(session)
    await afterMoves(session)
    await afterBlock(session)
    return { seen: session.seen, secrets: [inside, outside, world.rollout('half')] }
  } finally {
    await world.server.stop()
  }
}

interface Download {
  readonly ran: Ran
  /** Version by package name. */
  readonly versions: ReadonlyMap<string, string>
  readonly home: string
}

/** Downloads for the lines of a requirements file; without `home` the cache is empty. */
async function download(
  session: Session,
  view: string,
  lines: readonly string[],
  constraints: readonly string[] = [],
  home: string | null = null,
): Promise<Download> {
  const folder = await scratchFolder()
  const target = join(folder, 'wheels')
  await mkdir(target)
  await writeFile(join(folder, 'requirements.txt'), `${lines.join('\n')}\n`)
  await writeFile(join(folder, 'constraints.txt'), `${constraints.join('\n')}\n`)
  const own = home ?? (await scratchFolder())
  const ran = await runProgram(
    session.pip.python,
    [
      ...['-m', 'pip', 'download', '--index-url', session.index(view), '--dest', target],
      // Without this pip keeps nothing that came over plain http.
      ...['--trusted-host', '127.0.0.1'],
      ...['-r', 'requirements.txt', '-c', 'constraints.txt'],
    ],
    folder,
    pipEnvironment(own),
  )
  const names = await readdir(target)
  return { ran, versions: new Map(names.map(wheelEntry)), home: own }
}

const pipEnvironment = (home: string) => ({
  HOME: home,
  PIP_CACHE_DIR: join(home, 'cache'),
  PIP_CONFIG_FILE: '/dev/null',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  PIP_NO_INPUT: '1',
})

function wheelEntry(file: string): [string, string] {
  const [name = '', version = ''] = file.split('-')
  return [name.replaceAll('_', '-'), version]
}

function lineFor(state: State, spec: string): string {
  const name = packageOf(state, spec)
  if (spec === 'transitive') return dependentOf(state)
  if (spec === 'constraint') return name
  if (spec === 'hash') return `${name}==${candidate}`
  const texts: Readonly<Record<string, string>> = specsOf.pypi
  return `${name}${texts[spec]}`
}

const openStates = shownStates.filter((state) => state !== 'blocked')
const sureSpecs = specNames('pypi').filter((spec) => !askedAlone.some((one) => one === spec))
const unpinned = specNames('pypi').filter((spec) => !onlyByPin.some((one) => one === spec))

/** All cells of a view: those with an answer for sure in one run, the others one by one. */
async function cleanRun(session: Session, view: string): Promise<void> {
  const { cells } = session.seen
  const lines = openStates.flatMap((state) => sureSpecs.map((spec) => lineFor(state, spec)))
  const pins = openStates.map((state) => `${packageOf(state, 'constraint')}==${candidate}`)
  const { ran, versions } = await download(session, view, lines, pins)
  if (ran.code !== 0) throw new Error(`${view}: the matrix does not download: ${ran.out}`)
  const hashed = await download(session, view, await hashLines(session))
  for (const state of openStates) {
    const row = sureSpecs.map((spec) => [spec, versions.get(packageOf(state, spec)) ?? 'nothing'])
    const hash = refusedOr(hashed.versions.get(packageOf(state, 'hash')) ?? null, hashed.ran)
    cells[`${state} ${view}`] = Object.fromEntries([...row, ['hash', hash]])
  }
  if (view === 'outside' || view === 'inside') {
    for (const state of openStates) {
      cells[`${state} ${view}`] = { ...cells[`${state} ${view}`], only: await only(session, view, state) }
    }
  }
  const blocked = await download(
    session,
    view,
    unpinned.map((spec) => lineFor('blocked', spec)),
  )
  cells[`blocked ${view}`] = Object.fromEntries(
    unpinned.map((spec) => [
      spec,
      refusedOr(blocked.versions.get(packageOf('blocked', spec)) ?? null, blocked.ran),
    ]),
  )
}

async function only(session: Session, view: string, state: State): Promise<string> {
  const { ran, versions } = await download(session, view, [lineFor(state, 'only')])
  return refusedOr(versions.get(packageOf(state, 'only')) ?? null, ran)
}

/** `name==1.0.1 --hash=…` for every state that a pin resolves in. */
function hashLines({ world }: Session): Promise<string[]> {
  return Promise.all(
    openStates.map(async (state) => {
      const name = packageOf(state, 'hash')
      const file = `${name.replaceAll('-', '_')}-${candidate}-py3-none-any.whl`
      const response = await fetch(`${world.server.url}/pypi/files/${name}/${file}`)
      const sha256 = createHash('sha256')
        .update(Buffer.from(await response.arrayBuffer()))
        .digest('hex')
      return `${name}==${candidate} --hash=sha256:${sha256}`
    }),
  )
}

/** What a block refuses: everything that asks for the version itself. */
async function blockedAlready(session: Session): Promise<void> {
  for (const spec of onlyByPin.filter((one) => one !== 'hash')) {
    const constraints = spec === 'constraint' ? [`${packageOf('blocked', spec)}==${candidate}`] : []
    const { ran, versions } = await download(session, 'outside', [lineFor('blocked', spec)], constraints)
    session.seen.changes[`blocked, ${specsOf.pypi[spec]}`] = refusedOr(
      versions.get(packageOf('blocked', spec)) ?? null,
      ran,
    )
  }
}

const movingSpecs = ['none', 'compatible', 'wildcard'] as const

async function ask(
  session: Session,
  state: State,
  view: string,
  how: { home?: string; lock?: readonly string[] } = {},
) {
  const lines = how.lock ?? movingSpecs.map((spec) => lineFor(state, spec))
  const { ran, versions, home } = await download(session, view, lines, [], how.home ?? null)
  const gets =
    ran.code === 0
      ? together(movingSpecs.map((spec) => versions.get(packageOf(state, spec)) ?? null))
      : refusedOr(null, ran)
  const lock = [...versions].map(([name, version]) => `${name}==${version}`)
  return { gets, lock, home }
}

/** Pins as `pip freeze` writes them, made in one view and used in the other; and pip's own report. */
async function acrossViews(session: Session): Promise<void> {
  for (const [made, used] of [
    ['inside', 'outside'],
    ['outside', 'inside'],
  ] as const) {
    const { lock } = await ask(session, 'half', made)
    const other = await ask(session, 'half', used, { lock })
    session.seen.changes[`pins made ${made}, used ${used}`] = other.gets
    const report = await installReport(session, made)
    if (report !== null) session.seen.lockfiles[`report made ${made}`] = report
  }
}

/** What pip says it would install and from where; null for a pip that cannot say it. */
async function installReport({ pip, index }: Session, view: string): Promise<string | null> {
  if (Number.parseInt(pip.version, 10) < 23) return null
  const folder = await scratchFolder()
  const args = ['-m', 'pip', 'install', '--dry-run', '--ignore-installed', '--break-system-packages']
  const ran = await runProgram(
    pip.python,
    [
      ...args,
      '--index-url',
      index(view),
      '--report',
      'report.json',
      ...movingSpecs.map((spec) => lineFor('half', spec)),
    ],
    folder,
    pipEnvironment(folder),
  )
  if (ran.code !== 0) throw new Error(`no report: ${ran.out}`)
  return readFile(join(folder, 'report.json'), 'utf8')
}

/** Raised to 100 percent, then rolled back: caches and pins from before each move. */
async function afterMoves(session: Session): Promise<void> {
  const { changes } = session.seen
  const { world } = session
  const before = await ask(session, 'moving', 'outside')
  await world.command('moving', 'advance', { to: 100 })
  const { lock, home } = await ask(session, 'moving', 'outside')
  changes['raised to 100 %, empty cache'] = together(lock.map((line) => line.split('==')[1] ?? ''))
  changes['raised to 100 %, warm cache'] = (
    await ask(session, 'moving', 'outside', { home: before.home })
  ).gets
  changes['raised to 100 %, pins from before'] = (
    await ask(session, 'moving', 'outside', { lock: before.lock })
  ).gets
  await world.command('moving', 'rollback')
  changes['rolled back, empty cache'] = (await ask(session, 'moving', 'outside')).gets
  changes['rolled back, warm cache'] = (await ask(session, 'moving', 'outside', { home })).gets
  changes['rolled back, pins from before'] = (await ask(session, 'moving', 'outside', { lock })).gets
}

/** Pins of a candidate that is blocked afterwards. */
async function afterBlock(session: Session): Promise<void> {
  const { lock, home } = await ask(session, 'doomed', 'canary')
  await session.world.command('doomed', 'block', { reason: blockReason })
  session.seen.changes['blocked, pins, empty cache'] = (await ask(session, 'doomed', 'canary', { lock })).gets
  session.seen.changes['blocked, warm cache'] = (await ask(session, 'doomed', 'canary', { home })).gets
}
