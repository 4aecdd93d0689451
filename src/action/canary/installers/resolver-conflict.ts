import { stripVTControlCharacters } from 'node:util'

const MOST_CHARACTERS = 600

/**
 * The requirements that a client names when it finds no set of versions that fits: npm's peer that could not be
 * met, pip's and uv's list of who asks for what, Poetry's chain. Null when the log says nothing of that kind.
 */
export function conflictIn(log: string): string | null {
  const text = stripVTControlCharacters(log).replace(/\r/g, '')
  const found = npmConflict(text) ?? pipConflict(text) ?? uvConflict(text) ?? poetryConflict(text)
  return found === null ? null : found.replace(/\s+/g, ' ').trim().slice(0, MOST_CHARACTERS)
}

/** `npm error Could not resolve dependency:` and the next line, `npm error peer demo@"^1.0.0" from kit@2.0.0`. */
function npmConflict(text: string): string | null {
  const match = /npm (?:error|ERR!) Could not resolve dependency:\s*\n\s*npm (?:error|ERR!) (.+)/.exec(text)
  const asked = match?.[1]?.trim()
  if (asked === undefined) return null
  const found = /npm (?:error|ERR!) Found: (.+)/.exec(text)?.[1]?.trim()
  return found === undefined ? asked : `${asked}, but there is ${found}`
}

/** `The conflict is caused by:` and the indented lines under it. */
function pipConflict(text: string): string | null {
  const lines = /The conflict is caused by:\n((?:[ \t]+.+\n?)+)/.exec(text)?.[1]
  if (lines !== undefined)
    return lines
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .join('; ')
  return /ERROR: No matching distribution found for (.+)/.exec(text)?.[0]?.replace('ERROR: ', '') ?? null
}

/** `Because a depends on b<2 and you require b==2, we can conclude that ...` */
function uvConflict(text: string): string | null {
  return /(Because [\s\S]+?(?:unsatisfiable|incompatible|cannot be used)[^\n]*)/.exec(text)?.[1] ?? null
}

function poetryConflict(text: string): string | null {
  return /(Because [\s\S]+?version solving failed)/.exec(text)?.[1] ?? null
}
