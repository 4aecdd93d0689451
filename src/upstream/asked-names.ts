import type { Clock } from '../ports/clock.ts'
import type { PackageId } from '../versions/release.ts'

/** When clients asked for packages last, as long as the process lives. */
export interface AskedNames {
  note(id: PackageId): void
  since(id: PackageId, since: number): boolean
}

/** Names that are remembered; the ones not asked for the longest go first. */
const mostNames = 50_000

/** Nobody asked at first. */
export function createAskedNames({ clock }: { readonly clock: Clock }): AskedNames {
  const names = new Map<PackageId, number>()
  return {
    note: (id) => {
      names.delete(id)
      names.set(id, clock.now())
      for (const oldest of names.keys()) {
        if (names.size <= mostNames) break
        names.delete(oldest)
      }
    },
    since: (id, since) => (names.get(id) ?? Number.NEGATIVE_INFINITY) >= since,
  }
}
