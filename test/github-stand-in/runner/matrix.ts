import { Unsupported } from './expressions.ts'

type Fields = Record<string, unknown>

/** The `strategy` context of a job: its place among the legs of its matrix. */
export interface MatrixPlace {
  readonly 'fail-fast': boolean
  readonly 'job-index': number
  readonly 'job-total': number
  readonly 'max-parallel': number
}

export interface Leg {
  readonly matrix: Fields
  readonly strategy: MatrixPlace
}

function listOf(value: unknown, where: string): unknown[] {
  if (!Array.isArray(value)) throw new Unsupported(`${where} that is not a list`)
  return value
}

function mappings(value: unknown, where: string): Fields[] {
  return listOf(value ?? [], where).map((entry) => {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
      throw new Unsupported(`${where} with an entry that is not a mapping`)
    return entry as Fields
  })
}

function product(axes: readonly (readonly [string, readonly unknown[]])[]): Fields[] {
  return axes.reduce<Fields[]>(
    (legs, [name, values]) => legs.flatMap((leg) => values.map((value) => ({ ...leg, [name]: value }))),
    [{}],
  )
}

const fits = (leg: Fields, part: Fields, names: readonly string[]) =>
  names.every((name) => JSON.stringify(leg[name]) === JSON.stringify(part[name]))

/** Adds to every leg of the sides whose own values it does not overwrite; fits it none, it is a leg of its own. */
function withIncluded(kept: readonly Fields[], more: readonly Fields[], axes: readonly string[]): Fields[] {
  const legs = kept.map((leg) => ({ ...leg }))
  const others: Fields[] = []
  for (const extra of more) {
    const own = Object.keys(extra).filter((name) => axes.includes(name))
    const fitting = legs.filter((_, index) => fits(kept[index] ?? {}, extra, own))
    if (fitting.length === 0) others.push(extra)
    for (const leg of fitting) Object.assign(leg, extra)
  }
  return [...legs, ...others]
}

/** The legs of a job: one with an empty matrix and a total of 1 where there is no matrix. */
export function legsOf(strategy: Fields, where: string): Leg[] {
  const odd = Object.keys(strategy).find((key) => !['matrix', 'fail-fast', 'max-parallel'].includes(key))
  if (odd !== undefined) throw new Unsupported(`${where}.strategy.${odd}`)
  const failFast = strategy['fail-fast'] !== false
  const place = (index: number, total: number) => ({
    'fail-fast': failFast,
    'job-index': index,
    'job-total': total,
    'max-parallel': total,
  })
  if (strategy.matrix === undefined) return [{ matrix: {}, strategy: place(0, 1) }]
  if (typeof strategy.matrix !== 'object' || strategy.matrix === null)
    throw new Unsupported(`${where}.strategy.matrix that is computed`)
  const { include: more, exclude, ...named } = strategy.matrix as Fields
  const axes = Object.entries(named).map(
    ([name, values]) => [name, listOf(values, `${where}.strategy.matrix.${name}`)] as const,
  )
  const names = axes.map(([name]) => name)
  const dropped = mappings(exclude, `${where}.strategy.matrix.exclude`)
  const kept = (axes.length === 0 ? [] : product(axes)).filter(
    (leg) => !dropped.some((part) => fits(leg, part, Object.keys(part))),
  )
  const legs = withIncluded(kept, mappings(more, `${where}.strategy.matrix.include`), names)
  if (legs.length === 0) throw new Unsupported(`${where}.strategy.matrix without a leg`)
  return legs.map((matrix, index) => ({ matrix, strategy: place(index, legs.length) }))
}
