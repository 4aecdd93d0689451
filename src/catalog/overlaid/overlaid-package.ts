import type { OverlaidPackument } from './overlaid-packument.ts'
import type { OverlaidProject } from './overlaid-project.ts'

/** A package of another index: what views need to know of it, and its documents cut up for rendering. */
export type OverlaidPackage = OverlaidPackument | OverlaidProject

/** Turns the text of a time into integer ms; null for what is no time. Pure code has no clock to do it with. */
export type TimeOf = (text: string) => number | null

/** Addresses that rendered overlay documents carry. */
export interface OverlaidLinks {
  /** `upstream` is the absolute address that the upstream gives. */
  fileUrl(fileName: string, upstream: string): string
  /** Where people read about the rollout of a version; goes into the reason. */
  statusUrl(version: string): string
}

/** A file as the upstream names it. */
export interface OverlaidFile {
  readonly name: string
  /** Normal form; null where the name does not say it. */
  readonly version: string | null
  /** Absolute. */
  readonly url: string
  /** What the upstream says its bytes hash to: `sha512-<base64>` (npm), `sha256:<hex>` and the like; null when nothing. */
  readonly digest: string | null
  /** The same of its core metadata file; null when there is none, empty when it has no digest. */
  readonly metadataDigest: string | null
}
