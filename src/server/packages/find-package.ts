import type { PackageRecord } from '../../ports/package-store.ts'
import type { PackageId } from '../../versions/release.ts'
import type { ServerParts } from '../server-parts.ts'

/** A package hosted here, else as another index has it; null when nobody has it. */
export async function findPackage(
  { packages, overlay }: Pick<ServerParts, 'packages' | 'overlay'>,
  id: PackageId,
): Promise<PackageRecord | null> {
  return (await packages.get(id)) ?? (await overlay?.open(id))?.package.record ?? null
}
