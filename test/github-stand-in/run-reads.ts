import type { Run } from './actions.ts'
import type { Handler, Layer, LayerRequest, RepositoryFields } from './layer.ts'
import { page, Refused } from './layer.ts'
import { artifactPart, jobPart, runPart } from './run-parts.ts'

/** What may be asked about runs. */
export class RunReads {
  readonly #layer: Layer
  readonly #runs: ReadonlyMap<number, Run>

  constructor(layer: Layer, runs: ReadonlyMap<number, Run>) {
    this.#layer = layer
    this.#runs = runs
  }

  handlers(): [string, Handler][] {
    const base = '/repos/{owner}/{repo}/actions'
    return [
      [`GET ${base}/workflows/{workflow_id}/runs`, (request) => this.#list(request)],
      [`GET ${base}/runs`, (request) => this.#list(request)],
      [`GET ${base}/runs/{run_id}`, (request) => this.#one(request)],
      [`GET ${base}/runs/{run_id}/jobs`, (request) => this.#jobs(request)],
      [`GET ${base}/runs/{run_id}/artifacts`, (request) => this.#artifacts(request)],
      [`GET ${base}/artifacts/{artifact_id}/{archive_format}`, (request) => this.#download(request)],
      [`GET ${base}/jobs/{job_id}/logs`, (request) => this.#log(request)],
    ]
  }

  /** The repository of a request whose caller may read its runs. */
  async visible(request: LayerRequest): Promise<RepositoryFields> {
    const repository = await this.#layer.visibleRepository(request)
    this.#layer.requirePermission(request, repository, 'actions', 'read')
    return repository
  }

  async found(request: LayerRequest): Promise<Run> {
    const repository = await this.visible(request)
    const run = this.#runs.get(Number(request.operation.params.run_id))
    if (run === undefined || run.repository.id !== repository.id) throw new Refused(404, 'Not Found')
    return run
  }

  async #list(request: LayerRequest) {
    const repository = await this.visible(request)
    const wanted = request.operation.params.workflow_id
    const status = request.query.get('status')
    const odd = ['actor', 'created', 'check_suite_id'].find((name) => request.query.has(name))
    if (odd !== undefined) throw new Error(`the stand-in does not filter runs by ${odd}`)
    const same = (name: string, value: string) => (request.query.get(name) ?? value) === value
    const matching = [...this.#runs.values()].reverse().filter((run) => {
      if (run.repository.id !== repository.id) return false
      const byFile = wanted === undefined || run.workflow.path.endsWith(`/${wanted}`)
      if (!byFile && String(run.workflow.id) !== wanted) return false
      if (!same('head_sha', run.sha) || !same('event', run.event) || !same('branch', run.branch)) return false
      return status === null || run.status === status || run.conclusion === status
    })
    const { entries, headers } = page(request, this.#layer.origin, matching)
    const workflowRuns = entries.map((run) => runPart(this.#layer.origin, run))
    return { status: 200, body: { total_count: matching.length, workflow_runs: workflowRuns }, headers }
  }

  async #one(request: LayerRequest) {
    return { status: 200, body: runPart(this.#layer.origin, await this.found(request)) }
  }

  async #jobs(request: LayerRequest) {
    const run = await this.found(request)
    const jobs = run.jobs.map((job, index) => jobPart(this.#layer.origin, run, job, index))
    return { status: 200, body: { total_count: jobs.length, jobs } }
  }

  async #artifacts(request: LayerRequest) {
    const run = await this.found(request)
    const all = run.artifacts.map((artifact) => artifactPart(this.#layer.origin, run, artifact))
    const name = request.query.get('name')
    const artifacts = all.filter((artifact) => name === null || artifact.name === name)
    return { status: 200, body: { total_count: artifacts.length, artifacts } }
  }

  async #download(request: LayerRequest) {
    await this.visible(request)
    const id = Number(request.operation.params.artifact_id)
    if (![...this.#runs.values()].some((run) => run.artifacts.some((artifact) => artifact.id === id)))
      throw new Refused(404, 'Not Found')
    return {
      status: 302,
      headers: { location: `${this.#layer.origin}/_actions/artifacts/${id}.zip` },
    }
  }

  async #log(request: LayerRequest) {
    await this.visible(request)
    const id = Number(request.operation.params.job_id)
    const run = this.#runs.get(Math.floor(id / 100))
    const job = run?.jobs[id % 100]
    if (job === undefined) throw new Refused(404, 'Not Found')
    return { status: 302, headers: { location: `${this.#layer.origin}/_actions/logs/${id}.txt` } }
  }
}
