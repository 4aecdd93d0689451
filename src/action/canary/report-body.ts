import type { Arm } from '../../gates/evidence.ts'
import type { ArmReport } from './arms/judge-arms.ts'
import type { CanaryRequest } from './canary-request.ts'
import type { Leg } from './leg-of-job.ts'

/** The report of one leg of one try, as server and artifact take it. */
export function reportBody(
  { rollout, try: number, nonce, arms: order }: CanaryRequest,
  arms: Partial<Record<Arm, ArmReport>>,
  { name, of }: Leg,
) {
  const run = {
    id: Number(process.env.GITHUB_RUN_ID ?? 0),
    attempt: Number(process.env.GITHUB_RUN_ATTEMPT ?? 1),
  }
  const leg = { leg: name, ...(of === null ? {} : { of }), order: `${order[0] ?? 'baseline'}-first`, arms }
  return { v: 2, rollout, try: number, nonce, source: 'canary', run, legs: [leg] }
}
