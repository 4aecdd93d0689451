import { randomBytes } from 'node:crypto'
import type { RequestListener, Server } from 'node:http'
import { isIPv6 } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bot } from '../bot/bot.ts'
import { createHostedComparer, type HostedComparer } from '../contents/hosted/compare-hosted.ts'
import { compareInThread } from '../contents/hosted/compare-thread.ts'
import { createEngine } from '../engine/core/create-engine.ts'
import type { Engine } from '../engine/core/engine.ts'
import { defaultEngineSettings } from '../engine/core/engine-parts.ts'
import type { Log } from '../engine/core/log.ts'
import { createSeriesPlans } from '../engine/starting/series-plans.ts'
import { startTimers } from '../engine/ticking/start-timers.ts'
import { tellExpiringTokens } from '../server/access/expiring-tokens.ts'
import { createApp } from '../server/app.ts'
import { defaultHttpSettings, type HttpSettings } from '../server/http/http-settings.ts'
import { sendProblem } from '../server/http/problem.ts'
import { createRegistrySigner, makeRegistryKey } from '../server/npm/registry-signer.ts'
import { withAuditFile } from '../stores/disk/audit-file.ts'
import { lockFolder } from '../stores/disk/lock-folder.ts'
import type { Stores } from '../stores/stores.ts'
import { systemClock } from '../stores/system-clock.ts'
import type { HttpGate } from '../upstream/http-gate.ts'
import { limitedServer } from './limited-server.ts'
import { type Github, openGithub } from './open-github.ts'
import { openOverlay } from './open-overlay.ts'
import { openSafekeeping } from './open-safekeeping.ts'
import { openStores } from './open-stores.ts'
import { refuseOpenServer } from './refuse-open-server.ts'
import { createReleaseComparer } from './release-comparer.ts'
import { serverSecret } from './server-secret.ts'
import type { ServeSettings } from './settings.ts'
import { shareWork } from './share-work.ts'
import { openVerifier } from './trusted-root.ts'
import { watchLog } from './watch-log.ts'
import { withContents } from './with-contents.ts'
import { withHttpGate } from './with-http-gate.ts'

/** A server that answers. */
export interface RunningServer {
  /** Where it listens: `http://HOST:PORT`. */
  readonly url: string
  /** Answers what is under way, then lets go of everything. */
  stop(): Promise<void>
}

/** How long everything may take when the server is told to stop, and how long of it requests under way. */
const stopMs = 4000
const drainMs = 2500

/**
 * Puts the parts together and listens: storage, engine, GitHub where an App is configured, HTTP. Rejects
 * when the address is taken or the storage cannot be opened; nothing is left open then.
 */
export async function startServer(settings: ServeSettings, log: Log): Promise<RunningServer> {
  let listener: RequestListener = (_request, response) =>
    sendProblem(response, { status: 503, detail: 'The server is starting.' })
  const server = limitedServer(settings.file.limits, log, (request, response) => listener(request, response))
  refuseOpenServer(settings)
  const lock = await lockFolder(settings.data)
  const url = await listen(server, settings).catch((error: unknown) => {
    lock.release()
    throw error
  })
  const undo: (() => Promise<void>)[] = [() => closeServer(server), async () => lock.release()]
  const stop = () => stopInTime(undo.splice(0))
  try {
    const { stores: opened, shared } = await openStores(settings, log)
    undo.splice(1, 0, () => opened.close())
    const { auditLog } = settings.file
    const stores = auditLog === null ? opened : { ...opened, audit: withAuditFile(opened.audit, auditLog) }
    const publicUrl = settings.publicUrl ?? url
    const { app, github, setup } = await openGithub(settings, publicUrl, stores.advisories, log)
    const overlay = await openOverlay(settings, stores, log)
    if (overlay !== null) undo.splice(1, 0, () => overlay.close())
    const packages = overlay?.packages ?? stores.packages
    const attestations = await openVerifier(settings.file.sigstoreRoot)
    const hosted = createHostedComparer({
      ...stores,
      overlay: overlay?.source ?? null,
      verify: attestations.verify,
      run: compareInThread,
    })
    const held = shared?.lease.held
    const engine = await openEngine(settings, { ...stores, packages }, { github, hosted }, log, held)
    undo.splice(1, 0, () => engine.close())
    if (overlay !== null) undo.splice(1, 0, overlay.adopt(engine))
    const bot = await openBot({ app, stores, engine, github, publicUrl, log })
    if (bot !== null) undo.splice(1, 0, () => bot.close())
    const { data: folder, checkpointKey: keyPem } = settings
    const watch = await watchLog({ stores, engine, folder, keyPem, clock: systemClock, log })
    undo.splice(1, 0, () => watch.close())
    const work = shared === null ? null : shareWork({ shared, engine, bot, log })
    if (work !== null) undo.unshift(work.stop)
    listener = createApp({
      ...stores,
      ...watch,
      ...work,
      ...(stores.checkpoints !== null && { word: stores.checkpoints.word }),
      safekeeping: openSafekeeping(stores, folder, keyPem),
      signer: createRegistrySigner(await registryKey(stores)),
      attestations,
      engine,
      comparer: hosted,
      overlay: overlay?.source.served ?? null,
      clock: systemClock,
      settings: httpSettings(settings, publicUrl),
      bot: bot === null ? null : (request, response) => bot.middleware(request, response),
      ...(setup === null ? {} : { setup }),
      ...askedOfGithub(github, stores, log),
      log,
    })
    bot?.start()
    undo.unshift(startTimers(engine, { tickMs: settings.tickMs, log }))
    undo.unshift(tellExpiringTokens(stores, systemClock, log))
    return { url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What the server asks GitHub itself; nothing where there is no App. */
function askedOfGithub(github: Github | null, { access }: Stores, log: Log) {
  if (github === null) return {}
  const { forge } = github
  return {
    findRepository: forge.repository,
    plans: createSeriesPlans({ forge, access, clock: systemClock, log }),
  }
}

/** The same for all processes over one storage. */
async function registryKey({ checkpoints }: Stores): Promise<string> {
  return checkpoints === null ? makeRegistryKey() : checkpoints.word('registry-key', makeRegistryKey)
}

/**
 * Takes apart what runs, in order, and waits no longer than a service manager does: a GitHub that hangs is not
 * waited for, because what was under way is taken up again at the next start.
 */
async function stopInTime(steps: readonly (() => Promise<void>)[]): Promise<void> {
  const until = performance.now() + stopMs
  for (const step of steps) {
    const left = Math.max(50, until - performance.now())
    await Promise.race([step().catch(() => {}), sleep(left, undefined, { ref: false })])
  }
}

function listen(server: Server, { host, port }: ServeSettings): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      const bound = typeof address === 'object' && address !== null ? address.port : port
      resolve(`http://${isIPv6(host) ? `[${host}]` : host}:${bound}`)
    })
  })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), drainMs)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}

