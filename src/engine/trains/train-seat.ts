import { setTimeout as after } from 'node:timers/promises'
import type { OwnerRecord } from '../../ports/access-store.ts'
import type { Refusal } from '../../rollout/deciding/refusal.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { Train } from '../../rollout/trains/departure.ts'
import { isPrerelease, packageIdOf, parseReleaseId, type ReleaseId } from '../../versions/release.ts'
import type { EngineCore } from '../core/engine-core.ts'
import type { PolicyChoice } from '../starting/policy-choice.ts'
import { resolvePolicySource } from '../starting/resolve-policy-source.ts'

type Core = Pick<EngineCore, 'parts'>

/** The train of a release, or that nobody can say now which it is. */
export type Seat =
  | { readonly known: true; readonly train: Train | null }
  | { readonly known: false; readonly refusal: Refusal }

const noTrain: Seat = { known: true, train: null }

/**
 * The train of a release, as its owner's file says at the moment; null for one without. Only packages of that owner are
 * in it, whatever the file names: nothing that somebody writes brings a stranger's package aboard.
 */
export async function seatOf(core: Core, release: ReleaseId): Promise<Seat> {
  const parsed = parseReleaseId(release)
  if (!parsed.ok || core.parts.forge === null || isPrerelease(release)) return noTrain
  const owner = await core.parts.access.ownerOf(packageIdOf(release))
  if (owner === null) return noTrain
  const resolved = await resolvePolicySource(core.parts, release, null, owner)
  if (!resolved.ok) return { known: false, refusal: resolved.refusal }
  return { known: true, train: await trainOfChoice(core, resolved.choice, owner) }
}

/** The train that a resolved policy names. */
export async function trainOfChoice(
  { parts }: Core,
  { train: name, trainPackages, policy }: PolicyChoice,
  { repositoryId }: OwnerRecord,
): Promise<Train | null> {
  if (name === null) return null
  const owned = new Set((await parts.access.packagesOwnedBy(repositoryId)).map((record) => record.package))
  return { name, policy, packages: trainPackages.filter((id) => owned.has(id)) }
}

/** An upload does not wait longer than this for GitHub to say which train or stream it belongs to. */
const forgeWaitMs = 5000

/** An answer if it comes in time, else null. */
export async function inTime<T>(answer: Promise<T | null>): Promise<T | null> {
  const given = new AbortController()
  const late = after(forgeWaitMs, null, { signal: given.signal, ref: false })
  try {
    return await Promise.race([answer, late])
  } finally {
    given.abort()
  }
}

/** The trains of reserved rollouts, asked for once for as long as the same releases wait in them. */
export interface Seats {
  /** Null for one that is in none, that brought its own policy, or of which nobody can say it now. */
  of(state: RolloutState): Promise<Train | null>
}

export function createSeats(core: Pick<EngineCore, 'parts' | 'memory'>): Seats {
  const known = new Map<RolloutId, { readonly version: number; readonly train: Train | null }>()
  return {
    async of(state) {
      if (state.policy !== null || state.restartOf !== null) return null
      const before = known.get(state.id)
      if (before?.version === state.version) return before.train
      for (const id of known.keys()) if (core.memory.get(id)?.startedAt !== null) known.delete(id)
      const seat = await seatOf(core, state.members[0]?.candidate ?? '')
      if (seat.known) known.set(state.id, { version: state.version, train: seat.train })
      return seat.known ? seat.train : null
    },
  }
}
