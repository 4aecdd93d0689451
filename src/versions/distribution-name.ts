import { normalizeName } from './normalize-name.ts'
import { schemeOf } from './scheme-of.ts'

/** What a distribution file's name says about itself. */
export interface DistributionName {
  readonly name: string
  readonly version: string
  readonly kind: 'bdist_wheel' | 'sdist'
}

const safeName = /^[A-Za-z0-9][A-Za-z0-9._+!-]{0,254}$/
const wheelName = /^(?<name>[^-]+)-(?<version>[^-]+)(?:-(?<build>\d[^-]*))?-(?<tags>[^-]+-[^-]+-[^-]+)\.whl$/

/** What is accepted, as a phrase for messages. */
export const expectedDistributionName =
  'a wheel (name-version-python-abi-platform.whl) or an sdist (name-version.tar.gz or .zip) without any folder'

/**
 * Name and version in normal form as a wheel's or sdist's file name gives them (binary distribution format,
 * PEP 625); empty for any other name. Older sdists may have dashes in the name, so every split is tried.
 */
export function parseDistributionName(fileName: string): readonly DistributionName[] {
  if (!safeName.test(fileName) || fileName.includes('..')) return []
  const wheel = wheelName.exec(fileName)?.groups
  if (wheel) return candidate(wheel.name ?? '', wheel.version ?? '', 'bdist_wheel')
  const stem = /^(.+)\.(?:tar\.gz|zip)$/.exec(fileName)?.[1]
  if (stem === undefined) return []
  const dashes = [...stem.matchAll(/-/g)].map((match) => match.index)
  return dashes.flatMap((at) => candidate(stem.slice(0, at), stem.slice(at + 1), 'sdist'))
}

/**
 * Which of a version's places a file takes: a version has one sdist, and one wheel of a build number and set of tags, however
 * their names are spelled. Installers would take either of two in one place.
 */
export function placeOfDistribution(fileName: string): string {
  const wheel = wheelName.exec(fileName)?.groups
  if (wheel === undefined) return 'sdist'
  const tags = (wheel.tags ?? '').toLowerCase().split('-')
  const sets = tags.map((set) => set.split('.').sort().join('.'))
  return ['wheel', wheel.build ?? '', ...sets].join('-')
}

/** Archives and installers that indexes carry from other times; installers of today take some of them. */
const oldEnd = /\.(?:tar\.(?:bz2|xz|lz|lzma|Z)|tar|tgz|tbz|txz|tlz|egg|exe|msi|dmg|rpm|deb)$/

/**
 * The same for files of other indexes, whose names may be of any age: what a name cannot be read as today is taken
 * apart as older programs did, so that it belongs to its version. Empty for what nobody can read.
 */
export function parseAnyDistributionName(fileName: string): readonly DistributionName[] {
  const known = parseDistributionName(fileName)
  if (known.length > 0 || fileName.length > 255 || /[/\\\p{Cc}]/u.test(fileName)) return known
  const stem = fileName.replace(/\.(?:whl|zip|tar\.gz)$/, '').replace(oldEnd, '')
  if (stem === fileName) return []
  const dashes = [...stem.matchAll(/-/g)].map((match) => match.index)
  return dashes.slice(0, 20).flatMap((at) => {
    const version = stem.slice(at + 1)
    // Behind the version stand tags: `name-1.0-py2.7.egg`, `name-1.0.win32-py2.7.exe`, `name-1.0-1.noarch.rpm`.
    const short = /^(?:\d+!)?\d[0-9A-Za-z_.+!]*?(?=(?:\.(?:win32|win-amd64|linux|macosx)|-|$))/.exec(version)
    return [version, short?.[0] ?? ''].flatMap((text) => candidate(stem.slice(0, at), text, 'sdist'))
  })
}

function candidate(name: string, version: string, kind: DistributionName['kind']): DistributionName[] {
  const normal = normalizeName('pypi', name)
  // Wheels write `_` where a version has `-`; so installers read it: `1.0_1` is `1.0-1`, the post release.
  const parsed = schemeOf('pypi').normalize(version.replaceAll('_', '-'))
  return normal.ok && parsed !== null ? [{ name: normal.value, version: parsed, kind }] : []
}
