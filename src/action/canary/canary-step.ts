import { getInput, setOutput, warning } from '@actions/core'
import { showValue } from '../../versions/problem.ts'
import { durationInput, failFor, inputLines, neededInput, StepFailure } from '../action-input.ts'
import { mayIdentify, sayMissingPermission } from '../missing-permission.ts'
import { projectFolder } from '../project-folder.ts'
import { type CanaryPlan, runTry } from './arms/canary-try.ts'
import { parseCanaryRequests } from './canary-request.ts'
import { legOfJob } from './leg-of-job.ts'
import { pullFromRefs } from './pull-from-refs.ts'
import { askTries, pullTries } from './pull-tries.ts'
import { sendKept } from './send-kept.ts'
import { isInside } from './tests/read-tests.ts'

/**
 * `canary`: installs and tests both arms of one try and reports them. In a job without an identity the report is kept for
 * a second job, which gives it as `reports`. Without a request and without `run` it asks the server what there is to
 * test; with `run` it also tests that, or what the refs of the repository that releases say. The step is green when
 * every report was kept or delivered, whatever it says: the report counts, not the colour of the job.
 */
export async function canaryStep(): Promise<void> {
  const text = getInput('slipway')
  const given = text === '' ? null : parseCanaryRequests(text)
  if (given?.ok === false) throw failFor(given.problem)
  const reports = getInput('reports')
  if (reports !== '') return sendKept(given?.value ?? [], reports)
  const asksServer = given === null && getInput('server') !== ''
  // Asked for before anything runs: without it nothing could be asked.
  if (asksServer && !mayIdentify()) throw new StepFailure(sayMissingPermission('id-token'))
  if (asksServer && getInput('run') === '') return askTries()
  const plan = await planInput()
  if (given === null && getInput('repository') !== '' && getInput('server') === '') return pullFromRefs(plan)
  if (mayIdentify()) warning(besideIdentity)
  if (given === null) return pullTries(plan)
  for (const request of given.value) {
    setOutput('rollout', request.rollout)
    await runTry(request, plan)
  }
}

const besideIdentity =
  'The candidate runs in a job that may ask for the identity which signs its report, so it could sign its own verdict. Take id-token: write from this job, keep its report with actions/upload-artifact, and send it from a second job (docs/action.md, canary).'

const testFiles = 'paths of files below the project that run writes, one a line, such as junit.xml'

async function planInput(): Promise<CanaryPlan> {
  const run = neededInput('run', 'the command that tests this project, such as npm test')
  const timeoutMs = durationInput('timeout', '30m')
  const leg = legOfJob(getInput('leg'), getInput('legs'))
  const tests = inputLines('tests')
  const outside = tests.find((file) => !isInside(file))
  if (outside !== undefined) throw failFor({ field: 'tests', value: showValue(outside), expected: testFiles })
  const install = getInput('install') || null
  return { ...(await projectFolder()), install, run, tests, timeoutMs, leg }
}
