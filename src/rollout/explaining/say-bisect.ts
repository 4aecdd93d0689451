import { leftOf, type Search } from '../../gates/canaries/bisect.ts'
import type { BisectFacts, BisectFound } from '../../gates/evidence.ts'
import type { ReleaseId } from '../../versions/release.ts'

/** What came of a search, for the canary under this name. */
export function sayFound({ kind, suspects }: BisectFacts, found: BisectFound, canary: string): string {
  const named = sayReleases(found.releases)
  switch (found.answer) {
    case 'found':
      return kind === 'line'
        ? `The first bad release is ${named}: ${canary} fails with it, and passes with ${beforeOf(suspects, found)}.`
        : `The bad release is ${named}: ${canary} fails with it alone, with the baselines of the other packages.`
    case 'unclear':
      return kind === 'line'
        ? `The first bad release is one of ${named}; what lies between could not be judged on ${canary}.`
        : `None of the packages is shown to break ${canary} alone; ${named} could not be judged.`
    case 'together':
      return `None of ${named} breaks ${canary} alone, only together with others of them.`
    case 'stopped':
      return `${canary} cannot be tested now, so the search was given up; left are ${named}.`
  }
}

/** Where a search is that is under way. */
export function saySearch(bisect: BisectFacts, { current, verdicts }: Search): string {
  const suspect = current === null ? undefined : bisect.suspects[current]
  const left = sayReleases(leftOf(bisect, verdicts))
  const now = suspect === undefined ? '' : `Testing ${suspect.release} against ${suspect.baseline}. `
  return `${now}Under suspicion: ${left}.`
}

/** The release before the first bad one: the one that was found to be good, or the baseline. */
function beforeOf(suspects: BisectFacts['suspects'], { releases }: BisectFound): string {
  const index = suspects.findIndex(({ release }) => release === releases[0])
  return suspects[index - 1]?.release ?? suspects[0]?.baseline ?? 'the baseline'
}

const MOST_NAMED = 10

function sayReleases(releases: readonly ReleaseId[]): string {
  const rest = releases.length - MOST_NAMED
  return `${releases.slice(0, MOST_NAMED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
