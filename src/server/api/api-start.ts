import { policyFromRequest } from '../../config/policy/resolve-policy.ts'
import type { ReleaseStarter } from '../../engine/roles/release-starter.ts'
import type { RolloutCommander } from '../../engine/roles/rollout-commander.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { StartRequest } from '../../engine/starting/start-request.ts'
import { isFindingCode, type MeantFinding, parseMeant } from '../../gates/contents/finding-levels.ts'
import type { Origin } from '../../rollout/history/event.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { sayProblem, showValue } from '../../versions/problem.ts'
import {
  formatReleaseId,
  type PackageId,
  packageIdOf,
  parseReleaseId,
  type Release,
} from '../../versions/release.ts'
import { type Authoriser, actorOf } from '../access/authorise.ts'
import { type HttpProblem, problemOfList, problemOfRefusal, problemResponse } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import { findPackage } from '../packages/find-package.ts'
import type { Ctx, ServerParts } from '../server-parts.ts'
import { shadowingProblem } from '../shadowing.ts'
import { startBody } from './api-schemas.ts'
import { oneRolloutAnswer } from './rollout-answer.ts'

/**
 * `POST /api/v1/rollouts`: begins the rollout of releases whose files are here, reserves names and policy
 * of others. Needs `publish` for every package, and `operate` too when the request brings a policy.
 */
export async function startRollout(
  c: Ctx,
  parts: ServerParts<RolloutReader & ReleaseStarter & RolloutCommander>,
  authoriser: Authoriser,
): Promise<Response> {
  const body = await readBody(c, startBody)
  if (!body.ok) return problemResponse(body.problem)
  const releases: Release[] = []
  for (const [index, text] of body.value.releases.entries()) {
    const parsed = parseReleaseId(text)
    if (!parsed.ok) {
      const problem = { ...parsed.problem, field: `releases[${index}]` }
      return problemResponse({ status: 422, detail: sayProblem(problem), ...problem })
    }
    releases.push(parsed.value)
  }
  const authorization = c.req.header('authorization')
  const packages = [...new Set(releases.map(packageIdOf))]
  const allowed = await authoriser.allow(authorization, 'publish', packages)
  if (!allowed.ok) return problemResponse(allowed.problem)
  const given = body.value.policy
  if (given !== undefined && given !== null) {
    const operator = await authoriser.allow(authorization, 'operate', packages)
    if (!operator.ok) return problemResponse({ ...operator.problem, field: 'policy' })
  }
  const meant = readMeant(body.value.meant)
  if (!meant.ok) return problemResponse(meant.problem)
  const policy = given === undefined || given === null ? null : policyFromRequest(given)
  if (policy !== null && !policy.ok) return problemResponse(problemOfList(policy.problems))
  if (policy !== null && policy.train !== null) return problemResponse(trainProblem(policy.train))
  const origin = await ownOrigin(parts, packages, body.value.origin)
  if (!origin.ok) return problemResponse(origin.problem)
  const request: StartRequest = {
    releases: releases.map(formatReleaseId),
    policy: policy?.policy ?? null,
    restart: body.value.restart,
    sameUsers: body.value.sameUsers,
    origin: origin.value,
    who: { actor: actorOf(allowed.holder, body.value.as), reason: body.value.reason },
  }
  const filesAreHere = await allHere(parts, releases)
  const taken = filesAreHere ? null : await takenUpstream(parts, packages)
  return taken === null ? runStart(c, parts, request, filesAreHere, meant.value) : problemResponse(taken)
}

/** `name-removed`, or `name-removed: demo:old` for one thing of it. */
function readMeant(
  given: readonly string[],
):
  | { readonly ok: true; readonly value: readonly MeantFinding[] }
  | { readonly ok: false; readonly problem: HttpProblem } {
  const value: MeantFinding[] = []
  for (const [index, text] of given.entries()) {
    const finding = parseMeant(text)
    if (!isFindingCode(finding.code)) {
      const problem = {
        field: `meant[${index}]`,
        value: showValue(text),
        expected: 'a code of docs/findings.md, such as name-removed: oldThing',
      }
      return { ok: false, problem: { status: 422, detail: sayProblem(problem), ...problem } }
    }
    value.push(finding)
  }
  return { ok: true, value }
}

/** A reserved name belongs here from then on, so it must not be somebody else's already. */
async function takenUpstream(
  { packages: hosted, overlay }: ServerParts,
  packages: readonly PackageId[],
): Promise<HttpProblem | null> {
  for (const id of packages) {
    const problem = (await hosted.get(id)) === null ? await shadowingProblem(overlay, id) : null
    if (problem !== null) return problem
  }
  return null
}

function trainProblem(train: string): HttpProblem {
  const expected =
    "no train: the releases of one request roll out together; trains are named in the owner's file"
  const value = showValue(train)
  return {
    status: 422,
    detail: `policy.train: got ${value}, expected ${expected}`,
    field: 'policy.train',
    value,
    expected,
  }
}

async function runStart(
  c: Ctx,
  parts: ServerParts<RolloutReader & ReleaseStarter & RolloutCommander>,
  request: StartRequest,
  filesAreHere: boolean,
  meant: readonly MeantFinding[],
): Promise<Response> {
  const { engine } = parts
  const before = engine.find(request.releases[0] ?? '')?.id
  const outcome = filesAreHere ? await engine.start(request) : await engine.reserve(request)
  if (!outcome.ok) return problemResponse(problemOfRefusal(outcome.refusal))
  let { state } = outcome
  for (const finding of meant) {
    const reason = request.who.reason || 'said when it was published'
    const said = await engine.run(state.id, { type: 'dismiss', ...finding }, { ...request.who, reason })
    if (!said.ok) return problemResponse({ ...problemOfRefusal(said.refusal), field: 'meant' })
    state = said.state
  }
  return c.json(await oneRolloutAnswer(parts, state), before === state.id ? 200 : 201, {
    location: `/api/v1/rollouts/${state.id}`,
  })
}

/** Whether every release has at least one file, stored here or at another index. */
async function allHere(parts: ServerParts, releases: readonly Release[]): Promise<boolean> {
  for (const release of releases) {
    const record = await findPackage(parts, packageIdOf(release))
    if (!ownEntry(record?.versions ?? {}, release.version)?.files.length) return false
  }
  return true
}

type OwnOrigin =
  | { readonly ok: true; readonly value: Origin | null }
  | { readonly ok: false; readonly problem: HttpProblem }

/**
 * The origin that a request names, if the packages belong to that repository. A package without an owner
 * has no repository that may be spoken for, so there it counts for nothing.
 */
async function ownOrigin(
  { access }: ServerParts,
  packages: readonly PackageId[],
  given: Omit<Origin, 'installationId'> | null,
): Promise<OwnOrigin> {
  if (given === null) return { ok: true, value: null }
  for (const id of packages) {
    const owner = await access.ownerOf(id)
    if (owner === null) return { ok: true, value: null }
    if (owner.repositoryId !== given.repositoryId) {
      const expected = `the repository that owns ${id}: ${owner.repository} (${owner.repositoryId})`
      const value = given.repositoryId
      const detail = `origin.repositoryId: got ${value}, expected ${expected}`
      return { ok: false, problem: { status: 403, detail, field: 'origin.repositoryId', value, expected } }
    }
  }
  return { ok: true, value: { ...given, installationId: null } }
}
