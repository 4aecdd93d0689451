import { createHash } from 'node:crypto'

/** Perfect subtrees of a tree of so many leaves, the largest first: all that is needed to go on. */
export interface Frontier {
  readonly size: number
  /** 32 bytes each. */
  readonly hashes: readonly Buffer[]
}

export const emptyFrontier: Frontier = { size: 0, hashes: [] }

/** The hash of a leaf (RFC 6962, 2.1): over a zero byte and the leaf's bytes. */
export function leafHash(leaf: Uint8Array): Buffer {
  return createHash('sha256')
    .update(Buffer.from([0]))
    .update(leaf)
    .digest()
}

function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256')
    .update(Buffer.from([1]))
    .update(left)
    .update(right)
    .digest()
}

/** The tree with one more leaf. */
export function addLeaf({ size, hashes }: Frontier, leaf: Uint8Array): Frontier {
  const next = [...hashes]
  let carried = leafHash(leaf)
  for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
    const left = next.pop()
    if (left !== undefined) carried = nodeHash(left, carried)
  }
  next.push(carried)
  return { size: size + 1, hashes: next }
}

/** The root of the tree (RFC 6962, 2.1); that of an empty one is the hash of nothing. */
export function rootOf({ hashes }: Frontier): Buffer {
  const [last, ...others] = [...hashes].reverse()
  if (last === undefined) return createHash('sha256').digest()
  return others.reduce((right, left) => nodeHash(left, right), last)
}

export function writeFrontier({ hashes }: Frontier): readonly string[] {
  return hashes.map((hash) => hash.toString('hex'))
}

export function readFrontier(size: number, hashes: readonly string[]): Frontier {
  return { size, hashes: hashes.map((hash) => Buffer.from(hash, 'hex')) }
}
