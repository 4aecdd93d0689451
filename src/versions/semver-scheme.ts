import semver from 'semver'
import { lineOfNumbers } from './line-of-numbers.ts'
import { mostRangeCharacters } from './version-range.ts'
import type { VersionScheme } from './version-scheme.ts'

/** npm versions: semver 2.0.0, build metadata dropped as the npm registry does. */
export const semverScheme: VersionScheme = {
  ecosystem: 'npm',
  expected: 'a semver version such as 1.2.3',
  normalize: (text) => semver.valid(text),
  compare: (a, b) => semver.compare(a, b),
  isPrerelease: (version) => semver.prerelease(version) !== null,
  preReleaseLabel: (version) => {
    const parts = semver.prerelease(version)
    if (parts === null) return null
    const [word] = parts
    // Some write `beta1`, some `beta.1`.
    return typeof word === 'string' ? word.toLowerCase().replace(/\d+$/, '') : ''
  },
  normalizeLabel: (word) => word.toLowerCase(),
  finalOf: (version) => `${semver.major(version)}.${semver.minor(version)}.${semver.patch(version)}`,
  lineOf: (version, width) => lineOfNumbers('', semver.major(version), semver.minor(version), width),
  publicOf: (version) => version,
  expectedRange: 'an npm range such as ">=1.0.0 <1.2.3" or "<1.2.3 || 2.0.0"',
  satisfies: (version, range) => {
    if (range.length > mostRangeCharacters || range.trim() === '' || semver.validRange(range) === null)
      return null
    return semver.satisfies(version, range, { includePrerelease: true })
  },
}
