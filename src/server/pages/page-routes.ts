import { Hono, type MiddlewareHandler } from 'hono'
import { blockReasons } from '../../catalog/views/block-reasons.ts'
import { exposuresOf } from '../../catalog/views/exposure.ts'
import { inPhase, type ListedPhase } from '../../engine/past/rollout-list.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { fleetOf } from '../../rollout/fleet/fleet.ts'
import { fleetSentence } from '../../rollout/fleet/fleet-words.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { parsePackageId } from '../../versions/release.ts'
import { packagesOf } from '../api/api-actions.ts'
import { parseRolloutAddress } from '../api/rollout-address.ts'
import type { Dependents } from '../packages/dependents.ts'
import { findPackage } from '../packages/find-package.ts'
import { packageCalendar } from '../packages/package-calendar.ts'
import type { Ctx, Env, ServerParts } from '../server-parts.ts'
import { badgeSvg } from './badge.ts'
import { exceptionsPage } from './exceptions-page.ts'
import type { Markup } from './page-layout.ts'
import { type Listing, overviewPage, packagePage, problemPage, rolloutPage, searchPage } from './pages.ts'
import { readmeOf } from './readme.ts'

/** On one page of a list: enough to look through, little enough to load at once. */
const pageRollouts = 50
const foundPackages = 50

/** Pages for people and the badge; all of it drawn from explanations. */
export function createPages(parts: ServerParts<RolloutReader>, dependents: Dependents): Hono<Env> {
  const app = new Hono<Env>()
  if (parts.settings.signoffs === 1) app.use(sayOneSignoff)
  app.get('/', (c) => page(c, overviewPage(listingOf(c, parts))))
  app.get('/exceptions', (c) => page(c, exceptionsPage(parts.settings.exceptions, parts.clock.now())))
  app.get('/packages', (c) => search(c, parts))
  app.get('/rollouts/*', async (c) => {
    const address = parseRolloutAddress(c.env.path.rest.slice('/rollouts/'.length))
    const state = address.ok && address.action === '' ? parts.engine.find(address.id) : null
    if (state === null) return missing(c, 'rollout')
    const warnings = await dependents.warnings(state, c.env.mayRead)
    const counted = {
      fleet: fleetSentence(fleetOf(state.exposures)),
      measured: parts.measured?.(state.id) ?? null,
    }
    return page(c, rolloutPage(parts.engine.explain(state), warnings, counted))
  })
  app.get('/packages/*', (c) => showPackage(c, parts))
  app.get('/badge/*', (c) => showBadge(c, parts))
  return app
}

/** At the end of every page: what takes two people elsewhere takes one here. */
const sayOneSignoff: MiddlewareHandler<Env> = async (c, next) => {
  await next()
  if (c.res.headers.get('content-type')?.startsWith('text/html') !== true) return
  const said = '<p class="dim">One person suffices on this server where two are asked for (signoffs: 1).</p>'
  c.res = new Response((await c.res.text()).replace('</main>', `${said}\n</main>`), c.res)
}

/** `?phase=` and `?cursor=`; an unknown phase lists nothing. Live ones come first on the first page. */
function listingOf(c: Ctx, { engine, overlay }: ServerParts<RolloutReader>): Listing {
  const cursor = c.req.query('cursor') ?? null
  const phase = c.req.query('phase') ?? null
  const explain = (states: readonly RolloutState[]) =>
    states.filter((state) => packagesOf(state).every(c.env.mayRead)).map((state) => engine.explain(state))
  const page = engine.list.page({ cursor, limit: pageRollouts, phase: phase as ListedPhase | null })
  const isFirst = cursor === null && phase === null
  const none = { items: [], next: null }
  const live = isFirst ? engine.list.page({ cursor: null, limit: pageRollouts, phase: 'live' }) : none
  const items = phase === null ? page.items.filter((state) => !inPhase(state, 'live')) : page.items
  const query = new URLSearchParams({ ...(phase === null ? {} : { phase }), cursor: page.next ?? '' })
  return {
    phase,
    items: explain(items),
    live: explain(live.items),
    hasMoreLive: live.next !== null,
    next: page.next === null ? null : `/?${query}`,
    outages: overlay?.outages() ?? [],
  }
}

/** `/packages?q=`: hosted packages whose name has the words in it. */
async function search(c: Ctx, { packages, settings }: ServerParts<RolloutReader>): Promise<Response> {
  const exceptions = settings.exceptions.length
  const query = (c.req.query('q') ?? '').trim().slice(0, 100)
  const words = query.toLowerCase().split(/\s+/)
  const ids = [...(await packages.list('npm')), ...(await packages.list('pypi'))]
  const found = ids.filter((id) => c.env.mayRead(id) && words.every((word) => id.includes(word)))
  const isWhole = found.length <= foundPackages
  return page(c, searchPage(query, found.slice(0, foundPackages), { isWhole, exceptions }))
}

/** A page where a person in a browser asked; what other clients get is in their own form. */
export function browserPage(
  accept: string | undefined,
  title: string,
  detail: string,
): Promise<string> | null {
  return /^text\/html\b/.test(accept ?? '') ? Promise.resolve(problemPage(title, detail)).then(String) : null
}

async function showPackage(c: Ctx, parts: ServerParts<RolloutReader>): Promise<Response> {
  const { engine } = parts
  const [ecosystem = '', ...name] = decode(c.env.path.rest.slice('/packages/'.length)).split('/')
  const id = parsePackageId(`${ecosystem}:${name.join('/')}`)
  const record = id.ok ? await findPackage(parts, `${id.value.ecosystem}:${id.value.name}`) : null
  if (record === null) return missing(c, 'package')
  const rollouts = engine.rolloutsOf(record.id).filter((state) => packagesOf(state).every(c.env.mayRead))
  const blocked = blockReasons(record, exposuresOf(record.id, rollouts))
  const explanations = rollouts.map((state) => engine.explain(state))
  const readme = await readmeOf(record)
  const { publicUrl } = parts.settings
  const alsoUpstreamAt = (await parts.overlay?.note(record.id))?.alsoUpstream?.at ?? null
  const calendar = await packageCalendar(parts, record)
  return page(c, packagePage(record, explanations, { blocked, readme, alsoUpstreamAt, publicUrl, calendar }))
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
export const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
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
