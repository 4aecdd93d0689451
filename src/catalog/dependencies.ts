import semver from 'semver'
import { normalizeName } from '../versions/normalize-name.ts'
import { parsePythonRequirement } from '../versions/python-requirement.ts'
import type { PackageId } from '../versions/release.ts'
import type { Ecosystem } from '../versions/version-scheme.ts'
import { isMapping } from './mapping.ts'
import type { VersionRecord } from './package-record.ts'

/** One package that a version needs, as its metadata says. */
export interface Dependency {
  readonly package: PackageId
  /** An npm range, or the clauses of a Python specifier; empty: any version. */
  readonly range: string
  /** Needed only for some users: an extra, an optional or peer dependency that may be absent. */
  readonly optional: boolean
}

/** What a version needs, out of its stored metadata. Addresses of files and repositories are no packages. */
export function dependenciesOf(
  ecosystem: Ecosystem,
  { manifest }: Pick<VersionRecord, 'manifest'>,
): readonly Dependency[] {
  return ecosystem === 'npm' ? npmDependencies(manifest) : pythonDependencies(manifest)
}

type Manifest = VersionRecord['manifest']

function npmDependencies(manifest: Manifest): readonly Dependency[] {
  const kinds = ['optionalDependencies', 'peerDependencies', 'dependencies'] as const
  const found = new Map<PackageId, Dependency>()
  for (const kind of kinds) {
    const group = manifest[kind]
    for (const [name, range] of isMapping(group) ? Object.entries(group) : []) {
      const optional =
        kind === 'optionalDependencies' || (kind === 'peerDependencies' && mayLack(manifest, name))
      const read = npmDependency(name, range, optional)
      if (read !== null) found.set(read.package, read)
    }
  }
  return [...found.values()]
}

function npmDependency(name: string, range: unknown, optional: boolean): Dependency | null {
  if (typeof range !== 'string') return null
  // `npm:other@^1`: another package under this name.
  const alias = /^npm:(@?[^@]+)(?:@(.*))?$/.exec(range)
  const [target, wanted] = alias === null ? [name, range] : [alias[1] ?? '', alias[2] ?? '*']
  const known = normalizeName('npm', target)
  if (!known.ok || semver.validRange(wanted) === null) return null
  return { package: `npm:${known.value}`, range: wanted, optional }
}

function mayLack({ peerDependenciesMeta }: Manifest, name: string): boolean {
  const said = isMapping(peerDependenciesMeta) ? peerDependenciesMeta[name] : undefined
  return isMapping(said) && said.optional === true
}

function pythonDependencies(manifest: Manifest): readonly Dependency[] {
  const given = manifest.requires_dist
  const lines = (Array.isArray(given) ? given : [given]).filter((line) => typeof line === 'string')
  return lines.flatMap((line) => {
    const read = parsePythonRequirement(line)
    if (read === null || read.url !== null) return []
    const optional = read.marker?.includes('extra==') === true
    return [{ package: `pypi:${read.name}`, range: read.specifier, optional }]
  })
}
