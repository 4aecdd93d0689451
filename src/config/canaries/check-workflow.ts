import { z } from 'zod'
import type { ConfigProblem } from '../reading/explain-problems.ts'
import type { Fault, SettingPath } from '../reading/fault.ts'
import { isMapping, valueFault } from '../reading/fault.ts'
import { readYaml } from '../reading/read-yaml.ts'
import { idleParts } from './idle-parts.ts'
import { usesSlipwayCanary } from './workflow-uses.ts'

export type WorkflowCheck =
  | { readonly ok: true; readonly canary: boolean; readonly warnings: readonly ConfigProblem[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

const anyMapping = z.record(z.string(), z.unknown(), { error: 'a workflow' })

/**
 * Reads a workflow file and warns where a canary's is looser than it needs to be: it runs code that nobody has
 * released yet (docs/security.md). Workflows that test no releases are left alone.
 */
export function checkCanaryWorkflow(text: string): WorkflowCheck {
  const usesAction = usesSlipwayCanary(text)
  let canary = false
  const read = readYaml(text, {
    schema: anyMapping,
    expected: 'a workflow',
    faults: () => [],
    warnings: (workflow) => {
      canary = usesAction || takesSlipway(workflow)
      return canary ? [...idleParts(workflow, usesAction), ...looseParts(workflow)] : []
    },
  })
  return read.ok ? { ok: true, canary, warnings: read.warnings } : read
}

/** Whether a workflow has the input that Slipway starts it with. */
function takesSlipway({ on }: Readonly<Record<string, unknown>>): boolean {
  const dispatch = isMapping(on) ? on.workflow_dispatch : undefined
  return isMapping(dispatch) && isMapping(dispatch.inputs) && Object.hasOwn(dispatch.inputs, 'slipway')
}

function looseParts(workflow: Readonly<Record<string, unknown>>): Fault[] {
  const jobs = isMapping(workflow.jobs) ? Object.entries(workflow.jobs) : []
  return [
    ...triggers(workflow.on),
    ...missingPermissions(workflow, jobs),
    ...loosePermissions(workflow.permissions, ['permissions']),
    ...concurrency(workflow),
    ...jobs.flatMap(([name, job]) => (isMapping(job) ? looseJob(job, ['jobs', name]) : [])),
    ...secretsIn(workflow, []),
  ]
}

function triggers(on: unknown): Fault[] {
  const names = typeof on === 'string' ? [on] : Array.isArray(on) ? on : isMapping(on) ? Object.keys(on) : []
  if (!names.includes('pull_request_target')) return []
  return [
    valueFault(['on'], 'pull_request_target', 'no event that gives pull requests of strangers its rights'),
  ]
}

const enough = 'contents: read, and id-token: write for the report'

function missingPermissions(
  { permissions }: Readonly<Record<string, unknown>>,
  jobs: readonly (readonly [string, unknown])[],
): Fault[] {
  if (permissions !== undefined) return []
  const own = jobs.length > 0 && jobs.every(([, job]) => isMapping(job) && job.permissions !== undefined)
  return own ? [] : [valueFault(['permissions'], undefined, enough)]
}

function loosePermissions(permissions: unknown, path: SettingPath): Fault[] {
  if (permissions === undefined) return []
  if (typeof permissions === 'string') return [valueFault(path, permissions, enough)]
  if (!isMapping(permissions)) return []
  return Object.entries(permissions).flatMap(([name, level]) =>
    level === 'write' && name !== 'id-token' ? [valueFault([...path, name], level, enough)] : [],
  )
}

function concurrency({ concurrency: given }: Readonly<Record<string, unknown>>): Fault[] {
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

function looseJob(job: Readonly<Record<string, unknown>>, path: SettingPath): Fault[] {
  const labels = [job['runs-on']].flat()
  const stays = labels.includes('self-hosted')
  const steps = Array.isArray(job.steps) ? job.steps : []
  return [
    ...loosePermissions(job.permissions, [...path, 'permissions']),
    ...(job.secrets === 'inherit' ? [valueFault([...path, 'secrets'], 'inherit', 'no secrets')] : []),
    ...(stays
      ? [valueFault([...path, 'runs-on'], job['runs-on'], 'a runner that is thrown away after the job')]
      : []),
    ...steps.flatMap((step, index) => (isMapping(step) ? checkout(step, [...path, 'steps', index]) : [])),
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
