/** Turns the text of a time into integer ms; null for what is no time. Pure code has no clock to do it with. */
export type TimeOf = (text: string) => number | null

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
