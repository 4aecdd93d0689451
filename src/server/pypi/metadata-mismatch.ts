import { metadataFields, type PythonMetadata } from '../../archives/python-metadata.ts'
import { normalizeName } from '../../versions/normalize-name.ts'
import type { Problem } from '../../versions/problem.ts'
import { showValue } from '../../versions/problem.ts'
import { parsePythonRequirement, plainSpecifier } from '../../versions/python-requirement.ts'
import { schemeOf } from '../../versions/scheme-of.ts'

/**
 * How the values of a field are compared: two spellings that mean the same are the same. The version of the
 * format is the file's own: some programs always send the one they would write.
 */
const spellings: Readonly<Record<string, (value: string) => string>> = {
  name: (value) => {
    const name = normalizeName('pypi', value.trim())
    return name.ok ? name.value : value
  },
  version: (value) => schemeOf('pypi').normalize(value.trim()) ?? value,
  requires_python: plainSpecifier,
  requires_dist: plainRequirement,
  provides_extra: (value) =>
    value
      .trim()
      .toLowerCase()
      .replaceAll(/[-_.]+/g, '-'),
  summary: (value) => value.replaceAll(/\s+/g, ' ').trim(),
}

/** Fields that a form may leave out: then the file's own say what is so. */
const needed = new Set(['name', 'version'])

/**
 * The first field in which an upload form says something else than the file's own metadata; null when they
 * agree. Clients resolve by what the index says, and install what the file says.
 */
export function metadataMismatch(
  fields: ReadonlyMap<string, readonly string[]>,
  metadata: PythonMetadata,
): Problem | null {
  const own = metadataFields(metadata)
  for (const [field, spell] of Object.entries(spellings)) {
    const given = (fields.get(field) ?? []).filter((value) => value !== '')
    if (given.length === 0 && !needed.has(field)) continue
    const inside = own.filter(([name]) => name === field).map(([, value]) => value)
    if (sameSet(given.map(spell), inside.map(spell))) continue
    const expected = inside.length === 0 ? 'nothing' : inside.map(showValue).join(', ').slice(0, 400)
    return {
      field,
      value: given.length === 0 ? 'nothing' : showValue(given.join(', ')),
      expected: `${expected}, as the metadata inside the file says`,
    }
  }
  return null
}

function plainRequirement(text: string): string {
  const parsed = parsePythonRequirement(text)
  return parsed === null ? text.trim() : JSON.stringify(parsed)
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const [first, second] = [new Set(a), new Set(b)]
  return first.size === second.size && [...first].every((value) => second.has(value))
}
