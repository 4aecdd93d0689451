import { generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { Access } from './access.ts'
import { Actions } from './actions.ts'
import { AppMaking } from './app-making.ts'
import { CommitStatuses } from './commit-statuses.ts'
import { deliveryHandlers } from './delivery-routes.ts'
import { Deployments } from './deployments.ts'
import { type Accounts, type AppSettings, installationOf, startBacking } from './emulator.ts'
import { GitData, rememberGitData } from './git-data.ts'
import { answerUpdateRefs } from './graphql.ts'
import { IssueEdits } from './issue-edits.ts'
import { type Fields, Layer } from './layer.ts'
import { startNetworkGuard } from './network-guard.ts'
import { createIssuer, type OidcIssuer } from './oidc.ts'
import { type Message, patched } from './patches.ts'
import { pullFileHandlers } from './pull-files.ts'
import { RepositoryStates } from './repository-states.ts'
import { RunnerPool } from './runner-pool.ts'
import { GithubSchema } from './schema.ts'
import { GithubStandIn } from './stand-in.ts'
import { type Receiver, Webhooks } from './webhooks.ts'
import { type Violation, Wire } from './wire.ts'

/** How a GitHub is started. Everything has a default but the App's key. */
export interface GithubOptions {
  readonly app: AppSettings
  /** Accounts that exist; repositories are owned by one of them. */
  readonly accounts?: Accounts
  /** Where the App's webhooks go; may also be set later, when the receiver knows its port. */
  readonly webhook?: Receiver
  /** 0, the default, picks a free one. */
  readonly port?: number
  /** Where `action.yml` and `dist/action` are; this package unless said. */
  readonly actionDirectory?: string
  /** Variables that the image of every machine sets, such as where its pip finds wheels. */
  readonly machine?: Readonly<Record<string, string>>
  /** Runs are not executed: each goes on until the test ends it with `endRun`. */
  readonly heldRuns?: boolean
  /** Sees what the emulator said before patches; for the test of the patches. */
  readonly observe?: (message: Message) => void
  /** Told of each violation as it happens. */
  readonly onViolation?: (violation: Violation) => void
}

const here = fileURLToPath(new URL('../..', import.meta.url))
const defaultAccounts: Accounts = { users: ['maintainer', 'contributor', 'stranger'], orgs: ['acme'] }

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

async function json(request: IncomingMessage): Promise<Fields> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Fields
}

interface Parts {
  readonly wire: Wire
  readonly webhooks: Webhooks
  readonly issuer: OidcIssuer
  readonly actions: Actions
  readonly git: GitData
  readonly layer: Layer
  readonly making: AppMaking
  readonly observe: (message: Message) => void
}

/** What is not GitHub's REST API: the OIDC issuer, artifact and log bytes, and what the emulator tells the layer. */
async function beside(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const url = new URL(request.url ?? '/', parts.issuer.issuer)
  if (url.pathname === '/oidc/.well-known/openid-configuration') send(response, 200, parts.issuer.discovery())
  else if (url.pathname === '/oidc/.well-known/jwks') send(response, 200, parts.issuer.keys())
  else if (url.pathname === '/_actions/token') {
    const audience = url.searchParams.get('audience')
    const value = await parts.issuer.answer(request.headers.authorization, audience)
    if (value === null) send(response, 401, { message: 'this job may not ask for a token' })
    else send(response, 200, { value })
  } else if (url.pathname.startsWith('/_actions/artifacts/')) {
    const bytes = parts.actions.artifactBytes(Number.parseInt(url.pathname.split('/').at(-1) ?? '', 10))
    response.writeHead(bytes === null ? 404 : 200, { 'content-type': 'application/zip' }).end(bytes ?? '')
  } else if (url.pathname.startsWith('/_actions/logs/')) {
    const id = Number.parseInt(url.pathname.split('/').at(-1) ?? '', 10)
    const log = parts.actions.runs.get(Math.floor(id / 100))?.jobs[id % 100]?.log
    response.writeHead(log === undefined ? 404 : 200, { 'content-type': 'text/plain' }).end(log ?? '')
  } else if (url.pathname === '/graphql') {
    const body = await json(request)
    const known = typeof body.query === 'string' && body.query.includes('updateRefs(')
    if (known) {
      const reply = await answerUpdateRefs(parts.layer, parts.git, request.headers.authorization, body)
      send(response, reply.status, reply.body)
    } else {
      const problem = 'is not an operation in openapi-subset.json'
      parts.wire.violate('POST /graphql', [problem])
      send(response, 500, { message: `GitHub stand-in: POST /graphql: ${problem}` })
    }
  } else if (url.pathname === '/_emulator/webhook') {
    const event = String(request.headers['x-github-event'])
    const { origin } = new URL(parts.issuer.issuer)
    const message: Message = { kind: 'webhook', name: event, status: 0, origin, body: await json(request) }
    parts.observe(message)
    void parts.webhooks.send(event, patched(message) as Fields)
    send(response, 202, {})
  } else return false
  return true
}

