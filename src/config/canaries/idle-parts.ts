import type { Fault } from '../reading/fault.ts'
import { isMapping, valueFault } from '../reading/fault.ts'
import { isSlipway } from './workflow-uses.ts'

type Workflow = Readonly<Record<string, unknown>>

/** Why a canary's workflow would never test anything: nothing starts it, it is told nothing, or it cannot report. */
export function idleParts(workflow: Workflow, usesAction: boolean): Fault[] {
  return [...starts(workflow.on), ...commands(workflow, usesAction), ...signature(workflow, usesAction)]
}

function starts(on: unknown): Fault[] {
  const names = typeof on === 'string' ? [on] : Array.isArray(on) ? on : isMapping(on) ? Object.keys(on) : []
  if (names.includes('schedule') || names.includes('pull_request_target')) return []
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

function stepsOf({ jobs }: Workflow) {
  return Object.entries(isMapping(jobs) ? jobs : {}).flatMap(([name, job]) => {
    const steps = isMapping(job) && Array.isArray(job.steps) ? job.steps : []
    return steps.flatMap((step, index) =>
      isMapping(step) && typeof step.uses === 'string'
        ? [{ uses: step.uses, given: step.with, name, index }]
        : [],
    )
  })
}

function commands(workflow: Workflow, usesAction: boolean): Fault[] {
  if (usesAction) return []
  return stepsOf(workflow).flatMap(({ uses, given, name, index }) => {
    const command = isMapping(given) ? given.command : undefined
    if (!isSlipway(uses.trim())) return []
    return [valueFault(['jobs', name, 'steps', index], command, 'with: { command: canary, run: ... }')]
  })
}

/** The report is signed by the run's own token, or kept as an artifact where there is no server. */
function signature(workflow: Workflow, usesAction: boolean): Fault[] {
  const { permissions, jobs } = workflow
  const keeps = stepsOf(workflow).some(({ uses }) => uses.trim().startsWith('actions/upload-artifact@'))
  const all = [
    permissions,
    ...(isMapping(jobs) ? Object.values(jobs) : []).map((job) => isMapping(job) && job.permissions),
  ]
  const given = all.filter((one) => one !== undefined && one !== false)
  const signs = given.some((one) => one === 'write-all' || (isMapping(one) && one['id-token'] === 'write'))
  if (!usesAction || keeps || signs || !isMapping(permissions)) return []
  return [
    valueFault(['permissions'], permissions, 'id-token: write, without which the report cannot be signed'),
  ]
}
