/** What Slipway knows of a package of another index at some moment, and what it shows then. */
import fc from 'fast-check'
import type { OverlaidPackage } from '../../../src/catalog/overlaid/overlaid-package.ts'
import { releasedAtFirstSight, withReleased } from '../../../src/catalog/overlaid/plan-adoption.ts'
import { exposuresOf } from '../../../src/catalog/views/exposure.ts'
import {
  packageViews,
  type Visibility,
  viewDelta,
  visibilityOf,
} from '../../../src/catalog/views/package-views.ts'
import type { View } from '../../../src/catalog/views/view.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { schemeOf } from '../../../src/versions/scheme-of.ts'
import { aRollout, at, ended, sha256Bucket } from '../../catalog/sample.ts'

export const links = {
  fileUrl: (_: string, upstream: string) => upstream,
  statusUrl: (version: string) => `https://index.example.org/status/${encodeURIComponent(version)}`,
}

const day = 24 * 60 * 60_000
const fate = fc.constantFrom('none', 'live', 'live', 'completed', 'rolled-back', 'superseded', 'abandoned')

/** When the rule met the package, and what became of what was new then. */
export const anyPast = fc.record({
  /** How many of the newest versions came after the rule met the package, at most. */
  new: fc.integer({ min: 0, max: 4 }),
  fates: fc.array(fc.record({ fate, percent: fc.constantFrom(0, 5, 10, 25, 50) }), {
    minLength: 4,
    maxLength: 4,
  }),
  view: fc.constantFrom('outside', 'outside', 'stable', 'baseline', 'inside'),
})
export type Past = typeof anyPast extends fc.Arbitrary<infer T> ? T : never

export interface Shown<Overlaid extends OverlaidPackage> {
  readonly overlaid: Overlaid
  readonly visibility: Visibility
  /** What everybody may have: completed, or old when the rule came. */
  readonly released: readonly string[]
}

/** The package as a view of that moment shows it. */
export function shownThen<Overlaid extends OverlaidPackage>(plain: Overlaid, past: Past): Shown<Overlaid> {
  const { compare, isPrerelease } = schemeOf(plain.kind)
  const finals = Object.keys(plain.record.versions)
    .filter((version) => !isPrerelease(version))
    .sort(compare)
  const times = [...plain.uploadedAt.values()].sort((a, b) => a - b)
  const metAt = (times.at(-1 - past.new) ?? 0) + 15 * day
  const old = releasedAtFirstSight(plain, 14 * day, metAt)
  const staged = finals.filter((version) => !old.includes(version)).slice(-past.fates.length)
  const rollouts = staged.flatMap((version, index): RolloutState[] => {
    const { fate: what, percent } = past.fates[index] ?? { fate: 'none', percent: 0 }
    const below = finals.filter((one) => compare(one, version) < 0 && old.includes(one)).at(-1)
    if (what === 'none' || below === undefined) return []
    const [candidate, baseline] = [version, below].map((one) => `${plain.record.id}@${one}`)
    const state = what === 'live' ? at(percent) : ended(what)
    return [aRollout(String(candidate), String(baseline), { salt: 'salt', ...state })]
  })
  const overlaid = withReleased(plain, old)
  const views = packageViews(overlaid.record, exposuresOf(plain.record.id, rollouts))
  const visibility = visibilityOf(views, viewDelta(views, viewOf(past, rollouts), sha256Bucket))
  const done = views.exposures.filter(({ full }) => full).map(({ version }) => version)
  return { overlaid, visibility, released: [...old, ...done] }
}

/** No stage is above 50 %, so that these keys are outside of all of them, or inside of all but those at 0. */
const keyBy = (isWanted: (bucket: number) => boolean) =>
  Array.from({ length: 1000 }, (_, number) => `key-${number}`).find((key) =>
    isWanted(sha256Bucket('salt', key)),
  ) ?? ''
const [outsider, insider] = [keyBy((bucket) => bucket >= 5000), keyBy((bucket) => bucket < 500)]

function viewOf({ view }: Past, rollouts: readonly RolloutState[]): View {
  const live = rollouts.find(({ end }) => end === null)
  if (view === 'baseline' && live !== undefined)
    return { kind: 'arm', rollout: live.id, arm: 'baseline', nonce: null }
  if (view === 'stable' || view === 'baseline') return { kind: 'stable' }
  return { kind: 'cohort', key: view === 'inside' ? insider : outsider }
}
