import { quotePattern } from '../../versions/quote-pattern.ts'
import { type ArchiveContents, type LostUse, textIn } from '../contents.ts'
import { lostUses } from './lost-uses.ts'
import { isInnerModule } from './public-names.ts'
import { PythonPackage } from './python-package.ts'
import { subclassUses } from './subclass-uses.ts'
import { usedNames } from './used-names.ts'

/** Where a dependent's code uses names that the baseline has and the candidate lacks. */
export function findUses(
  dependent: ArchiveContents,
  before: PythonPackage,
  after: PythonPackage,
): readonly Omit<LostUse, 'release'>[] {
  const tops = new Set(before.topLevels)
  const asked = new RegExp(`\\b(import|from)\\s+(${[...tops].map(quotePattern).join('|')})\\b`)
  const own = new PythonPackage(dependent)
  const found: Omit<LostUse, 'release'>[] = []
  for (const path of dependent.bytes.keys()) {
    if (!path.endsWith('.py') || isInnerModule(path.slice(0, -3).replaceAll('/', '.'))) continue
    const text = textIn(dependent, path) ?? ''
    if (!asked.test(text)) continue
    const module = path
      .slice(0, -3)
      .replaceAll('/', '.')
      .replace(/\.__init__$/, '')
    const uses = usedNames(text, module, tops)
    for (const { name, line } of lostUses(uses, before, after))
      found.push({ code: 'used-name-removed', name, where: `${path}:${line}` })
    for (const { code, name, line } of subclassUses(text, module, own, { before, after }))
      found.push({ code, name, where: `${path}:${line}` })
  }
  return found
}
