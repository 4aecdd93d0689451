import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allows, Unsupported } from './expressions.ts'
import { Job, type Needed } from './job.ts'
import type { Conclusion, JobRecord, RunOrder, RunRecord, StepRecord } from './order.ts'
import { runStep, type StepOutcome } from './steps.ts'
import { type JobPlan, parseWorkflow, type StepPlan, type Workflow } from './workflow.ts'

/** How a run reports while it is under way. */
export interface Watch {
  /** Told when a job's steps begin and again after each; for people who look while it runs. */
  readonly progress: (job: string, log: string) => void
  /** Told what the workflow needs and the runner has not. */
  readonly unsupported: (what: string) => void
  /** Aborted when the stand-in stops: the children die. */
  readonly signal: AbortSignal
}

async function attempt(job: Job, step: StepPlan, watch: Watch): Promise<StepOutcome> {
  try {
    return await runStep(job, step)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (error instanceof Unsupported) watch.unsupported(message)
    job.write(`##[error]${message}\n`)
    return { outcome: 'failure', outputs: {} }
  }
}

function mayRun(job: Job, step: StepPlan, watch: Watch): boolean {
  try {
    return job.mayRun(step)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (error instanceof Unsupported) watch.unsupported(message)
    job.write(`##[error]${message}\n`)
    job.failed = true
    return false
  }
}

async function runSteps(job: Job, watch: Watch): Promise<StepRecord[]> {
  const records: StepRecord[] = []
  for (const [index, step] of job.plan.steps.entries()) {
    const startedAt = new Date().toISOString()
    let conclusion: Conclusion = 'skipped'
    if (!job.timedOut && !watch.signal.aborted && mayRun(job, step, watch)) {
      job.write(`##[group]${step.name}\n`)
      watch.progress(job.plan.name, job.log)
      const { outcome, outputs } = await attempt(job, step, watch)
      conclusion = job.record(step, outcome, outputs)
    } else job.record(step, 'skipped', {})
    const completedAt = new Date().toISOString()
    records.push({ name: step.name, number: index + 1, conclusion, startedAt, completedAt })
    watch.progress(job.plan.name, job.log)
  }
  for (const post of [...job.posts].reverse()) if (!(await post())) job.failed = true
  watch.progress(job.plan.name, job.log)
  return records
}

async function runJob(options: {
  order: RunOrder
  workflow: Workflow
  plan: JobPlan
  needs: Readonly<Record<string, Needed>>
  watch: Watch
}): Promise<{ record: JobRecord; outputs: Record<string, string> }> {
  const { order, plan, watch } = options
  const startedAt = new Date().toISOString()
  const directory = await mkdtemp(join(tmpdir(), 'stand-in-run-'))
  const request = plan.mayIdentify ? order.grantToken({ environment: plan.environment }) : null
  const job = new Job({ ...options, directory, token: await order.workflowToken() })
  const stop = () => job.groups.killAll()
  watch.signal.addEventListener('abort', stop)
  try {
    await job.prepare()
    await writeFile(join(job.temporary, 'event.json'), JSON.stringify(order.event.payload))
    if (request !== null) {
      job.mask(request.token)
      job.identity = request
    }
    const steps = await runSteps(job, watch)
    return { record: job.finished(startedAt, steps), outputs: job.outputs() }
  } finally {
    watch.signal.removeEventListener('abort', stop)
    job.groups.killAll()
    if (request !== null) order.revokeToken(request)
    await rm(directory, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 })
  }
}

function skipped(plan: JobPlan): JobRecord {
  const now = new Date().toISOString()
  return { name: plan.name, conclusion: 'skipped', startedAt: now, completedAt: now, steps: [], log: '' }
}

function conclude(jobs: readonly JobRecord[]): Conclusion {
  for (const bad of ['failure', 'timed_out'] as const)
    if (jobs.some((job) => job.conclusion === bad)) return bad
  return jobs.every((job) => job.conclusion === 'skipped') ? 'skipped' : 'success'
}

/** Whether all legs of a job come before. */
function isThrough(id: string, jobs: readonly JobPlan[], done: readonly JobPlan[]): boolean {
  const legs = jobs.filter((job) => job.id === id)
  return legs.length > 0 && legs.every((leg) => done.includes(leg))
}

/** Jobs in an order in which each comes after those it needs. */
function ordered(jobs: readonly JobPlan[]): JobPlan[] {
  const done: JobPlan[] = []
  while (done.length < jobs.length) {
    const next = jobs.find((job) => !done.includes(job) && job.needs.every((id) => isThrough(id, jobs, done)))
    if (next === undefined) throw new Unsupported('needs that name no job or go in a circle')
    done.push(next)
  }
  return done
}

function maySucceed(plan: JobPlan, needs: Readonly<Record<string, Needed>>, order: RunOrder): boolean {
  const failure = Object.values(needs).some((needed) => needed.result !== 'success')
  const contexts = {
    needs,
    inputs: order.inputs,
    vars: order.variables,
    github: { event_name: order.event.name },
  }
  return allows(plan.condition, { contexts, status: { success: !failure, failure } })
}

/** Runs a workflow's jobs one after the other. Its conclusion is that of their processes. */
export async function execute(order: RunOrder, watch: Watch): Promise<RunRecord> {
  const records: JobRecord[] = []
  const results: Record<string, Needed> = {}
  const workflow = parseWorkflow(order.workflow.text, order.workflow.path)
  for (const plan of ordered(workflow.jobs)) {
    const needs = Object.fromEntries(
      plan.needs.map((id) => [id, results[id] ?? { result: 'skipped' as const, outputs: {} }]),
    )
    const failed = plan.strategy['fail-fast'] && results[plan.id]?.result === 'failure'
    const may = !failed && !watch.signal.aborted && maySucceed(plan, needs, order)
    const { record, outputs } = may
      ? await runJob({ order, workflow, plan, needs, watch })
      : { record: { ...skipped(plan), ...(failed ? { conclusion: 'cancelled' as const } : {}) }, outputs: {} }
    records.push(record)
    // The worst leg of a matrix is what the jobs after it see.
    const before = results[plan.id]
    const worse = before !== undefined && before.result !== 'success'
    results[plan.id] = {
      result: worse ? before.result : record.conclusion,
      outputs: { ...before?.outputs, ...outputs },
    }
  }
  return { conclusion: watch.signal.aborted ? 'cancelled' : conclude(records), jobs: records }
}
