import { isLive } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
import { floorOf, type RolloutsOf, sayNeed } from '../siblings/floors.ts'

/** What is to be said of the releases that a live rollout cannot do without, and of late ones of its family. */
export function companyNotes(state: RolloutState, rolloutsOf: RolloutsOf): readonly string[] {
  if (!isLive(state)) return []
  const late = Object.keys(state.boarding)
  const waits = floorOf(state, rolloutsOf).waitsFor.map(({ need, release, basisPoints }) => {
    const fit =
      release === null ? 'none of which has begun' : `of which ${release} fits, at ${basisPoints / 100} %`
    return `It is raised no further than that: ${need.release} needs ${sayNeed(need)}, ${fit}.`
  })
  const found =
    late.length === 0
      ? []
      : [
          `Found later than the rest of its family: ${late.join(', ')}. Nothing is raised until that has come through its own first stage.`,
        ]
  return [...waits, ...found]
}
