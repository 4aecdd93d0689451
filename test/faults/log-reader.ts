/** An independent reader of C2SP notes and of RFC 6962 trees, written from the specifications alone. */
import { createHash, createPublicKey, verify } from 'node:crypto'

const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()

/** MTH of RFC 6962, 2.1, as it is written there. */
export function merkleTreeHash(leaves: readonly Uint8Array[]): Buffer {
  const [only] = leaves
  if (only === undefined) return sha256()
  if (leaves.length === 1) return sha256(Buffer.from([0]), only)
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return sha256(Buffer.from([1]), merkleTreeHash(leaves.slice(0, k)), merkleTreeHash(leaves.slice(k)))
}

export interface Read {
  readonly origin: string
  readonly size: number
  readonly root: string
}

/** Checks the form of a checkpoint note and, with a public key (32 bytes), its signature. */
export function readNote(note: string, publicKey: Uint8Array | null): Read {
  const [text = '', signatures = ''] = note.split(/(?<=\n)\n/)
  const [origin = '', size = '', root = ''] = text.split('\n')
  const line = /^— (\S+) ([A-Za-z0-9+/]+=*)\n/.exec(signatures)
  if (line === null || line[1] !== origin) throw new Error('no signature of the origin')
  const blob = Buffer.from(line[2] ?? '', 'base64')
  if (publicKey !== null) {
    const id = sha256(Buffer.from(`${origin}\n`), Buffer.from([1]), publicKey).subarray(0, 4)
    if (!blob.subarray(0, 4).equals(id)) throw new Error('another key')
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey])
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' })
    if (!verify(null, Buffer.from(text), key, blob.subarray(4))) throw new Error('a bad signature')
  }
  return { origin, size: Number(size), root }
}
