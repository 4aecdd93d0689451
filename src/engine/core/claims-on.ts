import type { Policy } from '../../gates/policy.ts'
import type { Claim } from '../../ports/event-store.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import { laneOf } from '../../rollout/starting/stream-of.ts'
import { packageIdOf, parseReleaseId, type ReleaseId } from '../../versions/release.ts'
import type { EngineCore } from './engine-core.ts'

/** A claim with the rollout that held it when it was read (null: none). */
export interface HeldClaim {
  readonly claim: string
  readonly holder: RolloutId | null
}

/**
 * The claims that a new rollout of these releases takes: its packages, and its lines where it starts (those
 * of its stream for pre-releases, whose policy it needs to know). They are
 * read before the plan is made and expected at the append, so that of two processes that plan on the same world
 * one has to look again. What is no release is left out: the plan refuses it.
 */
export async function claimsOn(
  core: Pick<EngineCore, 'parts'>,
  releases: readonly ReleaseId[],
  starting: boolean,
  policy: Policy | null = null,
): Promise<readonly HeldClaim[]> {
  const words = new Set<string>()
  for (const release of releases) {
    const parsed = parseReleaseId(release)
    if (!parsed.ok) continue
    const id = packageIdOf(release)
    words.add(`package:${id}`)
    if (starting) words.add(`line:${id}@${laneOf(parsed.value, policy)}`)
  }
  const held: HeldClaim[] = []
  for (const claim of words) held.push({ claim, holder: await core.parts.events.claimedBy(claim) })
  return held
}

/** The claims as taken by a rollout. */
export function takenBy(id: RolloutId, claims: readonly HeldClaim[]): readonly Claim[] {
  return claims.map(({ claim, holder }) => ({ claim, stream: id, expected: holder }))
}
