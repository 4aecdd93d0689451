import type { PackageId } from '../../versions/release.ts'
import { fitsPattern } from '../../versions/star-pattern.ts'

/**
 * Whether a package is meant by one of the patterns: a name or `*` in place of any text, with or without
 * `pypi:` or `npm:` in front (`@acme/*`, `pypi:acme-*`). PyPI patterns are compared in normal form.
 */
export function nameMatcher(patterns: readonly string[]): (id: PackageId) => boolean {
  const rules = patterns.map(ruleOf)
  return (id) => rules.some((rule) => rule(id))
}

function ruleOf(pattern: string): (id: PackageId) => boolean {
  const [, ecosystem, name = ''] = /^(?:(pypi|npm):)?(.*)$/.exec(pattern) ?? []
  const pypi = name.toLowerCase().replaceAll(/[-_.]+/g, '-')
  return (id) => {
    const colon = id.indexOf(':')
    const of = id.slice(0, colon)
    if (ecosystem !== undefined && ecosystem !== of) return false
    return fitsPattern(of === 'pypi' ? pypi : name, id.slice(colon + 1))
  }
}
