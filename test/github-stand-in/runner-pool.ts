import { importPKCS8, SignJWT } from 'jose'
import type { Run } from './actions.ts'
import { claimsOfRun } from './claims.ts'
import { ConcurrencyGroups } from './concurrency-groups.ts'
import { materialise } from './contents.ts'
import { type AppSettings, installationOf } from './emulator.ts'
import type { Layer } from './layer.ts'
import type { NetworkGuard } from './network-guard.ts'
import type { OidcIssuer } from './oidc.ts'
import { execute } from './runner/execute.ts'
import type { RunOrder, RunRecord } from './runner/order.ts'

export interface PoolOptions {
  readonly layer: Layer
  readonly issuer: OidcIssuer
  readonly guard: NetworkGuard
  readonly workflowApp: AppSettings
  readonly actionDirectory: string
  readonly machine: Readonly<Record<string, string>>
  readonly taken: (run: Run) => Promise<void>
  readonly keepArtifact: (run: Run, name: string, zip: Buffer) => void
  readonly unsupported: (what: string) => void
}

/** How many runs are executed at once; the others are queued, as on GitHub. */
const places = 2

/** Executes runs, two at a time, on this machine. */
export class RunnerPool {
  readonly #options: PoolOptions
  readonly #stop = new AbortController()
  readonly #waiting: (() => void)[] = []
  readonly #logs = new Map<number, Map<string, string>>()
  readonly #secrets = new Map<string, Readonly<Record<string, string>>>()
  readonly #groups = new ConcurrencyGroups()
  #busy = 0

  constructor(options: PoolOptions) {
    this.#options = options
  }

  setSecrets(fullName: string, secrets: Readonly<Record<string, string>>): void {
    this.#secrets.set(fullName, secrets)
  }

  /** What a run's jobs have printed so far. */
  log(runId: number): string {
    return [...(this.#logs.get(runId) ?? [])].map(([job, log]) => `=== ${job}\n${log}`).join('\n')
  }

  /** Waits its turn in the workflow's concurrency group, as GitHub lets runs wait. */
  async execute(run: Run): Promise<RunRecord> {
    const own = new AbortController()
    const turn = await this.#groups.enter(run, own)
    if (turn === 'cancelled') return { conclusion: 'cancelled', jobs: [] }
    try {
      return await this.#execute(run, AbortSignal.any([this.#stop.signal, own.signal]))
    } finally {
      turn.leave()
    }
  }

  async #execute(run: Run, signal: AbortSignal): Promise<RunRecord> {
    if (this.#busy >= places) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#busy += 1
    try {
      void this.#options.taken(run)
      const logs = new Map<string, string>()
      this.#logs.set(run.id, logs)
      return await execute(this.#order(run), {
        progress: (job, log) => logs.set(job, log),
        unsupported: this.#options.unsupported,
        signal,
      })
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (!this.#stop.signal.aborted) this.#options.unsupported(message)
      this.#logs.set(run.id, new Map([['run', message]]))
      return { conclusion: 'failure', jobs: [] }
    } finally {
      this.#busy -= 1
      this.#waiting.shift()?.()
    }
  }

  /** Kills what runs and starts nothing more. */
  stop(): void {
    this.#stop.abort()
    this.#groups.stop()
    for (const waiting of this.#waiting.splice(0)) waiting()
  }

  #order(run: Run): RunOrder {
    const { layer, issuer, guard, machine, actionDirectory, keepArtifact } = this.#options
    const { repository } = run
    const payload = {
      inputs: run.inputs,
      ref: `refs/heads/${run.branch}`,
      repository,
      sender: run.actor,
      workflow: run.workflow.path,
    }
    return {
      run: { id: run.id, attempt: run.attempt, number: run.number },
      repository: {
        id: repository.id,
        fullName: repository.full_name,
        owner: repository.owner.login,
        ownerId: repository.owner.id,
        private: repository.private,
      },
      workflow: { path: run.workflow.path, text: run.workflow.text },
      inputs: run.inputs,
      event: { name: run.event, payload },
      ref: `refs/heads/${run.branch}`,
      sha: run.sha,
      actor: { login: String(run.actor.login), id: Number(run.actor.id) },
      apiUrl: layer.origin,
      secrets: this.#secrets.get(repository.full_name) ?? {},
      variables: {},
      actionDirectory,
      proxyUrl: guard.url,
      machine,
      materialise: (directory) => materialise(layer, repository.full_name, run.sha, directory),
      grantToken: ({ environment }) => issuer.grant(claimsOfRun(run, environment)),
      revokeToken: (request) => issuer.revoke(request),
      workflowToken: () => this.#workflowToken(run),
      keepArtifact: (name, zip) => keepArtifact(run, name, zip),
      artifacts: () => run.artifacts,
    }
  }

  /** A token of GitHub's own App for the run's repository, as `github.token` is. */
  async #workflowToken(run: Run): Promise<string> {
    const { layer, workflowApp } = this.#options
    const key = await importPKCS8(workflowApp.privateKey, 'RS256')
    const jwt = await new SignJWT({})
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(String(workflowApp.id))
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(key)
    const account = run.repository.owner.login
    const installation = installationOf(layer.accounts, account) + 5000
    const permissions = { metadata: 'read', contents: 'write', issues: 'write', pull_requests: 'write' }
    const reply = await layer.backing.request(
      'POST',
      `/app/installations/${installation}/access_tokens`,
      { authorization: `Bearer ${jwt}`, 'content-type': 'application/json' },
      JSON.stringify({ repository_ids: [run.repository.id], permissions }),
    )
    if (reply.status !== 201) throw new Error(`no workflow token: ${reply.text}`)
    const { token } = reply.body as { token: string }
    layer.tokens.set(token, {
      installationId: installation,
      account,
      permissions,
      repositoryIds: [run.repository.id],
    })
    return token
  }
}
