import type { Hash } from 'node:crypto'
import { blake2b } from '@noble/hashes/blake2.js'
import type { FileRecord } from '../../ports/package-store.ts'

/** Hex digests of one file, as indexes and uploads name them. */
export type FileDigests = Pick<FileRecord, 'md5' | 'sha1' | 'sha256' | 'sha512' | 'blake2b256'>

/** All digests of one file at once. */
export interface RunningDigests {
  update(bytes: Uint8Array): void
  finish(): FileDigests
}

/** `createHash` is Node's. BLAKE2b-256, which PyPI wants, is not in Node's OpenSSL. */
export function startDigests(createHash: (name: string) => Hash): RunningDigests {
  const native = (['md5', 'sha1', 'sha256', 'sha512'] as const).map((name) => createHash(name))
  const blake = blake2b.create({ dkLen: 32 })
  return {
    update(bytes) {
      for (const hash of native) hash.update(bytes)
      blake.update(bytes)
    },
    finish() {
      const [md5 = '', sha1 = '', sha256 = '', sha512 = ''] = native.map((hash) => hash.digest('hex'))
      return { md5, sha1, sha256, sha512, blake2b256: Buffer.from(blake.digest()).toString('hex') }
    },
  }
}
