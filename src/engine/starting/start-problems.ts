import { formatTime } from '../../gates/format-time.ts'
import type { Refusal } from '../../rollout/deciding/refusal.ts'
import type { Explanation } from '../../rollout/explaining/explanation.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'

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
  retryAt(id: RolloutId, at: number): void
}

export function createStartProblems(memory: { get(id: RolloutId): RolloutState | null }): StartProblems {
  const known = new Map<RolloutId, StartProblem>()

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
    retryAt: (id, retryAt) => {
      const problem = of(id)
      if (problem !== null) known.set(id, { ...problem, retryAt })
    },
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
