import { Probot } from 'probot'
import { botApp } from '../../src/bot/app.ts'
import { createInboxWorker, type InboxWorker } from '../../src/bot/inbox-worker.ts'
import { createRedeliverySweep } from '../../src/bot/redelivery-sweep.ts'
import { createEngine } from '../../src/engine/core/create-engine.ts'
import type { Engine } from '../../src/engine/core/engine.ts'
import { defaultEngineSettings } from '../../src/engine/core/engine-parts.ts'
import { createGithubEffector } from '../../src/github/effects/effector.ts'
import type { Deliveries } from '../../src/ports/deliveries.ts'
import type { Delivery } from '../../src/ports/inbox.ts'
import { createMemoryAuditLog } from '../../src/stores/memory/memory-audit-log.ts'
import type { Stores } from '../../src/stores/stores.ts'
import { secret } from '../bot/bot-world.ts'
import type { Luck } from './luck.ts'
import type { PaperGithub } from './paper-github.ts'
import { ProcessLife } from './process-life.ts'
import { createSimForge, type SimForgeOptions } from './sim-forge.ts'

/** What stays when the process goes: storage, GitHub, time. */
export interface Ground {
  readonly stores: Stores
  readonly github: PaperGithub
  readonly clock: { now(): number }
  readonly luck: Luck
  readonly fate: SimForgeOptions['fate']
  readonly blind: boolean
  readonly deliveries: Deliveries
  readonly log: string[]
}

/** One process: the engine and the bot over what is there. */
export interface SimServer {
  readonly life: ProcessLife
  readonly engine: Engine
  /** Takes a webhook in, as the door does: stored before it is answered. False: no 2xx. */
  accept(delivery: Delivery): Promise<boolean>
  /** Lets everything due happen. False when the process died over it. */
  turn(): Promise<boolean>
  /** Asks GitHub for what did not arrive. */
  sweep(): Promise<boolean>
  close(): Promise<void>
}

const publicUrl = 'https://slipway.test'

/** Starts a process; null when it died while it started. */
export async function startServer(ground: Ground, life = new ProcessLife()): Promise<SimServer | null> {
  const { clock, github, fate, blind } = ground
  const stores = {
    events: life.fenced(ground.stores.events),
    archive: null,
    damage: ground.stores.damage,
    effects: life.fenced(ground.stores.effects),
    packages: life.fenced(ground.stores.packages),
    access: life.fenced(ground.stores.access),
    advisories: life.fenced(ground.stores.advisories),
    offers: life.fenced(ground.stores.offers),
    inbox: life.fenced(ground.stores.inbox),
  }
  const forge = life.fenced(createSimForge({ github, fate, blind, now: clock.now }))
  const line = (level: string) => (message: string, fields?: object) => {
    ground.log.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`)
  }
  const log = { info: line('info'), warn: line('warn'), error: line('error') }
  const opening = createEngine({
    ...stores,
    clock,
    forge,
    effector: createGithubEffector({ forge, publicUrl }),
    secret: 'a secret of this server',
    random: ground.luck.bytes,
    settings: defaultEngineSettings,
    log,
  })
  let engine: Engine | null = null
  const opened = await life.quiet(
    opening.then((ready) => {
      engine = ready
    }),
  )
  if (!opened || engine === null) return null
  const probot = new Probot({ githubToken: 'unused', secret, logLevel: 'fatal' })
  const audit = createMemoryAuditLog()
  await probot.load(botApp({ ...stores, audit, engine, forge, clock, log, publicUrl }))
  const worker = createInboxWorker({
    inbox: stores.inbox,
    handle: (delivery) => receive(probot, delivery),
    clock,
    log,
    longestMs: Number.POSITIVE_INFINITY,
    retryDelayMs: 5_000,
  })
  const sweep = createRedeliverySweep({
    deliveries: ground.deliveries,
    arrived: stores.inbox.has,
    clock,
    log,
  })
  return serverOf(life, engine, worker, { inbox: stores.inbox, sweep })
}

function serverOf(
  life: ProcessLife,
  engine: Engine,
  worker: InboxWorker,
  { inbox, sweep }: { readonly inbox: Stores['inbox']; readonly sweep: () => Promise<number> },
): SimServer {
  const turn = async (): Promise<void> => {
    worker.wake()
    await worker.idle()
    await engine.tick()
    await engine.reconcile()
  }
  return {
    life,
    engine,
    accept: async (delivery) => {
      let stored = false
      const put = inbox.put(delivery).then(() => {
        stored = true
      })
      return (await life.quiet(put)) && stored
    },
    turn: () => life.quiet(turn()),
    sweep: () => life.quiet(sweep()),
    close: async () => {
      if (life.dead) return
      await life.quiet(Promise.all([engine.close(), worker.close()]))
      life.kill()
    },
  }
}

type ProbotEvent = Parameters<Probot['receive']>[0]

function receive(probot: Probot, { guid, event, payload }: Delivery): Promise<void> {
  return probot.receive({ id: guid, name: event, payload: JSON.parse(payload) } as ProbotEvent)
}
