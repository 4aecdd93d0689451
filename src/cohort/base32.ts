const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/** RFC 4648 base32 in lower case without padding: safe in paths, user names and user agents. */
export function base32(bytes: Uint8Array): string {
  let text = ''
  let pending = 0
  let bits = 0
  for (const byte of bytes) {
    pending = (pending << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += ALPHABET[(pending >> bits) & 31]
    }
    pending &= 255 >> (8 - bits)
  }
  return bits === 0 ? text : text + ALPHABET[(pending << (5 - bits)) & 31]
}
