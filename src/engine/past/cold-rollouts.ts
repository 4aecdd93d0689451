import type { ArchivedPackage, ArchivedRollout } from '../../ports/rollout-archive.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import type { End, RolloutState } from '../../rollout/history/state.ts'
import type { PackageId } from '../../versions/release.ts'
import { packedBytes, unpackRollouts } from './pack-rollouts.ts'

/** Packages whose unpacked rollouts stay in memory; unpacking one again takes a fraction of a millisecond. */
const rememberedPackages = 200

/** Ended rollouts, packed in memory: there for whoever asks, at a few hundred bytes each. */
export interface ColdRollouts {
  has(id: RolloutId): boolean
  get(id: RolloutId): RolloutState | null
  /** In the order in which they were reserved; those that are awake again may be among them. */
  ofPackage(id: PackageId): readonly RolloutState[]
  /** What is known of all without unpacking, in the order in which they were reserved. */
  entries(): readonly ArchivedRollout[]
  /** How many of them ended how. */
  counts(): Readonly<Record<End, number>>
  put(entry: ArchivedPackage): void
  /** The rollout is awake: its state here no longer counts. */
  forget(id: RolloutId): void
}

export function createColdRollouts(share: (state: RolloutState) => RolloutState): ColdRollouts {
  const known = new Map<RolloutId, ArchivedRollout & { readonly package: PackageId }>()
  const packs = new Map<PackageId, Buffer>()
  const unpacked = new Map<PackageId, ReadonlyMap<RolloutId, RolloutState>>()

  let sorted: readonly ArchivedRollout[] | null = null
  const counts = { completed: 0, 'rolled-back': 0, superseded: 0, abandoned: 0 }

  function open(id: PackageId): ReadonlyMap<RolloutId, RolloutState> {
    const remembered = unpacked.get(id)
    if (remembered !== undefined) return remembered
    const pack = packs.get(id)
    const states = pack === undefined ? [] : unpackRollouts(pack).map(share)
    const byId = new Map(states.map((state) => [state.id, state]))
    if (unpacked.size >= rememberedPackages) {
      const [oldest] = unpacked.keys()
      if (oldest !== undefined) unpacked.delete(oldest)
    }
    unpacked.set(id, byId)
    return byId
  }

  return {
    has: (id) => known.has(id),
    get: (id) => {
      const entry = known.get(id)
      return entry === undefined ? null : (open(entry.package).get(id) ?? null)
    },
    ofPackage: (id) => (packs.has(id) ? [...open(id).values()] : []),
    entries() {
      sorted ??= [...known.values()].sort(
        (left, right) => left.reservedAt - right.reservedAt || (left.id < right.id ? -1 : 1),
      )
      return sorted
    },
    counts: () => counts,
    put({ package: id, rollouts, body }) {
      packs.set(id, packedBytes(body))
      unpacked.delete(id)
      for (const { id: rollout, end, reservedAt } of rollouts) {
        if (known.has(rollout)) continue
        known.set(rollout, { id: rollout, end, reservedAt, package: id })
        counts[end] += 1
        sorted = null
      }
    },
    forget(id) {
      const entry = known.get(id)
      if (entry === undefined) return
      known.delete(id)
      counts[entry.end] -= 1
      sorted = null
    },
  }
}
