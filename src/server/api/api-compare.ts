import { answeredFindings } from '../../gates/contents/contents-gate.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { formatReleaseId, packageIdOf, parseReleaseId, type ReleaseId } from '../../versions/release.ts'
import { fitsPattern } from '../../versions/star-pattern.ts'
import type { Authoriser } from '../access/authorise.ts'
import { problemResponse } from '../http/problem.ts'
import type { Ctx, ServerParts } from '../server-parts.ts'

/** `GET /rollouts/<id>/compare`: what was found in the files of a rollout, and what was answered; `?release=` of a train. */
export function showComparison(c: Ctx, state: RolloutState): Response {
  const wanted = c.req.query('release')
  const member = state.members.find(({ candidate }) => wanted === undefined || candidate === wanted)
  if (member === undefined) {
    const expected = state.members.map(({ candidate }) => candidate).join(', ')
    const detail = `release: got ${JSON.stringify(wanted?.slice(0, 200))}, expected one of ${expected}`
    return problemResponse({ status: 404, detail, field: 'release', expected })
  }
  const fact = ownEntry(state.contents, member.candidate)
  if (fact === undefined) {
    const detail =
      member.baseline === null
        ? `${member.candidate} has nothing before it to be compared with.`
        : `The files of ${member.candidate} were not compared yet.`
    return problemResponse({ status: 404, detail })
  }
  const { baseline: from, release: to, change, files, unread } = fact
  const findings = answeredFindings({ ...state, releases: [{ ...member, baseline: fact.baseline }] })
  const shown = findings.map(({ release: _, dismissed, ...finding }) => ({
    ...finding,
    dismissed: dismissed === null ? null : { by: dismissed.by, reason: dismissed.reason, at: dismissed.at },
  }))
  return c.json({ v: 1, from, to, change, files, findings: shown, unread })
}

/** `GET /compare?from=&to=`: two releases of one package that are hosted here. */
export async function compareAsked(
  c: Ctx,
  { comparer, settings }: Pick<ServerParts, 'comparer' | 'settings'>,
  authoriser: Authoriser,
): Promise<Response> {
  const [from, to] = [releaseIn(c, 'from'), releaseIn(c, 'to')]
  if (from instanceof Response) return from
  if (to instanceof Response) return to
  if (packageIdOf(from) !== packageIdOf(to)) {
    const expected = `a release of ${packageIdOf(from)}`
    return problemResponse({
      status: 422,
      detail: `to: got ${to}, expected ${expected}`,
      field: 'to',
      expected,
    })
  }
  const known = settings.private ? await authoriser.holder(c.req.header('authorization')) : null
  const patterns = known?.ok ? known.holder.packages : ['*']
  const maySee = patterns.some((pattern) => fitsPattern(pattern, packageIdOf(from)))
  const found = maySee ? await comparer?.compare(from, to) : null
  if (found === 'busy') {
    const detail = 'Many comparisons are asked for; try again in a minute.'
    return problemResponse({ status: 503, detail })
  }
  if (found === undefined || found === null) {
    const expected = 'two releases that are hosted here; slipway compare takes any two'
    return problemResponse({ status: 404, detail: `${from} and ${to}: expected ${expected}.` })
  }
  const { change, files, findings, unread } = found
  return c.json({
    v: 1,
    from,
    to,
    change,
    files,
    findings: findings.map((one) => ({ ...one, dismissed: null })),
    unread,
  })
}

function releaseIn(c: Ctx, field: 'from' | 'to'): ReleaseId | Response {
  const parsed = parseReleaseId(c.req.query(field) ?? '')
  if (parsed.ok) return formatReleaseId(parsed.value)
  const { value, expected } = parsed.problem
  return problemResponse({
    status: 422,
    detail: `${field}: got ${value}, expected ${expected}`,
    field,
    value,
    expected,
  })
}
