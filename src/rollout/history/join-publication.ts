import type { ForgeReleaseFact, PublicationFact } from '../../gates/publication-fact.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { canonicalJson } from './canonical-json.ts'
import type { RolloutState } from './state.ts'

/** What a publisher says last stays; of two at the same time what is further from exposure. A join, as all of these are. */
export function joinPublication(state: RolloutState, fact: PublicationFact): RolloutState {
  const present = ownEntry(state.publications, fact.release)
  if (present !== undefined && orderFacts(present, fact) >= 0) return state
  return { ...state, publications: { ...state.publications, [fact.release]: fact } }
}

/** The last look at the forge's release stays. */
export function joinForgeRelease(state: RolloutState, fact: ForgeReleaseFact): RolloutState {
  const present = state.forgeRelease
  if (present !== null && orderForgeReleases(present, fact) >= 0) return state
  return { ...state, forgeRelease: fact }
}

function orderForgeReleases(left: ForgeReleaseFact, right: ForgeReleaseFact): number {
  return (
    left.observedAt - right.observedAt ||
    Number(left.standing === 'deleted') - Number(right.standing === 'deleted') ||
    order(canonicalJson(left), canonicalJson(right))
  )
}

const RANK: Readonly<Record<PublicationFact['standing'], number>> = {
  offered: 0,
  deprecated: 1,
  doubted: 2,
  yanked: 3,
  gone: 4,
  quarantined: 5,
}

function orderFacts(left: PublicationFact, right: PublicationFact): number {
  return (
    left.observedAt - right.observedAt ||
    RANK[left.standing] - RANK[right.standing] ||
    Number(right.withAll) - Number(left.withAll) ||
    Number(left.latestBelow !== null) - Number(right.latestBelow !== null) ||
    order(canonicalJson(left), canonicalJson(right))
  )
}

function order(left: string, right: string): number {
  return left < right ? -1 : Number(left > right)
}
