import type { Arm, ArmResult, Outcome } from '../gates/evidence.ts'
import { MINUTE_MS } from './durations.ts'
import { logNormal } from './random.ts'
import { type CanaryTruth, randomOfTry, type World } from './world.ts'

/** What the synthetic release is called; a package of one. */
export const CANDIDATE = 'npm:simulated@1.1.0'
export const BASELINE = 'npm:simulated@1.0.0'

/** How much runs of canaries differ in length. */
const LENGTH_SPREAD = 0.6

/** A run of both arms of one try: when it answers and what. */
export interface CanaryRun {
  readonly answersAt: number
  readonly results: Readonly<Record<Arm, ArmResult>>
}

/** Runs one try of a canary that begins now. The same try of the same world draws the same luck. */
export function runCanary(world: World, canary: CanaryTruth, tryNumber: number, now: number): CanaryRun {
  const { assumed } = world
  const random = randomOfTry(world, Number(canary.entry.id), tryNumber)
  const minutes = logNormal(random, assumed['run-minutes'], LENGTH_SPREAD)
  const answersAt = Math.round(now + minutes * MINUTE_MS)
  const broke = random() * 100 < assumed.infra
  const cut = world.outages.some(({ from, to }) => from < answersAt && to > now)
  const shows = random() < world.shows
  const flakes = { candidate: random() * 100 < assumed.flake, baseline: random() * 100 < assumed.flake }
  const met = canary.notices && !canary.capped && shows
  const fails = { candidate: canary.red || flakes.candidate || met, baseline: canary.red || flakes.baseline }
  const result = (arm: Arm): ArmResult => ({
    outcome: outcomeOf(broke || cut, fails[arm]),
    installed: [arm === 'candidate' && !canary.capped ? CANDIDATE : BASELINE],
    commit: 'a'.repeat(40),
    runId: tryNumber,
    runAttempt: 1,
    url: null,
    detail: '',
    observedAt: answersAt,
  })
  return { answersAt, results: { candidate: result('candidate'), baseline: result('baseline') } }
}

function outcomeOf(unusable: boolean, failed: boolean): Outcome {
  if (unusable) return 'infra'
  return failed ? 'fail' : 'pass'
}
