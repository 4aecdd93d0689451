import { App } from '@octokit/app'
import { Octokit } from '@octokit/core'
import type { Clock } from '../../ports/clock.ts'
import type { Forged } from '../../ports/forge.ts'
import { carefulFetch } from './careful-fetch.ts'
import { forgedBy } from './forge-failure.ts'
import { createRequestQueue, type RequestQueue } from './request-queue.ts'

/** How GitHub is reached. */
export interface GithubSettings {
  readonly appId: number | string
  /** PEM of the App's key. */
  readonly privateKey: string
  /** `https://api.github.com`, an Enterprise server's `/api/v3`, or a stand-in. */
  readonly apiUrl: string
  readonly clock: Clock
  /**
   * Requests are spread over time, below GitHub's limits (`request-queue.ts`). On by default; off only where the
   * other side is not GitHub.
   */
  readonly throttle?: boolean
  /** The queue that other connections of this process use, too; one of its own unless given. */
  readonly queue?: RequestQueue
  /** The App may read `.github/slipway.yml` and no other file (`app.dependents.yml`). */
  readonly oneFile?: boolean
  /** How long one request may take. */
  readonly timeoutMs?: number
  readonly userAgent?: string
}

/** The permissions that one call needs, in GitHub's names. */
export type Permissions = Readonly<
  Partial<
    Record<
      | 'actions'
      | 'checks'
      | 'contents'
      | 'deployments'
      | 'issues'
      | 'metadata'
      | 'pull_requests'
      | 'single_file'
      | 'statuses',
      'read' | 'write'
    >
  >
>

/** What a token is minted for: one repository, by id or (before the id is known) by name. */
export interface TokenScope {
  readonly installationId: number
  readonly repositoryId: number | null
  readonly repositoryName: string | null
  readonly permissions: Permissions
}

/** Calls GitHub as the App or with a narrow installation token; failures come back as values. */
export interface Connection {
  readonly clock: Clock
  asApp<T>(call: (octokit: Octokit) => Promise<T>): Promise<Forged<T>>
  asInstallation<T>(scope: TokenScope, call: (octokit: Octokit) => Promise<T>): Promise<Forged<T>>
}

interface Minted {
  readonly octokit: Octokit
  readonly expiresAt: number
}

/** A token is not used in its last five minutes, so that a slow call does not outlive it. */
const spareMs = 300_000
const defaultTimeoutMs = 20_000
/** Tokens kept at most; far more than an hour of effects needs. */
const mostTokens = 5000

/**
 * The client comes without retries and limits of its own: a repeated POST can start a run or post a comment twice, and our
 * own queue knows all that is under way.
 */
function octokitOptions(settings: GithubSettings) {
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  return {
    baseUrl: settings.apiUrl.replace(/\/+$/, ''),
    userAgent: settings.userAgent ?? 'slipway',
    request: { fetch: carefulFetch(settings.timeoutMs ?? defaultTimeoutMs) },
    log: silent,
  }
}

function scopeKey(scope: TokenScope): string {
  const permissions = Object.entries(scope.permissions).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([scope.installationId, scope.repositoryId, scope.repositoryName, permissions])
}

function statusOf(error: unknown): number | null {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : null
}

/**
 * Opens a connection as a GitHub App. Tokens are minted for one repository with only the permissions that the
 * call needs, and kept for calls of the very same scope until five minutes before they expire. A token that
 * GitHub no longer takes is minted anew once.
 */
export function createConnection(settings: GithubSettings): Connection {
  const { clock } = settings
  const AppOctokit = Octokit.defaults(octokitOptions(settings))
  const queue = settings.queue ?? createRequestQueue(clock, settings.throttle ?? true)
  const app = new App({ appId: settings.appId, privateKey: settings.privateKey, Octokit: AppOctokit })
  const tokens = new Map<string, Minted>()

  /** Nothing leaves but through the queue. */
  function queued(octokit: Octokit, group: string): Octokit {
    octokit.hook.wrap('request', (request, options) => {
      const { method, url } = options
      return queue.send({ group, method, path: url }, async () => request(options))
    })
    return octokit
  }
  queued(app.octokit, `app ${settings.appId}`)

  async function mint(scope: TokenScope): Promise<Octokit> {
    const key = scopeKey(scope)
    const kept = tokens.get(key)
    if (kept !== undefined && kept.expiresAt - spareMs > clock.now()) return kept.octokit
    const narrowed =
      scope.repositoryId !== null
        ? { repository_ids: [scope.repositoryId] }
        : { repositories: scope.repositoryName === null ? [] : [scope.repositoryName] }
    const everyRepository = scope.repositoryId === null && scope.repositoryName === null
    const { data } = await app.octokit.request('POST /app/installations/{installation_id}/access_tokens', {
      installation_id: scope.installationId,
      permissions: scope.permissions,
      ...(everyRepository ? {} : narrowed),
    })
    const narrow = new Octokit({ ...octokitOptions(settings), auth: data.token })
    const octokit = queued(narrow, `installation ${scope.installationId}`)
    if (tokens.size >= mostTokens) tokens.clear()
    tokens.set(key, { octokit, expiresAt: Date.parse(data.expires_at) })
    return octokit
  }

  return {
    clock,
    asApp: (call) => forgedBy(clock, () => call(app.octokit)),
    asInstallation: (scope, call) =>
      forgedBy(clock, async () => {
        try {
          return await call(await mint(scope))
        } catch (error) {
          if (statusOf(error) !== 401 || !tokens.delete(scopeKey(scope))) throw error
          return await call(await mint(scope))
        }
      }),
  }
}
