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

/** Longer ones are no requirements: the longest that people publish have a few hundred characters. */
const mostCharacters = 10_000

/**
 * Reads one requirement; null for a text that is none. Two spellings of one requirement read the same. Goes through the
 * text once, piece by piece: anybody may publish metadata, and an expression for all of it takes days on some.
 */
export function parsePythonRequirement(text: string): PythonRequirement | null {
  if (text.length > mostCharacters) return null
  const trimmed = text.trim()
  const written = /^[A-Za-z0-9][A-Za-z0-9._-]*/.exec(trimmed)?.[0] ?? ''
  const name = normalizeName('pypi', written)
  const extras = extrasOf(trimmed.slice(written.length).trimStart())
  if (!name.ok || extras === null) return null
  const wanted = extras.rest.startsWith('@') ? urlOf(extras.rest) : specifierOf(extras.rest)
  if (wanted === null) return null
  const marker = wanted.marker.trim().replaceAll("'", '"').replaceAll(/\s+/g, ' ')
  return {
    name: name.value,
    extras: extras.names,
    specifier: plainSpecifier(wanted.specifier),
    marker: marker === '' ? null : marker.replaceAll(/ ?(===|==|~=|!=|<=|>=|<|>|\(|\)) ?/g, '$1'),
    url: wanted.url,
  }
}

/** `[a,b]` in front of the rest; null where the bracket is not closed. */
function extrasOf(text: string): { readonly names: readonly string[]; readonly rest: string } | null {
  if (!text.startsWith('[')) return { names: [], rest: text }
  const end = text.indexOf(']')
  if (end < 0) return null
  const names = text
    .slice(1, end)
    .split(',')
    .map((extra) =>
      extra
        .trim()
        .toLowerCase()
        .replaceAll(/[-_.]+/g, '-'),
    )
    .filter((extra) => extra !== '')
  return { names: names.sort(), rest: text.slice(end + 1).trimStart() }
}

interface Wanted {
  readonly specifier: string
  readonly url: string | null
  readonly marker: string
}

/** `@ <address> ; <marker>`. */
function urlOf(text: string): Wanted | null {
  const [url = ''] = /^[^\s;]+/.exec(text.slice(1).trimStart()) ?? []
  const rest = text.slice(text.indexOf(url, 1) + url.length).trimStart()
  if (url === '' || (rest !== '' && !rest.startsWith(';'))) return null
  return { specifier: '', url, marker: rest.slice(1) }
}

/** `<clauses> ; <marker>`. */
function specifierOf(text: string): Wanted | null {
  const end = text.includes(';') ? text.indexOf(';') : text.length
  const specifier = text.slice(0, end)
  return specifier.includes('@') ? null : { specifier, url: null, marker: text.slice(end + 1) }
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
