import type { Policy, ProfileName } from '../../gates/policy.ts'
import type { AccessStore } from '../../ports/access-store.ts'
import type { AdvisoryStore } from '../../ports/advisory-store.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ClockMarks } from '../../ports/clock-marks.ts'
import type { DamageLedger } from '../../ports/damage.ts'
import type { EffectLog } from '../../ports/effect-log.ts'
import type { Effector } from '../../ports/effector.ts'
import type { EventStore } from '../../ports/event-store.ts'
import type { RepositoryReader, WorkflowRunner } from '../../ports/forge.ts'
import type { OfferStore } from '../../ports/offer-store.ts'
import type { PackageStore } from '../../ports/package-store.ts'
import type { ReleaseComparer } from '../../ports/release-comparer.ts'
import type { RolloutArchive } from '../../ports/rollout-archive.ts'
import type { Log } from './log.ts'

export interface EngineSettings {
  /** How long after the last file an uploaded PyPI release begins by itself. */
  readonly uploadSettleMs: number
  /** The server's own default policy; null: the profile `standard`. */
  readonly serverPolicy: Policy | null
  /** The profile of a package whose file names no ladder: `standard`, or `gate` where no index stands before its users. */
  readonly profile: ProfileName
  /** How many people must stand behind what takes two; 1 for a server with one operator. */
  readonly signoffs: 1 | 2
  /** How often a command is decided again after another process was faster. */
  readonly appendAttempts: number
  /** How often what people read is tried, a quarter of an hour apart in the end: three days of outage lose nothing. */
  readonly tellAttempts: number
  /** How many runs one rollout starts in a minute at most, so that it leaves room for others. */
  readonly dispatchesPerMinute: number
  /** How long the report of a completed run may be in flight before the run counts as one without a report. */
  readonly reportGraceMs: number
  /** How often the wanted effects of every rollout are compared again, changed or not. */
  readonly sweepMs: number
  /** How long a tracking issue is believed to be as it was left. */
  readonly driftMs: number
  /** How long after its end a rollout is still compared: its last words may have failed or been lost. */
  readonly sweepEndedMs: number
  /** How long a start that was refused for now waits before the engine tries again by itself. */
  readonly startRetryMs: number
  /** How often every repository is asked what it offers; webhooks tell of changes in between. */
  readonly offersSweepMs: number
  /** How old the last of these sweeps may be for a start to rely on it. */
  readonly offersFreshMs: number
  /** Requests to the forge at the same time while repositories are asked. */
  readonly rosterConcurrency: number
  /** Whether the last lines of a private canary's log are stored: not where others than operators read the store. */
  readonly keepPrivateLogs: boolean
  /** How many repositories that the policy does not admit a roster shows at most: anybody may offer to test. */
  readonly mostUnadmitted: number
  /** How many repositories may be checked in at a time. */
  readonly mostCheckIns: number
}

export const defaultEngineSettings: EngineSettings = {
  uploadSettleMs: 15 * 60_000,
  serverPolicy: null,
  profile: 'standard',
  signoffs: 2,
  appendAttempts: 5,
  tellAttempts: 300,
  dispatchesPerMinute: 40,
  reportGraceMs: 10_000,
  sweepMs: 60_000,
  driftMs: 24 * 60 * 60_000,
  sweepEndedMs: 3 * 24 * 60 * 60_000,
  startRetryMs: 30_000,
  offersSweepMs: 24 * 60 * 60_000,
  offersFreshMs: 26 * 60 * 60_000,
  rosterConcurrency: 8,
  keepPrivateLogs: true,
  mostUnadmitted: 50,
  mostCheckIns: 10_000,
}

/** Everything the engine stands on. */
export interface EngineParts {
  readonly events: EventStore
  /** Null where the whole log is read at each start, as from git refs. */
  readonly archive: RolloutArchive | null
  /** Where damage is noted that is found while reading. */
  readonly damage: DamageLedger
  readonly effects: EffectLog
  readonly packages: PackageStore
  readonly access: AccessStore
  /** Who offers to test what. */
  readonly offers: OfferStore
  readonly advisories: Pick<AdvisoryStore, 'advisoriesOf'>
  /** Reads releases side by side; absent: nobody does, and nothing catches up by itself. */
  readonly comparer?: ReleaseComparer
  readonly clock: Clock
  /**
   * Milliseconds of a second clock that only ever goes on and that nobody sets: it tells a jump of `clock` from time
   * that passed. Absent: there is none, and `clock` is believed.
   */
  readonly monotonic?: () => number
  /** What the process before this one left about time; null or absent: nothing. */
  readonly marks?: ClockMarks | null
  /** Null where no GitHub is configured: no repository's file and no roster are read then. */
  readonly forge: (RepositoryReader & WorkflowRunner) | null
  /** Null: no effect is applied. */
  readonly effector: Effector | null
  /** Whether the effector compares the files of candidates; absent: nobody does. */
  readonly compares?: boolean
  /** The server's secret behind nonces and opaque keys. */
  readonly secret: string
  /** Unpredictable bytes for ids and salts. */
  readonly random: (count: number) => Uint8Array
  readonly settings: EngineSettings
  /** Whether this process does what one of many does: ticks and effects. Absent: it is alone. */
  readonly works?: () => boolean
  readonly log: Log
}
