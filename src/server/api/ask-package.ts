import type { z } from 'zod'
import type { Scope } from '../../ports/access-store.ts'
import type { PackageId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { HttpProblem } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import { packageOf } from '../packages/named-package.ts'
import type { RegistryParts } from '../registry-parts.ts'
import type { Ctx } from '../server-parts.ts'

/** Package, permission and body of a request. */
export async function askAnywhere<Schema extends z.ZodType>(
  c: Ctx,
  { authoriser }: RegistryParts,
  schema: Schema,
  scope: Scope,
) {
  const named = packageOf(c)
  if (!named.ok) return named
  const { id } = named
  const allowed = await authoriser.allow(c.req.header('authorization'), scope, [id])
  if (!allowed.ok) return allowed
  const body = await readBody(c, schema)
  if (!body.ok) return body
  return { ok: true, id, body: body.value, holder: allowed.holder } as const
}

/** The normal form of a version that somebody wrote; as it is where it has none. */
export function normalVersion(id: PackageId, text: string): string {
  return schemeOf(id.startsWith('npm:') ? 'npm' : 'pypi').normalize(text) ?? text
}

/** The answer where a package has no such version. */
export function noVersion(id: PackageId, given: string): HttpProblem {
  const problem = { field: 'version', value: JSON.stringify(given), expected: `a published version of ${id}` }
  return { status: 404, detail: `version: got ${problem.value}, expected ${problem.expected}`, ...problem }
}

/** The answer where there is no such package. */
export function noPackage(id: PackageId): HttpProblem {
  return { status: 404, detail: `There is no package ${id} here.`, field: 'package', value: id }
}
