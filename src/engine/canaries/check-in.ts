import { searchOf, suspectOf, tryOf } from '../../gates/canaries/bisect.ts'
import { judge } from '../../gates/canaries/comparison.ts'
import type { CanaryFacts } from '../../gates/evidence.ts'
import type { CanariesRule } from '../../gates/policy.ts'
import type { OfferRecord, StoredOffer } from '../../ports/offer-store.ts'
import { canariesRuleOf } from '../../rollout/deciding/evaluate.ts'
import { isLive } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { packageIdOf } from '../../versions/release.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { runCommands } from '../core/run-command.ts'
import type { Assignment, CheckIn } from './assignment.ts'
import { noteName } from './names-meant.ts'
import type { Nonces } from './nonces.ts'

/** How long a check-in counts: longer than a month, so that a monthly schedule stays on the list. */
export const checkInMs = 45 * 24 * 60 * 60_000
/** How many offers of one repository's workflows are kept. */
const mostOffers = 200
/** How long a run that took a try may take before another run gets the same one. */
const timeoutMs = 30 * 60_000

/**
 * Notes the offer, which counts from the next rollout that begins, and hands out what live rollouts with this
 * canary wait for. One run gets a try; all legs of its matrix get the same.
 */
export async function checkIn(
  core: EngineCore,
  nonces: Nonces,
  from: CheckIn,
): Promise<readonly Assignment[]> {
  // Its people left: what still asks by itself is given nothing.
  if ((await core.parts.offers.get(from.repository.id, 'file'))?.left !== undefined) return []
  await noteOffer(core, from)
  const assignments: Assignment[] = []
  for (const state of core.memory.withCanary(from.repository.id)) {
    const number = tryFor(core, state, from)
    if (number !== null && (await take(core, state, from, number))) {
      const nonce = nonces.nonceOf(state.id, from.repository.id, number)
      assignments.push({ state, try: number, nonce })
    }
  }
  return assignments
}

/** Offers of its other workflows stay. Where too many repositories are checked in, a new one is not kept. */
async function noteOffer({ parts }: EngineCore, { repository, workflow, packages }: CheckIn): Promise<void> {
  const known = await parts.offers.get(repository.id, 'pull')
  if (known === null && !(await hasRoom(parts))) {
    const most = parts.settings.mostCheckIns
    parts.log.warn('a check-in was not kept: too many repositories are checked in', { most })
    return
  }
  await noteName(parts, repository.fullName, repository.id)
  const others = (known?.offers ?? []).filter(
    (offer) => offer.workflow !== workflow && !packages.includes(offer.package),
  )
  const own = packages.map(
    (id): StoredOffer => ({
      package: id,
      mode: 'pull',
      workflow,
      ref: null,
      timeoutMs,
      runsPerMonth: null,
      arms: 'together',
    }),
  )
  const record: OfferRecord = {
    source: 'pull',
    repository: { ...repository, defaultBranch: '', installationId: 0 },
    offers: [...others, ...own].slice(-mostOffers),
    problems: null,
    unread: null,
    seenAt: parts.clock.now(),
  }
  await parts.offers.put(record)
}

/** Whether one more repository may be checked in; check-ins that no longer count make room. */
async function hasRoom({ offers, clock, settings }: EngineCore['parts']): Promise<boolean> {
  const checkedIn = (await offers.list()).filter(({ source }) => source === 'pull')
  if (checkedIn.length < settings.mostCheckIns) return true
  const oldest = clock.now() - checkInMs
  const over = checkedIn.filter(({ seenAt }) => seenAt < oldest)
  for (const { repository } of over) await offers.remove(repository.id, 'pull')
  return checkedIn.length - over.length < settings.mostCheckIns
}

/** The try that this run is to make for a rollout, or null. */
function tryFor(core: EngineCore, state: RolloutState, from: CheckIn): number | null {
  const canary = state.canaries[from.repository.id]
  if (canary === undefined || state.policy === null || core.broken.has(state.id)) return null
  if (canary.entry.mode !== 'pull' || canary.entry.admission === 'none') return null
  if (!state.members.some(({ candidate }) => from.packages.includes(packageIdOf(candidate)))) return null
  const rule = canariesRuleOf(state.policy, state.stageIndex)
  if (rule === null) return null
  const searched = tryOfSearch(state, canary, rule, core.parts.clock.now(), from)
  if (searched !== null || !isLive(state)) return searched
  const { kind, wantsTry } = judge(canary, state.members, rule, core.parts.clock.now())
  if (wantsTry !== null) return wantsTry
  const newest = Math.max(0, ...Object.keys(canary.tries).map(Number))
  const own = canary.tries[newest]?.dispatches.both?.runId === from.runId
  return own && kind === 'pending' ? newest : null
}

/** The try of a search that this run is to make, or makes already. */
function tryOfSearch(
  state: RolloutState,
  canary: CanaryFacts,
  rule: CanariesRule,
  now: number,
  { runId }: CheckIn,
): number | null {
  const { bisect } = canary
  if (bisect === undefined || !state.searching.includes(canary.entry.id)) return null
  const search = searchOf(canary, rule, now)
  if (search === null || search.current === null) return null
  if (search.wantsTry !== null) return search.wantsTry
  const own = Object.values(bisect.tries).filter(({ dispatches }) => dispatches.both?.runId === runId)
  const open = own.filter(({ number }) => suspectOf(canary, number) === bisect.suspects[search.current ?? 0])
  return open.at(-1)?.number ?? null
}

/** Notes whose try it is; false when another run was faster. */
async function take(core: EngineCore, state: RolloutState, from: CheckIn, number: number): Promise<boolean> {
  const { id } = from.repository
  const runOf = (one: RolloutState) => {
    const canary = ownEntry(one.canaries, id)
    return canary === undefined ? undefined : tryOf(canary, number)?.dispatches.both?.runId
  }
  if (runOf(state) === from.runId) return true
  const dispatch = {
    arm: 'both',
    at: core.parts.clock.now(),
    runId: from.runId,
    url: null,
    failure: null,
  } as const
  const signal = { kind: 'dispatched', canary: id, try: number, dispatch } as const
  const who = { actor: { kind: 'system' }, reason: '' } as const
  const outcome = await runCommands(core, state.id, [{ type: 'recordSignal', signal }], who)
  return outcome.ok && runOf(outcome.state) === from.runId
}
