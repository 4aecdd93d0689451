import type { EventBody, RolloutEvent } from '../history/event.ts'
import type { Command } from './command.ts'
import type { Refusal, RefusalReason } from './refusal.ts'
import { refuse } from './refuse.ts'

/** What came of a command: the events it amounts to (none: it already is so), or why not. */
export type Decision =
  | { readonly ok: true; readonly events: readonly RolloutEvent[] }
  | { readonly ok: false; readonly refusal: Refusal }

/** Accepts: every event carries the command's time, actor and reason, or a reason of its own. */
export function accept(
  command: Pick<Command, 'at' | 'actor' | 'reason'>,
  ...bodies: readonly (EventBody & { readonly reason?: string })[]
): Decision {
  const { at, actor, reason } = command
  return { ok: true, events: bodies.map((body) => ({ v: 1, at, actor, reason, ...body })) }
}

/** Refuses with a refusal made before. */
export function reject(refusal: Refusal): Decision {
  return { ok: false, refusal }
}

/** Refuses: why, then field, value and what would have been accepted. */
export function deny(
  reason: RefusalReason,
  why: string,
  field: string,
  value: unknown,
  expected: string,
): Decision {
  return reject(refuse(reason, why, field, value, expected))
}
