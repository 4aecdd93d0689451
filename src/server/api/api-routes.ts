import { createHash } from 'node:crypto'
import { Hono } from 'hono'
import { cohortVectors } from '../../cohort/cohort-vectors.ts'
import { isListCursor, isListedPhase } from '../../engine/past/rollout-list.ts'
import type { EvidenceGatherer } from '../../engine/roles/evidence-gatherer.ts'
import type { ReleaseStarter } from '../../engine/roles/release-starter.ts'
import type { RolloutCommander } from '../../engine/roles/rollout-commander.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { RunCounter } from '../../engine/roles/run-counter.ts'
import { restartRequest } from '../../engine/starting/restart-request.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { packageIdOf, parsePackageId } from '../../versions/release.ts'
import { addAuditLogRoute } from '../access/audit-log-route.ts'
import { type Authoriser, actorOf } from '../access/authorise.ts'
import type { OidcVerifier } from '../access/oidc.ts'
import { createRunVerifier, type RunVerifier } from '../access/run-verifier.ts'
import { addTokenRoutes } from '../access/token-routes.ts'
import { limitOf, notACursor, notAPhase, notTaken } from '../http/page-query.ts'
import { problemOfRefusal, problemResponse } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import { addCalendarRoutes } from '../packages/calendar-routes.ts'
import type { RegistryParts } from '../registry-parts.ts'
import type { Ctx, Env, ServerParts } from '../server-parts.ts'
import { addAccessRoutes } from './api-access.ts'
import { actionNames, commandOf, isActionName, packagesOf } from './api-actions.ts'
import { addAdvisoryRoutes } from './api-advisories.ts'
import { addAuditRoute } from './api-audit.ts'
import { checkInCanary } from './api-canaries.ts'
import { compareAsked, showComparison } from './api-compare.ts'
import { takeMachineRun } from './api-machines.ts'
import { addOverlayRoutes } from './api-overlay.ts'
import { addPackageRoutes } from './api-packages.ts'
import { takeResults } from './api-results.ts'
import { addRunRoutes } from './api-runs.ts'
import { addSafekeepingRoutes } from './api-safekeeping.ts'
import { actionBody } from './api-schemas.ts'
import { startRollout } from './api-start.ts'
import { explainWhy } from './api-why.ts'
import { openApiDocument } from './openapi.ts'
import { redactEvents } from './redact-events.ts'
import { parseRolloutAddress } from './rollout-address.ts'
import { oneRolloutAnswer, rolloutAnswer } from './rollout-answer.ts'

const vectors = cohortVectors((text) => createHash('sha256').update(text).digest())

/** Everything below `/api/v1` (DESIGN.md section 9). Errors are problem documents (RFC 9457). */
export function createApi(
  index: RegistryParts<RolloutReader & ReleaseStarter & RolloutCommander & EvidenceGatherer & RunCounter>,
  oidc: OidcVerifier,
): Hono<Env> {
  const { parts, authoriser } = index
  const { oidcIssuers, publicUrl } = parts.settings
  const verifier = createRunVerifier(oidc, oidcIssuers, publicUrl)
  const api = new Hono<Env>()
  api.get('/rollouts', (c) => listRollouts(c, parts))
  api.post('/rollouts', (c) => startRollout(c, parts, authoriser))
  api.get('/rollouts/*', (c) => readRollout(c, index))
  api.post('/rollouts/*', (c) => changeRollout(c, index, verifier))
  api.post('/canaries', (c) => checkInCanary(c, parts, verifier))
  api.get('/why', (c) => explainWhy(c, index))
  api.post('/why', (c) => explainWhy(c, index))
  api.get('/compare', (c) => compareAsked(c, parts, authoriser))
  api.get('/cohort-vectors.json', (c) => c.json(vectors))
  api.get('/openapi.json', (c) => c.json(openApiDocument(parts.settings.publicUrl)))
  addAccessRoutes(api, parts, authoriser)
  addTokenRoutes(api, parts, authoriser)
  addAuditLogRoute(api, parts, authoriser)
  addAdvisoryRoutes(api, parts, authoriser)
  addOverlayRoutes(api, parts, authoriser)
  addPackageRoutes(api, index)
  addCalendarRoutes(api, index)
  addAuditRoute(api, index)
  addSafekeepingRoutes(api, parts, authoriser)
  addRunRoutes(api, parts, verifier)
  api.notFound((c) =>
    problemResponse({ status: 404, detail: `There is no ${c.req.method} of this address.` }),
  )
  return api
}

/** `?phase=&package=&cursor=&limit=`: a page, the newest first, with the cursor of the next one. */
function listRollouts(c: Ctx, { engine }: ServerParts<RolloutReader>): Response {
  const phase = c.req.query('phase') ?? null
  if (phase !== null && !isListedPhase(phase)) return problemResponse(notAPhase(phase))
  const name = c.req.query('package')
  const id = name === undefined ? null : parsePackageId(name)
  if (id?.ok === false) return problemResponse(notTaken('package', name ?? '', id.problem.expected))
  const limit = limitOf(c)
  if (!limit.ok) return problemResponse(limit.problem)
  const cursor = c.req.query('cursor') ?? null
  if (cursor !== null && !isListCursor(cursor)) return problemResponse(notACursor(cursor))
  const of = id === null ? {} : { of: engine.rolloutsOf(packageIdOf(id.value)) }
  const { items, next } = engine.list.page({ cursor, limit: limit.value, phase, ...of })
  const answers = items
    .filter((state) => packagesOf(state).every(c.env.mayRead))
    .map((state) => rolloutAnswer(state, engine.explain(state)))
  return c.json({ items: answers, next })
}

