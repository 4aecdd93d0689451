import type { FindingList } from '../contents.ts'
import { compareCalls } from './compare-calls.ts'
import type { Binding, ModuleOutline } from './outline/module-outline.ts'
import { isInnerModule, isInnerPart, isPublicModule, isPublicName, isWrittenByBuild } from './public-names.ts'
import type { PythonPackage } from './python-package.ts'

/** Modules, names, members and parameters that a baseline's public part had and a candidate lacks. */
export function compareNames(before: PythonPackage, after: PythonPackage, found: FindingList): void {
  const lost = lostModules(before, after)
  for (const module of lost) found.add(codeOfLostModule(module), module)
  for (const [module, file] of before.modules) {
    if (!isPublicModule(module) || !after.modules.has(module)) continue
    // What the front page of a package passes on may have changed behind it.
    if (!file.isPackage && isUnchanged(before, after, file.path)) continue
    const outline = before.outline(module)
    if (outline !== null && after.outline(module) !== null)
      compareModule(before, after, module, outline, found)
  }
}

const isUnchanged = (before: PythonPackage, after: PythonPackage, path: string): boolean => {
  const one = before.archive.bytes.get(path)
  const other = after.archive.bytes.get(path)
  return one !== undefined && other !== undefined && Buffer.compare(one, other) === 0
}

/** The outermost modules that are gone: a package rather than everything in it. */
function lostModules(before: PythonPackage, after: PythonPackage): readonly string[] {
  const gone = [...before.modules.keys()].filter(
    (name) => !after.hasModule(name) && !isInnerModule(name) && !isWrittenByBuild(name),
  )
  return gone.filter((name) => {
    const parent = name.slice(0, Math.max(0, name.lastIndexOf('.')))
    return parent === '' || after.hasModule(parent)
  })
}

function codeOfLostModule(module: string): string {
  if (isInnerPart(module)) return 'inner-module-removed'
  if (!module.includes('.')) return isPublicName(module) ? 'toplevel-removed' : 'private-module-removed'
  return isPublicModule(module) ? 'module-removed' : 'private-module-removed'
}

function compareModule(
  before: PythonPackage,
  after: PythonPackage,
  module: string,
  outline: ModuleOutline,
  found: FindingList,
): void {
  const isRoot = !module.includes('.')
  for (const name of offeredNames(outline, before, module)) {
    const presence = after.presence(module, name)
    if (presence === 'gone') {
      if (!wasAbsent(before, module, name))
        found.add(
          isRoot ? 'root-name-removed' : isInnerPart(module) ? 'inner-name-removed' : 'name-removed',
          `${module}:${name}`,
        )
      continue
    }
    const old = before.definition(module, name)
    const now = after.definition(module, name)
    // What a public module defines is compared there, and not again where another one passes it on.
    const isOwn =
      !isInnerPart(module) && old !== null && (old.module === module || !isPublicModule(old.module))
    if (isOwn && now !== null) compareCalls({ before, after, module, name, old, now }, found)
  }
}

/** A name that `__all__` lists and nothing ever bound was no name that anybody had. */
const wasAbsent = (before: PythonPackage, module: string, name: string): boolean => {
  const outline = before.outline(module)
  if (outline?.names.has(name)) return false
  return before.presence(module, name) === 'gone'
}

/**
 * The names a module offers: those in `__all__`, else what it defines itself. A package's front page also offers
 * what it takes from its own modules. Names that modules merely import are as often gone in good releases as in bad.
 */
function offeredNames(outline: ModuleOutline, own: PythonPackage, module: string): readonly string[] {
  const isOffered = ([name, binding]: [string, Binding]) =>
    isPublicName(name) && (binding.kind !== 'import' || isFrontPage(own, module, binding))
  const names = [...outline.names].filter(isOffered).map(([name]) => name)
  if (own.modules.get(module)?.isPackage && outline.all !== null)
    return [...new Set([...outline.all, ...names.filter((name) => isDefinition(outline, name))])]
  const isConstant = (name: string) => outline.names.get(name)?.kind === 'value'
  if (module.includes('.') && outline.all === null)
    return names.filter((name) => !isConstant(name) && !isProtocol(outline, name))
  return outline.all === null
    ? names
    : names.filter((name) => outline.all?.includes(name) || isDefinition(outline, name))
}

const isDefinition = (outline: ModuleOutline, name: string): boolean =>
  outline.names.get(name)?.kind === 'function' || outline.names.get(name)?.kind === 'class'

/** It only says what others look like; a type checker misses it, and no program. */
const isProtocol = (outline: ModuleOutline, name: string): boolean =>
  outline.names.get(name)?.bases?.some((base) => /(^|\.)Protocol$/.test(base)) === true

const isFrontPage = (own: PythonPackage, module: string, { from }: Binding): boolean =>
  own.modules.get(module)?.isPackage === true &&
  from !== undefined &&
  from.name !== null &&
  from.module.split('.')[0] === module.split('.')[0]
