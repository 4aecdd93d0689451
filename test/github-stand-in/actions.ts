import type { Fields, Handler, Layer, LayerRequest, RepositoryFields } from './layer.ts'
import { Refused } from './layer.ts'
import { runPart, workflowPart } from './run-parts.ts'
import { RunReads } from './run-reads.ts'
import { Unsupported } from './runner/expressions.ts'
import type { JobRecord, RunRecord } from './runner/order.ts'
import { parseWorkflow, type Workflow, workflowInputs } from './runner/workflow.ts'

export interface Artifact {
  readonly id: number
  readonly name: string
  readonly zip: Buffer
  readonly createdAt: string
}

/** One workflow run as GitHub keeps it. */
export interface Run {
  readonly id: number
  readonly repository: RepositoryFields
  readonly workflow: {
    readonly id: number
    readonly path: string
    readonly text: string
    readonly name: string
  }
  readonly number: number
  readonly inputs: Readonly<Record<string, string>>
  readonly title: string
  readonly event: string
  readonly branch: string
  readonly sha: string
  readonly commit: Fields
  readonly actor: Fields
  readonly installationId: number
  readonly createdAt: string
  attempt: number
  status: 'queued' | 'in_progress' | 'completed'
  conclusion: RunRecord['conclusion'] | null
  startedAt: string
  updatedAt: string
  jobs: readonly JobRecord[]
  artifacts: Artifact[]
}

export interface ActionsOptions {
  readonly layer: Layer
  readonly installationOf: (account: string) => number
  /** Really runs the workflow; the conclusion is its processes' exit codes. Null: it goes on until `end`. */
  readonly execute: (run: Run) => Promise<RunRecord | null>
  /** Told what a workflow needs and the runner has not. */
  readonly unsupported: (what: string) => void
}

interface GitCommit {
  readonly sha: string
  readonly tree: { readonly sha: string }
  readonly message: string
  readonly author: { readonly name: string; readonly email: string; readonly date: string }
}

/** `/actions/*`: workflows come from the repository's contents, runs from dispatches, nothing from a list. */
export class Actions {
  readonly runs = new Map<number, Run>()
  readonly #options: ActionsOptions
  readonly #reads: RunReads
  readonly #workflowIds = new Map<string, number>()
  readonly #underway = new Set<Promise<void>>()
  readonly #told = new Map<number, Promise<unknown>>()
  #lastRun = 70_000_000
  #lastArtifact = 900

  constructor(options: ActionsOptions) {
    this.#options = options
    this.#reads = new RunReads(options.layer, this.runs)
  }

  /** Waits until no run is queued or running. */
  async settled(): Promise<void> {
    while (this.#underway.size > 0) await Promise.all(this.#underway)
  }

  handlers(): [string, Handler][] {
    const base = '/repos/{owner}/{repo}/actions'
    return [
      [`POST ${base}/workflows/{workflow_id}/dispatches`, (request) => this.#dispatch(request)],
      [`GET ${base}/workflows/{workflow_id}`, (request) => this.#workflow(request)],
      [`POST ${base}/runs/{run_id}/rerun`, (request) => this.#rerun(request)],
      ...this.#reads.handlers(),
    ]
  }

  /** Bytes of an artifact by id, for the address that a download redirects to. */
  artifactBytes(id: number): Buffer | null {
    for (const run of this.runs.values()) {
      const artifact = run.artifacts.find((candidate) => candidate.id === id)
      if (artifact !== undefined) return artifact.zip
    }
    return null
  }

  keepArtifact(run: Run, name: string, zip: Buffer): void {
    run.artifacts.push({ id: ++this.#lastArtifact, name, zip, createdAt: new Date().toISOString() })
  }

  async #dispatch(request: LayerRequest) {
    const { layer } = this.#options
    const repository = await layer.visibleRepository(request)
    layer.requirePermission(request, repository, 'actions', 'write')
    const ref = String(request.body.ref).replace(/^refs\/(heads|tags)\//, '')
    const commit = await layer
      .asOwner<{ sha: string }>(repository.full_name, 'GET', `/commits/${encodeURIComponent(ref)}`)
      .catch(() => null)
    if (commit === null) throw new Refused(422, `No ref found for: ${ref}`)
    const file = await this.#file(repository, request, commit.sha)
    const workflow = this.#readable(file.text, file.path)
    const given = (request.body.inputs ?? {}) as Record<string, unknown>
    const inputs = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]))
    const problem = workflowInputs(workflow, inputs)
    if (problem !== null) throw new Refused(422, problem)
    const run = await this.#record({ repository, file, workflow, inputs, ref, sha: commit.sha, request })
    this.#start(run)
    if (request.body.return_run_details !== true) return { status: 204 }
    const path = `${repository.full_name}/actions/runs/${run.id}`
    const body = {
      workflow_run_id: run.id,
      run_url: `${layer.origin}/repos/${path}`,
      html_url: `${layer.origin}/${path}`,
    }
    return { status: 200, body }
  }

  #readable(text: string, path: string): Workflow {
    try {
      return parseWorkflow(text, path)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (error instanceof Unsupported) this.#options.unsupported(message)
      throw new Refused(422, message)
    }
  }

  async #record(from: {
    repository: RepositoryFields
    file: { id: number; path: string; text: string }
    workflow: Workflow
    inputs: Record<string, string>
    ref: string
    sha: string
    request: LayerRequest
  }): Promise<Run> {
    const { layer, installationOf } = this.#options
    const commit = await layer.asOwner<GitCommit>(
      from.repository.full_name,
      'GET',
      `/git/commits/${from.sha}`,
    )
    const person = { name: commit.author.name, email: commit.author.email }
    const now = new Date().toISOString()
    const byApp = layer.tokenOf(from.request) !== null
    const actor = byApp
      ? await layer.account(from.repository.owner.login)
      : ((await layer.asCaller(from.request, 'GET', '/user')) as Fields)
    const siblings = [...this.runs.values()].filter((run) => run.workflow.id === from.file.id)
    const run: Run = {
      id: ++this.#lastRun,
      repository: from.repository,
      workflow: { ...from.file, name: from.workflow.name ?? from.file.path },
      number: siblings.length + 1,
      inputs: from.inputs,
      title: from.workflow.title(from.inputs),
      event: 'workflow_dispatch',
      branch: from.ref,
      sha: from.sha,
      commit: {
        id: commit.sha,
        tree_id: commit.tree.sha,
        message: commit.message,
        timestamp: commit.author.date,
        author: person,
        committer: person,
      },
      actor,
      installationId: installationOf(from.repository.owner.login),
      createdAt: now,
      attempt: 1,
      status: 'queued',
      conclusion: null,
      startedAt: now,
      updatedAt: now,
      jobs: [],
      artifacts: [],
    }
    this.runs.set(run.id, run)
    return run
  }

