import { parse } from 'yaml'
import { interpolate, type Scope, Unsupported } from './expressions.ts'
import { legsOf, type MatrixPlace } from './matrix.ts'

type Fields = Record<string, unknown>

export interface StepPlan {
  readonly id: string | null
  readonly name: string
  readonly condition: string | undefined
  readonly uses: string | null
  readonly script: string | null
  readonly shell: string | null
  readonly with: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  readonly workingDirectory: string | null
  readonly continueOnError: boolean
  readonly timeoutMs: number | null
}

export interface JobPlan {
  readonly id: string
  readonly name: string
  readonly needs: readonly string[]
  readonly condition: string | undefined
  readonly env: Readonly<Record<string, string>>
  readonly workingDirectory: string | null
  readonly shell: string | null
  readonly environment: string | null
  /** Whether the job may ask for an OIDC token: `permissions: id-token: write`. */
  readonly mayIdentify: boolean
  readonly outputs: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly steps: readonly StepPlan[]
  /** What expressions read as `matrix` and `strategy`. */
  readonly matrix: Fields
  readonly strategy: MatrixPlace
}

interface InputPlan {
  readonly required: boolean
  readonly type: string
  readonly fallback: string | null
  readonly options: readonly string[]
}

export interface Workflow {
  readonly name: string | null
  /** What `workflow_run.display_title` shows: `run-name`, else the workflow's name. */
  title(inputs: Readonly<Record<string, string>>): string
  /** Null when the file has no `workflow_dispatch`. */
  readonly inputs: ReadonlyMap<string, InputPlan> | null
  readonly env: Readonly<Record<string, string>>
  /** Null when any number of its runs may be under way. */
  readonly concurrency: { group(scope: Scope): string; readonly cancelInProgress: boolean } | null
  /** One for each leg of a job with a matrix. */
  readonly jobs: readonly JobPlan[]
}

const workflowKeys = ['name', 'run-name', 'on', 'permissions', 'env', 'defaults', 'concurrency', 'jobs']
const jobKeys = [
  'name',
  'needs',
  'runs-on',
  'if',
  'permissions',
  'environment',
  'concurrency',
  'env',
  'defaults',
  'timeout-minutes',
  'outputs',
  'strategy',
  'steps',
]
const stepKeys = [
  'id',
  'name',
  'if',
  'uses',
  'run',
  'shell',
  'with',
  'env',
  'working-directory',
  'continue-on-error',
  'timeout-minutes',
]

function fields(value: unknown, what: string): Fields {
  if (value === null || value === undefined) return {}
  if (typeof value !== 'object' || Array.isArray(value))
    throw new Unsupported(`${what} that is not a mapping`)
  return value as Fields
}

function onlyKnown(node: Fields, known: readonly string[], where: string): void {
  for (const key of Object.keys(node)) if (!known.includes(key)) throw new Unsupported(`${where}.${key}`)
}

function texts(value: unknown, what: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields(value, what)).map(([key, entry]) => [key, String(entry ?? '')]),
  )
}

function list(value: unknown): string[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value.map(String) : [String(value)]
}

function identifies(permissions: unknown): boolean {
  if (permissions === 'write-all') return true
  return typeof permissions === 'object' && (permissions as Fields | null)?.['id-token'] === 'write'
}

function minutes(value: unknown): number | null {
  return typeof value === 'number' ? value * 60_000 : null
}

function toStep(value: unknown, where: string, index: number): StepPlan {
  const step = fields(value, where)
  onlyKnown(step, stepKeys, where)
  const uses = typeof step.uses === 'string' ? step.uses : null
  const script = typeof step.run === 'string' ? step.run : null
  if ((uses === null) === (script === null))
    throw new Unsupported(`${where} without exactly one of run and uses`)
  const first = script?.trim().split('\n')[0]
  return {
    id: typeof step.id === 'string' ? step.id : null,
    name: typeof step.name === 'string' ? step.name : `Run ${uses ?? first ?? `step ${index + 1}`}`,
    condition: step.if === undefined ? undefined : String(step.if),
    uses,
    script,
    shell: typeof step.shell === 'string' ? step.shell : null,
    with: texts(step.with, `${where}.with`),
    env: texts(step.env, `${where}.env`),
    workingDirectory: typeof step['working-directory'] === 'string' ? step['working-directory'] : null,
    continueOnError: step['continue-on-error'] === true,
    timeoutMs: minutes(step['timeout-minutes']),
  }
}

/** The plans of a job: one, or one for each leg of its matrix. */
function toJobs(id: string, value: unknown, workflow: Fields): JobPlan[] {
  const where = `jobs.${id}`
  const job = fields(value, where)
  onlyKnown(job, jobKeys, where)
  if (job.concurrency !== undefined) throw new Unsupported(`${where}.concurrency`)
  const plan = toJob(id, job, workflow)
  return legsOf(fields(job.strategy, `${where}.strategy`), where).map((leg) => ({
    ...plan,
    ...leg,
    name: legName(id, job.name, leg),
  }))
}

