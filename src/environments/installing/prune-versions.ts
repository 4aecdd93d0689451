import { packageIdOf } from '../../versions/release.ts'
import type { PackageRef } from '../choosing/version-rule.ts'
import { done, type Outcome } from '../outcome.ts'
import { changeRoot, notThere, type RootParts } from '../root/change-root.ts'
import { pruned } from '../root/package-state.ts'
import { sweepStore } from '../root/shared-store.ts'
import { packagesIn, readState, writeState } from '../root/state-store.ts'

/** What pruning removed, or would remove. */
export interface PruneReport {
  readonly package: string
  readonly gone: readonly string[]
  readonly kept: readonly string[]
}

/** Removes versions that no `1`, `1.2`, `live` or `previous` points to and that wait for no test; of all packages, or of some. */
export async function pruneVersions(
  parts: RootParts,
  packages: readonly PackageRef[] | null,
  isDryRun: boolean,
): Promise<Outcome<readonly PruneReport[]>> {
  return changeRoot(parts, async () => {
    const reports: PruneReport[] = []
    for (const ref of packages ?? (await packagesIn(parts.files, parts.root))) {
      const state = await readState(parts.files, parts.root, ref)
      if (state === null) continue
      const { state: next, gone } = pruned(state)
      if (!isDryRun && JSON.stringify(next) !== JSON.stringify(state))
        await writeState(parts.files, parts.root, next)
      reports.push({ package: packageIdOf(ref), gone, kept: next.versions.map(({ version }) => version) })
    }
    if (reports.length === 0 && packages !== null) return notThere(parts, packages)
    if (!isDryRun) await sweepStore(parts)
    return done(reports)
  })
}
