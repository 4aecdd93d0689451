import { z } from 'zod'
import type { ConfigProblem } from '../reading/explain-problems.ts'
import type { Fault, SettingPath } from '../reading/fault.ts'
import { isMapping, valueFault } from '../reading/fault.ts'
import { readYaml } from '../reading/read-yaml.ts'
import type { CanaryOffer } from './canary-offers.ts'
import { idleParts } from './idle-parts.ts'
import { type CanaryJob, canaryJobs } from './workflow-jobs.ts'
import { usesSlipwayCanary } from './workflow-uses.ts'

export type WorkflowCheck =
  | { readonly ok: true; readonly canary: boolean; readonly warnings: readonly ConfigProblem[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

type Workflow = Readonly<Record<string, unknown>>

const anyMapping = z.record(z.string(), z.unknown(), { error: 'a workflow' })

/**
 * Reads a workflow file. Of a canary's it is a problem where it cannot work (nothing starts it, it is told nothing, it
 * cannot report) and where code that nobody has released yet would get more than it needs (docs/security.md); what is
 * merely unwise is a warning. Workflows that test no releases are left alone, unless the repository's file offers them:
 * `offered` says how.
 */
export function checkCanaryWorkflow(text: string, offered: CanaryOffer['mode'] | null = null): WorkflowCheck {
  const usesAction = usesSlipwayCanary(text)
  const isOffered = offered === 'dispatch' || offered === 'pull'
  let canary = false
  const read = readYaml(text, {
    schema: anyMapping,
    expected: 'a workflow',
    faults: (workflow) => {
      if (!isMapping(workflow)) return []
      canary = isOffered || usesAction || takesSlipway(workflow)
      return canary
        ? [
            ...idleParts(workflow, usesAction, offered),
            ...missingPermissions(workflow, canaryJobs(workflow)),
            ...looseParts(workflow),
          ]
        : []
    },
    warnings: (workflow) => (canary ? unwiseParts(workflow) : []),
  })
  return read.ok ? { ok: true, canary, warnings: read.warnings } : read
}

/**
 * What a canary's workflow gives a candidate that could make up its own verdict with it or take it away: the identity
 * that signs reports, secrets, environments, writing permissions, a machine that stays. Each with its place and what is
 * enough; a text that cannot be read as a workflow is told likewise, since nobody knows what it gives.
 */
export function givenAway(text: string): readonly ConfigProblem[] {
  const read = readYaml(text, {
    schema: anyMapping,
    expected: 'a workflow',
    faults: (workflow) => (isMapping(workflow) ? looseParts(workflow) : []),
    warnings: () => [],
  })
  return read.ok ? [] : read.problems
}

/** Whether a workflow has the input that Slipway starts it with. */
function takesSlipway({ on }: Workflow): boolean {
  const dispatch = isMapping(on) ? on.workflow_dispatch : undefined
  return isMapping(dispatch) && isMapping(dispatch.inputs) && Object.hasOwn(dispatch.inputs, 'slipway')
}

function looseParts(workflow: Workflow): Fault[] {
  const jobs = canaryJobs(workflow)
  return [
    ...triggers(workflow.on),
    ...loosePermissions(workflow.permissions, ['permissions'], false),
    ...jobs.flatMap((job) => looseJob(job, workflow.permissions)),
    ...secretsIn(workflow, []),
  ]
}

function unwiseParts(workflow: Workflow): Fault[] {
  const steps = canaryJobs(workflow).flatMap(({ path, steps: all }) =>
    all.flatMap((step, index) => (isMapping(step) ? checkout(step, [...path, 'steps', index]) : [])),
  )
  return [...concurrency(workflow), ...steps]
}

function triggers(on: unknown): Fault[] {
  const names = typeof on === 'string' ? [on] : Array.isArray(on) ? on : isMapping(on) ? Object.keys(on) : []
  if (!names.includes('pull_request_target')) return []
  return [
    valueFault(['on'], 'pull_request_target', 'no event that gives pull requests of strangers its rights'),
  ]
}

const enough = 'contents: read'

function missingPermissions({ permissions }: Workflow, jobs: readonly CanaryJob[]): Fault[] {
  if (permissions !== undefined) return []
  const own = jobs.length > 0 && jobs.every(({ fields }) => fields.permissions !== undefined)
  return own ? [] : [valueFault(['permissions'], undefined, enough)]
}

/** More than reading; `signs`: a job of its own may ask for the identity. */
function loosePermissions(permissions: unknown, path: SettingPath, signs: boolean): Fault[] {
  if (permissions === undefined) return []
  if (typeof permissions === 'string') return [valueFault(path, permissions, enough)]
  if (!isMapping(permissions)) return []
  return Object.entries(permissions).flatMap(([name, level]) => {
    if (level !== 'write') return []
    if (name !== 'id-token') return [valueFault([...path, name], level, enough)]
    return signs ? [] : [valueFault([...path, name], level, apart)]
  })
}

const apart =
  'none where the candidate runs, which could sign its own verdict with it: id-token: write in a second job alone, with needs, actions/download-artifact and the input reports'

function looseJob({ fields, path, runsCandidate }: CanaryJob, ofAll: unknown): Fault[] {
  const labels = [fields['runs-on']].flat()
  // A job without permissions of its own has those of the workflow, which are told there.
  const own = fields.permissions === undefined && ofAll !== undefined ? undefined : fields.permissions
  return [
    ...loosePermissions(own, [...path, 'permissions'], !runsCandidate),
    ...(fields.secrets === 'inherit' ? [valueFault([...path, 'secrets'], 'inherit', 'no secrets')] : []),
    ...(fields.environment === undefined
      ? []
      : [
          valueFault(
            [...path, 'environment'],
            fields.environment,
            'no environment: it has secrets of its own',
          ),
        ]),
    ...(labels.includes('self-hosted')
      ? [valueFault([...path, 'runs-on'], fields['runs-on'], 'a runner that is thrown away after the job')]
      : []),
  ]
}

function concurrency({ concurrency: given }: Workflow): Fault[] {
  if (given === undefined) {
    const expected = `a group of its own, such as canary-$\{{ fromJSON(inputs.slipway).nonce }}`
    return [valueFault(['concurrency'], given, expected)]
  }
  const cancels = isMapping(given) && given['cancel-in-progress'] === true
  if (!cancels) return []
  return [
    valueFault(
      ['concurrency', 'cancel-in-progress'],
      true,
      'false: a try that is cut off counts as undecided',
    ),
  ]
}

/** A checkout leaves its token in the repository's settings, where the tested code can read it. */
function checkout({ uses, with: given }: Readonly<Record<string, unknown>>, path: SettingPath): Fault[] {
  if (typeof uses !== 'string' || !/^actions\/checkout@/.test(uses.trim())) return []
  const kept = isMapping(given) ? given['persist-credentials'] : undefined
  if (kept === false || kept === 'false') return []
  if (isMapping(given) && kept !== undefined) {
    return [valueFault([...path, 'with', 'persist-credentials'], kept, 'false')]
  }
  return [valueFault([...path, isMapping(given) ? 'with' : 'uses'], kept, 'persist-credentials: false')]
}

const secretUse = /\$\{\{[^}]{0,500}\bsecrets\b(?!\s*\.\s*GITHUB_TOKEN\b)/

function secretsIn(value: unknown, path: SettingPath): Fault[] {
  if (typeof value === 'string') return secretUse.test(value) ? [valueFault(path, value, 'no secrets')] : []
  if (Array.isArray(value)) return value.flatMap((entry, index) => secretsIn(entry, [...path, index]))
  if (!isMapping(value)) return []
  return Object.entries(value).flatMap(([key, entry]) => secretsIn(entry, [...path, key]))
}
