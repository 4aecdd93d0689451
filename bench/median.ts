/** The middle of some numbers, or the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const at = (index: number) => sorted[Math.max(0, Math.min(sorted.length - 1, index))] ?? 0
  return (at(Math.ceil(middle) - 1) + at(Math.floor(middle))) / 2
}
