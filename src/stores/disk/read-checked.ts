import { createHash } from 'node:crypto'
import { open, readFile, stat } from 'node:fs/promises'
import { checkedPieces } from '../objects/checked-pieces.ts'

/** Bytes in memory for each download: two pieces. */
const pieceBytes = 128 * 1024

/** Null when there is no such file. */
export async function readPart(path: string): Promise<Uint8Array | null> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
}

/** What changes when anything writes to the file, or puts another in its place; null when it is gone. */
export async function identityOf(path: string): Promise<string | null> {
  const found = await stat(path, { bigint: true }).catch(() => null)
  return found && `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`
}

/** The hash of a file, read in pieces. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of pieces(path, 0, Number.POSITIVE_INFINITY)) hash.update(piece)
  return hash.digest('hex')
}

interface Wanted {
  readonly sha256: string
  readonly size: number
  readonly start: number
  readonly end: number
}

/**
 * A file in pieces, each given when the one behind it was read. A whole file is hashed on the way: when it turns
 * out wrong the last piece is never given, so that nobody takes what came for the file.
 */
export async function* readChecked(
  path: string,
  { sha256, size, start, end }: Wanted,
  wrong: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  const whole = start === 0 && end === size
  yield* checkedPieces(
    pieces(path, start, end),
    { sha256: whole ? sha256 : null, length: end - start },
    wrong,
  )
}

async function* pieces(path: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r')
  try {
    let position = start
    while (position < end) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(pieceBytes, end - position))
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
      if (bytesRead === 0) return
      position += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}
