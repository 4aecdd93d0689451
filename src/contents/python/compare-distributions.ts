import { type Compared, FindingList, type ReleaseContents } from '../contents.ts'
import { compareImports } from './compare-imports.ts'
import { compareMetadata } from './compare-metadata.ts'
import { compareNames } from './compare-names.ts'
import { comparePlatforms } from './compare-platforms.ts'
import { compareStartCode } from './compare-start-code.ts'
import { compareSyntax } from './compare-syntax.ts'
import { findUses } from './find-uses.ts'
import { PythonPackage } from './python-package.ts'
import { type Distribution, readDistribution } from './requirements.ts'

/** Everything that a release of PyPI changes for those who install it, by code. */
export function compareDistributions(before: ReleaseContents, after: ReleaseContents): Compared {
  const found = new FindingList()
  const old = before.archive === null ? null : readDistribution(before.archive)
  const now = after.archive === null ? null : readDistribution(after.archive)
  const python = pythonOf(after, now)
  comparePlatforms(before.files, after.files, python, found)
  if (old !== null && now !== null) compareMetadata(old, now, found)
  if (before.archive === null || after.archive === null) return { found, usesIn: () => [], unread: [] }
  const left = new PythonPackage(before.archive)
  const right = new PythonPackage(after.archive, left)
  compareStartCode(before.archive, after.archive, found)
  compareNames(left, right, found)
  compareImports({ own: left, distribution: old }, { own: right, distribution: now }, found)
  compareSyntax(
    { own: left, requiresPython: pythonOf(before, old) },
    { own: right, requiresPython: python },
    found,
  )
  return {
    found,
    usesIn: (dependent) => findUses(dependent, left, right),
    get unread() {
      return [...left.unread, ...right.unread]
    },
  }
}

const pythonOf = ({ files }: ReleaseContents, distribution: Distribution | null): string | null =>
  distribution?.requiresPython ??
  files.find(({ requiresPython }) => requiresPython !== null)?.requiresPython ??
  null
