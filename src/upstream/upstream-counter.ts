import type { UpstreamChange } from '../catalog/overlaid/upstream-changes.ts'
import type { UpstreamCounts } from '../ports/upstream.ts'
import type { Ecosystem } from '../versions/version-scheme.ts'

/** Counts what happens at the upstreams, from zero with the process. */
export interface UpstreamCounter {
  request(ecosystem: Ecosystem, outcome: string): void
  change(kind: UpstreamChange['kind']): void
  stale(): void
  counts(): Omit<UpstreamCounts, 'ownNames'>
}

/** Starts at zero. */
export function createUpstreamCounter(): UpstreamCounter {
  const requests = new Map<string, { ecosystem: Ecosystem; outcome: string; count: number }>()
  const changes = new Map<UpstreamChange['kind'], number>()
  let staleAnswers = 0
  return {
    request: (ecosystem, outcome) => {
      const key = `${ecosystem} ${outcome}`
      requests.set(key, { ecosystem, outcome, count: (requests.get(key)?.count ?? 0) + 1 })
    },
    change: (kind) => void changes.set(kind, (changes.get(kind) ?? 0) + 1),
    stale: () => {
      staleAnswers += 1
    },
    counts: () => ({
      requests: [...requests.values()],
      changes: [...changes].map(([kind, count]) => ({ kind, count })),
      staleAnswers,
    }),
  }
}
