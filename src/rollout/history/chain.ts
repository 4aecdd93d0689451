import { canonicalJson } from './canonical-json.ts'
import type { RecordedEvent, RolloutEvent } from './event.ts'

/** A synchronous SHA-256 of the UTF-8 bytes of a text, as 64 lower-case hex digits. */
export type Sha256Hex = (text: string) => string

/** What stands before the first event. */
export const CHAIN_START = '0'.repeat(64)

/** Chains new events to the hash of the last one (`CHAIN_START` for the first). */
export function chainEvents(
  sha256Hex: Sha256Hex,
  head: string,
  events: readonly RolloutEvent[],
): readonly RecordedEvent[] {
  let previous = head
  return events.map((event) => {
    const linked = { ...event, previous }
    const hash = sha256Hex(canonicalJson(linked))
    previous = hash
    return { ...linked, hash }
  })
}

/** Whether a history is whole; else the number of the first event that does not fit and why. */
export function verifyChain(
  sha256Hex: Sha256Hex,
  events: readonly RecordedEvent[],
): { readonly ok: true } | { readonly ok: false; readonly version: number; readonly message: string } {
  let previous = CHAIN_START
  for (const [version, event] of events.entries()) {
    const { hash, ...linked } = event
    if (linked.previous !== previous) {
      return { ok: false, version, message: `event ${version} does not follow the one before it` }
    }
    if (sha256Hex(canonicalJson(linked)) !== hash) {
      return { ok: false, version, message: `event ${version} does not match its hash` }
    }
    previous = hash
  }
  return { ok: true }
}
