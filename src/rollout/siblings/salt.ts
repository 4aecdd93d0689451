import { isLive } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'

/** The salt of a rollout: whose buckets count, and when it was drawn. */
export interface Salt {
  readonly salt: string
  readonly saltDrawnAt: number
}

export interface SaltRequest {
  /** All rollouts of the packages that begin. */
  readonly own: readonly RolloutState[]
  /** Those of all other packages of the same owner; ended ones do not matter. */
  readonly relatives: readonly RolloutState[]
  /** The relatives are of one family with it: the salt drawn last among all of them counts. */
  readonly isFamily: boolean
  /** Live rollouts of what it cannot do without, whoever owns that: whom they meet first, it meets first. */
  readonly floors: readonly RolloutState[]
  /** The rollout that is begun again; null: none. */
  readonly restartOf: RolloutState | null
  /** It was a false alarm: the same users go first. */
  readonly sameUsers: boolean
  readonly fresh: string
  readonly now: number
}

const DAY_MS = 86_400_000
/** So long an owner's releases meet the same users first, when none of the package is live. */
const keptMs = 7 * DAY_MS
/** So long at most, also for a package of which something is always live. */
const longestMs = 30 * DAY_MS

/**
 * The salt that a rollout begins with. It is shared by all that one owner has live, so that live releases of one
 * package nest: who sees the newer one would see the older one too. It is drawn anew when nothing of the owner is
 * live, when it is a week old and nothing of these packages is, and at the latest after a month: the same people
 * must not go first for ever. A restart draws anew, unless it is of a false alarm or another release is live.
 */
export function saltFor(request: SaltRequest): Salt {
  const { own, relatives, floors, isFamily, restartOf, sameUsers, fresh, now } = request
  const drawn = { salt: fresh, saltDrawnAt: now }
  const below = newestSalt(floors)
  if (below !== null) return below
  if (restartOf !== null && sameUsers) return saltOf(restartOf)
  const mine = newestSalt(isFamily ? [...own, ...relatives] : own)
  if (mine !== null) return now - mine.saltDrawnAt < longestMs ? mine : drawn
  if (restartOf !== null) return drawn
  const shared = newestSalt(relatives)
  return shared !== null && now - shared.saltDrawnAt < keptMs ? shared : drawn
}

/** The salt drawn last among the live ones. */
function newestSalt(rollouts: readonly RolloutState[]): Salt | null {
  let newest: RolloutState | null = null
  for (const state of rollouts) {
    if (isLive(state) && (newest === null || state.saltDrawnAt > newest.saltDrawnAt)) newest = state
  }
  return newest === null ? null : saltOf(newest)
}

function saltOf({ salt, saltDrawnAt }: RolloutState): Salt {
  return { salt, saltDrawnAt }
}
