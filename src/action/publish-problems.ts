import type { SlipwayFile } from '../config/policy/file-schema.ts'
import { slipwayFilePath } from '../config/policy/slipway-file.ts'
import { normalPackageId } from '../config/reading/package-name.ts'
import type { PackageFile } from '../registries/slipway-index/package-file.ts'
import type { Problem } from '../versions/problem.ts'
import { formatReleaseId, packageIdOf } from '../versions/release.ts'
import { releaseOfTag } from '../versions/release-tag.ts'

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
 * Files whose version is not the one in the tag (`release-tag.ts`), by the `tags` of the repository's own file where it
 * has some; a tag that names no release says nothing.
 */
export function tagProblems(
  own: SlipwayFile | null,
  tag: string | null,
  files: readonly PackageFile[],
): readonly Problem[] {
  if (tag === null) return []
  return files.flatMap(({ path, release }) => {
    const { version } = release
    const id = packageIdOf(release)
    const entry = own?.releases?.find((one) => normalPackageId(one.package) === id)
    const wanted = releaseOfTag(id, tag, entry?.tags)
    if (wanted === null || wanted === formatReleaseId(release)) return []
    const expected = `version ${wanted.slice(wanted.lastIndexOf('@') + 1)}, as the tag ${tag} says`
    return [{ field: path, value: version, expected }]
  })
}
