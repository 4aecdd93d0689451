import { normalizeName } from './normalize-name.ts'
import { schemeOf } from './scheme-of.ts'

/** What a distribution file's name says about itself. */
export interface DistributionName {
  readonly name: string
  readonly version: string
  readonly kind: 'bdist_wheel' | 'sdist'
}

const safeName = /^[A-Za-z0-9][A-Za-z0-9._+!-]{0,254}$/
const wheelName = /^(?<name>[^-]+)-(?<version>[^-]+)(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl$/

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

function candidate(name: string, version: string, kind: DistributionName['kind']): DistributionName[] {
  const normal = normalizeName('pypi', name)
  // Wheels write `_` where a version has `-`; local versions are the only place left for it.
  const parsed = schemeOf('pypi').normalize(version.replaceAll('_', '.'))
  return normal.ok && parsed !== null ? [{ name: normal.value, version: parsed, kind }] : []
}
