import { admittedPythons, pythonNumber } from '../../versions/python-versions.ts'
import { type FindingList, sameBytes } from '../contents.ts'
import { isInnerModule } from './public-names.ts'
import type { PythonPackage } from './python-package.ts'

/** A package and the least Python that an installer gives it to. */
export interface OfferedTo {
  readonly own: PythonPackage
  readonly requiresPython: string | null
}

/** Files that the lowest Python which a candidate is offered to cannot read, while it could read the baseline's. */
export function compareSyntax(before: OfferedTo, after: OfferedTo, found: FindingList): void {
  const lowest = admittedPythons(after.requiresPython)[0]
  const lowestBefore = admittedPythons(before.requiresPython)[0]
  if (lowest === undefined || lowestBefore === undefined) return
  const broken: string[] = []
  for (const [module, file] of after.own.modules) {
    if (!file.path.endsWith('.py') || isInnerModule(module) || isForNewer(module)) continue
    if (sameBytes(before.own.archive, after.own.archive, file.path)) continue
    const newest = after.own.outline(module)?.newest ?? null
    if (newest === null || pythonNumber(newest.since) <= pythonNumber(lowest)) continue
    // Where the baseline had it already, Pythons that old have not been served for long.
    if (wasUnreadable(before, lowest)) return
    broken.push(`${module}:${newest.line} ${newest.what}, Python ${newest.since}; offered to ${lowest}`)
  }
  found.add('syntax-of-lowest-python', ...broken)
}

/** Modules whose name says that only newer Pythons load them. */
const isForNewer = (module: string): boolean => /(_?py3\d*|async|_?3\d+|_compat\w*|py\d+)$/i.test(module)

function wasUnreadable({ own }: OfferedTo, lowest: string): boolean {
  for (const [module, file] of own.modules) {
    if (!file.path.endsWith('.py') || isInnerModule(module) || isForNewer(module)) continue
    const newest = own.outline(module)?.newest ?? null
    if (newest !== null && pythonNumber(newest.since) > pythonNumber(lowest)) return true
  }
  return false
}