async function openEngine(
  settings: ServeSettings,
  stores: Stores,
  { github, hosted }: { readonly github: Github | null; readonly hosted: HostedComparer },
  log: Log,
  works?: () => boolean,
): Promise<Engine> {
  return createEngine({
    ...stores,
    comparer: createReleaseComparer(hosted),
    clock: systemClock,
    monotonic: () => performance.now(),
    forge: github?.forge ?? null,
    effector: withContents(withHttpGate(github?.effector ?? null, httpGateOf(settings)), hosted),
    compares: true,
    secret: settings.secret ?? (await secretOf(settings, stores)),
    ...(works !== undefined && { works }),
    random: (count) => randomBytes(count),
    settings: {
      ...defaultEngineSettings,
      uploadSettleMs: settings.file.uploadSettleMs,
      serverPolicy: settings.file.policy,
      signoffs: settings.file.signoffs,
    },
    log,
  })
}

/** Replicas need the same one: it is kept where they all look. */
async function secretOf({ databaseUrl, data }: ServeSettings, { checkpoints }: Stores): Promise<string> {
  if (databaseUrl === null || checkpoints === null) return serverSecret(data)
  return checkpoints.word('secret', () => randomBytes(32).toString('hex'))
}

/** Loaded with the first question. Without a list of hosts it asks nobody, but says what is to be set. */
function httpGateOf({ file }: ServeSettings): Pick<HttpGate, 'ask'> {
  let opened: Promise<HttpGate> | null = null
  const open = async () => {
    const { createHttpGate } = await import('../upstream/http-gate.ts')
    return createHttpGate({ hosts: file.httpGateHosts })
  }
  return {
    async ask(effect, context) {
      opened ??= open()
      return (await opened).ask(effect, context)
    },
  }
}

async function openBot(parts: {
  readonly app: ServeSettings['app']
  readonly stores: Stores
  readonly engine: Engine
  readonly github: Github | null
  readonly publicUrl: string
  readonly log: Log
}): Promise<Bot | null> {
  const { app, stores, engine, github, publicUrl, log } = parts
  if (app === null || github === null) return null
  const { createBot } = await import('../bot/bot.ts')
  const { forge, deliveries } = github
  return createBot({ ...stores, ...app, engine, forge, deliveries, publicUrl, log, clock: systemClock })
}

function httpSettings({ file, adminTokenSha256 }: ServeSettings, publicUrl: string): HttpSettings {
  return {
    ...defaultHttpSettings,
    publicUrl,
    adminTokenSha256,
    anonymous: file.anonymous ?? defaultHttpSettings.anonymous,
    anonymousCi: file.anonymousCi ?? defaultHttpSettings.anonymousCi,
    anonymousOverlaid: file.anonymous ?? defaultHttpSettings.anonymousOverlaid,
    mirrors: file.overlay.mirrors,
    exceptions: file.overlay.exceptions,
    trustedProxies: file.trustedProxies,
    private: file.private,
    edge: file.edge,
    oidcIssuer: file.oidcIssuer ?? defaultHttpSettings.oidcIssuer,
    oidcAudience: file.oidcAudience ?? publicUrl,
    oidcIssuers: file.oidcIssuers,
    signoffs: file.signoffs,
    limits: file.limits,
  }
}
