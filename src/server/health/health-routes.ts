import { Hono } from 'hono'
import { isoTime } from '../../catalog/iso-time.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { Env, ServerParts } from '../server-parts.ts'
import type { ProxyNotices } from '../views/proxy-notices.ts'
import type { ShareMeter } from '../views/share-meter.ts'
import { metricsText, type RequestCounter } from './metrics.ts'

/** What else is known here of how the server fares. */
export interface Noticed {
  readonly counter: RequestCounter
  readonly proxies: ProxyNotices
  readonly meter: Pick<ShareMeter, 'all'>
}

/** Damage that is named at once; all of it is in the log and in `slipway verify`. */
const namedProblems = 100

/** `/healthz` (the process answers), `/readyz` (its storage does, and is whole), `/metrics`, `/checkpoint`. */
export function createHealth(
  parts: ServerParts<RolloutReader>,
  { counter, proxies, meter }: Noticed,
): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/healthz', (c) => c.json({ ok: true }))
  app.get('/readyz', async (c) => {
    const problems = parts.damage.all()
    const shown = {
      problems: problems.slice(0, namedProblems),
      more: Math.max(0, problems.length - namedProblems),
    }
    try {
      await parts.inbox.pending(1)
    } catch {
      const detail = 'The storage does not answer; what is in memory is still served.'
      return c.json({ ok: false, status: 'unavailable', detail, ...shown }, 503)
    }
    if (parts.outOfTouch?.() === true) {
      const detail = 'The storage has not been heard of for ten minutes; only full releases are shown.'
      return c.json({ ok: false, status: 'stable-only', detail, ...shown }, 503)
    }
    const trust = parts.trust?.() ?? 'whole'
    const isDamaged = problems.length > 0 || trust === 'degraded'
    // What was kept is still served while an upstream is out of order: no reason to take the server out.
    const upstreams = (parts.overlay?.outages() ?? []).map(({ since, ...outage }) => ({
      ...outage,
      since: isoTime(since),
    }))
    // Anybody can send what proxies send, so this is told and changes nothing.
    const unnamed = proxies.all().map(({ seen, ...notice }) => ({ ...notice, seen: isoTime(seen) }))
    const isDegraded = isDamaged || upstreams.length > 0
    const status = isDegraded ? 'degraded' : trust === 'unchecked' ? trust : 'ready'
    return c.json({ ok: !isDamaged, status, ...shown, upstreams, proxies: unnamed })
  })
  app.get('/checkpoint', (c) => {
    const note = parts.checkpoint?.() ?? null
    if (note === null) return c.json({ detail: 'Nothing is signed here yet.' }, 404)
    return c.body(note, 200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' })
  })
  app.get('/metrics', async (c) => {
    const phases = parts.engine.list.counts()
    const inboxPending = (await parts.inbox.pending(1000)).length
    const upstream = parts.overlay?.counts() ?? null
    const text = metricsText({
      phases,
      requests: counter.totals(),
      inboxPending,
      upstream,
      outages: parts.overlay?.outages() ?? [],
      proxies: proxies.all(),
      shares: meter.all(),
    })
    return c.body(text, 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
  })
  return app
}
