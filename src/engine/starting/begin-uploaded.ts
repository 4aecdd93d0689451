import type { RolloutId } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { Awaited } from '../../rollout/trains/departure-time.ts'
import type { ReleaseId } from '../../versions/release.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { messageOf } from '../core/log.ts'
import type { Who } from '../core/who.ts'
import { gatheringOf } from '../trains/leave-together.ts'
import { createSeats, type Seats } from '../trains/train-seat.ts'
import { type AnnouncedStarts, createAnnouncedStarts } from './announced-starts.ts'
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
  /** How long after its last file a release is whole. */
  settleOf(release: ReleaseId): number
  /** Notes what a reserved rollout waits for; begins nothing. */
  look(state: RolloutState): Promise<void>
}

const settled: Who = { actor: { kind: 'system' }, reason: 'no further file came' }

/** What is no matter of time, such as a broken file, is looked at less often: each look asks the forge. */
const lastingFactor = 10

export function createUploadStarter(core: EngineCore): UploadStarter {
  /** When a start that was refused is tried again, by rollout. */
  const notBefore = new Map<RolloutId, number>()
  const starting = new Set<RolloutId>()
  const announced = createAnnouncedStarts(core.parts.settings.uploadSettleMs)
  const seats = createSeats(core)
  const { clock, settings, log } = core.parts

  async function begin(state: RolloutState, releases: readonly ReleaseId[], who: Who): Promise<void> {
    if (starting.has(state.id)) return
    starting.add(state.id)
    try {
      const origin = announced.originOf(releases)
      const outcome = await startRollout(core, { releases, policy: null, restart: false, origin, who })
      if (outcome.ok) {
        announced.forget(releases)
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
    const { at, releases, awaited } = await dueOf(core, seats, announced, state)
    core.startProblems.awaits(state.id, awaited)
    if (at !== null && at <= clock.now()) await begin(state, releases, who)
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
    announce: announced.note,
    settleOf: announced.settleOf,
    async look(state) {
      if (isReserved(state))
        core.startProblems.awaits(state.id, (await dueOf(core, seats, announced, state)).awaited)
    },
  }
}

function isReserved(state: RolloutState): boolean {
  return state.startedAt === null && state.end === null
}

interface Due {
  /** Null while nobody can say; integer ms. */
  readonly at: number | null
  readonly releases: readonly ReleaseId[]
  readonly awaited: Awaited | null
}

/** When a reserved rollout begins by itself, with which releases. */
async function dueOf(
  core: EngineCore,
  seats: Seats,
  { settleOf }: AnnouncedStarts,
  state: RolloutState,
): Promise<Due> {
  const releases = state.members.map(({ candidate }) => candidate)
  const alone = await dueAlone(core, releases, settleOf)
  // Where nothing of it is here nobody needs to be asked for its train.
  if (alone.awaited?.releases.length === releases.length) return alone
  const train = await seats.of(state)
  if (train === null) return alone
  const { departure, at, awaited } = await gatheringOf(core, releases, train, settleOf)
  // One that is part of another's departure leaves with that.
  return { at: departure.rollout === state.id ? at : null, releases: departure.releases, awaited }
}

/**
 * Of a rollout that is no train's: never while a member has no file yet. A release is whole when no further file of it
 * came for the settle time.
 */
async function dueAlone(
  core: EngineCore,
  releases: readonly ReleaseId[],
  settleOf: AnnouncedStarts['settleOf'],
): Promise<Due> {
  const files = await hostedFiles(core.parts.packages, releases)
  const missing = releases.filter((release) => files.every((file) => file.release !== release))
  if (missing.length > 0)
    return { at: null, releases, awaited: { packages: [], releases: missing, until: null } }
  const at = Math.max(...files.map(({ release, uploadedAt }) => uploadedAt + settleOf(release)))
  return { at, releases, awaited: null }
}
