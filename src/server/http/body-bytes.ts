import type { Rendered } from '../../catalog/rendered.ts'

/** A document as UTF-8, and where its parts end. */
export interface BodyBytes {
  readonly body: Buffer
  /** Ascending; the last is the length. */
  readonly partEnds: readonly number[]
}

/** Pieces of a document make one part together: alone they are too short to compress well. */
const piecesInPart = 64

/** Pieces are written one behind the other, never joined to a text of many megabytes. */
export function bodyBytes(rendered: Rendered): BodyBytes {
  const { pieces } = rendered
  if (pieces === undefined) {
    const body = Buffer.from(rendered.body)
    return { body, partEnds: [body.length] }
  }
  const body = Buffer.allocUnsafeSlow(pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0))
  const partEnds: number[] = []
  let end = 0
  for (const [place, piece] of pieces.entries()) {
    end += body.write(piece, end)
    // By count, so that a part that changes moves no other.
    if ((place + 1) % piecesInPart === 0 || place === pieces.length - 1) partEnds.push(end)
  }
  return { body, partEnds }
}
