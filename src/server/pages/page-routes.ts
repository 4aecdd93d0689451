import { Hono } from 'hono'
import { blockReasons } from '../../catalog/views/block-reasons.ts'
import { exposuresOf } from '../../catalog/views/exposure.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { parsePackageId } from '../../versions/release.ts'
import { parseRolloutAddress } from '../api/rollout-address.ts'
import type { Dependents } from '../packages/dependents.ts'
import { findPackage } from '../packages/find-package.ts'
import type { Ctx, Env, ServerParts } from '../server-parts.ts'
import { badgeSvg } from './badge.ts'
import type { Markup } from './page-layout.ts'
import { overviewPage, packagePage, problemPage, rolloutPage } from './pages.ts'

const shownRollouts = 200

/** Pages for people and the badge; all of it drawn from explanations. */
export function createPages(parts: ServerParts<RolloutReader>, dependents: Dependents): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/', (c) => page(c, overviewPage(newestExplanations(parts))))
  app.get('/rollouts/*', async (c) => {
    const address = parseRolloutAddress(c.env.path.rest.slice('/rollouts/'.length))
    const state = address.ok && address.action === '' ? parts.engine.find(address.id) : null
    if (state === null) return missing(c, 'rollout')
    return page(c, rolloutPage(parts.engine.explain(state), await dependents.warnings(state)))
  })
  app.get('/packages/*', (c) => showPackage(c, parts))
  app.get('/badge/*', (c) => showBadge(c, parts))
  return app
}

function newestExplanations({ engine }: ServerParts<RolloutReader>) {
  const { items } = engine.list.page({ cursor: null, limit: shownRollouts, phase: null })
  return items.map((state) => engine.explain(state))
}

async function showPackage(c: Ctx, parts: ServerParts<RolloutReader>): Promise<Response> {
  const { engine } = parts
  const [ecosystem = '', ...name] = decode(c.env.path.rest.slice('/packages/'.length)).split('/')
  const id = parsePackageId(`${ecosystem}:${name.join('/')}`)
  const record = id.ok ? await findPackage(parts, `${id.value.ecosystem}:${id.value.name}`) : null
  if (record === null) return missing(c, 'package')
  const rollouts = engine.rolloutsOf(record.id)
  const blocked = blockReasons(record, exposuresOf(record.id, rollouts))
  const explanations = rollouts.map((state) => engine.explain(state))
  return page(c, packagePage(record, explanations, blocked))
}

async function showBadge(c: Ctx, { engine }: ServerParts<RolloutReader>): Promise<Response> {
  const path = c.env.path.rest.slice('/badge/'.length)
  const address = path.endsWith('.svg') ? parseRolloutAddress(path.slice(0, -'.svg'.length)) : null
  if (!address?.ok || address.action !== '') return missing(c, 'badge')
  const state = engine.find(address.id)
  const svg = await badgeSvg(address.id, state === null ? null : engine.explain(state))
  const headers = { 'content-type': 'image/svg+xml; charset=utf-8', 'cache-control': 'no-cache' }
  return new Response(svg, { status: state === null ? 404 : 200, headers })
}

/** Pages run no script and load nothing, so a hostile text that slipped through could do nothing either. */
const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'none'",
  'cache-control': 'no-cache',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

async function page(c: Ctx, markup: Markup, status: 200 | 404 = 200): Promise<Response> {
  return c.html(String(await markup), status, pageHeaders)
}

function missing(c: Ctx, what: string): Promise<Response> {
  return page(c, problemPage('Not found', `There is no such ${what} here.`), 404)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
