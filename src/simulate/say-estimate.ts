import { HOUR_MS } from './durations.ts'
import type { Estimate } from './intervals.ts'

/** A share as percent with its bounds: `3.1 % (2.7-3.5)`; `-` where there is no figure. */
export function sayShare(estimate: Estimate | null): string {
  if (estimate === null) return '-'
  // A bound of less than one in a thousand would read as none.
  const digits = estimate.high < 0.01 ? 2 : 1
  const all = [estimate.value, estimate.low, estimate.high]
  const [value, low, high] = all.map((share) => (share * 100).toFixed(digits))
  return `${value} % (${low}-${high})`
}

/** A time in hours with its bounds: `60.7 h (60.6-60.8)`; one figure where they are the same. */
export function sayHours(estimate: Estimate | null): string {
  if (estimate === null) return '-'
  const [value, low, high] = [estimate.value, estimate.low, estimate.high].map((ms) => fixed(ms / HOUR_MS))
  return low === high ? `${value} h` : `${value} h (${low}-${high})`
}

/** A mean count with its bounds: `0.31 (0.29-0.33)`. */
export function saySeveral(estimate: Estimate | null): string {
  if (estimate === null) return '-'
  const [value, low, high] = [estimate.value, estimate.low, estimate.high].map((count) => count.toFixed(2))
  return `${value} (${low}-${high})`
}

function fixed(number: number): string {
  return number.toFixed(1)
}
