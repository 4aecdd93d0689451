import { formatTime } from '../../gates/format-time.ts'
import { basisPointsOf, isLive } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'

/** Where the stated percent is not what people get, as counted; nothing while it is, or while nobody knows. */
export function reachWords(state: RolloutState): readonly string[] {
  const { reach } = state
  if (reach === null || !isLive(state) || reach.basisPoints !== basisPointsOf(state)) return []
  const stated = `${reach.basisPoints / 100} %`
  const share = Math.round((reach.got / reach.requests) * 10_000) / 100
  const counted = `${reach.got} of ${reach.requests} requests of the day before ${formatTime(reach.at)} got the candidate (${share} %)`
  const keys =
    'keys of their own for machines, teams and CI bring it nearer (docs/clients.md, "How a key reaches the index")'
  switch (reach.reach) {
    case 'nobody':
      return [
        `This stage is waiting time: it says ${stated}, and as good as nobody was exposed; ${counted}. Few networks ask, or clients without keys see full releases only; ${keys}.`,
      ]
    case 'under-half':
      return [
        `Fewer than stated get the candidate: it says ${stated}, and ${counted}. Few networks ask for many; ${keys}.`,
      ]
    case 'over-twice':
      return [
        `More than stated get the candidate: it says ${stated}, and ${counted}. Few networks ask for many; ${keys}.`,
      ]
    case 'as-stated':
      return []
  }
}
