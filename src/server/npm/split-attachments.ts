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
const backslash = 0x5c
const [openBrace, closeBrace, openBracket, closeBracket, colon, comma] = [0x7b, 0x7d, 0x5b, 0x5d, 0x3a, 0x2c]

/** Longer names are no name of an attachment; they are only not remembered. */
const longestKeyBytes = 1000

/**
 * Reads what `npm publish` sends, a JSON document with the tarball in base64, without ever holding the tarball:
 * `_attachments.<name>.data` is decoded into `sink` as it comes in and left empty in the text. Only the place of
 * strings is understood here; whether the text is JSON is for who parses it.
 */
export function createAttachmentSplitter(sink: TarballSink): AttachmentSplitter {
  const kept: Uint8Array[] = []
  let keptBytes = 0
  /** For each open object or list: the key that was read last, null in a list. */
  const path: (string | null)[] = []
  let state: 'outside' | 'string' | 'data' = 'outside'
  let escaped = false
  let isKey = false
  let key: number[] = []
  let expectsKey = false
  let taken = false
  let base64 = ''

  const keep = (bytes: Uint8Array) => {
    if (bytes.length === 0) return
    kept.push(Uint8Array.from(bytes))
    keptBytes += bytes.length
  }

  async function decode(bytes: Uint8Array, last: boolean): Promise<void> {
    base64 += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      .toString('latin1')
      .replaceAll('\\', '')
    const whole = last ? base64.length : base64.length - (base64.length % 4)
    const decoded = Buffer.from(base64.slice(0, whole), 'base64')
    base64 = base64.slice(whole)
    if (decoded.length > 0) await sink.write(decoded)
  }

  function isData(): boolean {
    return (
      path.length === 3 &&
      path[0] === '_attachments' &&
      path[2] === 'data' &&
      path[1]?.endsWith('.tgz') === true
    )
  }

  function outside(byte: number): void {
    if (byte === quote) {
      isKey = expectsKey
      key = []
      state = !isKey && isData() && !taken ? 'data' : 'string'
      if (state === 'data') taken = true
    } else if (byte === openBrace) {
      path.push('')
      expectsKey = true
    } else if (byte === openBracket) {
      path.push(null)
      expectsKey = false
    } else if (byte === closeBrace || byte === closeBracket) {
      path.pop()
      expectsKey = false
    } else if (byte === colon) expectsKey = false
    else if (byte === comma) expectsKey = path.at(-1) !== null
  }

  function inString(byte: number): void {
    if (escaped) escaped = false
    else if (byte === backslash) escaped = true
    else if (byte === quote) {
      state = 'outside'
      if (isKey && path.length > 0) path[path.length - 1] = Buffer.from(key).toString('utf8')
      return
    }
    if (isKey && key.length < longestKeyBytes) key.push(byte)
  }

  return {
    async write(chunk) {
      let from = 0
      for (let at = 0; at < chunk.length; at += 1) {
        const byte = chunk[at] ?? 0
        if (state === 'data') {
          const end = chunk.indexOf(quote, at)
          const stop = end < 0 ? chunk.length : end
          await decode(chunk.subarray(at, stop), end >= 0)
          if (end >= 0) state = 'outside'
          // The closing quote is kept, right behind the opening one.
          from = stop
          at = stop
        } else if (state === 'string') inString(byte)
        else {
          outside(byte)
          if (isDataNow(state)) {
            keep(chunk.subarray(from, at + 1))
            from = at + 1
          }
        }
      }
      keep(chunk.subarray(from))
    },
    textBytes: () => keptBytes,
    text: () => Buffer.concat(kept),
  }
}

/** `outside` may have changed it, which the compiler does not see. */
function isDataNow(state: string): boolean {
  return state === 'data'
}
