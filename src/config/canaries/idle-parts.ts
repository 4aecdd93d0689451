import type { Fault } from '../reading/fault.ts'
import { isMapping, valueFault } from '../reading/fault.ts'
import type { CanaryOffer } from './canary-offers.ts'
import { canaryJobs, canaryPart } from './workflow-jobs.ts'
import { isSlipway } from './workflow-uses.ts'

type Workflow = Readonly<Record<string, unknown>>

/** Why a canary's workflow would never test anything: nothing starts it, it is told nothing, or it cannot report. */
export function idleParts(
  workflow: Workflow,
  usesAction: boolean,
  offered: CanaryOffer['mode'] | null,
): Fault[] {
  return [
    ...starts(workflow.on, offered === 'dispatch'),
    ...misspelt(workflow, usesAction),
    ...(offered === 'pull' && !usesAction && ownSteps(workflow).length === 0 ? [tested(workflow)] : []),
    ...reporting(workflow),
  ]
}

/** Slipway starts no pull canary, so its own steps are all that makes it one. */
function tested({ jobs }: Workflow): Fault {
  return valueFault(['jobs'], isMapping(jobs) ? Object.keys(jobs) : jobs, 'a step with command: canary')
}

function starts(on: unknown, mustDispatch: boolean): Fault[] {
  const names = typeof on === 'string' ? [on] : Array.isArray(on) ? on : isMapping(on) ? Object.keys(on) : []
  if (!mustDispatch && (names.includes('schedule') || names.includes('pull_request_target'))) return []
  if (!names.includes('workflow_dispatch')) {
    const expected =
      'workflow_dispatch with the input slipway, by which Slipway starts it, or a schedule of its own'
    return [valueFault(['on'], on, expected)]
  }
  const dispatch = isMapping(on) ? on.workflow_dispatch : undefined
  if (isMapping(dispatch) && isMapping(dispatch.inputs) && Object.hasOwn(dispatch.inputs, 'slipway'))
    return []
  return [
    valueFault(['on'], 'workflow_dispatch', 'its input slipway (inputs: { slipway: { type: string } })'),
  ]
}

/** Slipway's own steps, where they stand. */
function ownSteps(workflow: Workflow) {
  return canaryJobs(workflow).flatMap(({ path, steps }) =>
    steps.flatMap((step, index) =>
      isMapping(step) && typeof step.uses === 'string' && isSlipway(step.uses.trim())
        ? [{ step, given: isMapping(step.with) ? step.with : {}, path: [...path, 'steps', index] }]
        : [],
    ),
  )
}

function misspelt(workflow: Workflow, usesAction: boolean): Fault[] {
  if (usesAction) return []
  return ownSteps(workflow).map(({ given, path }) =>
    valueFault(path, given.command, 'with: { command: canary, run: ... }'),
  )
}

/** What tests keeps its report, and where a server asked, a second job signs and sends it. */
function reporting(workflow: Workflow): Fault[] {
  const own = ownSteps(workflow).filter(({ step }) => canaryPart(step) !== null)
  const tests = own.filter(({ step }) => canaryPart(step) === 'test')
  const [first] = tests
  if (first === undefined) return []
  const { path, given } = first
  if (given.run === undefined)
    return [valueFault(path, undefined, 'with: { run: ... }, the command that tests this project')]
  const asks = own.some(({ step }) => canaryPart(step) === 'ask')
  if (given.server !== undefined) return [valueFault([...path, 'with', 'server'], given.server, inThree)]
  if (!keeps(workflow))
    return [valueFault(path, undefined, 'actions/upload-artifact after it, with path: the output report')]
  const sends = canaryJobs(workflow).filter(({ steps }) => steps.some((one) => canaryPart(one) === 'report'))
  if (asks && sends.length === 0) return [valueFault(['jobs'], undefined, second)]
  const unsigned = sends.filter(({ fields }) => !maySign(fields.permissions ?? workflow.permissions))
  return unsigned.map((job) => valueFault([...job.path, 'permissions'], job.fields.permissions, signed))
}

const inThree =
  'no server where the candidate runs: a job before it that asks with server, for and no run, whose output tries comes here as slipway, and one after it that sends reports (docs/action.md, canary)'
const second = 'a second job with needs, actions/download-artifact and command: canary with reports'
const signed = 'id-token: write, without which the report cannot be signed'

function keeps(workflow: Workflow): boolean {
  return canaryJobs(workflow).some(({ steps }) =>
    steps.some(
      (step) =>
        isMapping(step) &&
        typeof step.uses === 'string' &&
        step.uses.trim().startsWith('actions/upload-artifact@'),
    ),
  )
}

function maySign(permissions: unknown): boolean {
  return permissions === 'write-all' || (isMapping(permissions) && permissions['id-token'] === 'write')
}
