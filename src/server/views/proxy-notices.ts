import type { Log } from '../../engine/core/log.ts'
import type { ClientAddress } from './client-address.ts'

/** A proxy in front of clients whose addresses are not known for it, so that they see full releases only. */
export interface ProxyNotice {
  readonly peer: string
  readonly kind: Exclude<ClientAddress['kind'], 'known'>
  readonly requests: number
  /** When it was last seen, integer ms. */
  readonly seen: number
  /** What is so, and the setting that changes it. */
  readonly sentence: string
}

/** The proxies that clients came through lately and whom nobody told of. */
export interface ProxyNotices {
  note(found: ProxyProblem): void
  /** Those of the last day, the busiest first. */
  all(): readonly ProxyNotice[]
}

export type ProxyProblem = Exclude<ClientAddress, { readonly kind: 'known' }>

/** Anybody can send the headers of a proxy: more peers than this push out the ones that asked least. */
const mostPeers = 50
const keptMs = 24 * 60 * 60_000

/** Each peer is told to the log once while it is known here. */
export function createProxyNotices(log: Pick<Log, 'warn'>, now: () => number): ProxyNotices {
  const peers = new Map<string, { kind: ProxyNotice['kind']; requests: number; seen: number }>()
  const forget = () => {
    for (const [peer, { seen }] of peers) if (now() - seen > keptMs) peers.delete(peer)
  }
  return {
    note: ({ peer, kind }) => {
      const known = peers.get(peer)
      if (known !== undefined) {
        known.requests += 1
        known.seen = now()
        known.kind = kind
        return
      }
      if (peers.size >= mostPeers) forget()
      if (peers.size >= mostPeers) {
        const [least] = [...peers].toSorted((a, b) => a[1].requests - b[1].requests)
        if (least !== undefined) peers.delete(least[0])
      }
      peers.set(peer, { kind, requests: 1, seen: now() })
      log.warn('clients behind a proxy see full releases only', { peer, why: sentenceOf(peer, kind) })
    },
    all: () => {
      forget()
      return [...peers]
        .map(([peer, { kind, requests, seen }]) => ({
          peer,
          kind,
          requests,
          seen,
          sentence: sentenceOf(peer, kind),
        }))
        .toSorted((a, b) => b.requests - a.requests)
    },
  }
}

function sentenceOf(peer: string, kind: ProxyNotice['kind']): string {
  return kind === 'unnamed-proxy'
    ? `${peer} forwards requests and is not named, so whoever comes through it without a key is in no percent and sees full releases only; where it is your proxy, name it in trustedProxies (SLIPWAY_TRUSTED_PROXIES)`
    : `${peer} is a proxy and does not say for which address it asks, so whoever comes through it without a key is in no percent and sees full releases only; let it send X-Forwarded-For`
}
