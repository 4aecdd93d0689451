import type { Arm } from '../../gates/evidence.ts'
import type { CommandBody } from '../../rollout/deciding/command.ts'
import { companyNotes } from '../../rollout/explaining/company-notes.ts'
import { explain } from '../../rollout/explaining/explain.ts'
import type { Explanation } from '../../rollout/explaining/explanation.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { formatReleaseId, packageIdOf, parseReleaseId, type ReleaseId } from '../../versions/release.ts'
import { checkIn } from '../canaries/check-in.ts'
import { createOffers } from '../canaries/create-offers.ts'
import { leaveOffers } from '../canaries/leave-offers.ts'
import { noteName } from '../canaries/names-meant.ts'
import { createNonces, type Nonces } from '../canaries/nonces.ts'
import { noteDrift } from '../effects/note-drift.ts'
import { createReconciler, type Reconciler } from '../effects/reconcile.ts'
import { createColdRollouts } from '../past/cold-rollouts.ts'
import { distrustLog } from '../past/distrust-log.ts'
import { readableEvents } from '../past/readable-events.ts'
import { createRolloutList } from '../past/rollout-list.ts'
import { packagesInRollout, tellAdvisories } from '../runs/advisory-signals.ts'
import { createGatherer } from '../runs/gather.ts'
import { tellLikeness } from '../runs/likeness-signals.ts'
import { createNaturalRuns } from '../runs/natural-runs.ts'
import { noteReach } from '../runs/note-reach.ts'
import { tellPublication } from '../runs/publication-signals.ts'
import { createMachineRuns } from '../runs/record-machine-run.ts'
import { takeReport } from '../runs/report.ts'
import { createSoonTeller } from '../runs/tell-soon.ts'
import { admitUpload } from '../starting/admit-upload.ts'
import { createUploadStarter, type UploadStarter } from '../starting/begin-uploaded.ts'
import { boardFamily } from '../starting/board-family.ts'
import { newestFirst } from '../starting/known-packages.ts'
import { reserveRollout } from '../starting/reserve-rollout.ts'
import { createStartProblems, withAwaited, withStartProblem } from '../starting/start-problems.ts'
import type { StartRequest } from '../starting/start-request.ts'
import { startRollout } from '../starting/start-rollout.ts'
import { createTick } from '../ticking/tick.ts'
import { withSteadyClock } from '../time/with-steady-clock.ts'
import { gathers } from '../trains/gathers.ts'
import type { Engine } from './engine.ts'
import type { EngineCore } from './engine-core.ts'
import type { EngineOutcome } from './engine-outcome.ts'
import type { EngineParts } from './engine-parts.ts'
import { currentFreeze } from './fill-command.ts'
import { hmacOf } from './hashes.ts'
import { catchUp, loadRollouts } from './load-rollouts.ts'
import { createRolloutMemory } from './rollout-memory.ts'
import { runCommands } from './run-command.ts'
import { createSharePolicy } from './share-policy.ts'
import { createTurns } from './turns.ts'
import type { Who } from './who.ts'

/**
 * Loads every rollout and returns the engine. Effects that a former process left open are taken up at once;
 * time passes only when `tick` is called (`startTimers`).
 */
export async function createEngine(given: EngineParts): Promise<Engine> {
  const { parts, unwatched } = await withSteadyClock(given)
  let reconciler: Reconciler | null = null
  const core = createCore(parts, (id) => reconciler?.soon(id))
  core.unwatched.span = unwatched
  const { memory } = core
  const nonces = createNonces(core.hmac, memory)
  await loadRollouts(core)
  reconciler = createReconciler(core, nonces)
  const naturalRuns = createNaturalRuns(core)
  const gatherer = createGatherer(core, nonces)
  const uploads = createUploadStarter(core)
  const tick = createTick({ core, uploads, gatherer, reconciler })
  void reconciler.sweep()
  const tellers = createTellers(core)
  const running = reconciler
  return {
    find: memory.find,
    rolloutsOf: memory.rolloutsOf,
    all: memory.awake,
    list: createRolloutList(memory, core.cold),
    explain: (state) => explainNow(core, state),
    startProblem: core.startProblems.of,
    history: async (id) => readableEvents(await parts.events.read(id)),
    run: (id, command, who) => runOne(core, id, command, who),
    start: (request) => startAsked(core, uploads, inNormalForm(request)),
    board: (id, release, since) => boardFamily(core, id, normalRelease(release), since),
    reserve: (request) => reserveAsked(core, uploads, inNormalForm(request)),
    admitUpload: (request) => admitUpload(core, { ...request, release: normalRelease(request.release) }),
    uploaded: (release, _file, who) => uploads.uploaded(normalRelease(release), who),
    ...nonces,
    recordFetch: (...fetch) => recordFetch(core, nonces, ...fetch),
    report: (report) => takeReport(core, nonces, report),
    recordMachineRun: createMachineRuns(core),
    keyOf: naturalRuns.keyOf,
    meet: naturalRuns.meet,
    recordRun: naturalRuns.record,
    gather: gatherer.gather,
    checkIn: (from) => checkIn(core, nonces, from),
    readOffers: core.offers.read,
    metAs: (fullName, repositoryId) => noteName(parts, fullName, repositoryId),
    leave: (repository) => leaveOffers(core, repository),
    lostCanary: core.offers.lost,
    lostInstallation: core.offers.lostInstallation,
    offersOf: (repositoryId) => parts.offers.get(repositoryId, 'file'),
    advisoriesChanged: (id) => tellAdvisories(core, id),
    publicationChanged: (id) => tellPublication(core, id),
    noteReach: (rollout, reach) => noteReach(core, rollout, reach),
    tick,
    follow: () => core.turns(() => catchUp(core)),
    distrust: (why) => distrustLog(core, why),
    drifted: (place) => noteDrift(core, running, place),
    reconcile: (id) => (id === undefined ? running.all() : running.now(id)),
    position: () => core.position.seen,
    onChange(listener) {
      core.listeners.add(listener)
      return () => core.listeners.delete(listener)
    },
    close: async () => {
      await tellers.close()
      await core.offers.idle()
      await running.close()
      await core.turns(async () => {})
    },
  }
}