function legName(
  id: string,
  given: unknown,
  { matrix, strategy }: Pick<JobPlan, 'matrix' | 'strategy'>,
): string {
  const scope = { contexts: { matrix, strategy }, status: { success: true, failure: false } }
  if (typeof given === 'string') return interpolate(given, scope)
  const values = Object.values(matrix).map(String)
  return values.length === 0 ? id : `${id} (${values.join(', ')})`
}

function toJob(id: string, job: Fields, workflow: Fields): Omit<JobPlan, 'matrix' | 'strategy'> {
  const where = `jobs.${id}`
  const runDefaults = {
    ...fields(fields(workflow.defaults, 'defaults').run, 'defaults.run'),
    ...fields(fields(job.defaults, `${where}.defaults`).run, `${where}.defaults.run`),
  }
  const environment =
    typeof job.environment === 'object' ? (job.environment as Fields | null)?.name : job.environment
  const steps = Array.isArray(job.steps) ? job.steps : []
  return {
    id,
    name: typeof job.name === 'string' ? job.name : id,
    needs: list(job.needs),
    condition: job.if === undefined ? undefined : String(job.if),
    env: texts(job.env, `${where}.env`),
    workingDirectory: (runDefaults['working-directory'] as string | undefined) ?? null,
    shell: (runDefaults.shell as string | undefined) ?? null,
    environment: typeof environment === 'string' ? environment : null,
    mayIdentify: identifies(job.permissions ?? workflow.permissions),
    outputs: texts(job.outputs, `${where}.outputs`),
    timeoutMs: minutes(job['timeout-minutes']) ?? 360 * 60_000,
    steps: steps.map((step, index) => toStep(step, `${where}.steps[${index}]`, index)),
  }
}

function dispatchInputs(on: unknown): Map<string, InputPlan> | null {
  if (on === 'workflow_dispatch') return new Map()
  if (Array.isArray(on)) return on.includes('workflow_dispatch') ? new Map() : null
  if (typeof on !== 'object' || on === null || !('workflow_dispatch' in on)) return null
  const inputs = fields(fields(on.workflow_dispatch, 'on.workflow_dispatch').inputs, 'inputs')
  return new Map(
    Object.entries(inputs).map(([name, value]) => {
      const input = fields(value, `inputs.${name}`)
      return [
        name,
        {
          required: input.required === true,
          type: typeof input.type === 'string' ? input.type : 'string',
          fallback: input.default === undefined ? null : String(input.default),
          options: list(input.options),
        },
      ]
    }),
  )
}

function concurrencyOf(value: unknown): Workflow['concurrency'] {
  if (value === undefined) return null
  const { group, 'cancel-in-progress': cancel = false } =
    typeof value === 'string' ? { group: value } : fields(value, 'concurrency')
  if (typeof group !== 'string' || typeof cancel !== 'boolean')
    throw new Unsupported('concurrency of this form')
  return { group: (scope) => interpolate(group, scope), cancelInProgress: cancel }
}

/**
 * Reads a workflow file. Keys that the runner does not honour (containers, services, reusable
 * workflows) are refused by name.
 */
export function parseWorkflow(text: string, path: string): Workflow {
  const root = fields(parse(text), path)
  onlyKnown(root, workflowKeys, path)
  const name = typeof root.name === 'string' ? root.name : null
  const runName = typeof root['run-name'] === 'string' ? root['run-name'] : null
  const jobs = Object.entries(fields(root.jobs, 'jobs')).flatMap(([id, job]) => toJobs(id, job, root))
  if (jobs.length === 0) throw new Unsupported(`${path} without jobs`)
  return {
    name,
    title(inputs) {
      const scope = { contexts: { inputs, github: {} }, status: { success: true, failure: false } }
      return runName === null ? (name ?? path) : interpolate(runName, scope)
    },
    inputs: dispatchInputs(root.on),
    concurrency: concurrencyOf(root.concurrency),
    env: texts(root.env, 'env'),
    jobs,
  }
}

/** Why a dispatch with these inputs is refused, in GitHub's words, or null. */
export function workflowInputs(workflow: Workflow, given: Readonly<Record<string, string>>): string | null {
  if (workflow.inputs === null) return "Workflow does not have 'workflow_dispatch' trigger"
  const unexpected = Object.keys(given).filter((name) => workflow.inputs?.has(name) !== true)
  if (unexpected.length > 0) return `Unexpected inputs provided: ${JSON.stringify(unexpected)}`
  for (const [name, input] of workflow.inputs) {
    const value = given[name] ?? input.fallback
    if (input.required && (value === null || value === '')) return `Required input '${name}' not provided`
    if (input.type === 'choice' && value !== null && !input.options.includes(value)) {
      return `Provided value '${value}' for input '${name}' not in the list of allowed values`
    }
  }
  return null
}

/** The `inputs` context: given values and defaults, of the declared types. */
export function inputsContext(workflow: Workflow, given: Readonly<Record<string, string>>): Fields {
  const declared = [...(workflow.inputs ?? new Map<string, InputPlan>())]
  return Object.fromEntries(
    declared.map(([name, input]) => {
      const value = given[name] ?? input.fallback ?? ''
      if (input.type === 'boolean') return [name, value === 'true']
      return [name, input.type === 'number' ? Number(value) : value]
    }),
  )
}
