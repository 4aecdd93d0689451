import type { ClientKind } from './client-kind.ts'

/**
 * The cohort key of those who chose none: `net:<prefix>:<client kind>`, the prefix as `networkOf` writes it. It
 * holds colons, so no chosen key equals it.
 */
export function addressKey(network: string, kind: ClientKind): string {
  return `net:${network}:${kind}`
}

/**
 * The network of an address in its canonical text (RFC 5952): `203.0.113.0/24`, `2001:db8:1::/48`,
 * `2001:db8::/48`, `::/48`. The address is a valid one; an IPv4 address written as IPv6 was unwrapped before.
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return `${address.split('.').slice(0, 3).join('.')}.0/24`
  const groups = groupsOf(address).slice(0, 3)
  // What follows is zeros, so zeros before it belong to the one run that `::` stands for.
  while (groups.at(-1) === '0') groups.pop()
  return `${groups.join(':')}::/48`
}

/** The eight groups of an IPv6 address, `::` written out. */
function groupsOf(address: string): string[] {
  const bare = address.replace(/%.*$/s, '').toLowerCase().replace(dottedTail, asGroups)
  const cut = bare.indexOf('::')
  const front = namedIn(cut === -1 ? bare : bare.slice(0, cut))
  const back = cut === -1 ? [] : namedIn(bare.slice(cut + 2))
  const gap = Math.max(8 - front.length - back.length, 0)
  const groups = [...front, ...new Array<string>(gap).fill('0'), ...back]
  return groups.map((group) => group.replace(/^0+(?=.)/, ''))
}

/** The last 32 bits may be written as IPv4 (RFC 4291, section 2.2). */
const dottedTail = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/

const asGroups = (_all: string, a: string, b: string, c: string, d: string): string =>
  `${(Number(a) * 256 + Number(b)).toString(16)}:${(Number(c) * 256 + Number(d)).toString(16)}`

const namedIn = (text: string): string[] => text.split(':').filter((group) => group !== '')
