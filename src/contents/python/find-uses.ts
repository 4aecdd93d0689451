import { type ArchiveContents, textIn } from '../contents.ts'
import { lostUses } from './lost-uses.ts'
import { isInnerModule } from './public-names.ts'
import type { PythonPackage } from './python-package.ts'
import { usedNames } from './used-names.ts'

/** Where a dependent's code uses names that the baseline has and the candidate lacks. */
export function findUses(
  dependent: ArchiveContents,
  before: PythonPackage,
  after: PythonPackage,
): readonly { readonly name: string; readonly where: string }[] {
  const tops = new Set(before.topLevels)
  const asked = new RegExp(`\\b(import|from)\\s+(${[...tops].join('|')})\\b`)
  const found: { name: string; where: string }[] = []
  for (const path of dependent.bytes.keys()) {
    if (!path.endsWith('.py') || isInnerModule(path.slice(0, -3).replaceAll('/', '.'))) continue
    const text = textIn(dependent, path) ?? ''
    if (!asked.test(text)) continue
    const uses = usedNames(text, path.slice(0, -3).replaceAll('/', '.'), tops)
    for (const { name, line } of lostUses(uses, before, after)) found.push({ name, where: `${path}:${line}` })
  }
  return found
}
