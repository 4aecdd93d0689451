import type { Arm } from '../../gates/evidence.ts'
import type { NotExercised } from '../../gates/told-by-run.ts'
import type { ArmReport } from './arms/judge-arms.ts'
import type { CanaryRequest } from './canary-request.ts'
import type { Leg } from './leg-of-job.ts'

/** A leg, and why its candidate arm has no candidate; null where it has, or where nobody knows. */
export type ReportedLeg = Leg & { readonly notExercised: NotExercised | null }

/** What one leg of a try says. */
export function legReport(
  { arms: order }: CanaryRequest,
  arms: Partial<Record<Arm, ArmReport>>,
  { name, of, notExercised }: ReportedLeg,
) {
  const kept = notExercised === null ? {} : { notExercised }
  return {
    leg: name,
    ...(of === null ? {} : { of }),
    order: `${order[0] ?? 'baseline'}-first`,
    arms,
    ...kept,
  }
}

/** The report of legs of one try in this run, as server and artifact take it. */
export function reportBody({ rollout, try: number, nonce }: CanaryRequest, legs: readonly unknown[]) {
  const run = {
    id: Number(process.env.GITHUB_RUN_ID ?? 0),
    attempt: Number(process.env.GITHUB_RUN_ATTEMPT ?? 1),
  }
  return { v: 2, rollout, try: number, nonce, source: 'canary', run, legs }
}
