import type { Actor } from './actor.ts'
import { CHAIN_START } from './chain.ts'
import type { RolloutEvent, RolloutId } from './event.ts'
import { signerOf } from './signer.ts'
import type { RolloutState } from './state.ts'

type Reserved = Extract<RolloutEvent, { type: 'reserved' }> & { readonly hash?: string }

/** Those who published it until now, with whoever did that next. */
export function publishersOf(known: readonly string[], actor: Actor): readonly string[] {
  const publishes = actor.kind === 'person' || (actor.kind === 'token' && actor.scopes.includes('publish'))
  const signer = publishes ? signerOf(actor) : null
  return signer === null || known.includes(signer) ? known : [...known, signer]
}

/** The facts of a rollout after its first event: nothing has happened yet. */
export function reservedState(id: RolloutId, event: Reserved): RolloutState {
  return {
    id,
    version: 1,
    head: event.hash ?? CHAIN_START,
    train: event.train,
    members: event.members.map((candidate) => ({ candidate, baseline: null })),
    boarding: {},
    floors: [],
    salt: event.salt,
    saltDrawnAt: event.at,
    policy: event.policy,
    policySource: event.policySource,
    restartOf: event.restartOf,
    origin: null,
    originSeenAt: null,
    reservedAt: event.at,
    startedAt: null,
    sealedFiles: null,
    stageIndex: 0,
    stageEnteredAt: event.at,
    unwatchedMs: 0,
    watchedFrom: event.at,
    earned: 0,
    reached: 0,
    likenesses: {},
    reach: null,
    overtaken: null,
    heldSince: null,
    heldBecause: [],
    pausedSince: null,
    loweredFrom: 0,
    catchUpTo: 0,
    end: null,
    unread: null,
    blocked: [],
    canaries: {},
    searching: [],
    blockers: {},
    blockerSearch: { labels: [], at: null, failure: null },
    checks: {},
    checkSearch: { at: null, failure: null },
    advisorySearch: { at: null, failure: null },
    advisories: {},
    http: {},
    compares: false,
    contents: {},
    findingAnswers: [],
    publishedBy: publishersOf([], event.actor),
    approvals: [],
    holds: [],
    publications: {},
    dismissals: [],
    forgeRelease: null,
    releaseLook: { at: null, seen: false },
    exposures: {},
    runsAtEntry: 0,
    fetched: {},
    pullRequests: [],
    shownTo: [],
    transitions: [],
    progressAt: event.at,
  }
}
