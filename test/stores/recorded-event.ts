import type { RecordedEvent } from '../../src/rollout/history/event.ts'

/** An event that differs by its reason; stores do not look inside. */
export function event(reason: string, at = 1): RecordedEvent {
  return {
    type: 'paused',
    v: 1,
    at,
    actor: { kind: 'system' },
    reason,
    previous: '0'.repeat(64),
    hash: '1'.repeat(64),
  }
}
