import type { Rendered } from '../../catalog/rendered.ts'

/** A document as UTF-8. Pieces are written one behind the other, never joined to a text of many megabytes. */
export function bodyBytes(rendered: Rendered): Buffer {
  const { pieces } = rendered
  if (pieces === undefined) return Buffer.from(rendered.body)
  const bytes = Buffer.allocUnsafeSlow(pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0))
  let end = 0
  for (const piece of pieces) end += bytes.write(piece, end)
  return bytes
}
