import type { ContentsFact } from '../../gates/contents/contents-facts.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { canonicalJson } from './canonical-json.ts'
import type { RolloutState } from './state.ts'

/** The newest comparison of each candidate stays; of two at the same time the greater text. */
export function joinContents(state: RolloutState, fact: ContentsFact): RolloutState {
  const present = ownEntry(state.contents, fact.release)
  if (present !== undefined) {
    const isOlder = present.at > fact.at
    if (isOlder || (present.at === fact.at && canonicalJson(present) >= canonicalJson(fact))) return state
  }
  return { ...state, contents: { ...state.contents, [fact.release]: fact } }
}
