/**
 * Slipway's edge for CDN runtimes with fetch, `caches` and web crypto (Cloudflare Workers and the like). Settings come
 * as the environment: `SLIPWAY_ORIGIN` (`https://packages.example.org`) and `SLIPWAY_KEYS` (what `/edge/v1/keys` says):
 * a worker takes nothing unsigned, because whoever could write its rules could choose what people install.
 */
import view from '../choose-view.js'
import { takeRules, verifiedRules } from '../take-rules.js'

/** Rules are asked for once a second by each process of the runtime; documents are kept by their address. */
const askedAnewMs = 1000

export function createWorker({ now = Date.now, cacheOf = () => caches.default } = {}) {
  let rules = null
  let askedAt = Number.NEGATIVE_INFINITY
  let asking = null

  async function refresh(env) {
    const response = await fetch(`${env.SLIPWAY_ORIGIN}/edge/v1/rules.jws`, {
      signal: AbortSignal.timeout(2000),
    })
    if (!response.ok) return
    const next = await verifiedRules(await response.text(), JSON.parse(env.SLIPWAY_KEYS).keys)
    if (next === null) return
    rules = takeRules(rules, next, true).rules
  }

  async function currentRules(env, wait) {
    if (asking === null && now() - askedAt >= askedAnewMs) {
      askedAt = now()
      // Without an answer what is known goes on; after ten minutes `ask` shows full releases only.
      asking = refresh(env)
        .catch(() => {})
        .finally(() => {
          asking = null
        })
      wait(asking)
    }
    if (rules === null && asking !== null) await asking
    return rules
  }

  async function fetchDocument(request, env, address, wait) {
    const url = new URL(address, env.SLIPWAY_ORIGIN)
    const accept = request.headers.get('accept') ?? ''
    const cache = cacheOf()
    // The cache of a runtime knows addresses only, so what else decides the bytes stands in it.
    const kept = new URL(url)
    kept.searchParams.set('accept', accept)
    const known = await cache.match(kept)
    if (known !== undefined) return known
    const response = await fetch(url, { headers: { accept, 'user-agent': 'slipway-edge' } })
    if (response.status === 200) {
      const copy = new Response(response.clone().body, response)
      copy.headers.set('cache-control', 'max-age=600')
      wait(cache.put(kept, copy))
    }
    return response
  }

  return {
    async fetch(request, env, context) {
      const wait = (work) => context?.waitUntil?.(work)
      const url = new URL(request.url)
      const header = (name) => request.headers.get(name) ?? ''
      const asked = view.ask(
        {
          method: request.method,
          path: url.pathname,
          query: url.search,
          authorization: header('authorization'),
          explain: header('slipway-explain'),
          userAgent: header('user-agent'),
          // The runtime is the peer of every client and says whose address it saw.
          forwarded: header('x-forwarded-for'),
          peer: header('cf-connecting-ip'),
        },
        await currentRules(env, wait),
        now(),
      )
      if (asked === null)
        return fetch(new Request(new URL(`${url.pathname}${url.search}`, env.SLIPWAY_ORIGIN), request))
      const hashes = new Map()
      for (const text of view.texts(asked)) hashes.set(text, await sha256(text))
      const response = await fetchDocument(
        request,
        env,
        view.address(asked, (text) => hashes.get(text)),
        wait,
      )
      return forClient(request, response)
    },
  }
}

/** Clients ask each time, and are told when nothing has changed. */
function forClient(request, response) {
  const headers = new Headers(response.headers)
  headers.set('cache-control', 'private, max-age=0, must-revalidate')
  const plain = (tag) => tag.trim().replace(/^W\//, '')
  const known = (request.headers.get('if-none-match') ?? '').split(',').map(plain)
  const etag = headers.get('etag')
  if (etag !== null && known.includes(plain(etag))) return new Response(null, { status: 304, headers })
  return new Response(request.method === 'HEAD' ? null : response.body, { status: response.status, headers })
}

async function sha256(text) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

export default createWorker()
