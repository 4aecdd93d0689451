import type { AppendBatch } from '../ports/event-store.ts'

/**
 * Throws when a batch cannot mean anything: the same stream or claim twice, or a version that is no count.
 * Every adapter checks this first, so that a caller's bug looks the same everywhere and stores nothing.
 */
export function checkBatch(batch: AppendBatch): void {
  refuseTwice(
    'stream',
    batch.streams.map((append) => append.stream),
  )
  refuseTwice(
    'claim',
    batch.claims.map((claim) => claim.claim),
  )
  for (const { stream, expectedVersion } of batch.streams) {
    if (!Number.isSafeInteger(expectedVersion) || expectedVersion < 0) {
      throw new Error(`expectedVersion of ${stream}: got ${expectedVersion}, expected a whole number from 0`)
    }
  }
}

function refuseTwice(what: string, names: readonly string[]): void {
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) throw new Error(`append names the ${what} ${name} twice, expected each at most once`)
    seen.add(name)
  }
}
