import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { TokenRequest } from '../oidc.ts'
import { allows, interpolate, type Scope } from './expressions.ts'
import type { Conclusion, JobRecord, RunOrder, StepRecord } from './order.ts'
import { ProcessGroups } from './process.ts'
import type { JobPlan, StepPlan, Workflow } from './workflow.ts'
import { inputsContext } from './workflow.ts'

export interface Needed {
  readonly result: Conclusion
  readonly outputs: Readonly<Record<string, string>>
}

/** A step that must run again at the end of the job, with what it saved. */
export type Post = () => Promise<boolean>

/** One job while it runs: its folders, its environment and what its steps have said so far. */
export class Job {
  readonly plan: JobPlan
  readonly order: RunOrder
  readonly workspace: string
  readonly temporary: string
  readonly home: string
  readonly groups = new ProcessGroups()
  readonly env: Record<string, string> = {}
  readonly paths: string[] = []
  readonly posts: Post[] = []
  readonly deadline: number
  /** Set where the job's permissions say `id-token: write`. */
  identity: TokenRequest | null = null
  failed = false
  timedOut = false
  readonly #workflow: Workflow
  readonly #needs: Readonly<Record<string, Needed>>
  readonly #token: string
  readonly #steps: Record<
    string,
    { outputs: Record<string, string>; outcome: Conclusion; conclusion: Conclusion }
  > = {}
  readonly #masks = new Set<string>()
  #log = ''

