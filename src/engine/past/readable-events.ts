import type { ReadEvent } from '../../ports/event-store.ts'
import type { RecordedEvent } from '../../rollout/history/event.ts'

/** The events up to the first one that cannot be read: what comes after it stands on something unknown. */
export function readableEvents(stored: readonly ReadEvent[]): readonly RecordedEvent[] {
  const end = stored.findIndex(({ event }) => event === null)
  return (end < 0 ? stored : stored.slice(0, end)).flatMap(({ event }) => event ?? [])
}