/** The pages that people see in a browser. */
async function asPage(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const url = new URL(request.url ?? '/', parts.issuer.issuer)
  if (!/^\/(?:settings|organizations|apps\/[^/]+\/installations)\//.test(url.pathname)) return false
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
  const page = parts.making.page(request.method ?? 'GET', url, form)
  const { status, location, text } = page ?? { status: 404, location: undefined, text: 'Not Found' }
  const headers = location === undefined ? {} : { location }
  response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(text)
  return true
}

/** The same for every stand-in of a process: reading the schema and making a key take long. */
let schemaOfAll: GithubSchema | null = null
let workflowKey: string | null = null

function workflowApp(): AppSettings {
  workflowKey ??= generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()
  return { id: 15368, privateKey: workflowKey }
}

/** A server that answers once the parts are there. */
async function listen(port: number, ready: () => Parts | null): Promise<{ server: Server; origin: string }> {
  const server = createServer((request, response) => {
    const parts = ready()
    const answered =
      parts === null ? Promise.reject(new Error('not ready')) : answer(parts, request, response)
    answered.catch((error: unknown) => {
      parts?.wire.violate(`${request.method} ${request.url}`, [String(error)])
      if (!response.headersSent) send(response, 500, { message: String(error) })
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the stand-in has no port')
  return { server, origin: `http://127.0.0.1:${address.port}` }
}

/** The emulator with the layer and the git repositories in front of it; closed together. */
async function startLayer(what: {
  origin: string
  accounts: Accounts
  app: AppSettings
  workflows: AppSettings
  webhooks: Webhooks
}): Promise<{ layer: Layer; git: GitData }> {
  const { origin, accounts, webhooks } = what
  const emulator = await startBacking({
    accounts,
    app: what.app,
    workflowApp: what.workflows,
    webhookUrl: `${origin}/_emulator/webhook`,
    baseUrl: origin,
  })
  const close = async () => {
    await Promise.all([emulator.close(), git.close()])
  }
  const layer = new Layer({ origin, accounts, backing: { ...emulator, close }, webhooks })
  const git = new GitData(layer)
  return { layer, git }
}

/** Starts a GitHub on a loopback port: emulator, layer, schema check, OIDC issuer and workflow runner. */
export async function startGithub(options: GithubOptions): Promise<GithubStandIn> {
  const accounts = options.accounts ?? defaultAccounts
  schemaOfAll ??= new GithubSchema()
  const schema = schemaOfAll
  const observe = options.observe ?? (() => {})
  const onViolation = options.onViolation ?? (() => {})
  let parts: Parts | null = null
  const { server, origin } = await listen(options.port ?? 0, () => parts)
  const webhooks = new Webhooks((event, payload) =>
    parts?.wire.violate(`webhook ${event}`, schema.checkWebhook(event, payload)),
  )
  webhooks.receiver(options.webhook ?? null)
  const workflows = workflowApp()
  const { layer, git } = await startLayer({ origin, accounts, app: options.app, workflows, webhooks })
  const access = new Access(layer)
  const deployments = new Deployments(layer)
  const statuses = new CommitStatuses(layer)
  const settings = new RepositoryStates(layer, options.app)
  const edits = new IssueEdits(layer)
  const [issuer, guard] = await Promise.all([createIssuer(origin), startNetworkGuard()])
  const unsupported = (what: string) => wire.violate('workflow runner', [what])
  const pool = new RunnerPool({
    layer,
    issuer,
    guard,
    workflowApp: workflows,
    actionDirectory: options.actionDirectory ?? here,
    machine: options.machine ?? {},
    taken: (run) => actions.taken(run),
    keepArtifact: (run, name, zip) => actions.keepArtifact(run, name, zip),
    unsupported,
  })
  const actions = new Actions({
    layer,
    installationOf: (login) => installationOf(accounts, login),
    execute: async (run) => (options.heldRuns === true ? null : pool.execute(run)),
    unsupported,
  })
  const violated = (problems: readonly string[]) => wire.violate('App manifest', problems)
  const making = new AppMaking(layer, options.app, settings, violated)
  const handlers = new Map([
    ...access.handlers(),
    ...deployments.handlers(),
    ...[...statuses.handlers(), ...settings.handlers()],
    ...pullFileHandlers(layer),
    ...deliveryHandlers(layer),
    ...actions.handlers(),
    ...git.handlers(),
    ...making.handlers(),
  ])
  const wire = new Wire({ schema, layer, handlers, since: [settings, edits], observe, onViolation })
  parts = { wire, webhooks, issuer, actions, git, layer, making, observe }
  const github = new GithubStandIn({
    layer,
    access,
    deployments,
    statuses,
    settings,
    edits,
    actions,
    issuer,
    wire,
    webhooks,
    pool,
    guard,
    server,
  })
  rememberGitData(github, git)
  return github
}

async function answer(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answered = (await asPage(parts, request, response)) || (await beside(parts, request, response))
  if (!answered) await parts.wire.handle(request, response)
}
