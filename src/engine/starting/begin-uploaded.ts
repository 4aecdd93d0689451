import type { RolloutId } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { ReleaseId } from '../../versions/release.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { messageOf } from '../core/log.ts'
import type { Who } from '../core/who.ts'
import { hostedFiles } from './known-packages.ts'
import type { StartRequest } from './start-request.ts'
import { startRollout } from './start-rollout.ts'

/** Begins rollouts whose files have come: at once, or when no further file came for a while. */
export interface UploadStarter {
  /** After a file of this release is stored. */
  uploaded(release: ReleaseId, who: Who): Promise<void>
  /** Every reserved rollout whose time has come. What is due is read from the stored files, so it survives a crash. */
  startSettled(): Promise<void>
  /**
   * A start that came before the files: they need no long silence then, and its origin is theirs. Kept in memory
   * only; a process that begins anew waits for the whole settle time.
   */
  announce(request: StartRequest): void
}

const settled: Who = { actor: { kind: 'system' }, reason: 'no further file came' }

/** What is no matter of time, such as a broken file, is looked at less often: each look asks the forge. */
const lastingFactor = 10
/** How long after the last file an announced release begins: the files of one upload come one after the other. */
const announcedSettleMs = 30_000
/** Announcements kept at most, the newest ones. */
const mostAnnounced = 1000

export function createUploadStarter(core: EngineCore): UploadStarter {
  /** When a start that was refused is tried again, by rollout. */
  const notBefore = new Map<RolloutId, number>()
  const starting = new Set<RolloutId>()
  const announced = new Map<ReleaseId, StartRequest>()
  const { clock, settings, log } = core.parts

  async function begin(state: RolloutState, who: Who): Promise<void> {
    if (starting.has(state.id)) return
    starting.add(state.id)
    try {
      const releases = state.members.map(({ candidate }) => candidate)
      const origin = announced.get(releases[0] ?? '')?.origin ?? null
      const outcome = await startRollout(core, { releases, policy: null, restart: false, origin, who })
      if (outcome.ok) {
        for (const release of releases) announced.delete(release)
        notBefore.delete(state.id)
        return
      }
      // It stays hidden; somebody may start it by hand, and the engine looks again later.
      const { reason, message, field } = outcome.refusal
      log.warn('an uploaded release does not begin yet', { rollout: state.id, why: message })
      // Further files are looked at when they come.
      const isSoon = reason === 'temporary' && field !== 'files'
      const waitMs = isSoon ? settings.startRetryMs : settings.startRetryMs * lastingFactor
      notBefore.set(state.id, clock.now() + waitMs)
      core.startProblems.retryAt(state.id, clock.now() + waitMs)
    } finally {
      starting.delete(state.id)
    }
  }

  async function beginWhenDue(state: RolloutState, who: Who): Promise<void> {
    const expected = state.members.every(({ candidate }) => announced.has(candidate))
    const settleMs = expected ? Math.min(announcedSettleMs, settings.uploadSettleMs) : settings.uploadSettleMs
    const due = await dueAt(core, state, settleMs)
    if (due !== null && due <= clock.now()) await begin(state, who)
  }

  return {
    async uploaded(release, who) {
      const state = core.memory.find(release)
      if (state !== null && isReserved(state)) await beginWhenDue(state, who)
    },
    async startSettled() {
      for (const state of core.memory.open()) {
        if (!isReserved(state) || (notBefore.get(state.id) ?? 0) > clock.now()) continue
        try {
          await beginWhenDue(state, settled)
        } catch (error) {
          notBefore.set(state.id, clock.now() + settings.startRetryMs)
          log.error('an upload could not begin; tried again later', {
            rollout: state.id,
            why: messageOf(error),
          })
        }
      }
    },
    announce: (request) => remember(announced, request),
  }
}

/** Keeps what is announced as the newest, and lets go of the oldest ones. */
function remember(announced: Map<ReleaseId, StartRequest>, request: StartRequest): void {
  for (const release of request.releases) {
    announced.delete(release)
    announced.set(release, request)
  }
  for (const oldest of announced.keys()) {
    if (announced.size <= mostAnnounced) return
    announced.delete(oldest)
  }
}

function isReserved(state: RolloutState): boolean {
  return state.startedAt === null && state.end === null
}

/**
 * When the rollout begins by itself; null while a member has no file yet. An npm version is one file, so it
 * is complete with it; a PyPI release may get more, so it waits until none came for the settle time.
 */
async function dueAt(core: EngineCore, state: RolloutState, settleMs: number): Promise<number | null> {
  const releases = state.members.map(({ candidate }) => candidate)
  const files = await hostedFiles(core.parts.packages, releases)
  if (releases.some((release) => files.every((file) => file.release !== release))) return null
  const last = Math.max(...files.map((file) => file.uploadedAt))
  const whole = releases.every((release) => release.startsWith('npm:'))
  return whole ? last : last + settleMs
}
