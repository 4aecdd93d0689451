import { type Problem, type Result, showValue } from './problem.ts'
import type { Ecosystem } from './version-scheme.ts'

const PYPI_NAME = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i
/** What npm ever took; packages of its first years still go by such names, and others depend on them. */
const NPM_NAME = /^(?:@[\w!~*'()-][\w.!~*'()-]*\/[\w!~*'()-]|[a-z0-9!~*'()-])[\w.!~*'()-]*$/i
/** What npm takes for a new package (validate-npm-package-name). */
const NEW_NPM_NAME = /^[a-z0-9@/._-]+$/
const NPM_RESERVED = new Set(['node_modules', 'favicon.ico'])
/** npm's own limit; PyPI has none, and no real name there is longer. */
const NAME_LENGTH = 214

const EXPECTED: Record<Ecosystem, string> = {
  pypi: 'a PyPI project name: letters, digits, ".", "_" and "-", beginning and ending with a letter or digit',
  npm: 'an npm package name: letters, digits and any of "-_.~!*\'()", with at most one @scope/ in front',
}

/**
 * The one spelling under which a package is known: PEP 503 for PyPI (lower case, runs of `-_.` become `-`),
 * npm names are already in normal form. Anything that could leave its place in a path is refused.
 */
export function normalizeName(ecosystem: Ecosystem, name: string): Result<string> {
  const valid =
    ecosystem === 'pypi' ? PYPI_NAME.test(name) : NPM_NAME.test(name) && !NPM_RESERVED.has(name.toLowerCase())
  if (!valid || name.length > NAME_LENGTH) {
    const expected = valid ? `a name of at most ${NAME_LENGTH} characters` : EXPECTED[ecosystem]
    return { ok: false, problem: { field: 'name', value: showValue(name), expected } }
  }
  return { ok: true, value: ecosystem === 'pypi' ? name.toLowerCase().replaceAll(/[-_.]+/g, '-') : name }
}

/** Why a package may not be published under an npm name that old ones have, or null. */
export function newNpmNameProblem(name: string): Problem | null {
  if (NEW_NPM_NAME.test(name)) return null
  const expected =
    'lower-case letters, digits, "-", "_" and "." in the name of a new package, as npm wants them since 2014'
  return { field: 'name', value: showValue(name), expected }
}
