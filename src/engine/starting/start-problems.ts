import { formatTime } from '../../gates/format-time.ts'
import type { Refusal } from '../../rollout/deciding/refusal.ts'
import type { Explanation } from '../../rollout/explaining/explanation.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { Awaited } from '../../rollout/trains/departure-time.ts'

/** Why a reserved rollout whose files are here could not begin when it was last tried. */
export interface StartProblem {
  readonly refusal: Refusal
  readonly at: number
  /** When the engine tries again by itself; null where it does not. */
  readonly retryAt: number | null
}

/** Kept in memory only: after a restart of the process the next attempt says it again. */
export interface StartProblems {
  /** Null for what has begun, has ended or was not tried. */
  of(id: RolloutId): StartProblem | null
  note(id: RolloutId, refusal: Refusal, at: number): void
  /** What a reserved rollout waits for; null: nothing. */
  awaits(id: RolloutId, awaited: Awaited | null): void
  awaitedBy(id: RolloutId): Awaited | null
  retryAt(id: RolloutId, at: number): void
}

export function createStartProblems(memory: { get(id: RolloutId): RolloutState | null }): StartProblems {
  const known = new Map<RolloutId, StartProblem>()
  const waiting = new Map<RolloutId, Awaited>()

  function of(id: RolloutId): StartProblem | null {
    const problem = known.get(id)
    if (problem === undefined) return null
    const state = memory.get(id)
    if (state !== null && state.startedAt === null && state.end === null) return problem
    known.delete(id)
    return null
  }

  return {
    of,
    note: (id, refusal, at) => known.set(id, { refusal, at, retryAt: known.get(id)?.retryAt ?? null }),
    awaits(id, awaited) {
      if (awaited === null) waiting.delete(id)
      else waiting.set(id, awaited)
    },
    awaitedBy(id) {
      const state = memory.get(id)
      if (state === null || state.startedAt !== null || state.end !== null) waiting.delete(id)
      return waiting.get(id) ?? null
    },
    retryAt: (id, retryAt) => {
      const problem = of(id)
      if (problem !== null) known.set(id, { ...problem, retryAt })
    },
  }
}

/** The explanation of a rollout that waits for files: which, and how long. */
export function withAwaited(explanation: Explanation, awaited: Awaited | null): Explanation {
  if (awaited === null) return explanation
  const { packages, releases, until } = awaited
  const sentences = [
    ...(releases.length > 0 ? [`No file is here yet of ${releases.join(', ')}.`] : []),
    ...(packages.length > 0 ? [`Its train also has ${packages.join(', ')}.`] : []),
  ]
  if (sentences.length === 0) return explanation
  const next =
    until === null
      ? 'It begins when they are here.'
      : `It begins when they are here, or without them at ${formatTime(until)}; a start by somebody with maintain permission begins it at once.`
  return {
    ...explanation,
    sentence: `Nothing is visible yet. ${sentences.join(' ')}`,
    next: { sentence: next, at: until },
  }
}

/** The explanation of a rollout that could not begin: what is in the way goes before everything else. */
export function withStartProblem(explanation: Explanation, problem: StartProblem | null): Explanation {
  if (problem === null) return explanation
  const why = problem.refusal.message.replace(/\s+/g, ' ')
  const next =
    problem.retryAt === null
      ? 'It begins when somebody starts it and nothing is in the way.'
      : 'It is tried again by itself, or when somebody starts it.'
  return {
    ...explanation,
    sentence: `Nothing is visible: it could not begin at ${formatTime(problem.at)}. ${why}`,
    next: { sentence: next, at: problem.retryAt },
  }
}
