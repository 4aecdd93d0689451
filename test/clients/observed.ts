/** What a client was seen to do, in the words of the tables in docs/clients.md. */
import type { Ran } from './run-program.ts'
import { blockReason } from './staged-world.ts'

export interface Observed {
  /** Rollout and view, then the way to ask, to the version. */
  readonly cells: Record<string, Record<string, string>>
  /** Situation after a change, to the version. */
  readonly changes: Record<string, string>
  /** Every lockfile that came about outside a nonce view, by where it came about. */
  readonly lockfiles: Record<string, string>
}

export const nothingObserved = (): Observed => ({ cells: {}, changes: {}, lockfiles: {} })

/** `refused`, and whether the client's output says why, where there is no version. */
export function refusedOr(version: string | null, { code, out }: Ran): string {
  if (code === 0 && version !== null) return version
  // Clients wrap lines where they like.
  return out.replace(/\s+/g, ' ').includes(blockReason) ? 'refused, says why' : 'refused'
}

/** One word for versions that should be the same, both when they are not. */
export function together(versions: readonly (string | null)[]): string {
  return [...new Set(versions.map((version) => version ?? 'refused'))].join(' / ')
}
