import type { AppendBatch, AppendOutcome, EventStore, StoredEvent } from '../../ports/event-store.ts'
import { checkBatch } from '../check-batch.ts'
import { jsonCopy } from './json-copy.ts'

/** Events in memory. One append runs without giving up the thread, so it is a transaction by itself. */
export function createMemoryEventStore(): EventStore {
  const log: StoredEvent[] = []
  const streams = new Map<string, StoredEvent[]>()
  const claims = new Map<string, string>()

  function conflictOf(batch: AppendBatch): (AppendOutcome & { ok: false }) | null {
    for (const { stream, expectedVersion } of batch.streams) {
      const count = streams.get(stream)?.length ?? 0
      if (count !== expectedVersion) return { ok: false, conflict: { kind: 'version', name: stream } }
    }
    for (const { claim, expected } of batch.claims) {
      if ((claims.get(claim) ?? null) !== expected) {
        return { ok: false, conflict: { kind: 'claim', name: claim } }
      }
    }
    return null
  }

  function write(batch: AppendBatch): readonly StoredEvent[] {
    const written: StoredEvent[] = []
    for (const { stream, events } of batch.streams) {
      const existing = streams.get(stream) ?? []
      for (const event of events) {
        const stored = { stream, version: existing.length, position: log.length + 1, event: jsonCopy(event) }
        existing.push(stored)
        log.push(stored)
        written.push(stored)
      }
      if (existing.length > 0) streams.set(stream, existing)
    }
    for (const { claim, stream } of batch.claims) {
      if (stream === null) claims.delete(claim)
      else claims.set(claim, stream)
    }
    return written
  }

  return {
    async append(batch) {
      checkBatch(batch)
      const conflict = conflictOf(batch)
      return conflict ?? { ok: true, events: write(batch) }
    },
    async read(stream) {
      return [...(streams.get(stream) ?? [])]
    },
    async readAll(afterPosition, limit) {
      return log.slice(afterPosition, afterPosition + limit)
    },
    async claimedBy(claim) {
      return claims.get(claim) ?? null
    },
  }
}
