import type { Refusal } from '../../rollout/deciding/refusal.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { planUpload } from '../../rollout/starting/plan-upload.ts'
import { refusesStream } from '../../rollout/starting/stream-of.ts'
import { gatheringsOf, type Train } from '../../rollout/trains/departure.ts'
import {
  isPrerelease,
  type PackageId,
  packageIdOf,
  parseReleaseId,
  type ReleaseId,
} from '../../versions/release.ts'
import { appendDecided } from '../core/append-decided.ts'
import { claimsOn, type HeldClaim, takenBy } from '../core/claims-on.ts'
import { decideChain } from '../core/decide-chain.ts'
import { drawRolloutId, drawSalt } from '../core/draw-words.ts'
import { type EngineCore, refuseBroken } from '../core/engine-core.ts'
import { catchUp } from '../core/load-rollouts.ts'
import { tooBusy } from '../core/run-command.ts'
import { inTime, seatOf } from '../trains/train-seat.ts'
import { hostedVersion, knownVersions, packagesOf, worldOf } from './known-packages.ts'
import { resolvePolicySource } from './resolve-policy-source.ts'
import type { UploadRequest } from './upload-request.ts'

export type Admission =
  | { readonly ok: true; readonly state: RolloutState | null }
  | { readonly ok: false; readonly refusal: Refusal }

/**
 * Asked before the first byte of a file is stored. The order is what hides a candidate: first the `reserved`
 * event is durable, then the file is written. A crash in between leaves a rollout without files, which shows
 * nothing; the other order would leave a file without a rollout, which every unpinned install would take.
 */
export async function admitUpload(core: EngineCore, request: UploadRequest): Promise<Admission> {
  const { refusal, staged } = (await inTime(seatOfPrerelease(core, request.release))) ?? unknownSeat
  if (refusal !== null) return { ok: false, refusal }
  // Where nobody can say it now, it boards its train when that begins.
  const seat = core.memory.find(request.release) === null ? await inTime(seatOf(core, request.release)) : null
  const train = seat?.known === true ? seat.train : null
  return core.turns(async () => {
    for (let attempt = 0; attempt < core.parts.settings.appendAttempts; attempt += 1) {
      const admission = await tryAdmit(core, request, train, staged)
      if (admission !== null) return admission
    }
    return { ok: false, refusal: tooBusy(request.release) }
  })
}

interface PrereleaseSeat {
  /** Why it must not come now: it would be visible at once to those who ask for it, and its start would be refused. */
  readonly refusal: Refusal | null
  /** A stream has it, so it is hidden from its first byte until it begins. */
  readonly staged: boolean
}

const noSeat: PrereleaseSeat = { refusal: null, staged: false }
/** Nobody could say which stream has it: hidden until the start can tell. */
const unknownSeat: PrereleaseSeat = { refusal: null, staged: true }

/** What the streams of its owner's file say about a pre-release that is about to come. */
async function seatOfPrerelease(core: EngineCore, id: ReleaseId): Promise<PrereleaseSeat> {
  const parsed = parseReleaseId(id)
  if (!parsed.ok || !isPrerelease(id) || core.parts.forge === null) return noSeat
  const hosted = await hostedVersion(core.parts.packages, id)
  // The other files of what is here already belong to it.
  if ((hosted?.files.length ?? 0) > 0) return noSeat
  const packages = [packageIdOf(id)]
  const owner = await core.parts.access.ownerOf(packageIdOf(id))
  if (owner === null) return noSeat
  const resolved = await resolvePolicySource(core.parts, id, null, owner)
  // That no stream has it is sure; all else may be different in a minute.
  if (!resolved.ok)
    return resolved.refusal.reason === 'invalid' ? { refusal: resolved.refusal, staged: true } : unknownSeat
  const { policy } = resolved.choice
  const refusal = refusesStream({
    release: parsed.value,
    policy,
    world: worldOf(core.memory, packages),
    versions: await knownVersions(core.parts.packages, packages),
    now: core.parts.clock.now(),
  })
  return { refusal, staged: policy.stream?.kind === 'prerelease' }
}

/** Null: another process was faster. */
async function tryAdmit(
  core: EngineCore,
  request: UploadRequest,
  train: Train | null,
  staged: boolean,
): Promise<Admission | null> {
  const { parts, memory } = core
  const { release, file, who } = request
  const packages = [packageIdOf(release)]
  const claims = await claimsOn(core, [release], false)
  // A baseline that only another process knows would make this release a first one, visible to all.
  await catchUp(core)
  const now = parts.clock.now()
  const plan = planUpload({
    release,
    file,
    world: worldOf(memory, packages),
    staged,
  })
  switch (plan.kind) {
    case 'refused':
      return { ok: false, refusal: plan.refusal }
    case 'direct':
      return { ok: true, state: null }
    case 'existing': {
      const refusal = refuseBroken(core, plan.rollout)
      return refusal === null ? { ok: true, state: memory.get(plan.rollout) } : { ok: false, refusal }
    }
    case 'join':
      return join(core, request, plan.rollout, claims, now)
    case 'reserve': {
      const open = train === null ? null : openTrain(core, train, packages)
      if (open !== null) return join(core, request, open, claims, now)
      const id = drawRolloutId(parts.random)
      const reserve = {
        type: 'reserve',
        id,
        releases: [release],
        train: train?.name ?? null,
        salt: drawSalt(parts.random),
        policy: null,
        policySource: null,
        restartOf: null,
      } as const
      const decided = decideChain(id, null, [reserve], { at: now, ...who })
      if (!decided.ok) return decided
      const stored = await appendDecided(
        core,
        [{ id, state: null, events: decided.events }],
        takenBy(id, claims),
      )
      return stored ? { ok: true, state: memory.get(id) } : null
    }
  }
}

/** The reserved rollout that a package of a train joins: the newest that has none of it. */
export function openTrain(
  core: Pick<EngineCore, 'memory' | 'broken'>,
  train: Train,
  packages: readonly PackageId[],
): RolloutId | null {
  const open = gatheringsOf(train, worldOf(core.memory, train.packages)).find(
    (state) => !core.broken.has(state.id) && !packagesOf(state).some((id) => packages.includes(id)),
  )
  return open?.id ?? null
}

/** Null: another process was faster. */
async function join(
  core: EngineCore,
  { release, who }: UploadRequest,
  id: RolloutId,
  claims: readonly HeldClaim[],
  at: number,
): Promise<Admission | null> {
  const { memory } = core
  const state = memory.get(id)
  const decided = decideChain(id, state, [{ type: 'join', candidate: release }], { at, ...who })
  if (!decided.ok) return decided
  const joined = await appendDecided(core, [{ id, state, events: decided.events }], takenBy(id, claims))
  return joined ? { ok: true, state: memory.get(id) } : null
}
