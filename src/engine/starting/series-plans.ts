import { setTimeout as after } from 'node:timers/promises'
import type { SeriesPlan } from '../../calendar/series-plan.ts'
import { seriesPlanOf } from '../../config/policy/series-plan.ts'
import { parseSlipwayFile } from '../../config/policy/slipway-file.ts'
import { streamPolicy } from '../../config/policy/stream-policy.ts'
import type { AccessStore } from '../../ports/access-store.ts'
import type { Clock } from '../../ports/clock.ts'
import type { RepositoryReader } from '../../ports/forge.ts'
import type { PackageId } from '../../versions/release.ts'
import { type Log, messageOf } from '../core/log.ts'
import { readOwnFile } from './resolve-policy-source.ts'

/** What the owner of a package plans. */
export interface OwnPlan {
  readonly plan: SeriesPlan
  /** The stream that has a version; null: none. */
  readonly streamOf: (version: string) => string | null
}

export interface SeriesPlans {
  /** Null where the owner's file plans nothing, or nobody could read it in time. */
  of(id: PackageId): Promise<OwnPlan | null>
}

interface Known {
  readonly at: number
  readonly plan: OwnPlan | null
}

const freshMs = 5 * 60_000
/** A page does not wait longer for GitHub than this. */
const waitMs = 2000
/** Packages whose plans are kept. */
const most = 1000

/**
 * Plans as the files of owners have them, read anew every few minutes where somebody asks. While GitHub does not answer
 * the last one counts.
 */
export function createSeriesPlans(parts: {
  readonly forge: RepositoryReader
  readonly access: Pick<AccessStore, 'ownerOf'>
  readonly clock: Clock
  readonly log: Log
}): SeriesPlans {
  const known = new Map<PackageId, Known>()
  const reading = new Map<PackageId, Promise<OwnPlan | null>>()

  async function read(id: PackageId): Promise<OwnPlan | null> {
    const owner = await parts.access.ownerOf(id)
    const file = owner === null ? null : await readOwnFile(parts.forge, owner)
    if (file?.ok === false) throw new Error(file.failure.message)
    const parsed = file === null || file.value === null ? null : parseSlipwayFile(file.value.text)
    const entry = parsed?.ok ? parsed.file.releases?.find((one) => one.package === id) : undefined
    const plan = entry === undefined ? null : seriesPlanOf(entry)
    if (entry === undefined || plan === null) return null
    return { plan, streamOf: (version) => streamPolicy(entry, version).policy.stream?.name ?? null }
  }

  function refresh(id: PackageId): Promise<OwnPlan | null> {
    const running = reading.get(id)
    if (running !== undefined) return running
    const started = read(id)
      .catch((error: unknown) => {
        parts.log.warn('a release calendar could not be read', { package: id, why: messageOf(error) })
        return known.get(id)?.plan ?? null
      })
      .then((plan) => {
        known.delete(id)
        known.set(id, { at: parts.clock.now(), plan })
        const [oldest] = known.keys()
        if (known.size > most && oldest !== undefined) known.delete(oldest)
        return plan
      })
      .finally(() => reading.delete(id))
    reading.set(id, started)
    return started
  }

  return {
    async of(id) {
      const last = known.get(id)
      if (last !== undefined && parts.clock.now() - last.at < freshMs) return last.plan
      const given = new AbortController()
      const late = after(waitMs, last?.plan ?? null, { signal: given.signal, ref: false })
      try {
        return await Promise.race([refresh(id), late])
      } finally {
        given.abort()
        late.catch(() => {})
      }
    },
  }
}
