import type { AdvisoryStore } from '../../ports/advisory-store.ts'
import type { Advisory } from '../../versions/advisory.ts'
import { jsonCopy } from './json-copy.ts'

/** Advisories in memory. */
export function createMemoryAdvisoryStore(): AdvisoryStore {
  const known = new Map<string, readonly Advisory[]>()
  return {
    advisoriesOf: async (id) => known.get(id) ?? [],
    setAdvisories: async (id, advisories) => {
      known.set(id, jsonCopy(advisories))
    },
  }
}
