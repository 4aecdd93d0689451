import { createHash } from 'node:crypto'

/** True for a hex sha256; anything else names no blob and never becomes a path. */
export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}

/** Throws unless the bytes are what their name says: a wrong blob must not be stored under a right name. */
export function checkBlob(sha256: string, bytes: Uint8Array): void {
  if (!isSha256(sha256)) throw new Error(`blob name: got ${sha256.slice(0, 80)}, expected 64 hex digits`)
  const actual = createHash('sha256').update(bytes).digest('hex')
  if (actual !== sha256) throw new Error(`blob ${sha256}: the bytes have sha256 ${actual}`)
}
