import type { Registry } from '../../ports/registry.ts'
import { packageIdOf, type Release } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'

/** What a release is compared with. `version` null: the registry has none, it is the first. */
export type Baseline =
  | { readonly ok: true; readonly version: string | null }
  | { readonly ok: false; readonly message: string }

/**
 * The newest final that is not above a release: on a pull request the number often is not raised yet, and then it is the
 * release of that number. Where everything is above it (a backport to a line of its own), the newest of all.
 */
export async function findBaseline(registry: Registry, release: Release): Promise<Baseline> {
  const answer = await registry.read(packageIdOf(release))
  if (!answer.ok) return answer
  const { compare, isPrerelease } = schemeOf(release.ecosystem)
  const finals = Object.values(answer.record?.versions ?? {})
    .filter(
      ({ version, withdrawn, files }) => withdrawn === null && files.length > 0 && !isPrerelease(version),
    )
    .map(({ version }) => version)
    .sort(compare)
  const below = finals.findLast((version) => compare(version, release.version) <= 0)
  return { ok: true, version: below ?? finals.at(-1) ?? null }
}
