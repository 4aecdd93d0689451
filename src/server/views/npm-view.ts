import type { View } from '../../catalog/views/view.ts'
import type { PackageId } from '../../versions/release.ts'
import type { Ctx } from '../server-parts.ts'
import type { ViewFinder } from './view-finder.ts'

/** The view of an npm request that came through Hono. */
export async function npmView(
  c: Ctx,
  { views }: { readonly views: ViewFinder },
  id: PackageId,
): Promise<View> {
  return views.ofNpm(c.env.incoming, c.env.path, id)
}
