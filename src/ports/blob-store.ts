/** Immutable bytes by their hex sha256. */
export interface BlobStore {
  /** Writes all or nothing; writing what is there already is fine. Rejects when the bytes do not match the hash. */
  put(sha256: string, bytes: Uint8Array): Promise<void>
  get(sha256: string): Promise<Uint8Array | null>
  has(sha256: string): Promise<boolean>
}
