import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { routePath } from 'hono/route'
import { messageOf } from '../engine/core/log.ts'
import type { RolloutReader } from '../engine/roles/rollout-reader.ts'
import { UpstreamUnavailable } from '../upstream/upstream-unavailable.ts'
import type { PackageId } from '../versions/release.ts'
import { auditRequests } from './access/audit-requests.ts'
import { type Authoriser, createAuthoriser, type Holder } from './access/authorise.ts'
import { maySee, readerOf } from './access/may-see.ts'
import { createOidcVerifier } from './access/oidc.ts'
import { createOidcRoutes, isOidcPath } from './access/oidc-routes.ts'
import { createApi } from './api/api-routes.ts'
import { isRunPath } from './api/api-runs.ts'
import { openEdge } from './edge/open-edge.ts'
import { createFetchNote } from './files/note-fetch.ts'
import { createHealth } from './health/health-routes.ts'
import { createRequestCounter } from './health/metrics.ts'
import { createBodyBudget } from './http/body-budget.ts'
import { crossSiteProblem } from './http/cross-site.ts'
import { guardBody } from './http/guard-body.ts'
import { isStreamedUpload, largestBody, webhookPath } from './http/largest-body.ts'
import { type HttpProblem, problemResponse, sendProblem } from './http/problem.ts'
import { parseRequestPath, type RequestPath } from './http/request-path.ts'
import { storageProblem } from './http/storage-problem.ts'
import { isLogIn } from './npm/npm-accounts.ts'
import { createNpm } from './npm/npm-routes.ts'
import { createPassRoutes } from './npm/pass-routes.ts'
import { createDependents } from './packages/dependents.ts'
import { belowPrefix, linksBelow, prefixOf } from './pages/below-prefix.ts'
import { browserPage, createPages, pageHeaders } from './pages/page-routes.ts'
import { createAttestations } from './provenance/attestation-routes.ts'
import { createPypi } from './pypi/pypi-routes.ts'
import type { RegistryParts } from './registry-parts.ts'
import type { AskedByServer, Bindings, Env, ServerParts } from './server-parts.ts'
import { createDocuments, type Documents } from './views/documents.ts'
import { createHotReads } from './views/hot-reads.ts'
import { createProxyNotices } from './views/proxy-notices.ts'
import { createShareMeter } from './views/share-meter.ts'
import { tellingReach } from './views/tell-reach.ts'
import { createViewFinder, type ViewFinder } from './views/view-finder.ts'

/**
 * The request listener of the whole server. Webhooks go to the bot with their body untouched; the two hot
 * index routes are answered directly; everything else goes through Hono, with the view prefix taken off.
 */
export function createApp(given: ServerParts<AskedByServer>): RequestListener {
  const { settings } = given
  const meter = tellingReach(createShareMeter(given.clock.now), given)
  const parts = { ...given, measured: meter.shareOf }
  const authoriser = createAuthoriser({ ...parts, adminTokenSha256: settings.adminTokenSha256 })
  const dependents = createDependents(parts)
  const documents = tellingToo(
    createDocuments({ ...parts, ...settings, meter, cacheBytes: settings.documentCacheBytes }),
    (id) => {
      dependents.changed(id)
      edge.rules.touched(id)
      return parts.engine.publicationChanged(id)
    },
  )
  const edge = openEdge(parts, documents)
  const proxies = createProxyNotices(parts.log, parts.clock.now)
  const views = inTouch(createViewFinder(settings, parts.engine, parts.clock, proxies.note), parts.outOfTouch)
  passNoticesOn(parts, documents)
  const counter = createRequestCounter()
  const budget = createBodyBudget(settings.limits.bodiesBytes)
  const hotReads = createHotReads(
    documents,
    views,
    parts.log,
    (id) => parts.overlay?.refusal(id) ?? null,
    settings.edge && !settings.private,
  )
  const routes = createRoutes(
    { parts, noteFetch: createFetchNote(parts, meter), documents, dependents, authoriser, views },
    edge.routes,
    createHealth(parts, { counter, proxies, meter }),
  )
  const bindings = new WeakMap<object, Bindings>()
  const listener = getRequestListener((request, { incoming }) => {
    const known = bindings.get(incoming)
    return known ? routes.fetch(request, known) : new Response(null, { status: 500 })
  })
  const answer: Answer = (request, response, path, mayRead = () => true) => {
    if (hotReads(request, response, path)) return
    const maxBodyBytes = largestBody(settings, path.rest)
    bindings.set(request, { incoming: request, outgoing: response, path, maxBodyBytes, budget, mayRead })
    // Hono routes on what is below the view prefix; keys in it never reach a router or a log.
    request.url = `${path.rest === '' ? '/' : path.rest}${path.query}`
    void listener(request, response)
  }
  return (request, response) => {
    const parsed = parseRequestPath(request.url ?? '/')
    if (!parsed.ok) {
      sendProblem(response, parsed.problem)
      return
    }
    const { path } = parsed
    counter.count(request, response, path)
    const foreign = crossSiteProblem(request, path.rest, settings.publicUrl)
    if (foreign !== null && path.rest !== webhookPath) {
      sendProblem(response, foreign)
      request.resume()
      return
    }
    const streamed = isStreamedUpload(request.method, path.rest)
    const most = largestBody(settings, path.rest)
    if (!guardBody(request, response, most, { limits: settings.limits, budget, streamed })) return
    if (path.view === null && path.rest === webhookPath) webhook(parts, request, response)
    else if (settings.private && !isOpen(request.method, path))
      guard(authoriser, parts, request, response, path, answer)
    else answer(request, response, path)
  }
}

