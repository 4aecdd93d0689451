import type { LiveRollout } from '../history/phase.ts'
import { currentStage, evaluate } from './evaluate.ts'

/** What the forge is asked about before a stage is left. */
export type Look = 'blockers' | 'checks' | 'advisories'

/** A look is believed for so long: webhooks that are lost must not let a release through. */
const believedMs = 15 * 60_000

/**
 * What has to be read once more before the stage may be left, because the last look is too old. Empty while a gate does
 * not pass anyway, so that nothing is asked for its own sake.
 */
export function staleLooks(state: LiveRollout, now: number): readonly Look[] {
  if (state.pausedSince !== null || state.overtaken !== null || state.origin === null) return []
  const { blockers, checks, advisories } = currentStage(state).gates
  const isOld = (at: number | null) => at === null || at < now - believedMs
  const looks: Look[] = []
  if (blockers !== undefined && isOld(state.blockerSearch.at)) looks.push('blockers')
  if (checks !== undefined && state.origin.commit !== null && isOld(state.checkSearch.at))
    looks.push('checks')
  if (advisories !== undefined && isOld(state.advisorySearch.at)) looks.push('advisories')
  return looks.length === 0 || evaluate(state, now).answer !== 'pass' ? [] : looks
}
