import type { ReleaseTrust } from '../../catalog/trust/release-trust.ts'
import type { PackageId, ReleaseId } from '../../versions/release.ts'
import type { ReleaseFile } from '../contents.ts'

/** A file of a release that can be had from where it was found. */
export interface ShelvedFile extends ReleaseFile {
  /** Names its bytes, for as long as they are the same. */
  readonly digest: string
  /** Bytes; 0 where that is not known before they come. */
  readonly size: number
}

/** A release as one place has it. */
export interface ShelvedRelease {
  readonly version: string
  /** When it came, integer ms; 0: not known. */
  readonly at: number
  readonly files: readonly ShelvedFile[]
  /** Writes the bytes of a file to a path; a text says why that is not possible. Rejects with a broken store only. */
  copy(file: ShelvedFile, path: string): Promise<string | null>
  /** The file where it lies, named by the sha256 that its bytes must have; null where it has to be copied. */
  lying(file: ShelvedFile): Promise<{ readonly path: string; readonly sha256: string } | null>
  trust(): Promise<ReleaseTrust>
}

/** A place where releases are: this index, or one behind it. */
export interface Shelf {
  find(release: ReleaseId): Promise<ShelvedRelease | null>
  /** When the first release of a package came, integer ms; null: not known here. */
  firstAt(id: PackageId): Promise<number | null>
}

/** Verifies a sigstore bundle: the repository that its certificate names, null where it names none. */
export type BundleVerifier = (
  bundle: unknown,
) => Promise<
  | { readonly ok: true; readonly signer: { readonly repository: string | null } }
  | { readonly ok: false; readonly why: string }
>
