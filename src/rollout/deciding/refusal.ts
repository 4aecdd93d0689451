/**
 * Why a command was not carried out. The word says what kind of no it is:
 * `temporary` (try again later), `needs-approval` (somebody with more permission), `blocked` (something
 * else stands in the way), `invalid` (the input is wrong), `conflict` (somebody was faster, or it already
 * is otherwise), `unknown` (no such thing), `permanent` (never).
 */
export type RefusalReason =
  | 'temporary'
  | 'needs-approval'
  | 'blocked'
  | 'invalid'
  | 'conflict'
  | 'unknown'
  | 'permanent'

export interface Refusal {
  readonly reason: RefusalReason
  /** The field of the command, e.g. `to`, `canary`, `release`. */
  readonly field: string
  /** The value that was given, shortened. */
  readonly value: string
  /** What would have been accepted. */
  readonly expected: string
  /** The whole sentence a person reads; plain words, names field, value and what is accepted. */
  readonly message: string
}
