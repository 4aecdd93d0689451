/** Archives that no packing program writes, for readers that have to refuse them. */
import { crc32, deflateRawSync, gzipSync } from 'node:zlib'
import { Header } from 'tar'

export interface ZipPart {
  readonly name: string
  readonly text?: string | Uint8Array
  /** 0 stored, 8 deflated; others leave the bytes as they are. */
  readonly method?: number
  readonly flags?: number
  /** The name beside the bytes, where it differs from that in the directory. */
  readonly localName?: string
  readonly declaredSize?: number
  readonly crc?: number
  readonly extra?: Buffer
  /** Bytes between this entry and the next. */
  readonly after?: Buffer
  /** Unix mode, for links. */
  readonly mode?: number
}

/** A zip written as told, wrong or not. */
export function oddZip(
  parts: readonly ZipPart[],
  around: { before?: Buffer; comment?: Buffer } = {},
): Buffer {
  const { before = Buffer.alloc(0), comment = Buffer.alloc(0) } = around
  const body: Buffer[] = [before]
  const directory: Buffer[] = []
  let at = before.length
  for (const part of parts) {
    const { name, text = '', method = 8, flags = 0, extra = Buffer.alloc(0), after = Buffer.alloc(0) } = part
    const raw = typeof text === 'string' ? Buffer.from(text) : Buffer.from(text)
    const packed = method === 8 ? deflateRawSync(raw) : raw
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0)
    fields.writeUInt16LE(flags, 2)
    fields.writeUInt16LE(method, 4)
    fields.writeUInt32LE(part.crc ?? crc32(raw), 10)
    fields.writeUInt32LE(packed.length, 14)
    fields.writeUInt32LE(part.declaredSize ?? raw.length, 18)
    const localName = Buffer.from(part.localName ?? name)
    const local = Buffer.from(fields)
    local.writeUInt16LE(localName.length, 22)
    local.writeUInt16LE(extra.length, 24)
    body.push(Buffer.from('PK\x03\x04'), local, localName, extra, packed, after)
    const centralName = Buffer.from(name)
    const central = Buffer.from(fields)
    central.writeUInt16LE(centralName.length, 22)
    central.writeUInt16LE(extra.length, 24)
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(((part.mode ?? 0o100644) << 16) >>> 0, 6)
    rest.writeUInt32LE(at, 10)
    directory.push(Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), central, rest, centralName, extra)
    at += 30 + localName.length + extra.length + packed.length + after.length
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(listed.length, 12)
  end.writeUInt32LE(at, 16)
  end.writeUInt16LE(comment.length, 20)
  return Buffer.concat([...body, listed, end, comment])
}

export interface TarPart {
  readonly path: string
  readonly text?: string
  readonly type?: 'File' | 'Directory' | 'SymbolicLink' | 'CharacterDevice'
  readonly linkpath?: string
}

/** A tar written as told, not packed. */
export function oddTar(parts: readonly TarPart[]): Buffer {
  const blocks = parts.flatMap(({ path, text = '', type = 'File', linkpath }) => {
    const block = Buffer.alloc(512)
    const size = Buffer.byteLength(text)
    const header = new Header({ path, size, type, mode: 0o644, ...(linkpath !== undefined && { linkpath }) })
    header.encode(block)
    return [block, Buffer.from(text), Buffer.alloc((512 - (size % 512)) % 512)]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

export const tarball = (parts: readonly TarPart[]): Buffer => gzipSync(oddTar(parts))
