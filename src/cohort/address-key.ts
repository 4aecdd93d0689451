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
  const [head = '', tail] = (address.split('%', 1)[0] ?? '').toLowerCase().split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? 0 : 8 - front.length - back.length
  const groups = [...front, ...new Array<string>(Math.max(gap, 0)).fill('0'), ...back]
  return groups.map((group) => group.replace(/^0+(?=.)/, ''))
}
