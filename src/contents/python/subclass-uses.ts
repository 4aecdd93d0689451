import { quotePattern } from '../../versions/quote-pattern.ts'
import { type LostUse, textIn } from '../contents.ts'
import { memberOf } from './compare-calls.ts'
import type { Binding } from './outline/module-outline.ts'
import { isInnerModule } from './public-names.ts'
import type { PythonPackage } from './python-package.ts'

/** What of a class's inheritance broke, by file line. */
interface LostInheritance {
  readonly code: LostUse['code']
  readonly name: string
  readonly line: number
}

/** A class of the package that a dependent's class inherits from, in both releases. */
interface Inherited {
  readonly label: string
  readonly old: Defined
  readonly now: Defined
}

interface Defined {
  readonly module: string
  readonly binding: Binding
}

/** What a class of a dependent inherits, through the dependent's own classes in between. */
interface Ancestry {
  readonly inherited: readonly Inherited[]
  /** What classes in between bring by themselves. */
  readonly between: ReadonlySet<string>
  /** False where a base is from elsewhere, and may bring anything. */
  readonly isWhole: boolean
}

/** The package in both releases. */
interface BothReleases {
  readonly before: PythonPackage
  readonly after: PythonPackage
}

/**
 * Where classes of a dependent's module that inherit from the package's classes break: they override a method that
 * nothing of the package calls any more, or they use an inherited member that is gone.
 */
export function subclassUses(
  source: string,
  module: string,
  dependent: PythonPackage,
  both: BothReleases,
): readonly LostInheritance[] {
  const found: LostInheritance[] = []
  for (const [name, binding] of dependent.outline(module)?.names ?? []) {
    // Broken texts bind what is no name.
    if (binding.kind !== 'class' || !isPlain(name)) continue
    const { inherited, between, isWhole } = ancestryOf({ module, binding }, dependent, both)
    if (inherited.length === 0) continue
    const text = classText(source, name)
    for (const from of inherited) {
      for (const [member, { kind }] of binding.members ?? [])
        if (kind === 'function' && isPlain(member) && isHookLost(member, from, both))
          found.push({
            code: 'override-ignored',
            name: `${from.label}.${member}`,
            line: text.lineOf(`def ${member}`),
          })
      if (!isWhole) continue
      for (const member of text.usesOfSelf)
        if (!binding.members?.has(member) && !between.has(member) && isMemberLost(member, from, both))
          found.push({
            code: 'used-name-removed',
            name: `${from.label}.${member}`,
            line: text.lineOf(`self.${member}`),
          })
    }
  }
  return found
}

const isPlain = (name: string): boolean => /^\w+$/.test(name)

function ancestryOf(
  { module, binding }: Defined,
  dependent: PythonPackage,
  both: BothReleases,
  depth = 0,
): Ancestry {
  const inherited: Inherited[] = []
  const between = new Set<string>()
  let isWhole = depth < 8
  for (const base of depth < 8 ? (binding.bases ?? []) : []) {
    if (base === 'object') continue
    const [first = '', ...rest] = base.split('.')
    const from = dependent.outline(module)?.names.get(first)?.from
    const path =
      from === undefined
        ? []
        : [...from.module.split('.'), ...(from.name === null ? [] : [from.name]), ...rest]
    const ofPackage = path.length < 2 ? null : inBoth(path, both)
    if (ofPackage !== null) {
      inherited.push(ofPackage)
      continue
    }
    const name = path.at(-1) ?? base
    const own = dependent.definition(path.length < 2 ? module : path.slice(0, -1).join('.'), name)
    if (own?.binding.kind !== 'class') {
      isWhole = false
      continue
    }
    const above = ancestryOf(own, dependent, both, depth + 1)
    inherited.push(...above.inherited)
    for (const member of [...(own.binding.members?.keys() ?? []), ...above.between]) between.add(member)
    isWhole &&= above.isWhole
  }
  return { inherited, between, isWhole }
}

