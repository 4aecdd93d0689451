import { evaluateGates } from '../../gates/evaluate-gates.ts'
import type { ReleaseId } from '../../versions/release.ts'
import { sortFiles } from '../deciding/decide-lifecycle.ts'
import { gateFactsOf } from '../deciding/evaluate.ts'
import type { EventBody, SealedFile } from '../history/event.ts'
import { isLive, type LiveRollout } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'

/** Those on board that take their place now: their own first stage lets them pass, and their files are known. */
export function seatsOf(
  state: LiveRollout,
  now: number,
  files: readonly SealedFile[],
): readonly (EventBody & { readonly reason: string })[] {
  const releases = Object.keys(state.boarding).filter((release) => passesFirstStage(state, release, now))
  if (releases.length === 0) return []
  return [seatOf(state, releases, files)]
}

/** All that are on board take their place, because a person goes on. */
export function seatAll(state: RolloutState, files: readonly SealedFile[]): readonly EventBody[] {
  const releases = Object.keys(state.boarding)
  return isLive(state) && releases.length > 0 ? [seatOf(state, releases, files)] : []
}

function seatOf(state: LiveRollout, releases: readonly ReleaseId[], files: readonly SealedFile[]) {
  // Before anybody sees any of them, all are sealed together.
  const own = state.sealedFiles === null ? [] : files.filter(({ release }) => releases.includes(release))
  const reason = `${releases.join(', ')} has come through its own first stage and takes its place.`
  return { type: 'seated', releases, files: sortFiles(own), reason } as const
}

function passesFirstStage(state: LiveRollout, release: ReleaseId, now: number): boolean {
  const [first] = state.policy.stages
  const since = state.boarding[release]
  if (first === undefined || since === undefined) return false
  const facts = {
    ...gateFactsOf(state),
    releases: state.members.filter(({ candidate }) => candidate === release),
    stageIndex: 0,
    stageEnteredAt: since,
    unwatchedMs: 0,
    runsAtEntry: 0,
  }
  return evaluateGates(first, facts, now, state.origin?.repositoryId ?? null).answer === 'pass'
}
