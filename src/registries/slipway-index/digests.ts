import { createHash } from 'node:crypto'
import { blake2b } from '@noble/hashes/blake2.js'

/** The three digests that the upload form of PyPI carries, in hex. */
export interface Digests {
  readonly md5: string
  readonly sha256: string
  /** BLAKE2b with 32 bytes, which Node's own crypto does not offer. */
  readonly blake2b256: string
}

export function digestsOf(bytes: Uint8Array): Digests {
  return {
    md5: createHash('md5').update(bytes).digest('hex'),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    blake2b256: Buffer.from(blake2b(bytes, { dkLen: 32 })).toString('hex'),
  }
}