/** Nonces that nobody drew are ignored. */
async function recordFetch(
  core: EngineCore,
  nonces: Nonces,
  rollout: RolloutId,
  arm: Arm,
  nonce: string,
  release: ReleaseId,
): Promise<void> {
  const behind = nonces.canaryOfNonce(rollout, nonce)
  if (behind === null) return
  const fetched = { kind: 'fetched', ...behind, arm, release: normalRelease(release) } as const
  const signal = { ...fetched, at: core.parts.clock.now() }
  await runCommands(core, rollout, [{ type: 'recordSignal', signal }], system)
}

/** What is known outside of releases that begin, also of those that began while no process ran. */
function createTellers(core: EngineCore): { close(): Promise<void> } {
  const advisories = createSoonTeller(core, 'advisories', (id) => tellAdvisories(core, id))
  const publications = createSoonTeller(core, 'what a publisher says', (id) => tellPublication(core, id))
  const likenesses = createSoonTeller(core, 'what a release is like', (id) => tellLikeness(core, id))
  core.listeners.add(({ state, events }) => {
    const packages = state.members.map(({ candidate }) => packageIdOf(candidate))
    if (events.some(({ type }) => type === 'started')) advisories.soon(packages)
    if (events.some(({ type }) => type === 'joined')) publications.soon(packages)
    if (events.some(({ type }) => type === 'started' || type === 'joined')) likenesses.soon([state.id])
  })
  advisories.soon(packagesInRollout(core))
  publications.soon(packagesInRollout(core))
  likenesses.soon(core.memory.open().map(({ id }) => id))
  return {
    close: async () => {
      await advisories.close()
      await publications.close()
      await likenesses.close()
    },
  }
}

function createCore(parts: EngineParts, reconcileSoon: EngineCore['reconcileSoon']): EngineCore {
  const sharePolicy = createSharePolicy()
  const cold = createColdRollouts(sharePolicy)
  const memory = createRolloutMemory(cold)
  const core: EngineCore = {
    parts,
    memory,
    cold,
    turns: createTurns(),
    hmac: hmacOf(parts.secret),
    broken: new Map(),
    unwritten: new Map(),
    unwatched: { span: null },
    distrust: { why: null },
    startProblems: createStartProblems(memory),
    listeners: new Set(),
    reconcileSoon,
    position: { seen: 0 },
    sharePolicy,
    offers: createOffers(parts, () => core),
  }
  return core
}

async function startAsked(
  core: EngineCore,
  uploads: UploadStarter,
  asked: StartRequest,
): Promise<EngineOutcome> {
  const waiting = await gathers(core, asked, uploads.settleOf)
  if (waiting !== null) {
    uploads.announce(asked)
    return { ok: true, state: waiting, changed: false }
  }
  const outcome = await startRollout(core, asked)
  // A person is told to try again; a webhook is not, so the upload does what it asked for.
  const early = !outcome.ok && outcome.refusal.reason === 'temporary'
  if (early && asked.who.actor.kind === 'system') uploads.announce(asked)
  return outcome
}

/** What waits for files says so from the beginning. */
async function reserveAsked(
  core: EngineCore,
  uploads: UploadStarter,
  asked: StartRequest,
): Promise<EngineOutcome> {
  const outcome = await reserveRollout(core, asked)
  if (outcome.ok) await uploads.look(outcome.state)
  return outcome
}

function explainNow({ parts, memory, startProblems }: EngineCore, state: RolloutState): Explanation {
  const now = parts.clock.now()
  const explanation = explain(
    state,
    now,
    currentFreeze(memory, state, now),
    undefined,
    newestFirst(memory, state),
  )
  const told = withAwaited(explanation, startProblems.awaitedBy(state.id))
  const notes = [...told.notes, ...companyNotes(state, memory.rolloutsOf)]
  return withStartProblem({ ...told, notes }, startProblems.of(state.id))
}

/** One command. `advance` on what is uploaded and did not begin yet begins it. */
async function runOne(
  core: EngineCore,
  id: RolloutId,
  command: CommandBody,
  who: Who,
): Promise<EngineOutcome> {
  const state = core.memory.get(id)
  if (command.type !== 'advance' || state === null || state.startedAt !== null || state.end !== null) {
    return runCommands(core, id, [command], who)
  }
  const releases = state.members.map(({ candidate }) => candidate)
  const begun = await startRollout(core, { releases, policy: null, restart: false, origin: null, who })
  if (!begun.ok || begun.state.end !== null || command.to === null) return begun
  return runCommands(core, id, [command], who)
}

const system = { actor: { kind: 'system' }, reason: '' } as const

function inNormalForm(request: StartRequest): StartRequest {
  return { ...request, releases: request.releases.map(normalRelease) }
}

/** What is no release stays as it is: the plan refuses it by its own name. */
function normalRelease(text: ReleaseId): ReleaseId {
  const parsed = parseReleaseId(text)
  return parsed.ok ? formatReleaseId(parsed.value) : text
}