/** After ten minutes without its storage a replica shows full releases only. */
function inTouch(views: ViewFinder, outOfTouch: () => boolean = () => false): ViewFinder {
  const stable = { view: { kind: 'stable' }, by: 'path' } as const
  return {
    find: (request, path) => (outOfTouch() ? stable : views.find(request, path)),
    findNpm: (request, path) => (outOfTouch() ? stable : views.findNpm(request, path)),
  }
}

/** What another process changed is read again here. */
function passNoticesOn({ onPackageNotice, log }: ServerParts, documents: Documents): void {
  onPackageNotice?.((id) => {
    const told = Promise.resolve(documents.changed(id))
    told.catch((error: unknown) =>
      log.warn('a notice could not be passed on', { package: id, why: messageOf(error) }),
    )
  })
}

/** Documents that pass the notice of a changed package on. */
function tellingToo(documents: Documents, changed: Documents['changed']): Documents {
  return {
    ...documents,
    changed: async (id) => {
      await documents.changed(id)
      await changed(id)
    },
  }
}

/** What stays open on a private server: probes, and what a workflow's own token proves. */
function isOpen(method: string | undefined, { view, rest }: RequestPath): boolean {
  if (view !== null) return false
  if (rest === '/healthz' || rest === '/readyz' || rest === '/_/oidc/audience') return true
  // Their own door asks for more than a token that reads.
  if (rest === '/setup' || rest.startsWith('/setup/')) return true
  if (isLogIn(method, rest)) return true
  if (method === 'POST' && (isOidcPath(rest) || isRunPath(rest))) return true
  return method === 'POST' && /^\/api\/v1\/rollouts\/.+\/results$/.test(rest)
}

/** Lets a request through when it carries a token that reads here; one that only reports may do that. */
function guard(
  authoriser: Authoriser,
  parts: Pick<ServerParts<RolloutReader>, 'engine' | 'overlay' | 'packages' | 'settings'>,
  request: IncomingMessage,
  response: ServerResponse,
  path: RequestPath,
  answer: Answer,
): void {
  authoriser.holder(request.headers.authorization).then(
    async (known) => {
      const may = known?.ok ? mayEnter(known.holder, request.method, path) : false
      if (may && known?.ok && !(await maySee(known.holder, parts, request.method, path)))
        sendProblem(response, notHere)
      else if (may && known?.ok) answer(request, response, path, readerOf(known.holder))
      else if (known?.ok)
        sendProblem(response, {
          status: 403,
          detail: `The token ${known.holder.name} may report and nothing else; reading here needs the scope read.`,
        })
      else
        refuseEntry(
          request,
          response,
          path,
          known?.problem ?? { status: 401, detail: 'Reading here needs a token.' },
          prefixOf(parts.settings.publicUrl),
        )
    },
    () => sendProblem(response, { status: 503, detail: 'Tokens cannot be checked now; try again later.' }),
  )
}

