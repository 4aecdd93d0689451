import { exportVariable, getIDToken, getInput, getState, info, setSecret, warning } from '@actions/core'
import { packagesOfInterest } from '../../registries/project/packages-of-interest.ts'
import { type RunReport, runClient } from '../../registries/slipway-index/run-client.ts'
import { type PackageId, packageIdOf, type ReleaseId } from '../../versions/release.ts'
import { inputLines } from '../action-input.ts'
import { inertText, writeSummary } from '../rollout-output.ts'
import { SETUP_STATE, type SetupState } from './setup-state.ts'

/** What the runner calls the end of a job, in the words of the server. */
const OUTCOMES: Readonly<Record<string, RunReport['outcome']>> = {
  success: 'success',
  failure: 'failure',
  cancelled: 'cancelled',
}

/**
 * The post of `setup`: takes its variables back and reports which versions of packages in a rollout this job had
 * and how it ended. Never turns the job red: a count that is missed harms nobody.
 */
export async function setupPost(): Promise<void> {
  const kept = getState(SETUP_STATE)
  if (kept === '') return
  const state = JSON.parse(kept) as SetupState
  for (const [name, value] of Object.entries(state.before)) exportVariable(name, value)
  const { key } = state
  if (key === null) return
  setSecret(key)
  const outcome = OUTCOMES[getInput('job-status').toLowerCase()]
  if (outcome === undefined) return warning(`job-status: got ${getInput('job-status')}; nothing is reported`)
  const client = runClient(state.server, () => getIDToken(state.server))
  const live = await client.live()
  // A private index shows its rollouts to nobody without a token; it is told about every package.
  if (!live.ok && live.failure.kind !== 'refused')
    return warning(`Nothing is reported: ${live.failure.message}`)
  const { packages, installed } = await packagesOfInterest(
    state.project,
    process.env,
    live.ok ? live.value : null,
    inputLines('packages'),
  )
  if (packages.length === 0) return info('This job depends on no package whose rollout is under way.')
  const sent = await client.report({ outcome, packages, installed, key })
  if (!sent.ok) return warning(`The report was not delivered: ${sent.failure.message}`)
  info(`Reported ${outcome} with ${installed.join(', ') || 'nothing installed'}.`)
  await writeSummary(summaryOf(outcome, packages, installed))
}

function summaryOf(outcome: string, packages: readonly PackageId[], installed: readonly ReleaseId[]): string {
  const rows = packages.map((id) => {
    const versions = installed.filter((one) => packageIdOf(one) === id)
    return `| ${inertText(id)} | ${versions.map((one) => inertText(one.slice(id.length + 1))).join(', ') || 'none'} |`
  })
  return [
    `### Packages in a staged rollout, and a job that ended with ${outcome}`,
    '',
    '| package | installed |',
    '|---|---|',
    ...rows,
    '',
  ].join('\n')
}
