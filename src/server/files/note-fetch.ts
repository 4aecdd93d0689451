import { messageOf } from '../../engine/core/log.ts'
import type { EvidenceGatherer } from '../../engine/roles/evidence-gatherer.ts'
import type { ReleaseId } from '../../versions/release.ts'
import type { Ctx, ServerParts } from '../server-parts.ts'

/** Notes that a request got a file of this release. */
export type FetchNote = (c: Ctx, release: ReleaseId) => Promise<void>

/** Tells the engine of fetches under a nonce: they prove that the run got the file. */
export function createFetchNote({
  engine,
  log,
}: Pick<ServerParts<Pick<EvidenceGatherer, 'recordFetch'>>, 'engine' | 'log'>): FetchNote {
  return async (c, release) => {
    const { view } = c.env.path
    if (view?.kind !== 'arm' || view.nonce === null || c.req.method !== 'GET') return
    try {
      await engine.recordFetch(view.rollout, view.arm, view.nonce, release)
    } catch (error) {
      // The run still gets its file; without the record the try counts as not exercised.
      log.error('a fetch could not be recorded', { release, error: messageOf(error) })
    }
  }
}
