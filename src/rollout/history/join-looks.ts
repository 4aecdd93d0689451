import type { Signal } from './event.ts'
import type { RolloutState } from './state.ts'

// Joins like those of `join-evidence.ts`: commutative, associative, idempotent.

/** What was looked up stays so, at the latest time of a look. */
export function joinSearch(
  state: RolloutState,
  searched: Extract<Signal, { kind: 'blockers-searched' }>,
): RolloutState {
  const known = state.blockerSearch
  const labels = [...new Set([...known.labels, ...searched.labels])].sort()
  const at = Math.max(known.at ?? searched.at, searched.at)
  if (labels.length === known.labels.length && at === known.at) return state
  return { ...state, blockerSearch: { ...known, labels, at } }
}

/** The latest look at checks, or at advisories. */
export function joinRead(
  state: RolloutState,
  what: 'checkSearch' | 'advisorySearch',
  at: number,
): RolloutState {
  const known = state[what]
  return known.at !== null && known.at >= at ? state : { ...state, [what]: { ...known, at } }
}

/** The latest look for the release of the tag; one that was there once stays seen. */
export function joinReleaseRead(
  state: RolloutState,
  { at, isThere }: Extract<Signal, { kind: 'release-read' }>,
): RolloutState {
  const known = state.releaseLook
  const next = { at: Math.max(known.at ?? at, at), seen: known.seen || isThere === true }
  return next.at === known.at && next.seen === known.seen ? state : { ...state, releaseLook: next }
}

/** A commit that was known at the start stays; of those seen later the first stays with its tag, of two at once the lesser. */
export function joinOrigin(
  state: RolloutState,
  { commit, tag, at }: Extract<Signal, { kind: 'origin' }>,
): RolloutState {
  const { origin, originSeenAt } = state
  if (origin === null || (origin.commit !== null && originSeenAt === null)) return state
  const since = originSeenAt ?? Number.POSITIVE_INFINITY
  const sooner = at - since || (`${commit} ${tag}` < `${origin.commit} ${origin.tag}` ? -1 : 0)
  if (sooner >= 0) return state
  return { ...state, origin: { ...origin, commit, tag }, originSeenAt: at }
}

/** The newest failure stays; of two at the same time the greater text. */
export function joinFailedSearch(
  state: RolloutState,
  { at, message }: Extract<Signal, { kind: 'blocker-search-failed' }>,
): RolloutState {
  const present = state.blockerSearch.failure
  if (present !== null && (present.at - at || order(present.message, message)) >= 0) return state
  return { ...state, blockerSearch: { ...state.blockerSearch, failure: { at, message } } }
}

/** The same of a look at checks, or at advisories. */
export function joinFailedRead(
  state: RolloutState,
  what: 'checkSearch' | 'advisorySearch',
  { at, message }: Extract<Signal, { kind: 'checks-read-failed' | 'advisories-read-failed' }>,
): RolloutState {
  const present = state[what].failure
  if (present !== null && (present.at - at || order(present.message, message)) >= 0) return state
  return { ...state, [what]: { ...state[what], failure: { at, message } } }
}

function order(left: string, right: string): number {
  return left < right ? -1 : Number(left > right)
}
