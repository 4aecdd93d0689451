import { suspectOf } from '../../gates/canaries/bisect.ts'
import type { Arm } from '../../gates/evidence.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import type { Member, RolloutId } from '../history/event.ts'
import type { RolloutState } from '../history/state.ts'

interface TryTask {
  readonly rollout: RolloutId
  readonly releases: readonly string[]
  readonly ecosystems: readonly string[]
  readonly arm: Arm | 'both'
  readonly try: number
  readonly nonce: string
}

/** What a canary is asked to do for one try: the input `slipway` of its workflow (docs/action.md). */
export interface CanaryTask extends TryTask {
  /** Arm views; clients append `npm/` or `pypi/simple/`. */
  readonly index: Readonly<Record<Arm, string>>
  /** Where the report goes. */
  readonly report: string
}

/** The same where there is no server: releases come from their registries, and the report is an artifact of the run. */
export interface RegistryTask extends TryTask {
  /** What the baseline arm installs, for those that have one. */
  readonly baselines: readonly string[]
}

type Known = Pick<RolloutState, 'id' | 'members' | 'canaries'>

interface Attempt {
  /** Id of the canary; it says what a try of a search tests. */
  readonly canary: string
  readonly try: number
  readonly arm: Arm | 'both'
  readonly nonce: string
}

/** The task of one try; one of a search names the one release that it tests. `publicUrl` is where canaries reach this server, without a slash at the end. */
export function canaryTask(state: Known, attempt: Attempt, publicUrl: string): CanaryTask {
  const view = (arm: Arm) => `${publicUrl}/arm/${state.id}/${arm}/${attempt.nonce}/`
  return {
    ...tryTask(state, attempt),
    index: { candidate: view('candidate'), baseline: view('baseline') },
    report: `${publicUrl}/api/v1/rollouts/${state.id}/results`,
  }
}

/** The task of one try without a server. */
export function registryTask(state: Known, attempt: Attempt): RegistryTask {
  const baselines = membersOf(state, attempt).flatMap(({ baseline }) => (baseline === null ? [] : [baseline]))
  return { ...tryTask(state, attempt), baselines }
}

/** What is tested: all members, or in a search the release under suspicion alone. */
function membersOf({ canaries, members }: Known, attempt: Attempt): readonly Member[] {
  const canary = ownEntry(canaries, attempt.canary)
  const suspect = canary === undefined ? null : suspectOf(canary, attempt.try)
  return suspect === null ? members : [{ candidate: suspect.release, baseline: suspect.baseline }]
}

function tryTask(state: Known, attempt: Attempt): TryTask {
  const releases = membersOf(state, attempt).map(({ candidate }) => candidate)
  return {
    rollout: state.id,
    releases,
    ecosystems: [...new Set(releases.map((release) => release.slice(0, release.indexOf(':'))))],
    arm: attempt.arm,
    try: attempt.try,
    nonce: attempt.nonce,
  }
}
