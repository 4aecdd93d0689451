import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, crc32, deflateRaw, deflateRawSync } from 'node:zlib'
import type { BodyBytes } from '../http/body-bytes.ts'

/** Makes gzip of documents out of parts that are compressed once. */
export interface DocumentPacker {
  /** At once for a short one. */
  pack(body: BodyBytes): Buffer | Promise<Buffer>
}

/** RFC 1952: deflate, no name, no time, unknown system. */
const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
/** An empty last block with fixed codes (RFC 1951, 3.2.6). */
const lastBlock = Buffer.from([0x03, 0x00])

/** Ends at a byte and looks back at nothing, so that parts can stand behind each other in any order. */
const options = { finishFlush: constants.Z_FULL_FLUSH, level: 6 } as const

/** Compressed in less time than handing it to another thread takes. */
const atOnceBytes = 16 * 1024

const deflate = promisify<Buffer, typeof options, Buffer>(deflateRaw)

/**
 * Keeps compressed parts, by what they are made of, up to a number of bytes; those not used for longest go first. Long
 * documents are compressed beside the thread that answers, and what differs between two views of a package is a part or
 * two.
 */
export function createDocumentPacker(
  mostBytes: number,
  compress: (part: Buffer) => Promise<Buffer> = (part) => deflate(part, options),
): DocumentPacker {
  const parts = new Map<string, Buffer>()
  let total = 0
  const keep = (key: string, packed: Buffer): Buffer => {
    if (!parts.has(key)) total += packed.length
    parts.set(key, packed)
    for (const [oldest, { length }] of parts) {
      if (total <= mostBytes || oldest === key) break
      parts.delete(oldest)
      total -= length
    }
    return packed
  }
  const packed = async (part: Buffer): Promise<Buffer> => {
    const key = hash('sha256', part, 'base64')
    const known = parts.get(key)
    if (known === undefined) return keep(key, await compress(part))
    // To the end of the order: it was used.
    parts.delete(key)
    parts.set(key, known)
    return known
  }
  // Two at a time: a document takes no more than two of the four threads from those who wait for theirs.
  const packAll = async (pieces: readonly Buffer[], length: number): Promise<Buffer> => {
    const done: Buffer[] = []
    let crc = 0
    for (let place = 0; place < pieces.length; place += 2) {
      const pair = pieces.slice(place, place + 2)
      for (const piece of pair) crc = crc32(piece, crc)
      done.push(...(await Promise.all(pair.map(packed))))
    }
    return gzipOf(done, crc, length)
  }
  return {
    pack: ({ body, partEnds }) => {
      if (body.length <= atOnceBytes) return gzipOf([deflateRawSync(body, options)], crc32(body), body.length)
      const pieces = partEnds.map((end, place) => body.subarray(partEnds[place - 1] ?? 0, end))
      return packAll(pieces, body.length)
    },
  }
}

function gzipOf(parts: readonly Buffer[], crc: number, length: number): Buffer {
  const tail = Buffer.alloc(8)
  tail.writeUInt32LE(crc)
  tail.writeUInt32LE(length % 2 ** 32, 4)
  return Buffer.concat([head, ...parts, lastBlock, tail])
}
