/**
 * Whether new rules take the place of those an edge has: within an epoch no older position, because an old document
 * would undo a rollback; another epoch only where its signature was checked and it was written later. Gives the rules
 * that hold, and why new ones were refused (null: they were taken).
 */
export function takeRules(current, next, isSigned) {
  const refused = refusalOf(current, next, isSigned)
  return { rules: refused === null ? next : current, refused }
}

function refusalOf(current, next, isSigned) {
  if (next?.v !== 1) return `v: got ${JSON.stringify(next?.v)}, expected 1`
  if (typeof next.epoch !== 'string' || !Number.isInteger(next.position) || !Number.isInteger(next.at)) {
    return 'epoch, position or at is missing'
  }
  if (typeof next.packages !== 'object' || next.packages === null) return 'packages is missing'
  if (current === null) return null
  if (next.epoch !== current.epoch) {
    if (!isSigned)
      return `epoch: got ${next.epoch} unsigned while ${current.epoch} holds; start the edge anew`
    return next.at > current.at ? null : 'at: another epoch that is not newer'
  }
  if (next.position < current.position)
    return `position: got ${next.position}, expected ${current.position} or more`
  return next.position === current.position && next.at < current.at ? 'at: older than what is known' : null
}

/** The payload of a compact JWS (RFC 7515) signed with one of these keys (JWKS, Ed25519); null where none did. */
export async function verifiedRules(jws, keys) {
  const [head, body, signature, ...more] = jws.trim().split('.')
  if (signature === undefined || more.length > 0) return null
  const header = JSON.parse(text(head))
  const jwk = keys.find(({ kid }) => kid === header.kid)
  if (header.alg !== 'EdDSA' || jwk === undefined) return null
  const key = await crypto.subtle.importKey('jwk', jwk, { name: 'Ed25519' }, false, ['verify'])
  const signed = new TextEncoder().encode(`${head}.${body}`)
  const isGood = await crypto.subtle.verify('Ed25519', key, bytes(signature), signed)
  return isGood ? JSON.parse(text(body)) : null
}

const bytes = (base64url) =>
  Uint8Array.from(atob(base64url.replace(/-/g, '+').replace(/_/g, '/')), (one) => one.charCodeAt(0))
const text = (base64url) => new TextDecoder().decode(bytes(base64url))