/** A class that both releases have under a path. */
function inBoth(path: readonly string[], { before, after }: BothReleases): Inherited | null {
  const module = path.slice(0, -1).join('.')
  const name = path.at(-1) ?? ''
  const old = before.definition(module, name)
  const now = after.definition(module, name)
  if (old?.binding.kind !== 'class' || now?.binding.kind !== 'class') return null
  return { label: `${module}:${name}`, old, now }
}

/** The text of a class with the lines it stands on. */
function classText(source: string, name: string) {
  const start = Math.max(0, source.search(new RegExp(`^[ \\t]*class ${quotePattern(name)}\\b`, 'm')))
  const indent = /^[ \t]*/.exec(source.slice(start))?.[0].length ?? 0
  const end = new RegExp(`\\n[ \\t]{0,${indent}}[^\\s#)]`, 'g')
  end.lastIndex = source.indexOf('\n', start)
  const text = source.slice(start, end.exec(source)?.index ?? source.length)
  return {
    usesOfSelf: new Set(
      [...text.matchAll(/\bself\.([a-zA-Z]\w*)\b(?!\s*=[^=])/g)].map(([, used = '']) => used),
    ),
    lineOf: (said: string) =>
      source.slice(0, start + Math.max(0, text.search(new RegExp(`\\b${quotePattern(said)}\\b`)))).split('\n')
        .length,
  }
}

/** A method of the class that the package itself called before, and that nothing in it mentions now but its own definition. */
function isHookLost(member: string, { old, now }: Inherited, { before, after }: BothReleases): boolean {
  if (member.startsWith('__')) return false
  const was = memberOf(before, old.module, old.binding, member)
  if (was === null || was === 'unknown' || was.kind !== 'function') return false
  // A base that cannot be read may call it.
  if (outerBases(after, now).size > 0) return false
  return mentions(before, old.module, member) > 0 && mentions(after, now.module, member) === 0
}

/** How often a package speaks of an attribute, called or not, or of its name as a text; its tests do not count. */
function mentions(own: PythonPackage, module: string, member: string): number {
  const named = quotePattern(member)
  const spoken = new RegExp(`(?<!super\\(\\))\\.${named}\\b|['"]${named}['"]`, 'g')
  let count = 0
  for (const { name, path, readable } of own.modules.values()) {
    if (isInnerModule(name) && name !== module) continue
    if (!readable) return Number.POSITIVE_INFINITY
    count += (textIn(own.archive, path) ?? '').match(spoken)?.length ?? 0
  }
  return count
}

/** A member that the package's own classes gave, and that neither they nor a new base from elsewhere give now. */
function isMemberLost(member: string, { old, now }: Inherited, { before, after }: BothReleases): boolean {
  const was = memberOf(before, old.module, old.binding, member)
  if (was === null || was === 'unknown' || was.kind !== 'function') return false
  const is = memberOf(after, now.module, now.binding, member)
  if (is === null) return true
  if (is !== 'unknown') return false
  const known = outerBases(before, old)
  return [...outerBases(after, now)].every((base) => base !== '?' && known.has(base))
}

/** The bases of a class and of its bases that are not the package's own, by the last part of their own names. */
function outerBases(own: PythonPackage, { module, binding }: Defined, depth = 0): ReadonlySet<string> {
  const found = new Set<string>()
  if (binding.members?.has('__getattr__') || depth > 12) found.add('?')
  for (const base of binding.bases ?? []) {
    const inner = base.includes('.') ? null : own.definition(module, base)
    if (inner?.binding.kind === 'class') {
      for (const outer of outerBases(own, inner, depth + 1)) found.add(outer)
      continue
    }
    const imported = own.outline(module)?.names.get(base)?.from?.name
    const last = imported ?? base.split('.').at(-1) ?? base
    if (last !== 'object') found.add(last)
  }
  return found
}
