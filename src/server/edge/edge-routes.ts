import { Hono } from 'hono'
import { normalizeName } from '../../versions/normalize-name.ts'
import { tagMatches } from '../http/entity-tag.ts'
import { problemResponse } from '../http/problem.ts'
import type { Ctx, Env } from '../server-parts.ts'
import type { EdgeKey } from './edge-key.ts'
import type { EdgeRules, WrittenRules } from './edge-rules.ts'

/** Proxies in between give up after a minute. */
const longestWaitSeconds = 55

const caching = 'max-age=1, stale-if-error=600'

/**
 * `/edge/v1` (DESIGN.md section 16): rules for all packages or one, signed on request, and the key that signs them.
 * `?after=<position>&wait=<seconds>` answers with the first rules after that position, or with 304; with
 * `If-None-Match` also with other rules of the same position.
 */
export function createEdgeRoutes(rules: EdgeRules, key: () => Promise<EdgeKey>): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/rules', (c) => answer(c, rules, (written) => ({ body: written.body, type: 'application/json' })))
  app.get('/rules.jws', (c) =>
    answer(c, rules, async ({ body }) => ({
      body: await (await key()).sign(body),
      type: 'application/jose',
    })),
  )
  app.get('/rules/:ecosystem/:name{.+}', (c) => {
    const ecosystem = c.req.param('ecosystem')
    if (ecosystem !== 'npm' && ecosystem !== 'pypi') return notThere('ecosystem', ecosystem, 'npm or pypi')
    const name = normalizeName(ecosystem, decodeURIComponent(c.req.param('name')))
    if (!name.ok) return notThere('name', c.req.param('name'), name.problem.expected)
    return answer(c, rules, ({ document: { packages, ...head } }) => ({
      body: `${JSON.stringify({ ...head, package: packages[`${ecosystem}/${name.value}`] ?? null })}\n`,
      type: 'application/json',
    }))
  })
  app.get('/keys', async (c) => c.json({ keys: [(await key()).jwk] }))
  return app
}

function notThere(field: string, value: string, expected: string): Response {
  return problemResponse({
    status: 404,
    detail: `${field}: got ${value}, expected ${expected}.`,
    field,
    value,
    expected,
  })
}

type Written = { readonly body: string; readonly type: string }

async function answer(
  c: Ctx,
  rules: EdgeRules,
  write: (written: WrittenRules) => Written | Promise<Written>,
): Promise<Response> {
  const asked = askedOf(c)
  if (!asked.ok) return problemResponse(asked.problem)
  const { after, waitMs } = asked
  const given = c.req.header('if-none-match')
  const isNew = (written: WrittenRules): boolean => {
    const moved = after !== null && written.document.position > after
    // Without a tag nothing but the position says what the edge has.
    return moved || (given === undefined ? after === null : !tagMatches(given, written.etag))
  }
  const until = performance.now() + waitMs
  let written = await rules.written()
  while (!isNew(written) && performance.now() < until) {
    await rules.changed(until - performance.now())
    written = await rules.written()
  }
  const headers = { etag: written.etag, 'cache-control': caching }
  if (!isNew(written)) return c.body(null, 304, headers)
  const { body, type } = await write(written)
  return c.body(body, 200, { ...headers, 'content-type': type })
}

function askedOf(c: Ctx) {
  const [after, wait] = [c.req.query('after'), c.req.query('wait')]
  const faulty = [
    ['after', after, 'a position such as 812'],
    ['wait', wait, `seconds, 0 to ${longestWaitSeconds}`],
  ].find(([, value]) => value !== undefined && !/^\d{1,15}$/.test(value))
  if (faulty !== undefined) {
    const [field = '', value = '', expected = ''] = faulty
    const detail = `${field}: got ${JSON.stringify(value)}, expected ${expected}.`
    return { ok: false, problem: { status: 400, detail, field, value, expected } } as const
  }
  const waitMs = after === undefined ? 0 : Math.min(Number(wait ?? 0), longestWaitSeconds) * 1000
  return { ok: true, after: after === undefined ? null : Number(after), waitMs } as const
}
