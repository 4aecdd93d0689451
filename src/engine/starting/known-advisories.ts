import type { AdvisoryStore } from '../../ports/advisory-store.ts'
import type { KnownAdvisories } from '../../rollout/starting/urgent-ladder.ts'
import type { PackageId } from '../../versions/release.ts'

/** What is known against versions of these packages at the moment. */
export async function knownAdvisories(
  advisories: Pick<AdvisoryStore, 'advisoriesOf'>,
  ids: readonly PackageId[],
): Promise<KnownAdvisories> {
  const known = await Promise.all(ids.map(async (id) => [id, await advisories.advisoriesOf(id)] as const))
  return Object.fromEntries(known)
}
