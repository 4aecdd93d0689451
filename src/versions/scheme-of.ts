import { pep440Scheme } from './pep440-scheme.ts'
import { semverScheme } from './semver-scheme.ts'
import type { Ecosystem, VersionScheme } from './version-scheme.ts'

const SCHEMES: Readonly<Record<Ecosystem, VersionScheme>> = { pypi: pep440Scheme, npm: semverScheme }

/** How an ecosystem reads and orders versions. */
export function schemeOf(ecosystem: Ecosystem): VersionScheme {
  return SCHEMES[ecosystem]
}
