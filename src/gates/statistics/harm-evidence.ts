import type { Observation } from './observations.ts'

/** Stakes, from timid to bold; the evidence is the mean over all of them, so that nobody has to choose. */
const stakes = [0.5, 1, 2] as const
/** The most that one repository may multiply the wealth of a stake by, less one: it is one vote of several. */
const mostGain = 2
/** The most that one repository may take of it; never all, or the stake could not recover. */
const mostLoss = 0.9

/** How strongly the runs speak, as e-values: 20 is evidence at 95 %, 100 at 99 %. */
export interface HarmEvidence {
  /** Against "the candidate's failure rate is no higher than the baseline's". */
  readonly ofHarm: number
  /** Against "the candidate's failure rate is higher by `maxHarm` or more". */
  readonly againstMaxHarm: number
}

/**
 * Whether ordinary runs fail more often under the candidate: a test by betting that is valid however often and
 * whenever it is looked at.
 *
 * Method. Each observation is one repository at one percent: the hash of its key drew the arm with a known
 * probability `p`, and `x` is the share of its runs that failed. With `e`, what was expected of it beforehand,
 * `d = (a - p)(x - e)` (a = 1 for the candidate) has mean `p(1 - p)` times the rise of the failure rate, whatever
 * the repositories are like. A player stakes `s` on every `d`; under the hypothesis the wealth
 * `product of (1 + s(d - p(1 - p)m))` does not grow on average (m = 0 for harm, the tolerated rise for the other
 * question, with the sign turned). The result is the mean wealth over three stakes, an e-value.
 *
 * Guarantee. By Ville's inequality the chance that it *ever* reaches `1 / alpha` while the hypothesis is true is at
 * most `alpha`: for every number of looks, every stopping rule, every sample size, without an approximation. For
 * "no effect" it rests on the draw of the arms alone: runs of a repository may depend on each other, repositories
 * may differ, be busy or idle, and days may be good or bad. For a rise of up to `m` it needs that the rise expected
 * of each repository is at most (at least) `m` given those before it. Nothing may depend on observations that are
 * still open (`closedObservations`).
 *
 * Sources. I. Waudby-Smith, A. Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86 (2024),
 * for bets on bounded means; D. W. Ham et al., "Design-based confidence sequences" (2022, arXiv:2210.08639), for
 * inference from the assignment; J. Ville, "Étude critique de la notion de collectif" (1939).
 *
 * `maxHarm` is a share, 0..1. Without observations both answers are 1: nothing is said.
 */
export function harmEvidence(observations: readonly Observation[], maxHarm: number): HarmEvidence {
  return { ofHarm: meanWealth(observations, 1, 0), againstMaxHarm: meanWealth(observations, -1, maxHarm) }
}

/** `side` 1 bets on a rise above `rise`, -1 on one below it. */
function meanWealth(observations: readonly Observation[], side: 1 | -1, rise: number): number {
  const logs = stakes.map(() => 0)
  for (const { exposed, chance, failed, expected } of observations) {
    const tolerated = chance * (1 - chance) * rise
    const drawn = (exposed ? 1 - chance : -chance) * (failed - expected) - tolerated
    const up = Math.max((1 - chance) * (1 - expected), chance * expected) - tolerated
    const down = Math.max((1 - chance) * expected, chance * (1 - expected)) + tolerated
    const [gain, loss] = side === 1 ? [up, down] : [down, up]
    const most = Math.min(mostGain / gain, mostLoss / loss)
    for (const [index, stake] of stakes.entries()) {
      logs[index] = (logs[index] ?? 0) + Math.log1p(Math.min(stake, most) * side * drawn)
    }
  }
  return logs.reduce((sum, log) => sum + Math.exp(log), 0) / stakes.length
}
