import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { info, warning } from '@actions/core'
import type { Arm } from '../../../gates/evidence.ts'
import { type PackageId, packageIdOf } from '../../../versions/release.ts'
import { failForAnswer } from '../../action-input.ts'
import { mayIdentify } from '../../missing-permission.ts'
import { registryUrls } from '../../registry-urls.ts'
import { writeSummary } from '../../rollout-output.ts'
import type { CanaryRequest } from '../canary-request.ts'
import { canarySummary } from '../canary-summary.ts'
import { findInstallers } from '../installers/find-installers.ts'
import { keepReport } from '../keep-report.ts'
import type { Leg } from '../leg-of-job.ts'
import { legReport, type ReportedLeg } from '../report-body.ts'
import { sendReport } from '../send-report.ts'
import { type ArmViews, openArmViews } from './arm-views.ts'
import { copyOf, makeWorkspace } from './arm-workspace.ts'
import { commitOf } from './checkout-commit.ts'
import { type ArmReport, type ArmRun, judgeArms } from './judge-arms.ts'
import { runArms } from './run-arms.ts'

/** What every try of a step has in common. */
export interface CanaryPlan {
  readonly checkout: string
  readonly project: string
  /** The given `install` command; null lets the project's client install. */
  readonly install: string | null
  readonly run: string
  /** Files of the project into which `run` writes its tests. */
  readonly tests: readonly string[]
  readonly timeoutMs: number
  /** This job of a matrix. */
  readonly leg: Leg
}

/** Whether both arms of the try went well, which ends the tries of a rollout. */
export type TryEnd = 'passed' | 'failed'

/** Runs one try: both arms installed, tested and reported. Fails only when the report cannot be delivered. */
export async function runTry(request: CanaryRequest, plan: CanaryPlan): Promise<TryEnd> {
  const { checkout, project, install, leg } = plan
  const installers = await findInstallers(project, checkout, request.ecosystems, install, process.env)
  const scratch = await realpath(await mkdtemp(join(process.env.RUNNER_TEMP || tmpdir(), 'slipway-')))
  const views = await viewsOf(request)
  try {
    const workspaces = await Promise.all(
      request.arms.map((arm) =>
        makeWorkspace(arm, views.index[arm], scratch, checkout, project, process.env),
      ),
    )
    const runs = await runArms(workspaces, { ...plan, releases: request.releases, installers })
    const arms = judgeArms(runs, await commitOf(project), scrubber(scratch, request.nonce))
    await writeSummary(canarySummary(request, arms, leg.name, runs))
    await deliver(request, arms, { ...leg, notExercised: keptOut(runs, scrubber(scratch, request.nonce)) })
    if (arms.candidate?.outcome === 'fail') warning('The candidate arm failed; the report says so.')
    return Object.values(arms).every(({ outcome }) => outcome === 'pass') ? 'passed' : 'failed'
  } finally {
    await views.close()
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Why the candidate arm has no candidate, without the nonce; the report takes 2000 characters. */
function keptOut(
  runs: readonly ArmRun[],
  scrub: (text: string, arm: Arm) => string,
): ReportedLeg['notExercised'] {
  const kept = runs.find(({ arm }) => arm === 'candidate')?.notExercised ?? null
  return kept && { ...kept, says: scrub(kept.says ?? '', 'candidate').slice(0, 2000) }
}

/** The arm views of the server, or without one those that this machine makes from the registries. */
async function viewsOf({ server, releases, baselines }: CanaryRequest): Promise<ArmViews> {
  if (server !== null) return { index: server.index, close: async () => {} }
  const baselineOf = (id: PackageId) => baselines.find((one) => packageIdOf(one) === id)?.version ?? null
  return openArmViews(
    registryUrls(),
    releases.map((release) => {
      const id = packageIdOf(release)
      return { package: id, candidate: release.version, baseline: baselineOf(id) }
    }),
  )
}

async function deliver(
  request: CanaryRequest,
  arms: Partial<Record<Arm, ArmReport>>,
  leg: ReportedLeg,
): Promise<void> {
  // Without an identity it is kept for a job that has one, and in which nothing of the candidate runs.
  if (request.server === null || !mayIdentify()) return keepReport(request, arms, leg)
  const sent = await sendReport(request, request.server.report, [legReport(request, arms, leg)])
  if (!sent.ok)
    throw failForAnswer({
      ...sent.failure,
      message: `the report was not delivered: ${sent.failure.message}`,
    })
  info(`reported try ${request.try} of ${request.rollout}`)
}

/** Paths of a copy become paths of the project, as people know them; the nonce stays between us and the index. */
function scrubber(scratch: string, nonce: string): (text: string, arm: Arm) => string {
  return (text, arm) => {
    const copy = `${copyOf(scratch, arm)}/`
    return text.replaceAll(`file://${copy}`, '').replaceAll(copy, '').replaceAll(nonce, '...')
  }
}
