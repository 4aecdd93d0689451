import type { Observation } from './observations.ts'

/** How far the odds of the candidate arm may be off, each way. */
const oddsRatios = [1 / 4, 1 / 2, 2, 4] as const

/** An e-value of this size is taken for proof: one chance in a thousand of a false alarm, over all looks together. */
export const mismatchProof = 1000

/**
 * Evidence that the arms do not have the shares of repositories that the percents of the ladder gave them: then
 * runs of one arm get lost or are made up, and no comparison of the arms means anything.
 *
 * The mean likelihood ratio of four alternatives, in which the odds of the candidate arm are 1/4, 1/2, 2 or 4 times
 * what they should be, against the drawn probabilities. Under these it is a martingale with mean 1, so it ever
 * reaches `mismatchProof` with a chance of at most 1 in 1000, however often it is looked at (Ville's inequality). The
 * level is that of the usual check by chi square (p < 0.001), which only holds for a single look.
 *
 * Source: M. Lindon, A. Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022.
 */
export function ratioEvidence(observations: readonly Observation[]): number {
  let sum = 0
  for (const ratio of oddsRatios) {
    let log = 0
    for (const { exposed, chance } of observations) {
      const off = chance * (ratio - 1) + 1
      log += Math.log((exposed ? ratio : 1) / off)
    }
    sum += Math.exp(log)
  }
  return sum / oddsRatios.length
}
