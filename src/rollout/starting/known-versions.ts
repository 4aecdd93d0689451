import type { PackageId } from '../../versions/release.ts'

/** One version that the index knows, in normal form. */
export interface KnownVersion {
  readonly version: string
  /** It has files that a client can install. */
  readonly installable: boolean
  /** Yanked or deprecated by its maintainer. */
  readonly withdrawn: boolean
  /** Counts as fully released although it never had a rollout (it is older than Slipway here, or was adopted). */
  readonly released: boolean
}

/** Versions by package. */
export type KnownVersions = Readonly<Record<PackageId, readonly KnownVersion[]>>
