import * as pep440 from '@renovatebot/pep440'
import { lineOfNumbers } from './line-of-numbers.ts'
import { mostRangeCharacters } from './version-range.ts'
import type { VersionScheme } from './version-scheme.ts'

/** Python versions: PEP 440, epochs and local versions included. */
export const pep440Scheme: VersionScheme = {
  ecosystem: 'pypi',
  expected: 'a PEP 440 version such as 1.2.3 or 1.2.3rc1',
  normalize: (text) => {
    // The library joins the parts of a local version with commas, and writes numbers beyond 1e21 with an exponent.
    const clean = pep440.clean(text)?.replaceAll(',', '.') ?? null
    return clean === null || hasVastNumber(text) ? null : pep440.valid(clean)
  },
  compare: (a, b) => pep440.compare(a, b),
  isPrerelease: (version) => {
    const parts = explain(version)
    return parts.is_prerelease || parts.is_devrelease
  },
  preReleaseLabel: (version) => {
    const parts = explain(version)
    if (parts.is_devrelease) return ''
    return parts.is_prerelease ? wordOf(parts) : null
  },
  normalizeLabel: (word) => {
    const version = pep440.valid(`1${word.toLowerCase()}1`)
    return version === null ? word.toLowerCase() : wordOf(explain(version))
  },
  finalOf: (version) => {
    const { epoch, release } = explain(version)
    return `${epoch === 0 ? '' : `${epoch}!`}${release.join('.')}`
  },
  lineOf: (version, width) => {
    const { epoch, release } = explain(version)
    const [major = 0, minor = 0] = release
    return lineOfNumbers(epoch === 0 ? '' : `${epoch}!`, major, minor, width)
  },
  publicOf: (version) => version.replace(/\+.*$/, ''),
  expectedRange: 'a PEP 440 specifier such as ">=1.0,<1.2.3" or "==1.1.*"',
  satisfies: (version, range) => {
    if (range.length > mostRangeCharacters || range.trim() === '' || !pep440.validRange(range)) return null
    return pep440.satisfies(version, range, { prereleases: true })
  },
}

/**
 * Whether a number is too large for the library, which would take it for its neighbour: `9007199254740993` is no
 * `9007199254740992`, and who has the one did not ask for the other.
 */
function hasVastNumber(text: string): boolean {
  const [whole = '', local = ''] = text.split('+')
  const numbers = [
    ...(whole.match(/\d+/g) ?? []),
    ...local.split(/[-_.]/).filter((part) => /^\d+$/.test(part.trim())),
  ]
  return numbers.some((digits) => Number(digits) > Number.MAX_SAFE_INTEGER)
}

const wordOf = ({ pre }: pep440.Pep440Version) => String(pre?.[0] ?? '')

/** Only asked about normal forms; anything else is a bug of the caller. */
function explain(version: string): pep440.Pep440Version {
  const parts = pep440.explain(version)
  if (parts === null) throw new Error(`${version} is no normal form of a PEP 440 version`)
  return parts
}
