/**
 * Whether lists and mappings are nested deeper than `most`. Parsing takes any depth, but writing, comparing and
 * checking recurse, and would run out of stack long after the value was stored.
 */
export function isDeeperThan(json: unknown, most: number): boolean {
  let level = nested([json])
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === most) return true
    level = level.flatMap((value) => nested(Object.values(value)))
  }
  return false
}

function nested(values: readonly unknown[]): object[] {
  return values.filter((value): value is object => typeof value === 'object' && value !== null)
}