type Found =
  | { readonly ok: true; readonly state: RolloutState; readonly action: string }
  | { readonly ok: false; readonly response: Response }

const rolloutPath = (c: Ctx) => c.env.path.rest.slice('/api/v1/rollouts/'.length)

function findRollout(c: Ctx, { engine }: ServerParts<RolloutReader>): Found {
  const address = parseRolloutAddress(rolloutPath(c))
  if (!address.ok) return { ok: false, response: problemResponse(address.problem) }
  const state = engine.find(address.id)
  if (state !== null) return { ok: true, state, action: address.action }
  const detail = `There is no rollout ${address.id}.`
  return { ok: false, response: problemResponse({ status: 404, detail, field: 'id', value: address.id }) }
}

async function readRollout(
  c: Ctx,
  { parts, authoriser, dependents }: RegistryParts<RolloutReader>,
): Promise<Response> {
  const found = findRollout(c, parts)
  if (!found.ok) return found.response
  const { state, action } = found
  if (action === '' || action === 'explanation') {
    const answer = await oneRolloutAnswer(parts, state)
    const explanation = { ...answer.explanation, warnings: await dependents.warnings(state, c.env.mayRead) }
    return c.json(action === '' ? { ...answer, explanation } : explanation)
  }
  if (action === 'compare') return showComparison(c, state)
  if (action === 'events') return showEvents(c, parts, authoriser, state)
  return unknownAction(
    action,
    isActionName(action) || action === 'results' || action === 'machines' ? 405 : 404,
  )
}

/** The whole history for operators of the packages; for everybody else without what names private repositories. */
async function showEvents(
  c: Ctx,
  { engine }: ServerParts<RolloutReader>,
  authoriser: Authoriser,
  state: RolloutState,
): Promise<Response> {
  const history = await engine.history(state.id)
  const authorization = c.req.header('authorization')
  const redacted = redactEvents(state, history)
  if (redacted === history || authorization === undefined)
    return c.json({ rollout: state.id, events: redacted })
  const allowed = await authoriser.allow(authorization, 'operate', packagesOf(state))
  return c.json({ rollout: state.id, events: allowed.ok ? history : redacted })
}

async function changeRollout(
  c: Ctx,
  {
    parts,
    authoriser,
    dependents,
  }: RegistryParts<RolloutReader & RolloutCommander & ReleaseStarter & EvidenceGatherer & RunCounter>,
  verifier: RunVerifier,
): Promise<Response> {
  const asked = parseRolloutAddress(rolloutPath(c))
  if (asked.ok && asked.action === 'results') return takeResults(c, parts, verifier)
  const found = findRollout(c, parts)
  if (!found.ok) return found.response
  const { state, action } = found
  if (action === 'machines') return takeMachineRun(c, parts, { authoriser, verifier }, state)
  if (!isActionName(action)) return unknownAction(action, 404)
  const authorization = c.req.header('authorization')
  const operates = await authoriser.allow(authorization, 'operate', packagesOf(state))
  // Who publishes a release says beforehand what is meant; whether that counts, the rollout decides.
  const mayPublish = action === 'dismiss' && !operates.ok
  const allowed = mayPublish ? await authoriser.allow(authorization, 'publish', packagesOf(state)) : operates
  if (!allowed.ok) return problemResponse(allowed.problem)
  const body = await readBody(c, actionBody)
  if (!body.ok) return problemResponse(body.problem)
  const actor = actorOf(allowed.holder, body.value.as)
  const who = { actor, reason: body.value.reason }
  if (action === 'restart') {
    const again = await parts.engine.start(restartRequest(state, body.value.sameUsers === true, who))
    return again.ok
      ? c.json(await oneRolloutAnswer(parts, again.state), 201)
      : problemResponse(problemOfRefusal(again.refusal))
  }
  const wanted = commandOf(action, body.value)
  if (!wanted.ok) return problemResponse(wanted.problem)
  const outcome = await parts.engine.run(state.id, wanted.command, who)
  if (!outcome.ok) return problemResponse(problemOfRefusal(outcome.refusal))
  const answer = await oneRolloutAnswer(parts, outcome.state)
  const explanation = {
    ...answer.explanation,
    warnings: await dependents.warnings(outcome.state, c.env.mayRead),
  }
  return c.json({ ...answer, explanation, changed: outcome.changed })
}

function unknownAction(action: string, status: 404 | 405): Response {
  const expected = `GET: events, explanation, compare; POST: ${[...actionNames, 'results', 'machines'].join(', ')}`
  const detail = `action: got ${JSON.stringify(action.slice(0, 200))}, expected one of ${expected}`
  return problemResponse({ status, detail, field: 'action', value: action.slice(0, 200), expected })
}
