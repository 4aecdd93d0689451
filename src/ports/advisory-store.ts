import type { Advisory } from '../versions/advisory.ts'
import type { PackageId } from '../versions/release.ts'

/** What is known against versions of packages, hosted here or on another index. */
export interface AdvisoryStore {
  /** In the order in which they were set; empty for a package without any. */
  advisoriesOf(id: PackageId): Promise<readonly Advisory[]>
  /** Replaces all advisories of a package. */
  setAdvisories(id: PackageId, advisories: readonly Advisory[]): Promise<void>
}
