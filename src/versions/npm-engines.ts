import semver from 'semver'

type Field = 'node' | 'npm'

/**
 * The `engines` that a hidden version carries so that it never fits a client that the versions beside it do not
 * fit: npm takes a version whose engines fit before one that is not deprecated. `own` itself where it asks for at
 * least as much as each of `others`.
 */
export function engineWithin(own: unknown, others: readonly unknown[]): unknown {
  const asked = (['node', 'npm'] as const).map((field) => {
    const needed = others.map((engines) => rangeOf(engines, field)).filter((range) => range !== null)
    const given = rangeOf(own, field)
    return needed.every((range) => isWithin(given, range)) ? null : { field, range: bothOf(needed) }
  })
  const changed = asked.filter((change) => change !== null)
  if (changed.length === 0) return own
  const kept = typeof own === 'object' && own !== null && !Array.isArray(own) ? own : {}
  return { ...kept, ...Object.fromEntries(changed.map(({ field, range }) => [field, range])) }
}

/** What npm checks: null where there is nothing; old lists of engines are nothing to it. */
function rangeOf(engines: unknown, field: Field): string | null {
  if (typeof engines !== 'object' || engines === null || !Object.hasOwn(engines, field)) return null
  const range: unknown = Reflect.get(engines, field)
  if (!range) return null
  // What is no range fits nobody.
  return typeof range === 'string' && semver.validRange(range, options) !== null ? range : nobody
}

const nobody = '<0.0.0-0'
const options = { includePrerelease: true }

function isWithin(narrow: string | null, wide: string): boolean {
  if (narrow === null) return false
  return narrow === wide || narrow === nobody || semver.subset(narrow, wide, options)
}

/** A range of what is in all of them. */
function bothOf(ranges: readonly string[]): string {
  const different = [...new Set(ranges)]
  const [first = '', ...rest] = different
  return rest.reduce((all, range) => {
    if (isWithin(range, all)) return range
    if (isWithin(all, range)) return all
    const alternatives = alternativesOf(all).flatMap((one) =>
      alternativesOf(range).map((other) => `${one} ${other}`),
    )
    return alternatives.join(' || ')
  }, first)
}

function alternativesOf(range: string): readonly string[] {
  return (semver.validRange(range, options) ?? nobody).split('||')
}
