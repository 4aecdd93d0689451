import { type PackageId, packageIdOf } from '../../versions/release.ts'
import { answersForIt } from '../deciding/authority.ts'
import type { Refusal } from '../deciding/refusal.ts'
import { refuse } from '../deciding/refuse.ts'
import type { Actor } from '../history/actor.ts'
import type { Member } from '../history/event.ts'

interface UnreadRequest {
  readonly actor: Actor
  readonly reason: string
  /** Packages with a history that cannot be read. */
  readonly unread?: readonly PackageId[]
}

/**
 * With what cannot be read it might be taken for a first release, which everybody sees, or be compared with the wrong
 * one. Somebody who answers for it may start it on the ladder, never as a first one.
 */
export function refusesUnread(members: readonly Member[], request: UnreadRequest): Refusal | null {
  for (const { candidate, baseline } of members) {
    const id = packageIdOf(candidate)
    if (request.unread?.includes(id) !== true || (baseline !== null && answersForIt(request))) continue
    const why = `A stored history of ${id} cannot be read, so what would be shown instead is not known for certain.`
    const way =
      baseline === null
        ? ''
        : `, or a start (with ${baseline} shown instead) with maintain permission and a reason`
    const expected = `a package whose histories are whole (an operator has to restore them)${way}`
    return refuse('blocked', why, 'release', candidate, expected)
  }
  return null
}
