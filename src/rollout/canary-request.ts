import type { Arm } from '../gates/evidence.ts'
import type { RolloutId } from './event.ts'
import type { RolloutState } from './state.ts'

/** What a canary is asked to do for one try: the input `slipway` of DESIGN.md section 6. */
export interface CanaryTask {
  readonly rollout: RolloutId
  readonly releases: readonly string[]
  readonly ecosystems: readonly string[]
  readonly arm: Arm | 'both'
  readonly try: number
  readonly nonce: string
  /** Arm views; clients append `npm/` or `pypi/simple/`. */
  readonly index: Readonly<Record<Arm, string>>
  /** Where the report goes. */
  readonly report: string
}

/** The task of one try. `publicUrl` is where canaries reach this server, without a slash at the end. */
export function canaryTask(
  state: Pick<RolloutState, 'id' | 'members'>,
  attempt: { readonly try: number; readonly arm: Arm | 'both'; readonly nonce: string },
  publicUrl: string,
): CanaryTask {
  const releases = state.members.map(({ candidate }) => candidate)
  const view = (arm: Arm) => `${publicUrl}/arm/${state.id}/${arm}/${attempt.nonce}/`
  return {
    rollout: state.id,
    releases,
    ecosystems: [...new Set(releases.map((release) => release.slice(0, release.indexOf(':'))))],
    arm: attempt.arm,
    try: attempt.try,
    nonce: attempt.nonce,
    index: { candidate: view('candidate'), baseline: view('baseline') },
    report: `${publicUrl}/api/v1/rollouts/${state.id}/results`,
  }
}