/** Answers a request that may be answered; `mayRead` says about which packages, all by default. */
type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  path: RequestPath,
  mayRead?: (id: PackageId) => boolean,
) => void

/**
 * A person in a browser gets a page, and no box that asks for a user name: nobody has one. Clients of an index get
 * what makes them ask for credentials.
 */
function refuseEntry(
  request: IncomingMessage,
  response: ServerResponse,
  { view, rest }: RequestPath,
  problem: HttpProblem,
  prefix: string,
): void {
  const isPage = view === null && !/^\/(?:npm|pypi|api)\//.test(rest)
  const detail = `${problem.detail} Give it as a bearer token, or ask who runs this server.`
  const page = isPage ? browserPage(request.headers.accept, 'This server is private', detail) : null
  if (page === null) {
    sendProblem(response, problem)
    return
  }
  void page.then((text) => {
    const headers = {
      ...pageHeaders,
      'content-type': 'text/html; charset=UTF-8',
      'cache-control': 'no-store',
    }
    response.writeHead(problem.status, headers).end(belowPrefix(text, prefix))
  })
}

/** The same for what is not there: that something is would be told otherwise. */
const notHere = { status: 404, detail: 'There is nothing under this address.' }

/** Whoever publishes or operates reads too. */
function mayEnter({ scopes }: Holder, method: string | undefined, { view, rest }: RequestPath): boolean {
  if (scopes.some((scope) => scope !== 'report')) return true
  return view === null && method === 'POST' && /^\/api\/v1\/rollouts\/.+\/machines$/.test(rest)
}

function createRoutes(index: RegistryParts<AskedByServer>, edge: Hono<Env>, health: Hono<Env>): Hono<Env> {
  const { parts } = index
  const oidc = createOidcVerifier(parts.settings.oidcIssuer, parts.settings.oidcAudience)
  const app = new Hono<Env>()
  const index404 = () =>
    problemResponse({ status: 404, detail: 'Below a view there is only /npm and /pypi.' })
  app.use(async (c, next) => {
    const { view, rest } = c.env.path
    if (view !== null && !/^\/(?:npm|pypi)\//.test(rest)) return index404()
    return next()
  })
  app.use(linksBelow(parts.settings.publicUrl))
  app.use(auditRequests(parts, index.authoriser))
  app.route('/', health)
  app.route('/', createOidcRoutes(parts, oidc))
  app.route('/', createAttestations(parts))
  app.route('/', createPassRoutes(parts))
  app.route('/npm', createNpm(index))
  app.route('/pypi', createPypi(index))
  app.route('/api/v1', createApi(index, oidc))
  app.route('/edge/v1', edge)
  if (parts.setup !== undefined) app.route('/', parts.setup)
  app.route('/', createPages(parts, index.dependents))
  app.notFound(async (c) => {
    const detail = 'There is nothing under this address.'
    const page = await browserPage(c.req.header('accept'), 'Not found', detail)
    return page === null ? problemResponse({ status: 404, detail }) : c.html(page, 404, pageHeaders)
  })
  app.onError((error, c) => {
    if (error instanceof UpstreamUnavailable) return problemResponse({ status: 502, detail: error.message })
    const unwritten = storageProblem(error)
    if (unwritten !== null) {
      parts.log.error('storage cannot be written', { route: routePath(c), error: error.message })
      return problemResponse(unwritten)
    }
    // Only the name of the route is logged: a path may hold a key.
    parts.log.error('a request failed', {
      method: c.req.method,
      route: routePath(c),
      error: error.stack ?? error.message,
    })
    return problemResponse({ status: 500, detail: 'Something broke here; it is in the log.' })
  })
  return app
}

function webhook({ bot, log }: ServerParts, request: IncomingMessage, response: ServerResponse): void {
  if (bot === null) {
    sendProblem(response, {
      status: 404,
      detail: 'No GitHub App is configured here, so webhooks are not taken.',
    })
    return
  }
  Promise.resolve(bot(request, response)).catch((error: unknown) => {
    log.error('a webhook could not be taken', { error: messageOf(error) })
    sendProblem(response, { status: 500, detail: 'The delivery could not be stored; send it again.' })
  })
}
