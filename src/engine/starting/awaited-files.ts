import { formatTime } from '../../gates/format-time.ts'
import type { Policy } from '../../gates/policy.ts'
import type { Refusal } from '../../rollout/deciding/refusal.ts'
import { refuse } from '../../rollout/deciding/refuse.ts'
import type { Member } from '../../rollout/history/event.ts'
import { missingWheels } from '../../versions/wheel-tags.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { hostedVersion } from './known-packages.ts'

/** At most so many of the missing ones are named. */
const mostNamed = 8

/**
 * Why a release does not begin by itself yet: the Pythons and platforms that its baseline has wheels for are not all
 * there, and its last file came less than `waitForFiles` ago. Whoever starts it says that it is whole.
 */
export async function awaitsFiles(
  { parts }: Pick<EngineCore, 'parts'>,
  members: readonly Member[],
  { pace }: Policy,
): Promise<Refusal | null> {
  for (const { candidate, baseline } of members) {
    if (baseline === null || !candidate.startsWith('pypi:')) continue
    const [own, old] = await Promise.all([
      hostedVersion(parts.packages, candidate),
      hostedVersion(parts.packages, baseline),
    ])
    if (own === undefined || old === undefined) continue
    const names = (files: typeof own.files) => files.map(({ name }) => name)
    const requiresPython = own.files.at(-1)?.requiresPython ?? null
    const missing = missingWheels(names(old.files), names(own.files), requiresPython)
    const until = Math.max(...own.files.map(({ uploadedAt }) => uploadedAt)) + pace.waitForFilesMs
    if (missing.length === 0 || parts.clock.now() >= until) continue
    const more = missing.length > mostNamed ? ` and ${missing.length - mostNamed} more` : ''
    const listed = `${missing.slice(0, mostNamed).join(', ')}${more}`
    const why = `${candidate} has no wheel yet for ${listed}, which ${baseline} has.`
    const expected = `those files, a start that somebody asks for, or to wait until ${formatTime(until)}`
    return refuse('temporary', why, 'files', candidate, expected)
  }
  return null
}
