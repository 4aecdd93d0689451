import { access, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { downloadArtifact } from './download-artifact.ts'
import { makeFiles, readFiles, type Written } from './environment-files.ts'
import { interpolate, Unsupported } from './expressions.ts'
import type { Job } from './job.ts'
import type { Conclusion } from './order.ts'
import { runProgram } from './process.ts'
import { uploadArtifact } from './upload-artifact.ts'
import type { StepPlan } from './workflow.ts'

/** How a step ended and what it put out. */
export interface StepOutcome {
  readonly outcome: Conclusion
  readonly outputs: Readonly<Record<string, string>>
}

interface ActionFile {
  readonly inputs?: Readonly<Record<string, { default?: unknown; required?: boolean } | null>>
  readonly outputs?: Readonly<Record<string, unknown>>
  readonly runs: {
    readonly using: string
    readonly main: string
    readonly pre?: string
    readonly post?: string
  }
}

const shells: Readonly<Record<string, readonly string[]>> = {
  default: ['bash', '-e'],
  bash: ['bash', '--noprofile', '--norc', '-eo', 'pipefail'],
  sh: ['sh', '-e'],
  python: ['python3'],
}

const tools: Readonly<Record<string, string>> = {
  'actions/setup-node': 'node',
  'actions/setup-python': 'python3',
}

/** Number of the child process within its job, so that each has files of its own. */
let lastProcess = 0

async function launch(
  job: Job,
  what: {
    args: readonly string[]
    cwd: string
    env: Readonly<Record<string, string>>
    timeoutMs: number | null
  },
): Promise<{ ended: Conclusion; written: Written }> {
  const directory = join(job.temporary, `step-${++lastProcess}`)
  const files = await makeFiles(directory)
  const left = job.deadline - Date.now()
  const [program = '', ...args] = what.args
  const ended = await runProgram(
    {
      program,
      args,
      cwd: what.cwd,
      env: { ...job.processEnv(what.env), ...files },
      timeoutMs: Math.min(what.timeoutMs ?? left, left),
      output: (text) => job.write(text),
    },
    job.groups,
  )
  const written = await readFiles(directory)
  Object.assign(job.env, written.env)
  job.paths.unshift(...written.paths)
  if (written.summary !== '') job.write(`--- step summary\n${written.summary}\n---\n`)
  if (ended.timedOut) job.write('##[error]The time for this step or job is over.\n')
  else if (ended.code !== 0) job.write(`##[error]Process completed with exit code ${ended.code}.\n`)
  const failure = ended.timedOut ? 'timed_out' : 'failure'
  return { ended: ended.code === 0 && !ended.timedOut ? 'success' : failure, written }
}

async function runScript(job: Job, step: StepPlan, env: Record<string, string>): Promise<StepOutcome> {
  const scope = job.scope(env)
  const script = interpolate(step.script ?? '', scope)
  const shell = step.shell ?? job.plan.shell
  const command = shells[shell ?? 'default']
  if (command === undefined) throw new Unsupported(`shell ${shell}`)
  const file = join(job.temporary, `script-${lastProcess + 1}`)
  await writeFile(file, `${script}\n`)
  const folder = step.workingDirectory ?? job.plan.workingDirectory ?? '.'
  job.write(`${script}\n`)
  const { ended, written } = await launch(job, {
    args: [...command, file],
    cwd: resolve(job.workspace, interpolate(folder, scope)),
    env,
    timeoutMs: step.timeoutMs,
  })
  return { outcome: ended, outputs: written.outputs }
}

function actionInputs(
  job: Job,
  file: ActionFile,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const declared = file.inputs ?? {}
  const known = Object.keys(declared).map((name) => name.toLowerCase())
  for (const name of Object.keys(given)) {
    if (!known.includes(name.toLowerCase()))
      throw new Unsupported(`input ${name}, which action.yml does not declare`)
  }
  const env: Record<string, string> = {}
  for (const [name, input] of Object.entries(declared)) {
    const fallback = interpolate(String(input?.default ?? ''), job.scope())
    const own = Object.entries(given).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
    env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] = own ?? fallback
  }
  return env
}

/** Runs the shipped bundle as `action.yml` says, and its `post` at the end of the job. */
async function runAction(job: Job, step: StepPlan, env: Record<string, string>): Promise<StepOutcome> {
  const { actionDirectory } = job.order
  const file = parse(await readFile(join(actionDirectory, 'action.yml'), 'utf8')) as ActionFile
  if (!/^node\d+$/.test(file.runs.using)) throw new Unsupported(`runs.using ${file.runs.using}`)
  if (file.runs.pre !== undefined) throw new Unsupported('runs.pre')
  const scope = job.scope(env)
  const given = Object.fromEntries(
    Object.entries(step.with).map(([name, text]) => [name, interpolate(text, scope)]),
  )
  // Defaults are read anew for the post, as the runner does: `job.status` is another one by then.
  const start = (entry: string, extra: Record<string, string>) => {
    const inputs = actionInputs(job, file, given)
    return launch(job, {
      args: [process.execPath, join(actionDirectory, entry)],
      cwd: job.workspace,
      env: { ...env, ...inputs, ...extra, GITHUB_ACTION_PATH: actionDirectory },
      timeoutMs: step.timeoutMs,
    })
  }
  const { ended, written } = await start(file.runs.main, {})
  const { post } = file.runs
  if (post !== undefined) {
    const state = Object.entries(written.state).map(([name, value]) => [`STATE_${name}`, value])
    job.posts.push(async () => (await start(post, Object.fromEntries(state))).ended === 'success')
  }
  return { outcome: ended, outputs: written.outputs }
}

async function checkTool(job: Job, program: string): Promise<StepOutcome> {
  const { ended } = await launch(job, {
    args: [program, '--version'],
    cwd: job.workspace,
    env: {},
    timeoutMs: 10_000,
  })
  return { outcome: ended, outputs: {} }
}

async function checkout(job: Job, step: StepPlan): Promise<StepOutcome> {
  const odd = Object.keys(step.with).find((name) => !['fetch-depth', 'persist-credentials'].includes(name))
  if (odd !== undefined) throw new Unsupported(`actions/checkout with ${odd}`)
  await job.order.materialise(job.workspace)
  job.write(`checked out ${job.order.sha}\n`)
  return { outcome: 'success', outputs: { commit: job.order.sha, ref: job.order.ref } }
}

/** Runs one step to its end. What the runner has not is thrown as `Unsupported`. */
export async function runStep(job: Job, step: StepPlan): Promise<StepOutcome> {
  const scope = job.scope()
  const env = Object.fromEntries(
    Object.entries(step.env).map(([name, text]) => [name, interpolate(text, scope)]),
  )
  if (step.uses === null) return runScript(job, step, env)
  const [action = '', version] = step.uses.split('@')
  const tool = tools[action]
  if (tool !== undefined) return checkTool(job, tool)
  if (action === 'actions/checkout') return checkout(job, step)
  if (action === 'actions/upload-artifact') return uploadArtifact(job, step)
  if (action === 'actions/download-artifact') return downloadArtifact(job, step)
  const local = step.uses === './'
  if (local) await access(join(job.workspace, 'action.yml'))
  if (local || (/^[\w.-]+\/slipway$/.test(action) && version !== undefined)) return runAction(job, step, env)
  throw new Unsupported(`uses ${step.uses}`)
}
