import type { PackageRecord } from '../catalog/package-record.ts'
import type { PackageId } from '../versions/release.ts'
import type { Ecosystem } from '../versions/version-scheme.ts'

/** What unpinned installs of a package are to get. Versions, in normal form. */
export interface Wanted {
  readonly package: PackageId
  readonly candidate: string
  /** Null for a first release: there is nothing to go back to. */
  readonly baseline: string | null
  readonly shows: 'candidate' | 'baseline'
}

export type Promotion =
  /** The registry was asked and says that it is so. Nothing else may be called done. */
  | { readonly kind: 'confirmed'; readonly sentence: string; readonly leaks: readonly string[] }
  /** A person has to do it; each step is one line that can be done as it stands. */
  | {
      readonly kind: 'checklist'
      readonly sentence: string
      readonly steps: readonly string[]
      readonly leaks: readonly string[]
    }
  /** It was not to be done now, or not to be found out; tried again at the next tick. */
  | { readonly kind: 'failed'; readonly sentence: string }

export type RegistryAnswer =
  | { readonly ok: true; readonly record: PackageRecord | null }
  | { readonly ok: false; readonly message: string }

/** A registry that others run, where a release is published and made the one that everybody gets. */
export interface Registry {
  readonly ecosystem: Ecosystem
  /** What the registry has of a package; null: nothing. */
  read(id: PackageId): Promise<RegistryAnswer>
  /** Makes it so where that is possible, and says what the registry answers afterwards. */
  promote(wanted: Wanted): Promise<Promotion>
}
