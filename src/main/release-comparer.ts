import type { HostedComparer } from '../contents/hosted/compare-hosted.ts'
import type { Loudest, ReleaseComparer } from '../ports/release-comparer.ts'

const loudness: readonly Loudest[] = ['stop', 'ask', 'say']

/** How loud the comparison of two hosted releases is, which is all that likeness asks. */
export function createReleaseComparer(hosted: HostedComparer): ReleaseComparer {
  return {
    async loudest(before, after) {
      const comparison = await hosted.compare(before, after)
      if (comparison === null || comparison === 'busy' || comparison.files.length === 0) return null
      const levels = new Set<Loudest>(comparison.findings.map(({ level }) => level))
      const loudest = loudness.find((level) => levels.has(level)) ?? 'nothing'
      // What could not be read may hold anything.
      return comparison.unread.length > 0 && loudest !== 'stop' ? null : loudest
    },
  }
}
