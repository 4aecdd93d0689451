import { randomOf } from './random.ts'

/** A figure with the bounds of its 95 % interval. */
export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** Two-sided 95 % of the standard normal distribution. */
const Z = 1.959964

/** How often the bootstrap draws anew. */
const RESAMPLES = 1000

/** A share of `total` with Wilson's score interval (Wilson 1927); null where there is nothing to count. */
export function shareOf(count: number, total: number): Estimate | null {
  if (total === 0) return null
  const share = count / total
  const middle = (share + (Z * Z) / (2 * total)) / (1 + (Z * Z) / total)
  const reach =
    (Z / (1 + (Z * Z) / total)) * Math.sqrt((share * (1 - share)) / total + (Z * Z) / (4 * total * total))
  // Rounding must not push a bound past the figure itself.
  const low = count === 0 ? 0 : Math.max(0, middle - reach)
  const high = count === total ? 1 : Math.min(1, middle + reach)
  return { value: share, low, high }
}

/** A mean with its bootstrap percentile interval (Efron 1979; 1,000 resamples from a stream of its own). */
export function meanOf(values: readonly number[], seed: number): Estimate | null {
  if (values.length === 0) return null
  const random = randomOf(seed, values.length)
  const means: number[] = []
  for (let round = 0; round < RESAMPLES; round += 1) {
    let sum = 0
    for (let draw = 0; draw < values.length; draw += 1) {
      sum += values[Math.floor(random() * values.length)] ?? 0
    }
    means.push(sum / values.length)
  }
  means.sort((left, right) => left - right)
  const value = values.reduce((sum, each) => sum + each, 0) / values.length
  return { value, low: means[24] ?? value, high: means[974] ?? value }
}

/**
 * A quantile with the distribution-free interval between two order statistics, whose ranks come from the normal
 * approximation of the binomial distribution (David and Nagaraja, Order Statistics, 7.1).
 */
export function quantileOf(values: readonly number[], quantile: number): Estimate | null {
  if (values.length === 0) return null
  const sorted = [...values].sort((left, right) => left - right)
  const { length } = sorted
  const at = (rank: number): number => sorted[Math.min(Math.max(Math.ceil(rank) - 1, 0), length - 1)] ?? 0
  const reach = Z * Math.sqrt(length * quantile * (1 - quantile))
  return {
    value: at(length * quantile),
    low: at(length * quantile - reach),
    high: at(length * quantile + reach + 1),
  }
}
