import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { info, setOutput, warning } from '@actions/core'
import { z } from 'zod'
import { failForAnswer, StepFailure } from '../action-input.ts'
import { mayIdentify, sayMissingPermission } from '../missing-permission.ts'
import type { CanaryRequest } from './canary-request.ts'
import { reportFile } from './keep-report.ts'
import { sendReport } from './send-report.ts'

/** GitHub runs at most 256 jobs of one matrix, and each keeps one. */
const mostFiles = 256
const largestBytes = 4 * 1024 * 1024

/** What legs say of themselves is read by the server; here it is only passed on. */
const keptReport = z.object({
  rollout: z.string(),
  try: z.int(),
  nonce: z.string(),
  legs: z.array(z.unknown()).max(mostFiles),
})
const keptFile = z.object({ reports: z.array(keptReport).max(mostFiles) })

/**
 * Sends the reports that jobs without an identity kept as artifacts. It runs nothing of the candidate, so what it signs
 * is that these jobs of this run said so. Of the tries that were asked for only: the files come from jobs in which code ran
 * that nobody has released.
 */
export async function sendKept(requests: readonly CanaryRequest[], folder: string): Promise<void> {
  if (!mayIdentify()) throw new StepFailure(sayMissingPermission('id-token'))
  let sent = 0
  for (const path of await reportsBelow(folder)) {
    for (const report of await reportsIn(path)) {
      const request = requests.find((one) => isOf(one, report))
      if (request?.server == null) warning(`${path}: a report of another try than this run's is left out`)
      else {
        const answer = await sendReport(request, request.server.report, report.legs)
        if (!answer.ok)
          throw failForAnswer({
            ...answer.failure,
            message: `a report was not delivered: ${answer.failure.message}`,
          })
        setOutput('rollout', request.rollout)
        info(`reported try ${request.try} of ${request.rollout}`)
        sent += 1
      }
    }
  }
  if (sent === 0 && requests.length > 0)
    throw new StepFailure(
      `reports: got no ${reportFile} of this run's tries below ${folder}, expected those that the jobs before kept with actions/upload-artifact`,
    )
}

const isOf = (request: CanaryRequest, report: z.infer<typeof keptReport>): boolean =>
  request.rollout === report.rollout && request.try === report.try && request.nonce === report.nonce

async function reportsBelow(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const found = names.filter((name) => basename(name) === reportFile).sort()
  return found.slice(0, mostFiles).map((name) => join(folder, name))
}

async function reportsIn(path: string): Promise<readonly z.infer<typeof keptReport>[]> {
  const { size } = await stat(path)
  if (size > largestBytes) throw new StepFailure(`${path}: got ${size} bytes, expected at most 4 MB`)
  const read = keptFile.safeParse(parsed(await readFile(path, 'utf8')))
  if (!read.success) throw new StepFailure(`${path}: this is no report of the command canary`)
  return read.data.reports
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
