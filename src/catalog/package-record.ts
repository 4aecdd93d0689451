import type { PackageId } from '../versions/release.ts'

/** One distribution file of a hosted version. */
export interface FileRecord {
  /** File name as uploaded: `demo_lib-1.0.0-py3-none-any.whl`, `demo-1.0.0.tgz`. */
  readonly name: string
  readonly sha256: string
  readonly sha1: string
  readonly sha512: string
  readonly md5: string
  readonly blake2b256: string
  readonly size: number
  readonly uploadedAt: number
  /** PyPI: `bdist_wheel` or `sdist`; npm: `tarball`. */
  readonly kind: string
  readonly requiresPython: string | null
  /** Hex sha256 of the `.metadata` blob, when extracted. */
  readonly metadataSha256: string | null
  /** Hex sha256 of what came with it to prove where it was built: PEP 740 provenance, a sigstore bundle. */
  readonly provenanceSha256?: string
  /** npm: how many files it holds, and their bytes together. */
  readonly unpacked?: { readonly files: number; readonly bytes: number }
  /** npm: what the bundle states, `https://slsa.dev/provenance/v1`. */
  readonly predicateType?: string
  /** npm: this registry's own signature of name, version and digest. */
  readonly signature?: { readonly keyid: string; readonly sig: string }
  /** It came when others already got its version, or took a file's place: not offered until somebody vouches for it. */
  readonly late?: 'waits' | 'shown'
}

/** One hosted version. `manifest` is the version object (npm) or the core metadata as sent (PyPI), JSON-safe. */
export interface VersionRecord {
  readonly version: string
  readonly files: readonly FileRecord[]
  readonly manifest: Readonly<Record<string, unknown>>
  /** A maintainer's own yank (PyPI) or deprecation (npm): the reason, or null. Nothing to do with rollouts. */
  readonly withdrawn: string | null
  readonly createdAt: number
  /** What its maintainers say about it without withdrawing it. */
  readonly label?: ReleaseLabel
  /** Why nobody gets it, exact pins included, where no rollout says so. */
  readonly blocked?: string
  /** Fully released without a rollout: versions of other indexes, which were there before anybody staged them. */
  readonly released?: boolean
  /** Its index no longer gives it; `withdrawn` says since when. */
  readonly gone?: boolean
  /** That it is gone is not believed yet: its index is asked again. */
  readonly doubted?: boolean
  /** Shown to everybody whatever its rollout says: an operator made an exception. */
  readonly opened?: boolean
  /** While its rollout is held, pins do not get it either. */
  readonly holdsPins?: boolean
}

/** A maintainer's word on a single release. */
export interface ReleaseLabel {
  readonly kind: 'deprecated' | 'unsupported'
  readonly reason: string
}

/** The marker of a whole project (PEP 792). */
export interface ProjectStatus {
  readonly kind: 'active' | 'archived' | 'quarantined' | 'deprecated'
  readonly reason: string | null
}

export interface PackageRecord {
  readonly id: PackageId
  /** Versions by normal form. */
  readonly versions: Readonly<Record<string, VersionRecord>>
  /** npm dist-tags as set by publishers; `latest` here is the stored one, rollouts rewrite it per view. */
  readonly tags: Readonly<Record<string, string>>
  /** Top-level npm fields that speak of no version, JSON-safe. */
  readonly extra: Readonly<Record<string, unknown>>
  readonly createdAt: number
  readonly modifiedAt: number
  /** Versions that were unpublished, and when, integer ms: their numbers are never given again. */
  readonly unpublished?: Readonly<Record<string, number>>
  /** Absent: active. */
  readonly status?: ProjectStatus
  /** Rises with every change; part of cache keys. */
  readonly revision: number
}
