import { createHash } from 'node:crypto'

/**
 * Passes pieces on, one behind the other, and holds the last one back until length and hash (null: not the whole)
 * are right. Rejects instead of giving it when they are not.
 */
export async function* checkedPieces(
  pieces: AsyncIterable<Uint8Array>,
  expected: { readonly sha256: string | null; readonly length: number },
  wrong: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  const hash = expected.sha256 === null ? null : createHash('sha256')
  let held: Uint8Array | null = null
  let seen = 0
  for await (const piece of pieces) {
    hash?.update(piece)
    seen += piece.length
    if (held !== null) yield held
    held = piece
  }
  if (seen !== expected.length || (hash !== null && hash.digest('hex') !== expected.sha256)) {
    if (hash !== null) await wrong()
    throw new Error(`blob ${expected.sha256 ?? ''}: its bytes are not what was stored`)
  }
  if (held !== null) yield held
}
