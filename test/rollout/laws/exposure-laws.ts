import type { PackageRecord } from '../../../src/catalog/package-record.ts'
import type { Exposure } from '../../../src/catalog/views/exposure.ts'
import {
  ecosystemOf,
  packageViews,
  viewDelta,
  visibilityOf,
} from '../../../src/catalog/views/package-views.ts'
import { bucketOf } from '../../../src/cohort/bucket.ts'
import type { RolloutEvent, RolloutId } from '../../../src/rollout/history/event.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { schemeOf } from '../../../src/versions/scheme-of.ts'
import { sha256 } from '../builders.ts'

// Laws 12 and 13 speak of what people see of all live releases of a package together.

export const KEYS = ['one', 'two', 'three', 'four', 'tester-1']

/** The finals that each key is shown, ascending, by `package key`. */
export type Shown = ReadonlyMap<string, readonly string[]>

/** What happened between two looks at the index. */
export interface Change {
  readonly before: Shown
  readonly after: Shown
  readonly events: readonly { readonly rollout: RolloutId; readonly type: RolloutEvent['type'] }[]
  /** A publisher took something back meanwhile, or gave it again. */
  readonly withdrawn: boolean
  /** All rollouts of a package, as they are after it. */
  readonly rolloutsOf: (id: string) => readonly RolloutState[]
}

/** What a law says: null, or what was broken. */
export type ExposureLaw = (change: Change) => string | null

const buckets = new Map<string, number>()
export function bucket(salt: string, key: string): number {
  const id = `${salt}/${key}`
  const found = buckets.get(id) ?? bucketOf(sha256, salt, key)
  buckets.set(id, found)
  return found
}

/** What every key is shown of one package. */
export function shownOf(pkg: PackageRecord, exposures: readonly Exposure[]): Shown {
  const { compare, isPrerelease } = schemeOf(ecosystemOf(pkg))
  const views = packageViews(pkg, exposures)
  const finals = Object.keys(pkg.versions).filter((version) => !isPrerelease(version))
  const shownTo = (key: string) => {
    const { hidden, blocked } = visibilityOf(views, viewDelta(views, { kind: 'cohort', key }, bucket))
    return finals.filter((version) => !hidden.has(version) && !blocked.has(version)).sort(compare)
  }
  return new Map(KEYS.map((key) => [`${pkg.id} ${key}`, shownTo(key)] as const))
}

/** A replaced policy may bring groups: that takes a maintainer. */
const EXPOSES: ReadonlySet<string> = new Set(['started', 'stage-entered', 'completed', 'policy-replaced'])
const TAKES: ReadonlySet<string> = new Set(['rolled-back', 'abandoned', 'blocked', 'lowered'])

/** 12. a candidate is shown to one more only by a step of its own rollout, whatever others write. */
export const onlyByItsOwn: ExposureLaw = ({ events, before, after, rolloutsOf }) => {
  const moved = new Set(events.filter(({ type }) => EXPOSES.has(type)).map(({ rollout }) => rollout))
  for (const [place, versions] of after) {
    const [id = '', key = ''] = place.split(' ')
    for (const version of versions.filter((one) => !before.get(place)?.includes(one))) {
      const carriers = rolloutsOf(id).filter(({ members }) =>
        members.some(({ candidate }) => candidate === `${id}@${version}`),
      )
      const wasFull = carriers.some(({ transitions }) => transitions.some(({ type }) => type === 'completed'))
      if (wasFull || carriers.some(({ id: rollout }) => moved.has(rollout))) continue
      return `${key} is shown ${id}@${version}, of which nothing happened`
    }
  }
  return null
}

/** 13. starting or raising never lowers what is shown to who admits the release that is raised. */
export const neverLowered: ExposureLaw = ({ events, withdrawn, before, after }) => {
  if (withdrawn || events.some(({ type }) => TAKES.has(type))) return null
  for (const [place, versions] of after) {
    const { compare } = schemeOf(place.startsWith('npm') ? 'npm' : 'pypi')
    const [was, is] = [before.get(place)?.at(-1), versions.at(-1)]
    if (was !== undefined && (is === undefined || compare(is, was) < 0)) {
      return `${place} was shown ${was} and gets ${is ?? 'nothing'}`
    }
  }
  return null
}
