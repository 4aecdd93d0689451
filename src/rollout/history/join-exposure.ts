import type { ExposureFact } from '../../gates/exposure-fact.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { copyTable } from './join-evidence.ts'
import type { RolloutState } from './state.ts'

/** Where the counts of a cluster in an arm at one percent are kept. */
export function exposureKey({
  cluster,
  basisPoints,
  arm,
}: Pick<ExposureFact, 'cluster' | 'basisPoints' | 'arm'>): string {
  return `${cluster}/${basisPoints}/${arm}`
}

/** Keeps the greater cumulative counts of a cluster in an arm at one percent. */
export function joinExposure(state: RolloutState, fact: ExposureFact, copy = copyTable): RolloutState {
  const key = exposureKey(fact)
  const present = ownEntry(state.exposures, key)
  if (present !== undefined && orderExposures(present, fact) >= 0) return state
  const exposures = copy(state.exposures)
  exposures[key] = fact
  return { ...state, exposures }
}

function orderExposures(left: ExposureFact, right: ExposureFact): number {
  return (
    left.runs - right.runs ||
    left.failures - right.failures ||
    left.since - right.since ||
    Number(right.drawn) - Number(left.drawn) ||
    Number(left.young === true) - Number(right.young === true)
  )
}
