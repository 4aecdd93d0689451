import type { IncomingHttpHeaders } from 'node:http'
import type { View } from '../../catalog/views/view.ts'
import { addressKey, networkOf } from '../../cohort/address-key.ts'
import { isCiClient } from '../../cohort/ci-client.ts'
import { clientKindOf } from '../../cohort/client-kind.ts'
import { parseCohortKey } from '../../cohort/cohort-key.ts'
import type { MirrorRule } from '../../config/server/overlay-settings.ts'
import { blockListOf, createAddressReader, createCohortAddress, holds } from './client-address.ts'
import type { ProxyProblem } from './proxy-notices.ts'
import { remember } from './remember.ts'

/** What of a request says who is asking, besides its path. */
export interface Asker {
  readonly headers: IncomingHttpHeaders
  readonly remoteAddress: string | undefined
}

export interface ViewRules {
  readonly anonymous: 'stable' | 'address'
  /** The same for clients that say they run in a CI job, where each job may have an address of its own. */
  readonly anonymousCi: 'stable' | 'address'
  readonly trustedProxies: readonly string[]
  readonly mirrors?: readonly MirrorRule[]
}

/** What decided over a view. All but the first three have no key, and see full releases only. */
export type DecidedBy =
  /** The address that was asked for. */
  'path' | 'key' | 'address' | 'mirror' | 'unread-key' | 'anonymous' | 'ci' | ProxyProblem['kind']

/** A view, and why it is that one. */
export interface FoundView {
  readonly view: View
  readonly by: DecidedBy
}

/**
 * Finds the view of a request that has no view in its path: mirrors get their channel, because what they copy
 * reaches all of their own clients; else the Basic user name, then `slipway=<key>` in the
 * user agent, then address prefix and client kind (docs/clients.md). A key that is not valid gives
 * `stable`: who asks for something we cannot read is not exposed. `onProxy` hears of each request whose address is not
 * known because of a proxy.
 */
export function createViewOfRequest(
  rules: ViewRules,
  onProxy: (found: ProxyProblem) => void = () => {},
): (asker: Asker) => FoundView {
  const addressOf = createCohortAddress(rules.trustedProxies)
  const readAddress = createAddressReader(rules.trustedProxies)
  const channelOf = mirrorFinder(rules.mirrors ?? [])
  return ({ headers, remoteAddress = '' }) => {
    const userAgent = headers['user-agent'] ?? ''
    const channel = channelOf(userAgent, () => readAddress(headers, remoteAddress))
    if (channel !== null) return { view: { kind: channel }, by: 'mirror' }
    const chosen = userNameOf(headers.authorization) ?? keyInUserAgent(userAgent)
    if (chosen !== null)
      return parseCohortKey(chosen).ok
        ? { view: { kind: 'cohort', key: chosen }, by: 'key' }
        : stableBecause['unread-key']
    if (rules.anonymous === 'stable') return stableBecause.anonymous
    if (rules.anonymousCi === 'stable' && isCi(userAgent)) return stableBecause.ci
    const found = addressOf(headers, remoteAddress)
    if (found.kind !== 'known') {
      onProxy(found)
      return stableBecause[found.kind]
    }
    const key = addressKey(networkOfAddress(found.address), kindOf(userAgent))
    return { view: { kind: 'cohort', key }, by: 'address' }
  }
}

const stable = (by: DecidedBy): FoundView => ({ view: { kind: 'stable' }, by })

const stableBecause = {
  'unread-key': stable('unread-key'),
  anonymous: stable('anonymous'),
  ci: stable('ci'),
  'unnamed-proxy': stable('unnamed-proxy'),
  'silent-proxy': stable('silent-proxy'),
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
      return networks === null || (from !== null && holds(networks, from))
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
const isCi = remember(1000, isCiClient)
const networkOfAddress = remember(10_000, networkOf)
