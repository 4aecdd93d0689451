import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { PackageId } from '../../versions/release.ts'
import { fitsPattern } from '../../versions/star-pattern.ts'
import type { RequestPath } from '../http/request-path.ts'
import type { ServerParts } from '../server-parts.ts'
import type { Holder } from './authorise.ts'
import { packagesOfPath } from './packages-of-path.ts'

/** Which packages somebody may be told of, by the patterns of their token. */
export function readerOf({ packages }: Holder): (id: PackageId) => boolean {
  return (id) => packages.some((pattern) => fitsPattern(pattern, id))
}

/** Patterns bind reading, too, of what is published here; what comes from elsewhere is no secret of this server. */
export async function maySee(
  holder: Holder,
  parts: Pick<ServerParts<RolloutReader>, 'engine' | 'overlay' | 'packages'>,
  method: string | undefined,
  { rest }: RequestPath,
): Promise<boolean> {
  const mayRead = readerOf(holder)
  // Counts of everything tell of what a token may not read.
  if (rest === '/metrics') return holder.packages.includes('*')
  // Whose publish it is not is said there, of any name.
  if (method === 'PUT' && rest.startsWith('/npm/')) return true
  const unread = packagesOfPath(rest, parts.engine).filter((id) => !mayRead(id))
  if (unread.length === 0) return true
  // A name that nobody has here is answered like one that this token may not read.
  if (parts.overlay === null || !mayComeFromElsewhere(rest)) return false
  for (const id of unread) {
    if ((await parts.packages.get(id)) !== null || parts.engine.rolloutsOf(id).length > 0) return false
  }
  return true
}

/** What tells of packages of other indexes: the index itself, and what is known of one here. */
function mayComeFromElsewhere(rest: string): boolean {
  if (/^\/(?:npm|pypi|-|integrity|badge|rollouts)\//.test(rest) || /^\/@?[^/]+\/-\//.test(rest)) return true
  return /^(?:\/api\/v1\/rollouts\/|\/packages\/|\/api\/v1\/packages\/(?:npm|pypi)\/(?:@[^/]+\/|@[^/]*%2f)?[^/]+(?:\/upstream)?$)/i.test(
    rest,
  )
}