  constructor(parts: {
    plan: JobPlan
    workflow: Workflow
    order: RunOrder
    directory: string
    needs: Readonly<Record<string, Needed>>
    token: string
  }) {
    this.plan = parts.plan
    this.order = parts.order
    this.#workflow = parts.workflow
    this.#needs = parts.needs
    this.#token = parts.token
    const name = parts.order.repository.fullName.split('/')[1] ?? 'repository'
    this.workspace = join(parts.directory, 'work', name, name)
    this.temporary = join(parts.directory, 'temp')
    this.home = join(parts.directory, 'home')
    this.deadline = Date.now() + parts.plan.timeoutMs
    for (const secret of [parts.token, ...Object.values(parts.order.secrets)]) this.mask(secret)
    Object.assign(this.env, this.#workflowEnv())
  }

  async prepare(): Promise<void> {
    for (const folder of [this.workspace, this.temporary, this.home]) await mkdir(folder, { recursive: true })
  }

  get log(): string {
    return this.#log
  }

  mask(secret: string): void {
    if (secret.trim() !== '') this.#masks.add(secret)
  }

  write(text: string): void {
    for (const [, secret] of text.matchAll(/^::add-mask::(.+)$/gm)) this.mask(secret ?? '')
    let shown = text
    for (const secret of this.#masks) shown = shown.replaceAll(secret, '***')
    this.#log += shown
  }

  /** What expressions of this job may read now. */
  scope(env: Readonly<Record<string, string>> = {}): Scope {
    const { order } = this
    return {
      contexts: {
        github: this.#github(),
        inputs: inputsContext(this.#workflow, order.inputs),
        env: { ...this.env, ...env },
        vars: order.variables,
        secrets: { ...order.secrets, GITHUB_TOKEN: this.#token },
        steps: this.#steps,
        needs: this.#needs,
        matrix: this.plan.matrix,
        strategy: this.plan.strategy,
        job: { status: this.failed ? 'failure' : 'success' },
        runner: { os: 'Linux', arch: 'X64', temp: this.temporary, name: 'stand-in' },
      },
      status: { success: !this.failed, failure: this.failed },
    }
  }

  /** The environment of a child process: path, home, language, what a runner sets, what the workflow sets. */
  processEnv(env: Readonly<Record<string, string>>): Record<string, string> {
    const { order } = this
    const proxy = order.proxyUrl
    const own = (process.env.PATH ?? '').split(':').filter((entry) => !entry.includes('node_modules'))
    return {
      LANG: process.env.LANG ?? 'C.UTF-8',
      HOME: this.home,
      ...this.#runnerVariables(),
      http_proxy: proxy,
      https_proxy: proxy,
      HTTP_PROXY: proxy,
      HTTPS_PROXY: proxy,
      no_proxy: '127.0.0.1,localhost',
      NO_PROXY: '127.0.0.1,localhost',
      NODE_USE_ENV_PROXY: '1',
      PIP_CONFIG_FILE: '/dev/null',
      NPM_CONFIG_GLOBALCONFIG: join(this.home, 'npmrc'),
      ...order.machine,
      ...this.env,
      ...env,
      PATH: [...this.paths, dirname(process.execPath), ...own].join(':'),
    }
  }

  /** Notes how a step ended and what it put out. */
  record(step: StepPlan, outcome: Conclusion, outputs: Readonly<Record<string, string>>): Conclusion {
    const conclusion = outcome === 'failure' && step.continueOnError ? 'success' : outcome
    if (step.id !== null) this.#steps[step.id] = { outputs: { ...outputs }, outcome, conclusion }
    if (conclusion === 'failure' || conclusion === 'timed_out') this.failed = true
    if (conclusion === 'timed_out') this.timedOut = true
    return conclusion
  }

  mayRun(step: StepPlan): boolean {
    return allows(step.condition, this.scope())
  }

  outputs(): Record<string, string> {
    const entries = Object.entries(this.plan.outputs)
    return Object.fromEntries(entries.map(([name, text]) => [name, interpolate(text, this.scope())]))
  }

  finished(startedAt: string, steps: readonly StepRecord[]): JobRecord {
    const bad = this.timedOut ? 'timed_out' : 'failure'
    return {
      name: this.plan.name,
      conclusion: this.failed ? bad : 'success',
      startedAt,
      completedAt: new Date().toISOString(),
      steps,
      log: this.#log,
    }
  }

  #workflowEnv(): Record<string, string> {
    const texts = Object.entries({ ...this.#workflow.env, ...this.plan.env })
    return Object.fromEntries(texts.map(([name, text]) => [name, interpolate(text, this.scope())]))
  }

  #github() {
    const { order } = this
    const { repository, run } = order
    return {
      event_name: order.event.name,
      event: order.event.payload,
      repository: repository.fullName,
      repository_id: String(repository.id),
      repository_owner: repository.owner,
      repository_owner_id: String(repository.ownerId),
      ref: order.ref,
      ref_name: order.ref.replace(/^refs\/(heads|tags)\//, ''),
      ref_type: order.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
      sha: order.sha,
      run_id: String(run.id),
      run_number: String(run.number),
      run_attempt: String(run.attempt),
      workflow: this.#workflow.name ?? order.workflow.path,
      workflow_ref: `${repository.fullName}/${order.workflow.path}@${order.ref}`,
      workflow_sha: order.sha,
      job: this.plan.id,
      actor: order.actor.login,
      actor_id: String(order.actor.id),
      triggering_actor: order.actor.login,
      api_url: order.apiUrl,
      server_url: order.apiUrl,
      graphql_url: `${order.apiUrl}/graphql`,
      workspace: this.workspace,
      action: this.plan.id,
      token: this.#token,
    }
  }

  #runnerVariables(): Record<string, string> {
    const told = Object.entries(this.#github()).filter(([name]) => name !== 'token' && name !== 'event')
    const named = told.map(([name, value]) => [`GITHUB_${name.toUpperCase()}`, String(value)])
    const identity = this.identity
    const asking =
      identity === null
        ? {}
        : { ACTIONS_ID_TOKEN_REQUEST_URL: identity.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: identity.token }
    return {
      ...asking,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      ...Object.fromEntries(named),
      GITHUB_EVENT_PATH: join(this.temporary, 'event.json'),
      RUNNER_TEMP: this.temporary,
      RUNNER_TOOL_CACHE: join(this.temporary, 'tools'),
      RUNNER_OS: 'Linux',
      RUNNER_ARCH: 'X64',
      RUNNER_NAME: 'stand-in',
      RUNNER_ENVIRONMENT: 'github-hosted',
      RUNNER_WORKSPACE: dirname(this.workspace),
    }
  }
}
