import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { info, setOutput } from '@actions/core'
import type { Arm } from '../../gates/evidence.ts'
import type { ArmReport } from './arms/judge-arms.ts'
import type { CanaryRequest } from './canary-request.ts'
import { legReport, type ReportedLeg, reportBody } from './report-body.ts'

/** The name of the file in each artifact. */
export const reportFile = 'slipway-report.json'

/**
 * Adds what the arms did to a file, whose path is the output `report`, for `actions/upload-artifact` to keep under the
 * name `slipway-report`. A second job without the candidate signs and sends it; without a server the maintainer's `tick`
 * finds it there, and believes it because of the run that it belongs to.
 */
export async function keepReport(
  request: CanaryRequest,
  arms: Partial<Record<Arm, ArmReport>>,
  leg: ReportedLeg,
): Promise<void> {
  const path = join(process.env.RUNNER_TEMP || tmpdir(), reportFile)
  const report = reportBody(request, [legReport(request, arms, leg)])
  const before = await reportsIn(path)
  await writeFile(path, `${JSON.stringify({ reports: [...before, report] })}\n`)
  setOutput('report', path)
  info(
    `try ${request.try} of ${request.rollout} is in ${path}; it counts once the run has kept it as slipway-report`,
  )
}

/** Earlier tries of the same job. */
async function reportsIn(path: string): Promise<readonly unknown[]> {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return []
  const known = JSON.parse(text) as { readonly reports: readonly unknown[] }
  return known.reports
}
