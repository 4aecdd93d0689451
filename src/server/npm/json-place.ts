const quote = 0x22
const backslash = 0x5c
const [openBrace, closeBrace, openBracket, closeBracket, colon, comma] = [0x7b, 0x7d, 0x5b, 0x5d, 0x3a, 0x2c]

/** Longer keys are only not remembered. */
const longestKeyBytes = 1000

/** Where in a JSON text a reader is. */
export interface JsonPlace {
  /** Takes the next byte; true when it opened a string that is a value. */
  next(byte: number): boolean
  /** Goes on behind the end of a string whose bytes were not shown. */
  closeString(): void
  /** For each open object the key that was read last in it, null for a list; the outermost first. */
  path(): readonly (string | null)[]
}

/** Follows strings, keys and nesting; whether the text is JSON at all is for who parses it. */
export function createJsonPlace(): JsonPlace {
  const path: (string | null)[] = []
  let within: 'key' | 'value' | null = null
  let escaped = false
  let expectsKey = false
  let key: number[] = []

  function outside(byte: number): boolean {
    if (byte === quote) {
      within = expectsKey ? 'key' : 'value'
      key = []
      return within === 'value'
    }
    if (byte === openBrace || byte === openBracket) {
      path.push(byte === openBrace ? '' : null)
      expectsKey = byte === openBrace
    } else if (byte === closeBrace || byte === closeBracket) {
      path.pop()
      expectsKey = false
    } else if (byte === colon) expectsKey = false
    else if (byte === comma) expectsKey = path.at(-1) !== null
    return false
  }

  return {
    next(byte) {
      if (within === null) return outside(byte)
      if (escaped) escaped = false
      else if (byte === backslash) escaped = true
      else if (byte === quote) {
        if (within === 'key' && path.length > 0) path[path.length - 1] = Buffer.from(key).toString('utf8')
        within = null
        return false
      }
      if (within === 'key' && key.length < longestKeyBytes) key.push(byte)
      return false
    },
    closeString() {
      within = null
    },
    path: () => path,
  }
}
