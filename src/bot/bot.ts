import { Probot } from 'probot'
import type { Deliveries } from '../ports/deliveries.ts'
import type { Delivery, Inbox } from '../ports/inbox.ts'
import type { PackageStore } from '../ports/package-store.ts'
import { botApp } from './app.ts'
import type { AskedByBot, BotParts } from './bot-parts.ts'
import { startGates } from './deployment-gates.ts'
import { createInboxWorker } from './inbox-worker.ts'
import { placeOfComment } from './place-of-comment.ts'
import { startPlannedReleases } from './planned-releases.ts'
import { createRedeliverySweep, startRedeliverySweep } from './redelivery-sweep.ts'
import { createWebhookDoor, type NodeMiddleware } from './webhook-door.ts'

export interface BotOptions extends BotParts<AskedByBot> {
  readonly inbox: Inbox
  readonly webhookSecret: string
  readonly appId: number | string
  /** PEM of the App's key. */
  readonly privateKey: string
  /** A second App whose deliveries come to the same address; what they ask for is done in its repositories. */
  readonly dependents?: {
    readonly appId: number | string
    readonly privateKey: string
    readonly webhookSecret: string
  } | null
  /** `https://api.github.com` or another GitHub's address. */
  readonly apiUrl: string
  readonly webhookPath?: string
  readonly retryDelayMs?: number
  /** Where failed deliveries of each App are looked up; absent: nowhere. */
  readonly deliveries?: readonly Deliveries[]
  /** What is published here; absent: planned releases are not told of. */
  readonly packages?: Pick<PackageStore, 'get'>
}

/** The running bot. */
export interface Bot {
  /** Answers the webhook path; everything else is passed to `next`. */
  readonly middleware: NodeMiddleware
  /** Begins to handle what is in the inbox, also from before a crash. */
  start(): void
  /** Something may be pending: another process stored it, or this one works from now on. */
  wake(): void
  /** Resolves when every delivery that is due was handled. */
  idle(): Promise<void>
  close(): Promise<void>
}

/** One request every five minutes: a webhook that is missed waits no longer. */
const redeliverEveryMs = 5 * 60_000

/** A stage that is entered lets a deployment go on soon after. */
const lookAtGatesEveryMs = 60_000

type ProbotEvent = Parameters<Probot['receive']>[0]

function toEvent(delivery: Delivery): ProbotEvent {
  return { id: delivery.guid, name: delivery.event, payload: JSON.parse(delivery.payload) } as ProbotEvent
}

function probotOf(
  app: { readonly appId: number | string; readonly privateKey: string; readonly webhookSecret: string },
  baseUrl: string,
): Probot {
  return new Probot({
    appId: app.appId,
    privateKey: app.privateKey,
    secret: app.webhookSecret,
    baseUrl,
    logFormat: 'json',
    // The worker logs what fails, with the delivery it belongs to.
    logLevel: 'fatal',
  })
}

/** Probot takes a word that everybody knows when no secret is set; such a bot would obey anybody. */
function checkSecret(secret: string): void {
  const given = secret.trim()
  if (given !== '' && given !== 'development') return
  throw new Error(
    `WEBHOOK_SECRET: got ${given === '' ? 'nothing' : '"development"'}, expected the webhook secret of the GitHub App; the bot does not start without it`,
  )
}

/**
 * Builds the bot: deliveries are verified and stored before they are answered, then a worker hands them to
 * Probot's handlers. Call `start` once the rest of the server is up.
 *
 * @throws Error when the webhook secret is missing or the one that everybody knows.
 */
export async function createBot(options: BotOptions): Promise<Bot> {
  const { appId, privateKey, webhookSecret, apiUrl, inbox, clock, log } = options
  checkSecret(webhookSecret)
  const { dependents = null } = options
  if (dependents !== null) checkSecret(dependents.webhookSecret)
  const apps = [{ appId, privateKey, webhookSecret }, ...(dependents === null ? [] : [dependents])]
  const [probot, ...others] = apps.map((app) => probotOf(app, apiUrl))
  if (probot === undefined) throw new Error('there is no App')
  const verify = async (body: string, signature: string): Promise<boolean> => {
    for (const { webhooks } of [probot, ...others]) if (await webhooks.verify(body, signature)) return true
    return false
  }
  await probot.load(botApp(options))
  const worker = createInboxWorker({
    inbox,
    handle: (delivery) => probot.receive(toEvent(delivery)),
    clock,
    log,
    placeOf: placeOfComment,
    ...(options.retryDelayMs === undefined ? {} : { retryDelayMs: options.retryDelayMs }),
  })
  const middleware = createWebhookDoor({
    path: options.webhookPath ?? '/api/github/webhooks',
    inbox,
    verify,
    stored: worker.wake,
    clock,
    log,
  })
  const stops: (() => Promise<void>)[] = []
  const start = () => {
    worker.wake()
    if (stops.length > 0) return
    stops.push(startGates(options, lookAtGatesEveryMs))
    const { packages } = options
    if (packages !== undefined) stops.push(startPlannedReleases({ ...options, packages }))
    for (const deliveries of options.deliveries ?? []) {
      const sweep = createRedeliverySweep({ deliveries, arrived: inbox.has, clock, log })
      stops.push(startRedeliverySweep(sweep, { everyMs: redeliverEveryMs, log }))
    }
  }
  const close = async () => {
    for (const stop of stops) await stop()
    await worker.close()
  }
  return { middleware, start, wake: worker.wake, idle: worker.idle, close }
}
