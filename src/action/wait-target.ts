import type { RolloutDocument } from '../registries/slipway-index/rollout-document.ts'
import { type Result, showValue } from '../versions/problem.ts'

/** What `wait` waits for. */
export type WaitTarget =
  | { readonly kind: 'phase'; readonly phase: string }
  | { readonly kind: 'percent'; readonly percent: number }

const PHASES = ['staged', 'rolling', 'held', 'paused', 'completed', 'rolled-back', 'superseded', 'abandoned']
const ENDS = new Set(['completed', 'rolled-back', 'superseded', 'abandoned'])

/** `completed`, `25`, `25%`. */
export function parseWaitTarget(text: string): Result<WaitTarget> {
  const number = /^(\d{1,3}(?:\.\d{1,2})?)\s*%?$/.exec(text)?.[1]
  if (number !== undefined && Number(number) <= 100)
    return { ok: true, value: { kind: 'percent', percent: Number(number) } }
  if (PHASES.includes(text)) return { ok: true, value: { kind: 'phase', phase: text } }
  const expected = `a percent from 0 to 100, or one of ${PHASES.join(', ')}`
  return { ok: false, problem: { field: 'until', value: showValue(text), expected } }
}

/**
 * Whether a rollout is where somebody waits for it to be. `never`: it ended somewhere else. A percent is reached
 * when at least so many see the candidate, once it has begun; a completed rollout has passed `rolling` too.
 */
export function reached(
  rollout: Pick<RolloutDocument, 'phase' | 'percent' | 'startedAt'>,
  target: WaitTarget,
): 'yes' | 'not-yet' | 'never' {
  const { phase, percent } = rollout
  if (target.kind === 'phase') {
    if (phase === target.phase || (target.phase === 'rolling' && phase === 'completed')) return 'yes'
    return ENDS.has(phase) ? 'never' : 'not-yet'
  }
  if (ENDS.has(phase)) return phase === 'completed' ? 'yes' : 'never'
  return percent >= target.percent && rollout.startedAt !== null ? 'yes' : 'not-yet'
}

/** The target in words: `25 %`, `completed`. */
export function sayTarget(target: WaitTarget): string {
  return target.kind === 'percent' ? `${target.percent} %` : target.phase
}
