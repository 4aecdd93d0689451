import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { blake2b } from '@noble/hashes/blake2.js'
import type { FileRecord } from '../../ports/package-store.ts'

/** Hex digests of one file, as indexes and uploads name them. */
export type FileDigests = Pick<FileRecord, 'md5' | 'sha1' | 'sha256' | 'sha512' | 'blake2b256'>

/** Bytes hashed before other requests get a turn: about 20 ms of BLAKE2 in JavaScript. */
const sliceBytes = 1024 * 1024

/** All digests of a file in one pass that lets other requests in between. */
export async function digestsOf(bytes: Uint8Array): Promise<FileDigests> {
  const native = (['md5', 'sha1', 'sha256', 'sha512'] as const).map((name) => ({
    name,
    hash: createHash(name),
  }))
  const blake = blake2b.create({ dkLen: 32 })
  for (let start = 0; start < bytes.length; start += sliceBytes) {
    const slice = bytes.subarray(start, start + sliceBytes)
    for (const { hash } of native) hash.update(slice)
    blake.update(slice)
    if (start + sliceBytes < bytes.length) await nextTurn()
  }
  const [md5 = '', sha1 = '', sha256 = '', sha512 = ''] = native.map(({ hash }) => hash.digest('hex'))
  return { md5, sha1, sha256, sha512, blake2b256: Buffer.from(blake.digest()).toString('hex') }
}
