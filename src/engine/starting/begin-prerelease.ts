import { isPrerelease, packageIdOf, type ReleaseId } from '../../versions/release.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { messageOf } from '../core/log.ts'
import type { Who } from '../core/who.ts'
import type { StartRequest } from './start-request.ts'
import { startRollout } from './start-rollout.ts'

/** Begins pre-releases after their upload, where a stream of their owner's file has them. */
export interface PrereleaseStarter {
  /** After a file of a release is stored; others than pre-releases without a rollout are left alone. */
  uploaded(release: ReleaseId, who: Who, origin: StartRequest['origin']): Promise<void>
  startDue(): Promise<void>
}

interface Pending {
  readonly release: ReleaseId
  readonly who: Who
  readonly origin: StartRequest['origin']
  readonly due: number
}

/** Waiting at most; the oldest is dropped, and can be started by hand. */
const mostPending = 1000

/**
 * A pre-release is visible from its first byte to those who ask for it, so nothing has to survive a crash: what is
 * waiting is kept in memory, and a `start` does the same. npm's begin at once, PyPI's when no further file came.
 */
export function createPrereleaseStarter(core: EngineCore): PrereleaseStarter {
  const pending = new Map<ReleaseId, Pending>()
  const { clock, settings, log } = core.parts

  async function begin(one: Pending): Promise<void> {
    const { release, who, origin } = one
    pending.delete(release)
    const request = { releases: [release], policy: null, restart: false, origin, who }
    const outcome = await startRollout(core, request).catch((error: unknown) => {
      log.error('a pre-release could not begin', { release, why: messageOf(error) })
      return null
    })
    if (outcome === null || outcome.ok) return
    const { reason, message } = outcome.refusal
    // No stream has it: nothing to say about most pre-releases.
    if (reason === 'invalid') return
    log.warn('a pre-release does not begin', { release, why: message })
    if (reason === 'temporary') pending.set(release, { ...one, due: clock.now() + settings.startRetryMs })
  }

  return {
    async uploaded(release, who, origin) {
      if (!isPrerelease(release) || core.memory.find(release) !== null) return
      if (core.parts.forge === null || (await core.parts.access.ownerOf(packageIdOf(release))) === null)
        return
      const whole = release.startsWith('npm:')
      const one = { release, who, origin, due: clock.now() + (whole ? 0 : settings.uploadSettleMs) }
      if (whole) return begin(one)
      pending.delete(release)
      pending.set(release, one)
      const [oldest] = pending.keys()
      if (pending.size > mostPending && oldest !== undefined) pending.delete(oldest)
    },
    async startDue() {
      const due = [...pending.values()].filter((one) => one.due <= clock.now())
      for (const one of due) await begin(one)
    },
  }
}
