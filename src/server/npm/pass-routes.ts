import { Hono } from 'hono'
import { z } from 'zod'
import { UpstreamUnavailable } from '../../upstream/upstream-unavailable.ts'
import { parseReleaseId } from '../../versions/release.ts'
import { problemResponse } from '../http/problem.ts'
import type { Ctx, Env, ServerParts } from '../server-parts.ts'

/**
 * What clients ask about packages of another registry and we do not change: its keys, and what proves where a
 * version was built. Mounted behind the routes for hosted packages.
 */
export function createPassRoutes(parts: ServerParts): Hono<Env> {
  const app = new Hono<Env>()
  for (const root of ['', '/npm']) {
    app.get(`${root}/-/npm/v1/keys`, (c) => keys(c, parts))
    app.get(`${root}/-/npm/v1/attestations/:release{.+}`, async (c) => {
      const parsed = parseReleaseId(`npm:${c.req.param('release')}`)
      if (!parsed.ok) return problemResponse({ status: 404, detail: 'There are no such attestations here.' })
      const { name, version } = parsed.value
      // A name that is ours is not asked for elsewhere: the question alone would tell it.
      if ((await parts.overlay?.open(`npm:${name}`)) == null)
        return problemResponse({ status: 404, detail: 'There are no such attestations here.' })
      return pass(
        c,
        parts,
        `/-/npm/v1/attestations/${encodeURIComponent(name)}@${encodeURIComponent(version)}`,
      )
    })
  }
  return app
}

/** Our own key, and those of the registry behind us: clients know one set for all that they get from here. */
async function keys(c: Ctx, { overlay, signer }: ServerParts): Promise<Response> {
  const own = signer === undefined ? [] : [signer.key]
  // Those of our own are given whatever becomes of the others.
  const passed = await overlay?.pass('npm', '/-/npm/v1/keys').catch((error: unknown) => {
    if (error instanceof UpstreamUnavailable) return null
    throw error
  })
  const theirs = keysShape.safeParse(passed).data?.keys ?? []
  return c.json({ keys: [...own, ...theirs] }, 200, {
    'cache-control': 'private, max-age=0, must-revalidate',
  })
}

const keysShape = z.object({ keys: z.array(z.looseObject({ keyid: z.string(), key: z.string() })) })

async function pass(c: Ctx, { overlay }: ServerParts, path: string): Promise<Response> {
  const passed = (await overlay?.pass('npm', path)) ?? null
  if (passed === null)
    return problemResponse({ status: 404, detail: 'The upstream has nothing under this address.' })
  return c.json(passed, 200, { 'cache-control': 'private, max-age=0, must-revalidate' })
}
