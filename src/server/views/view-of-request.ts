import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'
import type { View } from '../../catalog/views/view.ts'
import { addressKey, networkOf } from '../../cohort/address-key.ts'
import { clientKindOf } from '../../cohort/client-kind.ts'
import { parseCohortKey } from '../../cohort/cohort-key.ts'
import type { MirrorRule } from '../../config/server/overlay-settings.ts'
import { remember } from './remember.ts'

/** What of a request says who is asking, besides its path. */
export interface Asker {
  readonly headers: IncomingHttpHeaders
  readonly remoteAddress: string | undefined
}

export interface ViewRules {
  readonly anonymous: 'stable' | 'address'
  readonly trustedProxies: readonly string[]
  readonly mirrors?: readonly MirrorRule[]
}

/**
 * Finds the view of a request that has no view in its path: mirrors get their channel, because what they copy
 * reaches all of their own clients; else the Basic user name, then `slipway=<key>` in the
 * user agent, then address prefix and client kind (docs/clients.md). A key that is not valid gives
 * `stable`: who asks for something we cannot read is not exposed.
 */
export function createViewOfRequest(rules: ViewRules): (asker: Asker) => View {
  const proxies = blockListOf(rules.trustedProxies)
  const channelOf = mirrorFinder(rules.mirrors ?? [])
  const addressOfPeer = remember(10_000, (remote) => clientAddress(remote, undefined, proxies))
  const addressOf = ({ headers, remoteAddress = '' }: Asker) => {
    const forwarded = headers['x-forwarded-for']
    return forwarded === undefined
      ? addressOfPeer(remoteAddress)
      : clientAddress(remoteAddress, forwarded, proxies)
  }
  return (asker) => {
    const userAgent = asker.headers['user-agent'] ?? ''
    const channel = channelOf(userAgent, () => addressOf(asker))
    if (channel !== null) return { kind: channel }
    const chosen = userNameOf(asker.headers.authorization) ?? keyInUserAgent(userAgent)
    if (chosen !== null)
      return parseCohortKey(chosen).ok ? { kind: 'cohort', key: chosen } : { kind: 'stable' }
    if (rules.anonymous === 'stable') return { kind: 'stable' }
    const address = addressOf(asker)
    if (address === null) return { kind: 'stable' }
    return { kind: 'cohort', key: addressKey(networkOfAddress(address), kindOf(userAgent)) }
  }
}

/** The channel of the first rule that fits a client. The address is only looked for where a rule names one. */
function mirrorFinder(rules: readonly MirrorRule[]) {
  const known = rules.map(({ userAgent, address, channel }) => ({
    channel,
    agent: userAgent?.toLowerCase() ?? null,
    networks: address === null ? null : blockListOf([address]),
  }))
  return (userAgent: string | undefined, address: () => string | null): MirrorRule['channel'] | null => {
    const fits = known.find(({ agent, networks }) => {
      if (agent !== null && !userAgent?.toLowerCase().includes(agent)) return false
      const from = networks === null ? null : address()
      return networks === null || (from !== null && networks.check(from, isIPv6(from) ? 'ipv6' : 'ipv4'))
    })
    return fits?.channel ?? null
  }
}

/** User name of HTTP Basic credentials; null when there is none or it is the one that tokens come with. */
function userNameOf(authorization: string | undefined): string | null {
  const match = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? '')
  if (!match?.[1]) return null
  const user = Buffer.from(match[1], 'base64').toString('utf8').split(':', 1)[0] ?? ''
  return user === '' || user === '__token__' ? null : user
}

/** `slipway=<key>` as npm's `user-agent` setting or pip's `user_data` (a string inside JSON) carry it. */
const keyInUserAgent = remember(
  1000,
  (userAgent) => /(?:^|[\s"';,(])slipway=([^\s"';,()\\]*)/.exec(userAgent)?.[1] ?? null,
)

const kindOf = remember(1000, clientKindOf)
const networkOfAddress = remember(10_000, networkOf)

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

/** The nearest address that is not a trusted proxy; forwarded addresses count only behind trusted ones. */
export function clientAddress(
  remote: string,
  forwarded: string | string[] | undefined,
  proxies: BlockList,
): string | null {
  const chain = [forwarded ?? []].flat().join(',').split(',')
  const hops = [...chain, remote].map((hop) => plainAddress(hop.trim()))
  for (const hop of hops.reverse()) {
    if (hop === null) return null
    if (!proxies.check(hop, isIPv6(hop) ? 'ipv6' : 'ipv4')) return hop
  }
  return null
}

function plainAddress(text: string): string | null {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)
  const address = mapped?.[1] ?? text
  return isIP(address) === 0 ? null : address
}
