import { Hono } from 'hono'
import { parseReleaseId } from '../../versions/release.ts'
import { problemResponse } from '../http/problem.ts'
import type { Env, ServerParts } from '../server-parts.ts'

/**
 * What clients ask about packages of another registry and we do not change: its keys, and what proves where a
 * version was built. Mounted behind the routes for hosted packages.
 */
export function createPassRoutes(parts: ServerParts): Hono<Env> {
  const app = new Hono<Env>()
  for (const root of ['', '/npm']) {
    app.get(`${root}/-/npm/v1/keys`, () => pass(parts, '/-/npm/v1/keys'))
    app.get(`${root}/-/npm/v1/attestations/:release{.+}`, async (c) => {
      const parsed = parseReleaseId(`npm:${c.req.param('release')}`)
      if (!parsed.ok) return problemResponse({ status: 404, detail: 'There are no such attestations here.' })
      const { name, version } = parsed.value
      // A name that is ours is not asked for elsewhere: the question alone would tell it.
      if ((await parts.overlay?.open(`npm:${name}`)) == null)
        return problemResponse({ status: 404, detail: 'There are no such attestations here.' })
      return pass(parts, `/-/npm/v1/attestations/${encodeURIComponent(name)}@${encodeURIComponent(version)}`)
    })
  }
  return app
}

async function pass({ overlay }: ServerParts, path: string): Promise<Response> {
  const passed = (await overlay?.pass('npm', path)) ?? null
  if (passed === null)
    return problemResponse({ status: 404, detail: 'The upstream has nothing under this address.' })
  const headers = {
    'content-type': passed.contentType,
    'cache-control': 'private, max-age=0, must-revalidate',
  }
  return new Response(Uint8Array.from(passed.body), { headers })
}
