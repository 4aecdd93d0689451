import { waitsByItself } from '../../cohort/client-kind.ts'
import { messageOf } from '../../engine/core/log.ts'
import type { EvidenceGatherer } from '../../engine/roles/evidence-gatherer.ts'
import { packageIdOf, type ReleaseId } from '../../versions/release.ts'
import type { Ctx, ServerParts } from '../server-parts.ts'
import type { ShareMeter } from '../views/share-meter.ts'

/** Notes that a request got a file of this release. */
export type FetchNote = (c: Ctx, release: ReleaseId) => Promise<void>

/** Tells the engine of fetches under a nonce: they prove that the run got the file. */
export function createFetchNote(
  { engine, log }: Pick<ServerParts<Pick<EvidenceGatherer, 'recordFetch'>>, 'engine' | 'log'>,
  meter: Pick<ShareMeter, 'countFile'>,
): FetchNote {
  return async (c, release) => {
    const { view } = c.env.path
    const isMeasured = c.req.method === 'GET' && (view === null || view.kind === 'cohort')
    if (isMeasured && waitsByItself(c.req.header('user-agent') ?? ''))
      meter.countFile(packageIdOf(release), release.slice(packageIdOf(release).length + 1))
    if (view?.kind !== 'arm' || view.nonce === null || c.req.method !== 'GET') return
    try {
      await engine.recordFetch(view.rollout, view.arm, view.nonce, release)
    } catch (error) {
      // The run still gets its file; without the record the try counts as not exercised.
      log.error('a fetch could not be recorded', { release, error: messageOf(error) })
    }
  }
}
