import type { GateKind } from './policy.ts'

/**
 * A gate's answer. `wait` says until when it will look again by itself (null: until somebody acts or
 * evidence arrives), `hold` needs evidence or a person, `fail` is a reason to roll back.
 */
export interface Verdict {
  readonly gate: GateKind | 'holds' | 'publication'
  readonly answer: 'pass' | 'wait' | 'hold' | 'fail'
  /** One plain sentence that names the thing waited for and the time. */
  readonly sentence: string
  readonly until: number | null
  /** Canary ids, issue ids or people behind the answer. */
  readonly subjects: readonly string[]
}

/** Law 4: roll back before hold before wait before advance. */
const STRONGEST_FIRST = ['fail', 'hold', 'wait', 'pass'] as const

/** The answer that decides where several verdicts meet. */
export function strongest(verdicts: readonly Pick<Verdict, 'answer'>[]): Verdict['answer'] {
  return STRONGEST_FIRST.find((answer) => verdicts.some((verdict) => verdict.answer === answer)) ?? 'pass'
}
