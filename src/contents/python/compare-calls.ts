import type { FindingList } from '../contents.ts'
import type { Binding } from './outline/module-outline.ts'
import type { Parameter } from './outline/parameter.ts'
import { isPublicName } from './public-names.ts'
import type { PythonPackage } from './python-package.ts'

export interface SameName {
  readonly before: PythonPackage
  readonly after: PythonPackage
  readonly module: string
  readonly name: string
  readonly old: { readonly module: string; readonly binding: Binding }
  readonly now: { readonly module: string; readonly binding: Binding }
}

/** How something of the same name is called and what it has: parameters that went or became required, members. */
export function compareCalls(same: SameName, found: FindingList): void {
  const { module, name, old, now } = same
  if (old.binding.kind === 'function' && now.binding.kind === 'function')
    compareParameters(`${module}:${name}`, old.binding, now.binding, false, found)
  if (old.binding.kind === 'class' && now.binding.kind === 'class') compareMembers(same, found)
}

function compareMembers({ before, after, module, name, old, now }: SameName, found: FindingList): void {
  for (const [member, was] of old.binding.members ?? []) {
    if (!isPublicName(member) && !['__init__', '__call__', '__new__'].includes(member)) continue
    const is = memberOf(after, now.module, now.binding, member)
    if (is === 'unknown') continue
    if (is === null) {
      if (
        isPublicName(member) &&
        was.kind === 'function' &&
        memberOf(before, old.module, { ...old.binding, members: new Map() }, member) !== 'unknown'
      )
        found.add('member-removed', `${module}:${name}.${member}`)
    } else if (was.kind === 'function' && is.kind === 'function')
      compareParameters(`${module}:${name}.${member}`, was, is, true, found)
  }
}

/** A member by a class or what it inherits from; null when none has it, `unknown` when a base cannot be read. */
export function memberOf(
  own: PythonPackage,
  module: string,
  binding: Binding,
  member: string,
  depth = 0,
): Binding | 'unknown' | null {
  const direct = binding.members?.get(member)
  if (direct !== undefined) return direct
  if (binding.members?.has('__getattr__') || depth > 12) return 'unknown'
  let unknown = false
  for (const base of binding.bases ?? []) {
    if (plainBases.has(base)) continue
    const found = base.includes('.') ? null : own.definition(module, base)
    if (found?.binding.kind !== 'class') {
      unknown = true
      continue
    }
    const inherited = memberOf(own, found.module, found.binding, member, depth + 1)
    if (inherited !== null && inherited !== 'unknown') return inherited
    if (inherited === 'unknown') unknown = true
  }
  return unknown ? 'unknown' : null
}

const plainBases = new Set([
  'object',
  'Exception',
  'ValueError',
  'TypeError',
  'RuntimeError',
  'ABC',
  'abc.ABC',
  'Protocol',
  'Generic',
  'typing.Protocol',
  'typing.Generic',
])

function compareParameters(
  where: string,
  old: Binding,
  now: Binding,
  isMethod: boolean,
  found: FindingList,
): void {
  if (old.parameters === undefined || now.parameters === undefined || now.decorated || old.decorated) return
  if (isCatchAll(old.parameters)) return
  const was = callable(old, isMethod)
  const is = callable(now, isMethod)
  const takesAny = is.some(({ kind }) => kind === 'keyword-rest')
  for (const parameter of was) {
    if (['rest', 'keyword-rest', 'positional-only'].includes(parameter.kind) || !isPublicName(parameter.name))
      continue
    const kept = is.some(({ name }) => name === parameter.name)
    if (!kept && !takesAny && !isRenamedPosition(parameter, was, is))
      found.add('param-removed', `${where}(${parameter.name})`)
  }
  for (const parameter of is) {
    if (!parameter.required || !isPublicName(parameter.name)) continue
    const before = was.find(({ name }) => name === parameter.name)
    const atSamePlace = was[is.indexOf(parameter)]
    const wasGiven =
      before === undefined && atSamePlace?.required === true && parameter.kind !== 'keyword-only'
    if (before?.required !== true && !wasGiven) found.add('param-now-required', `${where}(${parameter.name})`)
  }
}

/** A required parameter in its old place under another name: who calls by position sees nothing of it. */
function isRenamedPosition(
  parameter: Parameter,
  was: readonly Parameter[],
  is: readonly Parameter[],
): boolean {
  const there = is[was.indexOf(parameter)]
  if (there?.required !== true || there.kind === 'keyword-only') return false
  return parameter.required && parameter.kind === 'plain' && !was.some(({ name }) => name === there.name)
}

const isCatchAll = (parameters: readonly Parameter[]): boolean =>
  parameters.every(
    ({ kind, name }) => kind === 'rest' || kind === 'keyword-rest' || name === 'self' || name === 'cls',
  )

const callable = ({ parameters = [], isStatic }: Binding, isMethod: boolean): readonly Parameter[] =>
  isMethod && !isStatic ? parameters.slice(1) : parameters
