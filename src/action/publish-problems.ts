import type { SlipwayFile } from '../config/policy/file-schema.ts'
import { slipwayFilePath } from '../config/policy/slipway-file.ts'
import { normalPackageId } from '../config/reading/package-name.ts'
import type { PackageFile } from '../registries/slipway-index/package-file.ts'
import type { Problem } from '../versions/problem.ts'
import { packageIdOf } from '../versions/release.ts'
import { schemeOf } from '../versions/scheme-of.ts'

/** Files of packages that the repository's own file does not name; without `releases` it has no say. */
export function policyProblems(own: SlipwayFile | null, files: readonly PackageFile[]): readonly Problem[] {
  if (own?.releases === undefined) return []
  const known = own.releases.map((entry) => normalPackageId(entry.package) ?? entry.package)
  return files
    .filter(({ release }) => !known.includes(packageIdOf(release)))
    .map(({ path, release }) => ({
      field: path,
      value: packageIdOf(release),
      expected: `a package that ${slipwayFilePath} names under releases: ${known.join(', ')}`,
    }))
}

/**
 * Files whose version is not the one in the tag. Read are `1.2.0`, `v1.2.0`, and for one package of several
 * `demo@1.2.0`, `demo-1.2.0`, `demo-v1.2.0`, `demo/v1.2.0`; a tag of any other form says nothing about versions.
 */
export function tagProblems(tag: string | null, files: readonly PackageFile[]): readonly Problem[] {
  if (tag === null) return []
  return files.flatMap(({ path, release }) => {
    const { ecosystem, name, version } = release
    const wanted = versionIn(tag, name)
    const normal = wanted === null ? null : schemeOf(ecosystem).normalize(wanted)
    return normal === null || normal === version
      ? []
      : [{ field: path, value: version, expected: `version ${normal}, as the tag ${tag} says` }]
  })
}

function versionIn(tag: string, name: string): string | null {
  const plain = /^v?(\d.*)$/.exec(tag)?.[1]
  if (plain !== undefined) return plain
  const unscoped = name.slice(name.lastIndexOf('/') + 1)
  for (const prefix of [name, unscoped]) {
    if (!tag.toLowerCase().startsWith(prefix.toLowerCase())) continue
    const rest = /^[-@/_]v?(\d.*)$/.exec(tag.slice(prefix.length))?.[1]
    if (rest !== undefined) return rest
  }
  return null
}
