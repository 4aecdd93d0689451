import { Hono } from 'hono'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { Env, ServerParts } from '../server-parts.ts'
import { metricsText, type RequestCounter } from './metrics.ts'

/** `/healthz` (the process answers), `/readyz` (its storage does), `/metrics`. */
export function createHealth(parts: ServerParts<RolloutReader>, counter: RequestCounter): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/healthz', (c) => c.json({ ok: true }))
  app.get('/readyz', async (c) => {
    try {
      await parts.inbox.pending(1)
      return c.json({ ok: true })
    } catch {
      return c.json({ ok: false, detail: 'The storage does not answer.' }, 503)
    }
  })
  app.get('/metrics', async (c) => {
    const phases = parts.engine.list.counts()
    const inboxPending = (await parts.inbox.pending(1000)).length
    const upstream = parts.overlay?.counts() ?? null
    const text = metricsText({ phases, requests: counter.totals(), inboxPending, upstream })
    return c.body(text, 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
  })
  return app
}
