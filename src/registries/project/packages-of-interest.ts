import { type PackageId, packageIdOf, type ReleaseId } from '../../versions/release.ts'
import { askedPackages, installedReleases } from './project-packages.ts'

/** The server takes no longer lists. */
const MOST_REPORTED = 2000

/**
 * What a job tells of its project: only packages with a live rollout; what else it uses is nobody's business.
 *
 * @param live releases with a rollout that is not over; null where the server does not say, then all are told
 * @param named packages that were named by hand; empty for all
 */
export async function packagesOfInterest(
  project: string,
  env: NodeJS.ProcessEnv,
  live: readonly ReleaseId[] | null,
  named: readonly string[],
): Promise<{ readonly packages: readonly PackageId[]; readonly installed: readonly ReleaseId[] }> {
  const wanted = live === null ? null : new Set(live.map((id) => packageIdOf(id)))
  const isWanted = (id: PackageId): boolean =>
    wanted?.has(id) !== false && (named.length === 0 || named.includes(id))
  const all = await installedReleases(project, env)
  const installed = all.filter((id) => isWanted(packageIdOf(id)))
  const asked = [...(await askedPackages(project)), ...named].filter(isWanted)
  const packages = [...new Set([...asked, ...installed.map((id) => packageIdOf(id))])].sort()
  return { packages: packages.slice(0, MOST_REPORTED), installed: installed.slice(0, MOST_REPORTED) }
}
