import type { Policy } from '../../gates/policy.ts'
import type { Refusal } from '../../rollout/deciding/refusal.ts'
import { refuse } from '../../rollout/deciding/refuse.ts'
import { sameJson } from '../../rollout/history/canonical-json.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { planStart, type StartPlan } from '../../rollout/starting/plan-start.ts'
import { audienceOf } from '../../rollout/starting/stream-of.ts'
import { onLadderOf } from '../../rollout/starting/urgent-ladder.ts'
import {
  isPrerelease,
  type PackageId,
  packageIdOf,
  parseReleaseId,
  type ReleaseId,
} from '../../versions/release.ts'
import type { Decided } from '../core/append-decided.ts'
import { claimsOn, type HeldClaim } from '../core/claims-on.ts'
import { decideChain } from '../core/decide-chain.ts'
import type { EngineCore } from '../core/engine-core.ts'
import type { Who } from '../core/who.ts'
import { knownVersions, packagesOf, worldOf } from './known-packages.ts'
import { resolvePolicySource } from './resolve-policy-source.ts'
import type { StartRequest } from './start-request.ts'

/** The train that a package belongs to, as its owner's file says at the moment. */
export interface TrainSeat {
  readonly train: string
  readonly policy: Policy
  /** Trains of other repositories are others, whatever they are called. */
  readonly repositoryId: string
}

/**
 * The train of a release that is about to come; null for a package without one. Asked before the queue, because
 * it asks the forge. Where the file cannot be read there is no train for now: the start will ask again.
 */
export async function trainOf(core: EngineCore, release: ReleaseId): Promise<TrainSeat | null> {
  const parsed = parseReleaseId(release)
  if (!parsed.ok || core.parts.forge === null || core.memory.find(release) !== null) return null
  if (isPrerelease(release)) return null
  const owner = await core.parts.access.ownerOf(packageIdOf(release))
  if (owner === null) return null
  const resolved = await resolvePolicySource(core.parts, release, null, owner)
  if (!resolved.ok || resolved.choice.train === null) return null
  const { train, policy } = resolved.choice
  return { train, policy, repositoryId: owner.repositoryId }
}

export interface Boarding {
  readonly id: RolloutId
  readonly decided: readonly Decided[]
  readonly claims: readonly HeldClaim[]
}

/**
 * What brings a new release onto its train, if one stands at stage 0 that nothing has tested yet and whose policy
 * is the same; null otherwise: then it gets a rollout of its own, which waits for the next one. Must run in a turn.
 */
export async function boardTrain(
  core: EngineCore,
  seat: TrainSeat,
  release: ReleaseId,
  who: Who,
  now: number,
): Promise<Boarding | null> {
  for (const state of await openTrains(core, seat, seat.policy)) {
    if (packagesOf(state).includes(packageIdOf(release))) continue
    const policy = onLadderOf(state, seat.policy)
    if (state.policy !== null && !sameJson(state.policy, policy)) continue
    const boarding = await board(core, state, seat, release, who, now)
    if (boarding !== null) return boarding
  }
  return null
}

async function board(
  core: EngineCore,
  state: RolloutState,
  seat: TrainSeat,
  release: ReleaseId,
  who: Who,
  now: number,
): Promise<Boarding | null> {
  const { id } = state
  const begun = state.startedAt !== null
  const claims = await claimsOn(core, [release], begun)
  const plan = begun ? await planAlone(core, seat, release, who, now) : null
  if (begun && plan === null) return null
  const baseline = plan?.members[0]?.baseline ?? null
  // Without a baseline it would be for everybody: that is no stage of a train.
  if (begun && baseline === null) return null
  const join = { type: 'join', member: { candidate: release, baseline } } as const
  const joined = decideChain(id, state, [join], { at: now, ...who })
  if (!joined.ok) return null
  return { id, decided: [{ id, state, events: joined.events }], claims }
}

/** What starting the release alone would mean: its baseline and the rollouts that make room. */
async function planAlone(
  core: EngineCore,
  seat: TrainSeat,
  release: ReleaseId,
  who: Who,
  now: number,
): Promise<(StartPlan & { kind: 'start' }) | null> {
  const packages = [packageIdOf(release)]
  const planned = planStart({
    releases: [release],
    policies: [seat.policy],
    world: worldOf(core.memory, packages),
    versions: await knownVersions(core.parts.packages, packages),
    restart: false,
    ...who,
    now,
    salt: '',
  })
  return planned.ok && planned.plan.kind === 'start' ? planned.plan : null
}

/** Rollouts of a train for the audience of a policy that have not ended, oldest first. */
async function openTrains(
  core: EngineCore,
  { train, repositoryId }: Pick<TrainSeat, 'train' | 'repositoryId'>,
  policy: Policy,
): Promise<readonly RolloutState[]> {
  const found: RolloutState[] = []
  for (const state of core.memory.open()) {
    if (state.train !== train || core.broken.has(state.id)) continue
    if (audienceOf(state.policy) !== audienceOf(policy)) continue
    if ((await ownerOfAny(core, packagesOf(state))) === repositoryId) found.push(state)
  }
  return found.sort((a, b) => a.reservedAt - b.reservedAt)
}

async function ownerOfAny(core: EngineCore, packages: readonly PackageId[]): Promise<string | null> {
  const [first] = packages
  return first === undefined ? null : ((await core.parts.access.ownerOf(first))?.repositoryId ?? null)
}

/**
 * A refusal while the train of these releases is under way without them: it has left, and the start is tried again
 * when it has arrived. A newer release of a package that rides on it takes its place instead.
 */
export async function waitsForTrain(
  core: EngineCore,
  request: StartRequest,
  train: string | null,
  plan: StartPlan & { kind: 'start' },
): Promise<Refusal | null> {
  if (train === null || plan.members.every(({ baseline }) => baseline === null)) return null
  const packages = request.releases.map((release) => packageIdOf(release))
  const repositoryId = await ownerOfAny(core, packages)
  if (repositoryId === null) return null
  const gone = (await openTrains(core, { train, repositoryId }, plan.policy)).find(
    (state) =>
      state.id !== plan.rollout &&
      state.startedAt !== null &&
      !packagesOf(state).some((id) => packages.includes(id)),
  )
  if (gone === undefined) return null
  const why = `The train ${train} has left (${gone.id}); the release waits for the next rollout.`
  return refuse('temporary', why, 'train', train, `a start after ${gone.id} has ended`)
}
