import { createJsonPlace } from './json-place.ts'

/** Where the bytes of a tarball go while the document around it is read. */
export interface TarballSink {
  write(bytes: Uint8Array): Promise<void>
}

/** A document with its tarball taken out. */
export interface AttachmentSplitter {
  /** The next bytes of the JSON text. */
  write(chunk: Uint8Array): Promise<void>
  /** How many bytes of text are kept so far. */
  textBytes(): number
  /** The JSON text, in which the tarball's `data` is empty. */
  text(): Uint8Array
}

const quote = 0x22

/**
 * Reads what `npm publish` sends, a JSON document with the tarball in base64, without ever holding the tarball:
 * `_attachments.<name>.tgz.data` is decoded into `sink` as it comes in and left empty in the text.
 */
export function createAttachmentSplitter(sink: TarballSink): AttachmentSplitter {
  const kept: Uint8Array[] = []
  let keptBytes = 0
  const place = createJsonPlace()
  const decode = createBase64Decoder(sink)
  let inData = false
  let taken = false

  const keep = (bytes: Uint8Array) => {
    if (bytes.length === 0) return
    kept.push(Uint8Array.from(bytes))
    keptBytes += bytes.length
  }

  /** Takes the data at the start of a piece; where the text goes on. */
  async function takeData(piece: Uint8Array): Promise<number> {
    const end = piece.indexOf(quote)
    await decode(piece.subarray(0, end < 0 ? piece.length : end), end >= 0)
    if (end < 0) return piece.length
    inData = false
    place.closeString()
    // Its closing quote is kept, right behind the opening one.
    return end
  }

  return {
    async write(chunk) {
      let from = 0
      let at = 0
      while (at < chunk.length) {
        if (inData) {
          from = at + (await takeData(chunk.subarray(at)))
          at = inData ? from : from + 1
        } else if (place.next(chunk[at] ?? 0) && !taken && isTarball(place.path())) {
          taken = true
          inData = true
          at += 1
          keep(chunk.subarray(from, at))
          from = at
        } else at += 1
      }
      keep(chunk.subarray(from))
    },
    textBytes: () => keptBytes,
    text: () => Buffer.concat(kept),
  }
}

function isTarball(path: readonly (string | null)[]): boolean {
  const [first, file, member] = path
  return path.length === 3 && first === '_attachments' && member === 'data' && file?.endsWith('.tgz') === true
}

/** Decodes pieces of base64 of any length; JSON may have put a backslash before each slash. */
function createBase64Decoder(sink: TarballSink): (piece: Uint8Array, last: boolean) => Promise<void> {
  let left = ''
  return async (piece, last) => {
    const text = Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1')
    left += text.replaceAll('\\', '')
    const whole = last ? left.length : left.length - (left.length % 4)
    const decoded = Buffer.from(left.slice(0, whole), 'base64')
    left = left.slice(whole)
    if (decoded.length > 0) await sink.write(decoded)
  }
}
