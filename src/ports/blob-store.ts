/** Bytes on their way in: streamed to where blobs are kept before anybody knows their name. */
export interface BlobDraft {
  /** Resolves when the bytes are taken; wait for it before the next call. */
  write(bytes: Uint8Array): Promise<void>
  /** How many bytes were written so far. */
  size(): number
  /** What was written, to be read before it is kept: the path of a file on this machine, or the bytes. */
  source(): string | Uint8Array
  /** Makes them the blob of this name, durably. Rejects when the bytes have another hash. */
  keep(sha256: string): Promise<void>
  /** Throws them away; after `keep` it does nothing. */
  discard(): Promise<void>
}

/** A blob about to be sent. */
export interface OpenBlob {
  readonly size: number
  /**
   * The bytes from `start` up to `end` (all when absent) in pieces. What is sent whole is checked on the way and
   * its last piece held back until the hash is right; rejects instead of giving it when it is not.
   */
  stream(start?: number, end?: number): AsyncIterable<Uint8Array>
}

/**
 * Immutable bytes by their hex sha256. A blob whose bytes are no longer what its name says is never given: it is
 * set aside and counts as missing, until the right bytes are put again.
 */
export interface BlobStore {
  draft(): Promise<BlobDraft>
  /** Writes all or nothing; writing what is there already is fine. Rejects when the bytes do not match the hash. */
  put(sha256: string, bytes: Uint8Array): Promise<void>
  /** Small ones, whole. Null when it is missing or damaged. */
  get(sha256: string): Promise<Uint8Array | null>
  /** Null when it is missing or damaged. */
  open(sha256: string): Promise<OpenBlob | null>
  /**
   * Where it lies on this machine, its bytes unread: for work elsewhere, which checks them against the name. Null when it is
   * missing, or not kept as a file here.
   */
  pathOf(sha256: string): Promise<string | null>
  has(sha256: string): Promise<boolean>
  /** Names of all blobs, in no particular order. */
  names(): AsyncIterable<string>
}
