import { lookup as resolve } from 'node:dns'
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net'

const ranges: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 127, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  // 6to4 carries an IPv4 address in it, which may be a private one.
  ['2002::', 16, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
]

const blocked = new BlockList()
for (const [address, bits, family] of ranges) blocked.addSubnet(address, bits, family)

/** Loopback, private, link-local and other addresses that no public index has (RFC 6890). */
export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, '').split('%', 1)[0] ?? ''
  if (isIP(plain) === 0) return false
  return blocked.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4')
}

/**
 * Resolves a name and refuses it when any of its addresses is private. The connection is made to the address
 * that was checked, so that a second answer of the same name server cannot lead elsewhere.
 */
export const publicLookup: LookupFunction = (host, options, done) => {
  resolve(host, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return done(error, '')
    const found = addresses.find(({ address }) => isPrivateAddress(address))
    const [first] = addresses
    if (found !== undefined || first === undefined) {
      return done(new Error(`${host} resolves to the private address ${found?.address ?? 'nothing'}`), '')
    }
    if (options.all) return done(null, addresses)
    return done(null, first.address, first.family)
  })
}
