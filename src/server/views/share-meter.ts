import type { Exposure } from '../../catalog/views/exposure.ts'
import type { PackageViews } from '../../catalog/views/package-views.ts'
import type { ViewDelta } from '../../catalog/views/view-delta.ts'
import { type Reach, reachOf } from '../../gates/reach-fact.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import type { PackageId } from '../../versions/release.ts'

/** How many of those who do not pin got a candidate, beside what is stated. */
export interface MeasuredShare {
  /** Percent that is stated, and that was measured; two decimals. */
  readonly stated: number
  readonly share: number
  readonly requests: number
  readonly got: number
  /** When counting at this percent began, at most a day ago; integer ms. */
  readonly since: number
  /** Null while too few asked. */
  readonly reach: Reach | null
}

/** Counts what requests without a pin are shown of live releases, for as long as a day, in this process. */
export interface ShareMeter {
  /** A request for a document was shown this; `counts` false: its client is counted by the files that it takes. */
  count(views: PackageViews, shown: ViewDelta, counts: boolean): void
  /** A client that is counted by files took one. */
  countFile(id: PackageId, version: string): void
  /** Null where nobody asked at the percent it is at. */
  shareOf(rollout: RolloutId): MeasuredShare | null
  /** Of all live rollouts that somebody asked about. */
  all(): ReadonlyMap<RolloutId, MeasuredShare>
}

const hourMs = 60 * 60_000
const hoursKept = 24

/** What was counted of one package since it was last added up: by what was shown, as few things are. */
interface Tally {
  views: PackageViews
  hour: number
  readonly byDelta: Map<string, { readonly shown: ReadonlySet<string>; count: number }>
}

interface Counted {
  basisPoints: number
  since: number
  readonly hours: Map<number, { requests: number; got: number }>
}

export function createShareMeter(now: () => number): ShareMeter {
  const tallies = new Map<PackageId, Tally>()
  const counts = createDayCounts(now)
  const hourNow = () => Math.floor(now() / hourMs)
  const addUp = ({ views, hour, byDelta }: Tally) => {
    const shown = [...byDelta.values()]
    const requests = shown.reduce((sum, { count }) => sum + count, 0)
    byDelta.clear()
    if (requests === 0) return
    for (const exposure of views.liveFinals) {
      const got = shown.reduce((sum, one) => sum + (one.shown.has(exposure.version) ? one.count : 0), 0)
      counts.add(exposure, hour, { requests, got })
    }
  }
  const tallyOf = (views: PackageViews): Tally | null => {
    const { id } = views.stored
    const known = tallies.get(id)
    const hour = hourNow()
    if (known !== undefined && known.views === views && known.hour === hour) return known
    if (known !== undefined) addUp(known)
    if (views.liveFinals.length === 0) {
      tallies.delete(id)
      return null
    }
    const fresh = { views, hour, byDelta: new Map() }
    tallies.set(id, fresh)
    return fresh
  }
  /** Adds up what is open. */
  const settle = () => {
    for (const [id, tally] of tallies) {
      addUp(tally)
      if (tally.hour < hourNow() - hoursKept) tallies.delete(id)
    }
  }
  return {
    count: (views, { key, shown }, isCounted) => {
      // Nearly all packages have nothing live.
      if (views.liveFinals.length === 0 && !tallies.has(views.stored.id)) return
      const tally = tallyOf(views)
      if (isCounted && tally !== null) note(tally, key, shown)
    },
    countFile: (id, version) => {
      const known = tallies.get(id)
      const tally = known === undefined ? null : tallyOf(known.views)
      if (tally !== null) note(tally, `file ${version}`, [version])
    },
    shareOf: (rollout) => {
      settle()
      return counts.all().get(rollout) ?? null
    },
    all: () => {
      settle()
      return counts.all()
    },
  }
}

function note({ byDelta }: Tally, key: string, shown: readonly string[]): void {
  const slot = byDelta.get(key)
  if (slot === undefined) byDelta.set(key, { shown: new Set(shown), count: 1 })
  else slot.count += 1
}

/** Counts of rollouts at their present percent, by the hour, for a day. */
function createDayCounts(now: () => number) {
  const counted = new Map<RolloutId, Counted>()
  return {
    add: (
      { rollout, basisPoints }: Exposure,
      hour: number,
      { requests, got }: { readonly requests: number; readonly got: number },
    ): void => {
      let known = counted.get(rollout)
      if (known === undefined || known.basisPoints !== basisPoints) {
        known = { basisPoints, since: now(), hours: new Map() }
        counted.set(rollout, known)
      }
      const slot = known.hours.get(hour) ?? { requests: 0, got: 0 }
      known.hours.set(hour, { requests: slot.requests + requests, got: slot.got + got })
    },
    /** Forgets what is older than a day. */
    all: (): ReadonlyMap<RolloutId, MeasuredShare> => {
      const oldest = Math.floor(now() / hourMs) - hoursKept
      for (const [rollout, { hours }] of counted) {
        for (const hour of hours.keys()) if (hour <= oldest) hours.delete(hour)
        if (hours.size === 0) counted.delete(rollout)
      }
      return new Map([...counted].map(([rollout, known]) => [rollout, measured(known, now())]))
    },
  }
}

function measured({ basisPoints, since, hours }: Counted, now: number): MeasuredShare {
  const slots = [...hours.values()]
  const requests = slots.reduce((sum, slot) => sum + slot.requests, 0)
  const got = slots.reduce((sum, slot) => sum + slot.got, 0)
  return {
    stated: basisPoints / 100,
    share: requests === 0 ? 0 : Math.round((got / requests) * 10_000) / 100,
    requests,
    got,
    since: Math.max(since, now - hoursKept * hourMs),
    reach: reachOf(basisPoints, requests, got),
  }
}
