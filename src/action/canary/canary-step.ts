import { getInput, setOutput } from '@actions/core'
import { durationInput, failFor, neededInput, StepFailure } from '../action-input.ts'
import { mayIdentify, sayMissingPermission } from '../missing-permission.ts'
import { projectFolder } from '../project-folder.ts'
import { type CanaryPlan, runTry } from './arms/canary-try.ts'
import { parseCanaryRequest } from './canary-request.ts'
import { legOfJob } from './leg-of-job.ts'
import { pullFromRefs } from './pull-from-refs.ts'
import { pullTries } from './pull-tries.ts'

/**
 * `canary`: installs and tests both arms of one try and reports them; without a request of its own it asks the
 * server, or the refs of the repository that releases, for those of this repository. The step is green when every report was delivered, whatever it says: the
 * report counts, not the colour of the job.
 */
export async function canaryStep(): Promise<void> {
  const text = getInput('slipway')
  const request = text === '' ? null : parseCanaryRequest(text)
  if (request?.ok === false) throw failFor(request.problem)
  const plan = await planInput()
  if (request === null && getInput('repository') !== '' && getInput('server') === '')
    return pullFromRefs(plan)
  // Asked for before anything runs: without it nothing could be reported.
  const asksServer = request === null ? getInput('server') !== '' : request.value.server !== null
  if (asksServer && !mayIdentify()) throw new StepFailure(sayMissingPermission('id-token'))
  if (request === null) return pullTries(plan)
  setOutput('rollout', request.value.rollout)
  await runTry(request.value, plan)
}

async function planInput(): Promise<CanaryPlan> {
  const run = neededInput('run', 'the command that tests this project, such as npm test')
  const timeoutMs = durationInput('timeout', '30m')
  const leg = legOfJob(getInput('leg'), getInput('legs'))
  return { ...(await projectFolder()), install: getInput('install') || null, run, timeoutMs, leg }
}
