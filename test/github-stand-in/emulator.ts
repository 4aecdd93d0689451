import { createServer } from 'node:net'
import { createEmulator, type Emulator } from 'emulate'

/** An App as it is registered: its id, its key, what it may do and what it is told of. */
export interface AppSettings {
  readonly id: number
  /** PKCS#8 or PKCS#1 PEM. */
  readonly privateKey: string
}

/** Accounts that exist from the start; the emulator has no way to add one later. */
export interface Accounts {
  readonly users: readonly string[]
  readonly orgs: readonly string[]
}

export interface EmulatorReply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: unknown
}

/** The emulator behind the layer, spoken to directly: what passes here is not on the wire of the product. */
export interface Backing {
  request(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<EmulatorReply>
  /** As a user, refused replies being bugs of the caller. */
  as<T>(login: string, method: string, path: string, body?: unknown): Promise<T>
  close(): Promise<void>
}

const slipwayPermissions = {
  metadata: 'read',
  contents: 'write',
  issues: 'write',
  pull_requests: 'write',
  actions: 'write',
  checks: 'write',
  deployments: 'write',
  statuses: 'read',
} as const

/** What the App of app.yml is told of, and nothing else. `push` and `workflow_run` come from the layer. */
const slipwayEvents = ['release', 'check_run', 'check_suite', 'issues', 'issue_comment', 'pull_request']

/** Owns every organisation; the layer acts as this user where GitHub itself would act. */
export const root = 'github-root'

/** The token by which a test acts as a user. */
export function tokenOf(login: string): string {
  return `token-of-${login}`
}

/** Installation of the Slipway App on an account; the one of the workflow token is this plus 5000. */
export function installationOf(accounts: Accounts, login: string): number {
  const index = [...accounts.users, ...accounts.orgs].indexOf(login)
  if (index < 0) throw new Error(`account ${login} was not named when the stand-in started`)
  return 1001 + index
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

function appSeed(options: {
  app: AppSettings
  slug: string
  accounts: Accounts
  offset: number
  webhookUrl?: string
}) {
  const logins = [...options.accounts.users, ...options.accounts.orgs]
  return {
    app_id: options.app.id,
    slug: options.slug,
    name: options.slug,
    private_key: options.app.privateKey,
    permissions: slipwayPermissions,
    events: options.webhookUrl === undefined ? [] : slipwayEvents,
    ...(options.webhookUrl === undefined ? {} : { webhook_url: options.webhookUrl }),
    installations: logins.map((login) => ({
      installation_id: installationOf(options.accounts, login) + options.offset,
      account: login,
      repository_selection: 'all',
    })),
  }
}

function seedOf(options: BackingOptions) {
  const { accounts } = options
  const everyone = [root, ...accounts.users]
  const tokens = everyone.map((login) => [tokenOf(login), { login, scopes: ['repo', 'user', 'workflow'] }])
  return {
    tokens: Object.fromEntries(tokens),
    github: {
      users: everyone.map((login) => ({ login, name: login, email: `${login}@example.com` })),
      orgs: accounts.orgs.map((login) => ({ login, name: login, members: [{ login: root, role: 'admin' }] })),
      apps: [
        appSeed({ app: options.app, slug: 'slipway', accounts, offset: 0, webhookUrl: options.webhookUrl }),
        appSeed({ app: options.workflowApp, slug: 'github-actions', accounts, offset: 5000 }),
      ],
    },
  }
}

export interface BackingOptions {
  readonly accounts: Accounts
  readonly app: AppSettings
  /** Stands for GitHub's own App, whose installation tokens workflows hold. */
  readonly workflowApp: AppSettings
  /** Where the emulator tells what happened; the layer completes, signs and delivers it. */
  readonly webhookUrl: string
  /** What replies name as their host: the layer. */
  readonly baseUrl: string
}

async function listen(options: BackingOptions): Promise<{ emulator: Emulator; origin: string }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    try {
      const seed = seedOf(options)
      const emulator = await createEmulator({ service: 'github', port, baseUrl: options.baseUrl, seed })
      return { emulator, origin: `http://127.0.0.1:${port}` }
    } catch (error) {
      if (attempt === 5) throw error
    }
  }
}

/** Starts the published emulator with the given accounts and Apps. */
export async function startBacking(options: BackingOptions): Promise<Backing> {
  const { emulator, origin } = await listen(options)
  const request: Backing['request'] = async (method, path, headers, body) => {
    const reply = await fetch(`${origin}${path}`, {
      method,
      headers,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    })
    const text = await reply.text()
    const json = reply.headers.get('content-type')?.includes('json') === true && text !== ''
    return { status: reply.status, headers: reply.headers, text, body: json ? JSON.parse(text) : undefined }
  }
  return {
    request,
    async as<T>(login: string, method: string, path: string, body?: unknown): Promise<T> {
      const headers = { authorization: `Bearer ${tokenOf(login)}`, 'content-type': 'application/json' }
      const text = body === undefined ? undefined : JSON.stringify(body)
      const reply = await request(method, path, headers, text)
      if (reply.status >= 400) throw new Error(`${login}: ${method} ${path}: ${reply.status} ${reply.text}`)
      return reply.body as T
    },
    close: () => emulator.close(),
  }
}
