import type { Hono } from 'hono'
import { z } from 'zod'
import type { EvidenceGatherer } from '../../engine/roles/evidence-gatherer.ts'
import type { Advisory } from '../../versions/advisory.ts'
import { sayProblem, showValue } from '../../versions/problem.ts'
import { type PackageId, parsePackageId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { Authoriser } from '../access/authorise.ts'
import { type HttpProblem, problemResponse } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import { packageOf, packagePattern } from '../packages/named-package.ts'
import type { Ctx, Env, ServerParts } from '../server-parts.ts'

const line = (what: string, longest: number) =>
  z
    .string(what)
    .trim()
    .min(1, what)
    .max(longest, `at most ${longest} characters`)
    .regex(/^[^\p{Cc}]*$/u, 'one line of text')

/** `PUT /api/v1/packages/<ecosystem>/<name>/advisories`: all of them, in the order in which they are shown. */
export const advisoriesBody = z.strictObject({
  advisories: z
    .array(
      z.strictObject(
        {
          id: z
            .string('an id such as GHSA-xxxx-xxxx-xxxx or CVE-2026-1234')
            .regex(
              /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/,
              'an id such as GHSA-xxxx-xxxx-xxxx or CVE-2026-1234',
            ),
          affected: line('the range of versions that have it', 500),
          summary: line('what is wrong, in a few words', 500),
          url: z
            .string('an https address')
            .max(1000, 'at most 1000 characters')
            .regex(/^https:\/\/[^\s\p{Cc}]+$/u, 'an https address')
            .nullable()
            .default(null),
          severity: z
            .enum(
              ['low', 'medium', 'moderate', 'high', 'critical'],
              'one of low, medium, moderate, high, critical',
            )
            .exactOptional(),
        },
        'an advisory with id, affected and summary',
      ),
      'a list of advisories',
    )
    .max(500, 'at most 500 advisories'),
})

/** What is known against versions of a package, hosted here or not: it decides which releases are urgent. */
export function addAdvisoryRoutes(
  api: Hono<Env>,
  parts: ServerParts<EvidenceGatherer>,
  authoriser: Authoriser,
): void {
  api.get(`/packages/${packagePattern}/advisories`, (c) => show(c, parts))
  api.put(`/packages/${packagePattern}/advisories`, (c) => put(c, parts, authoriser))
}

async function show(c: Ctx, parts: ServerParts): Promise<Response> {
  const named = packageOf(c)
  if (!named.ok) return problemResponse(named.problem)
  const missing = await unknownPackage(parts, named.id)
  if (missing !== null) return problemResponse(missing)
  return c.json({ package: named.id, advisories: await parts.advisories.advisoriesOf(named.id) })
}

async function put(c: Ctx, parts: ServerParts<EvidenceGatherer>, authoriser: Authoriser): Promise<Response> {
  const named = packageOf(c)
  if (!named.ok) return problemResponse(named.problem)
  const { id } = named
  const allowed = await authoriser.allow(c.req.header('authorization'), 'operate', [id])
  if (!allowed.ok) return problemResponse(allowed.problem)
  const body = await readBody(c, advisoriesBody)
  if (!body.ok) return problemResponse(body.problem)
  const { advisories } = body.value
  const problem = unusable(id, advisories) ?? (await unknownPackage(parts, id))
  if (problem !== null) return problemResponse(problem)
  await parts.advisories.setAdvisories(id, advisories)
  await parts.engine.advisoriesChanged(id)
  return c.json({ package: id, advisories })
}

/** A range that cannot be read would never make anything urgent, and nobody would notice. */
function unusable(id: PackageId, advisories: readonly Advisory[]): HttpProblem | null {
  const parsed = parsePackageId(id)
  if (!parsed.ok) return invalid('package', id, parsed.problem.expected)
  const scheme = schemeOf(parsed.value.ecosystem)
  for (const [index, advisory] of advisories.entries()) {
    const at = `advisories.${index}`
    if (advisories.findIndex((other) => other.id === advisory.id) < index) {
      return invalid(`${at}.id`, advisory.id, 'an id that no other advisory of the list has')
    }
    // Any version will do: whether a range can be read does not depend on it.
    if (scheme.satisfies('1.0.0', advisory.affected) === null) {
      return invalid(`${at}.affected`, advisory.affected, scheme.expectedRange)
    }
  }
  return null
}

function invalid(field: string, given: string, expected: string): HttpProblem {
  const problem = { field, value: showValue(given), expected }
  return { status: 422, detail: sayProblem(problem), ...problem }
}

async function unknownPackage(
  { packages, overlay }: ServerParts,
  id: PackageId,
): Promise<HttpProblem | null> {
  if ((await packages.get(id)) !== null) return null
  if (overlay !== null && (await overlay.open(id)) !== null) return null
  return { status: 404, detail: `There is no package ${id} here.`, field: 'package', value: id }
}
