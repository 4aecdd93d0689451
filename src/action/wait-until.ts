import { setTimeout as sleep } from 'node:timers/promises'
import { getInput, info, notice } from '@actions/core'
import type { ApiAnswer, ApiFailure } from '../registries/slipway-index/api-request.ts'
import type { RolloutDocument } from '../registries/slipway-index/rollout-document.ts'
import { durationInput, EXIT, failFor, failForAnswer, StepFailure } from './action-input.ts'
import { sayPlace } from './rollout-output.ts'
import { parseWaitTarget, reached, sayTarget, type WaitTarget } from './wait-target.ts'

/** Nothing happens for hours at a time, so the pauses between questions grow up to this. */
const LONGEST_PAUSE_MS = 120_000
const PAUSE_GROWTH = 1.5
/** Each failed question was repeated already; after so many in a row nobody is there. */
const MOST_FAILURES = 4

/** What is looked at while waiting. */
export type Watched = Pick<RolloutDocument, 'phase' | 'percent' | 'startedAt'> & {
  readonly explanation: { readonly sentence: string; readonly percents?: boolean | undefined }
}

/** Where the wait ended. */
type WaitEnd<T extends Watched> =
  | { readonly kind: 'reached' | 'never' | 'late'; readonly rollout: T }
  | { readonly kind: 'failed'; readonly failure: ApiFailure; readonly rollout: T | null }

/** Asks until the inputs `until` and `deadline` say that it is over; `show` tells outputs and summary where it ended. */
export async function waitUntil<T extends Watched>(
  id: string,
  ask: () => Promise<ApiAnswer<T>>,
  show: (rollout: T) => Promise<void>,
): Promise<void> {
  const target = parseWaitTarget(getInput('until') || 'completed')
  if (!target.ok) throw failFor(target.problem)
  const deadlineMs = durationInput('deadline', '5h')
  const end = await waitFor(ask, id, target.value, deadlineMs, durationInput('interval', '15s'))
  if (end.rollout !== null) await show(end.rollout)
  if (end.kind === 'failed') throw failForAnswer(end.failure, sayLast(end.rollout))
  const place = `${id}: ${sayPlace(end.rollout)}`
  const { sentence } = end.rollout.explanation
  if (end.kind === 'never')
    throw new StepFailure(`${place}, so it will not be ${sayTarget(target.value)}. ${sentence}`, EXIT.refused)
  if (end.kind === 'late')
    throw new StepFailure(
      `${place}, not ${sayTarget(target.value)} before the deadline of ${getInput('deadline') || '5h'}. ${sentence}`,
      EXIT.refused,
    )
  notice(`${place}. ${sentence}`)
}

async function waitFor<T extends Watched>(
  ask: () => Promise<ApiAnswer<T>>,
  id: string,
  target: WaitTarget,
  deadlineMs: number,
  shortestMs: number,
): Promise<WaitEnd<T>> {
  const until = Date.now() + deadlineMs
  let pauseMs = shortestMs
  let failures = 0
  let last: T | null = null
  for (;;) {
    const answer = await ask()
    if (answer.ok) {
      const moved = last !== null && sayPlace(last) !== sayPlace(answer.value)
      sayMove(id, last, answer.value)
      last = answer.value
      failures = 0
      pauseMs = moved ? shortestMs : pauseMs
      const where = reached(last, target)
      if (where !== 'not-yet') return { kind: where === 'yes' ? 'reached' : 'never', rollout: last }
    } else {
      failures += 1
      const { failure } = answer
      if (failure.kind !== 'unreachable' || failures >= MOST_FAILURES)
        return { kind: 'failed', failure, rollout: last }
      info(`${failure.message}; asking again`)
    }
    const leftMs = until - Date.now()
    if (leftMs <= 0 && last !== null) return { kind: 'late', rollout: last }
    await sleep(Math.max(0, Math.min(pauseMs, leftMs)))
    pauseMs = Math.max(shortestMs, Math.min(pauseMs * PAUSE_GROWTH, LONGEST_PAUSE_MS))
  }
}

function sayMove(id: string, before: Watched | null, after: Watched): void {
  if (before === null) info(`${id}: ${sayPlace(after)}. ${after.explanation.sentence}`)
  else if (sayPlace(before) !== sayPlace(after)) notice(`${id}: ${sayPlace(before)} → ${sayPlace(after)}`)
}

function sayLast(rollout: Watched | null): string {
  return rollout === null ? '' : `When last heard of it was ${sayPlace(rollout)}.`
}
