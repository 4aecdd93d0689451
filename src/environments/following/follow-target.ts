import { schemeOf } from '../../versions/scheme-of.ts'
import type { Ecosystem } from '../../versions/version-scheme.ts'

/** A version as the server tells of it, with its newest rollout. */
export interface OfferedVersion {
  readonly version: string
  /** Yanked, deprecated or blocked. */
  readonly withdrawn: boolean
  readonly rollout: { readonly id: string; readonly phase: string } | null
}

/** Whether the key sees the candidate of a live rollout. */
export type SeenByKey = Readonly<Record<string, boolean>>

const ENDED = new Set(['rolled-back', 'superseded', 'abandoned'])

/** Rollouts whose answer depends on the key. */
export function liveRollouts(offered: readonly OfferedVersion[]): readonly string[] {
  const ids = offered.flatMap(({ rollout }) =>
    rollout === null || rollout.phase === 'completed' || ENDED.has(rollout.phase) ? [] : [rollout.id],
  )
  return [...new Set(ids)]
}

/** What an unpinned installation under the key would get: the greatest final version that it sees. */
export function versionForKey(
  ecosystem: Ecosystem,
  offered: readonly OfferedVersion[],
  seen: SeenByKey,
): OfferedVersion | null {
  const scheme = schemeOf(ecosystem)
  return (
    offered
      .filter((one) => !scheme.isPrerelease(one.version) && !one.withdrawn && isVisible(one, seen))
      .sort((a, b) => scheme.compare(a.version, b.version))
      .at(-1) ?? null
  )
}

function isVisible({ rollout }: OfferedVersion, seen: SeenByKey): boolean {
  if (rollout === null || rollout.phase === 'completed') return true
  return !ENDED.has(rollout.phase) && seen[rollout.id] === true
}

/** Versions that no link should name any more: taken back by their rollout, yanked, deprecated or blocked. */
export function takenBackVersions(offered: readonly OfferedVersion[]): readonly string[] {
  return offered
    .filter(({ withdrawn, rollout }) => withdrawn || rollout?.phase === 'rolled-back')
    .map(({ version }) => version)
}

/** What a machine has to do. */
export type FollowStep =
  | { readonly kind: 'stay'; readonly why: string }
  | { readonly kind: 'promote'; readonly to: string }
  | { readonly kind: 'step-down'; readonly to: string }

/**
 * From what is live and what the key should get. A machine goes down only from a version that the server hides
 * from it: what somebody promoted by hand and the server knows nothing of stays.
 */
export function followStep(
  ecosystem: Ecosystem,
  live: string | null,
  offered: readonly OfferedVersion[],
  target: string,
): FollowStep {
  if (live === target) return { kind: 'stay', why: 'it is live already' }
  if (live === null || schemeOf(ecosystem).compare(target, live) > 0) return { kind: 'promote', to: target }
  const isKnown = offered.some(({ version }) => version === live)
  return isKnown
    ? { kind: 'step-down', to: target }
    : { kind: 'stay', why: `${live} is not known to the server` }
}
