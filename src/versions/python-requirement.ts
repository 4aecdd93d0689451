import { normalizeName } from './normalize-name.ts'

/** A dependency as core metadata writes it (PEP 508), taken apart. */
export interface PythonRequirement {
  /** In normal form. */
  readonly name: string
  /** Extras asked for, in normal form and order. */
  readonly extras: readonly string[]
  /** `<3,>=2`: the clauses without spaces, sorted; empty for any version. */
  readonly specifier: string
  /** What is behind the semicolon, with its spaces and quotes in one form; null without. */
  readonly marker: string | null
  /** `name @ url`: the address; null for an ordinary requirement. */
  readonly url: string | null
}

const shape =
  /^\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*(@\s*[^\s;]+|[^;@]*)\s*(?:;(.*))?$/s

/** Reads one requirement; null for a text that is none. Two spellings of one requirement read the same. */
export function parsePythonRequirement(text: string): PythonRequirement | null {
  const match = shape.exec(text)
  const name = normalizeName('pypi', match?.[1] ?? '')
  if (match === null || !name.ok) return null
  const wanted = (match[3] ?? '').trim()
  const url = wanted.startsWith('@') ? wanted.slice(1).trim() : null
  const marker = (match[4] ?? '').trim().replaceAll("'", '"').replaceAll(/\s+/g, ' ')
  return {
    name: name.value,
    extras: (match[2] ?? '')
      .split(',')
      .map((extra) =>
        extra
          .trim()
          .toLowerCase()
          .replaceAll(/[-_.]+/g, '-'),
      )
      .filter((extra) => extra !== '')
      .sort(),
    specifier: url === null ? plainSpecifier(wanted) : '',
    marker: marker === '' ? null : marker.replaceAll(/ ?(===|==|~=|!=|<=|>=|<|>|\(|\)) ?/g, '$1'),
    url,
  }
}

/** `<3,>=2`: a version specifier without spaces and parentheses, its clauses sorted. */
export function plainSpecifier(text: string): string {
  const inside = text.replaceAll(/\s+/g, '').replace(/^\((.*)\)$/, '$1')
  return inside
    .split(',')
    .filter((clause) => clause !== '')
    .sort()
    .join(',')
}
