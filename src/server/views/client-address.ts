import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'
import { remember } from './remember.ts'

/** Where a request came from, as far as can be known behind proxies. */
export type ClientAddress =
  | { readonly kind: 'known'; readonly address: string }
  /** Forwarded by somebody that no operator named: whose address it is cannot be known. */
  | { readonly kind: 'unnamed-proxy'; readonly peer: string }
  /** A proxy that says for whom it asks in no way that is read here. */
  | { readonly kind: 'silent-proxy'; readonly peer: string }

/** What proxies of every make send along when they ask for somebody else; any of it says that one stands there. */
const marks = [
  'x-forwarded-for',
  'forwarded',
  'x-real-ip',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-envoy-external-address',
  'cf-connecting-ip',
  'true-client-ip',
  'fastly-client-ip',
  'fly-client-ip',
] as const

const loopback = ['127.0.0.0/8', '::1/128']

/** Where nobody from outside can be: a proxy there is the operator's own (RFC 1918, 4193, 6598 and link-local). */
const privateNetworks = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16'],
  ...['fc00::/7', 'fe80::/10'],
]

/**
 * Finds the address that a client's cohort is made of. Forwarded addresses count behind the named proxies, behind this
 * machine itself, and behind private peers: somebody who lies there only chooses a bucket, like everybody with a key. What is
 * more than that (limits, mirrors, who did what) asks `createAddressReader`.
 */
export function createCohortAddress(
  trustedProxies: readonly string[],
): (headers: IncomingHttpHeaders, peer: string) => ClientAddress {
  const trusted = blockListOf([...loopback, ...privateNetworks, ...trustedProxies])
  const named = blockListOf(trustedProxies)
  const direct = remember(10_000, (peer): ClientAddress => {
    const address = plainAddress(peer)
    // Named as a proxy, and asks for nobody: it would be taken for all of its clients.
    return address === null || holds(named, address) ? { kind: 'silent-proxy', peer } : known(address)
  })
  return (headers, peer) => {
    if (!marks.some((mark) => headers[mark] !== undefined)) return direct(peer)
    const own = plainAddress(peer)
    if (own === null || !holds(trusted, own)) return { kind: 'unnamed-proxy', peer: own ?? peer }
    const hops = hopsIn(headers)
    if (hops === null) return { kind: 'silent-proxy', peer: own }
    const address = nearest(hops, trusted)
    return address === null ? { kind: 'silent-proxy', peer: own } : known(address)
  }
}

/**
 * The address that limits, mirrors and the audit log go by; null where it cannot be known. Only named proxies and this
 * machine itself are believed.
 */
export function createAddressReader(
  trustedProxies: readonly string[],
): (headers: IncomingHttpHeaders, peer: string) => string | null {
  const trusted = blockListOf([...loopback, ...trustedProxies])
  return (headers, peer) => {
    const own = plainAddress(peer)
    if (own === null || !holds(trusted, own)) return own
    const forwarded = headers['x-forwarded-for']
    return forwarded === undefined ? own : nearest(listOf(forwarded).map(plainAddress), trusted)
  }
}

const known = (address: string): ClientAddress => ({ kind: 'known', address })

/** What a proxy says of the hops before it, nearest last; null where it says nothing that can be read. */
function hopsIn(headers: IncomingHttpHeaders): readonly (string | null)[] | null {
  const { forwarded } = headers
  const list = headers['x-forwarded-for']
  if (list !== undefined) return listOf(list).map(plainAddress)
  if (forwarded !== undefined) return listOf(forwarded).map(forIn)
  const real = headers['x-real-ip']
  return real === undefined ? null : listOf(real).map(plainAddress)
}

/** The nearest hop that is no trusted proxy; the farthest where all of them are. Null where it cannot be read. */
function nearest(hops: readonly (string | null)[], trusted: BlockList): string | null {
  for (const hop of hops.toReversed()) if (hop === null || !holds(trusted, hop)) return hop
  return hops[0] ?? null
}

const listOf = (header: string | string[]): string[] => [header].flat().join(',').split(',')

/** The `for=` of one element of `Forwarded` (RFC 7239). */
function forIn(element: string): string | null {
  const named = element.split(';').find((pair) => /^\s*for=/i.test(pair))
  return named === undefined
    ? null
    : plainAddress(
        named
          .slice(named.indexOf('=') + 1)
          .trim()
          .replace(/^"|"$/g, ''),
      )
}

/** An address without brackets and port, which some proxies write beside it; null where it is none. */
function plainAddress(text: string): string | null {
  const bare = text.trim()
  const host =
    /^\[([^\]]+)\](?::\d+)?$/.exec(bare)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(bare)?.[1] ?? bare
  const address = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1] ?? host
  return isIP(address) === 0 ? null : address
}

export function holds(list: BlockList, address: string): boolean {
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

export function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}
