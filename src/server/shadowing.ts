import type { PackageId } from '../versions/release.ts'
import type { HttpProblem } from './http/problem.ts'
import type { ServerParts } from './server-parts.ts'

/**
 * Why a name may not become one of ours, or null. Whoever installs a name that exists upstream would get another
 * package by it: that needs a decision of an operator, not an upload or a reservation.
 */
export async function shadowingProblem(
  overlay: Pick<NonNullable<ServerParts['overlay']>, 'mayPublish'> | null,
  id: PackageId,
): Promise<HttpProblem | null> {
  if (overlay === null || (await overlay.mayPublish(id))) return null
  const expected = 'a name that does not exist upstream, or one that an operator allowed to be published here'
  const address = `PUT /api/v1/packages/${id.replace(':', '/')}/shadow`
  const detail = `package: got ${id}, which exists upstream, expected ${expected} (${address} with {"shadow": true})`
  return { status: 403, detail, field: 'package', value: id, expected }
}