  #start(run: Run): void {
    const work = this.#live(run).finally(() => this.#underway.delete(work))
    this.#underway.add(work)
  }

  /** Tells `in_progress` when the runner takes the run up; called by the runner's side. */
  async taken(run: Run): Promise<void> {
    run.status = 'in_progress'
    run.startedAt = new Date().toISOString()
    run.updatedAt = run.startedAt
    await this.#tell(run, 'in_progress')
  }

  async #live(run: Run): Promise<void> {
    void this.#tell(run, 'requested')
    const record = await this.#options.execute(run)
    if (record !== null) await this.end(run, record)
  }

  /** Ends a run and tells it. */
  async end(run: Run, record: RunRecord): Promise<void> {
    run.status = 'completed'
    run.conclusion = record.conclusion
    run.jobs = record.jobs
    run.updatedAt = new Date().toISOString()
    await this.#tell(run, 'completed')
  }

  /** Tells of a run in the order of its life: one webhook is answered before the next is sent. */
  #tell(run: Run, action: 'requested' | 'in_progress' | 'completed'): Promise<unknown> {
    const { layer } = this.#options
    const payload = {
      action,
      workflow_run: runPart(layer.origin, run),
      workflow: workflowPart(layer.origin, run.repository, run.workflow),
      repository: run.repository,
      sender: run.actor,
      installation: layer.installationPart(run.installationId),
    }
    const before = this.#told.get(run.id) ?? Promise.resolve()
    const told = before.then(() => layer.webhooks.send('workflow_run', payload))
    this.#told.set(run.id, told)
    return told
  }

  async #file(repository: RepositoryFields, request: LayerRequest, ref: string) {
    const wanted = request.operation.params.workflow_id ?? ''
    const known = [...this.#workflowIds].find(([, id]) => String(id) === wanted)
    const path = known?.[0].split(' ')[1] ?? `.github/workflows/${wanted.split('/').at(-1)}`
    const found = await this.#options.layer
      .asOwner<{ content: string }>(repository.full_name, 'GET', `/contents/${path}?ref=${ref}`)
      .catch(() => null)
    if (found === null) throw new Refused(404, 'Not Found')
    const key = `${repository.full_name} ${path}`
    const id = this.#workflowIds.get(key) ?? 5000 + this.#workflowIds.size
    this.#workflowIds.set(key, id)
    return { id, path, text: Buffer.from(found.content, 'base64').toString('utf8') }
  }

  async #workflow(request: LayerRequest) {
    const repository = await this.#reads.visible(request)
    const file = await this.#file(repository, request, repository.default_branch)
    const name = this.#readable(file.text, file.path).name ?? file.path
    return { status: 200, body: workflowPart(this.#options.layer.origin, repository, { ...file, name }) }
  }

  async #rerun(request: LayerRequest) {
    const run = await this.#reads.found(request)
    this.#options.layer.requirePermission(request, run.repository, 'actions', 'write')
    if (run.status !== 'completed') throw new Refused(403, 'This workflow is already running')
    run.attempt += 1
    run.status = 'queued'
    run.conclusion = null
    run.artifacts = []
    this.#start(run)
    return { status: 201, body: {} }
  }
}
