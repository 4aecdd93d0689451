import { quotePattern } from '../../versions/quote-pattern.ts'
import { textIn } from '../contents.ts'
import type { PythonPackage } from './python-package.ts'
import type { NameUse } from './used-names.ts'

/** Names that a dependent uses, that the baseline has and the candidate has not. */
export function lostUses(
  uses: readonly NameUse[],
  before: PythonPackage,
  after: PythonPackage,
): readonly { readonly name: string; readonly line: number }[] {
  const found = new Map<string, { name: string; line: number }>()
  for (const use of uses) {
    const lost = lostPart(use, before, after)
    if (lost !== null && !found.has(lost)) found.set(lost, { name: lost, line: use.line })
  }
  return [...found.values()]
}

/** The first part of a path that is gone: a module, or a name in one. */
function lostPart({ path, how, guard }: NameUse, before: PythonPackage, after: PythonPackage): string | null {
  let module = path[0] ?? ''
  for (let at = 1; at <= path.length; at += 1) {
    if (!before.hasModule(module)) return null
    if (!after.hasModule(module)) return guard.missing ? null : module
    const name = path[at]
    if (name === undefined) return null
    if (before.hasModule(`${module}.${name}`)) {
      module = `${module}.${name}`
      continue
    }
    // An attribute is only guarded by what catches attributes, an imported name by ImportError.
    if (how === 'import' ? (guard.name ?? guard.missing) : guard.attribute) return null
    const had = before.presence(module, name)
    if (had !== 'there' && had !== 'dynamic') return null
    return isGone(before, after, module, name) ? `${module}:${name}` : null
  }
  return null
}

function isGone(before: PythonPackage, after: PythonPackage, module: string, name: string): boolean {
  const now = after.presence(module, name)
  if (now === 'gone') return true
  // Where names are written in ways that cannot be followed, one that the text no longer mentions is gone.
  const outline = after.outline(module)
  const stars = outline?.imports.some((use) => use.name === '*') ?? true
  return (
    now === 'unknown' &&
    outline?.opaque === true &&
    !stars &&
    mentions(before, module, name) &&
    !mentions(after, module, name)
  )
}

function mentions(own: PythonPackage, module: string, name: string): boolean {
  const file = own.modules.get(module)
  return (
    file !== undefined && new RegExp(`\\b${quotePattern(name)}\\b`).test(textIn(own.archive, file.path) ?? '')
  )
}
