import { normalizeName } from '../../versions/normalize-name.ts'
import { sayProblem } from '../../versions/problem.ts'
import type { PackageId } from '../../versions/release.ts'
import type { HttpProblem } from '../http/problem.ts'
import type { Ctx } from '../server-parts.ts'

/** The path pattern behind `/packages/`: scoped names written plainly or encoded. */
export const packagePattern = ':ecosystem{npm|pypi}/:name{(?:@[^/]+/)?[^/]+}'

export type NamedPackage =
  | { readonly ok: true; readonly id: PackageId }
  | { readonly ok: false; readonly problem: HttpProblem }

/** The package that an address names. */
export function packageOf(c: Ctx): NamedPackage {
  const ecosystem = c.req.param('ecosystem') === 'npm' ? 'npm' : 'pypi'
  const name = normalizeName(ecosystem, c.req.param('name') ?? '')
  if (name.ok) return { ok: true, id: `${ecosystem}:${name.value}` }
  return { ok: false, problem: { status: 400, detail: sayProblem(name.problem), ...name.problem } }
}
