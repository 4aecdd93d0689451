import { awaitsChecks } from '../../gates/kinds/checks.ts'
import { HTTP_ASKED_EVERY_MS } from '../../gates/kinds/http.ts'
import { currentStage } from '../deciding/evaluate.ts'
import type { LiveRollout } from '../history/phase.ts'
import type { Effect } from './effect.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** How long after the entry of a stage checks that have not all succeeded are read again; later every 6 hours. */
const CHECKS_AGAIN_MS = [10 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS]
const CHECKS_LATER_MS = 6 * HOUR_MS

/**
 * What is asked outside while a stage lasts, again from time to time: the digest names the span of time that an
 * answer is for. Webhooks tell of checks sooner; these looks heal the ones that were lost.
 */
export function askedEffects(state: LiveRollout, now: number): readonly Effect[] {
  return [...readChecks(state, now), ...askHttp(state, now)]
}

function readChecks(state: LiveRollout, now: number): readonly Effect[] {
  const rule = currentStage(state).gates.checks
  const commit = state.origin?.commit ?? null
  if (rule === undefined || commit === null) return []
  const span = awaitsChecks(rule, state) ? looksBy(now - state.stageEnteredAt) : 0
  const key = `${state.id}/read-checks/${commit}/0`
  const digest = `${state.stageIndex}:${span}`
  const { id: rollout } = state
  return [{ kind: 'read-checks', mode: 'standing', key, rollout, commit, names: rule.required, digest }]
}

/** How many further looks are due by now. */
function looksBy(elapsedMs: number): number {
  const soon = CHECKS_AGAIN_MS.filter((after) => after <= elapsedMs).length
  const rest = elapsedMs - (CHECKS_AGAIN_MS.at(-1) ?? 0)
  return soon + Math.max(0, Math.floor(rest / CHECKS_LATER_MS))
}

function askHttp(state: LiveRollout, now: number): readonly Effect[] {
  const rule = currentStage(state).gates.http
  if (rule === undefined) return []
  const { id: rollout, stageIndex: stage } = state
  const key = `${rollout}/ask-http/${stage}/0`
  const digest = String(Math.floor((now - state.stageEnteredAt) / HTTP_ASKED_EVERY_MS))
  return [{ kind: 'ask-http', mode: 'standing', key, rollout, stage, rule, digest }]
}
