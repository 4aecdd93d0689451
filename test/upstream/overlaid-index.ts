/** A whole server over memory with the overlay in front of upstreams on this machine. */

import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseServerFile, type ServerSettings } from '../../src/config/server/server-file.ts'
import { createEngine } from '../../src/engine/core/create-engine.ts'
import type { Engine } from '../../src/engine/core/engine.ts'
import { defaultEngineSettings } from '../../src/engine/core/engine-parts.ts'
import type { Log } from '../../src/engine/core/log.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { createApp } from '../../src/server/app.ts'
import { defaultHttpSettings } from '../../src/server/http/http-settings.ts'
import { createRegistrySigner, makeRegistryKey } from '../../src/server/npm/registry-signer.ts'
import { openMemory } from '../../src/stores/memory/open-memory.ts'
import type { Stores } from '../../src/stores/stores.ts'
import { createAdopter } from '../../src/upstream/adopting/adopt-releases.ts'
import { createOverlay, type OverlaySource } from '../../src/upstream/create-overlay.ts'
import { createUpstreamClient, type UpstreamClient } from '../../src/upstream/upstream-client.ts'
import { type Answer, adminToken, answerOf, comparing, type TestIndex } from '../server/running-server.ts'

export interface OverlaidIndex extends TestIndex {
  readonly overlay: OverlaySource
  /** What people would read in the log. */
  readonly said: readonly string[]
  /** Looks at every adopted package, as the timer does; clients ask for all of them all day unless told otherwise. */
  adopt(clients?: 'ask' | 'are silent'): Promise<void>
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
}

function overlayOf(
  file: ServerSettings,
  stores: Stores,
  clock: Clock,
  log: Log,
  isReserved: (id: string) => boolean,
) {
  const due: { readonly at: number; readonly work: () => Promise<void> }[] = []
  const clients: Partial<Record<'npm' | 'pypi', UpstreamClient>> = {}
  for (const ecosystem of ['npm', 'pypi'] as const) {
    const upstream = file.overlay.upstreams[ecosystem]
    if (upstream)
      clients[ecosystem] = createUpstreamClient({ ...upstream, ca: null, authorization: 'Bearer secret' })
  }
  const overlay = createOverlay({
    ...stores,
    settings: file.overlay,
    hosted: file.hosted,
    isReserved: async (id) => isReserved(id),
    clients,
    cache: stores.documents,
    clock,
    log,
    later: (ms, work) => void due.push({ at: clock.now() + ms, work }),
    totalBakeMs: (rule) => rule.policy.stages.reduce((sum, { bakeMs }) => sum + bakeMs, 0),
    limits: {
      documentBytes: file.limits.documentBytes,
      fileBytes: file.limits.uploadBytes,
      memoryBytes: 10_000_000,
    },
  })
  /** Does what was put off until now. */
  const catchUp = async () => {
    const now = due.filter(({ at }) => at <= clock.now())
    for (const one of now) due.splice(due.indexOf(one), 1)
    for (const { work } of now) await work()
  }
  return { clients, overlay, catchUp }
}

function askerOf(url: string) {
  const send = async (path: string, init: RequestInit) =>
    answerOf(await fetch(`${url}${path}`, { redirect: 'manual', ...init }))
  const ask: TestIndex['ask'] = (method, path, body, token = adminToken) =>
    send(path, {
      method,
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  return { ask, send }
}

const httpSettings = { ...defaultHttpSettings, oidcAudience: 'slipway' }

/** A log that keeps what people would read. */
function keptLog() {
  const errors: string[] = []
  const said: string[] = []
  const into = (lines: string[]) => (message: string, fields?: object) =>
    void lines.push(`${message} ${JSON.stringify(fields)}`)
  return { errors, said, log: { info: () => {}, warn: into(said), error: into(errors) } }
}

function settingsOf(yaml: string): ServerSettings {
  const parsed = parseServerFile(yaml)
  if (parsed.ok) return parsed.settings
  throw new Error(JSON.stringify(parsed.problems))
}

/** A server that is there before what it serves. */
async function listening() {
  let listener: Parameters<typeof createServer>[1]
  const server = createServer((request, response) => listener?.(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const serve = (app: typeof listener) => {
    listener = app
  }
  return { server, url: `http://127.0.0.1:${port}`, serve }
}

/** `yaml` is the server file; `stores` of an earlier index show what survives a restart. */
export async function startOverlaid(
  yaml: string,
  given: Stores | null = null,
  /** Compares the files of candidates with those of their baselines. */
  compares = false,
): Promise<OverlaidIndex> {
  const file = settingsOf(yaml)
  let offset = 0
  const clock = { now: () => Date.now() + offset }
  const { errors, said, log } = keptLog()
  const stores = given ?? openMemory(clock)
  let known: Engine | null = null
  const isReserved = (id: string) =>
    (known?.rolloutsOf(id) ?? []).some(({ startedAt, end }) => startedAt === null && end === null)
  const { clients, overlay, catchUp } = overlayOf(file, stores, clock, log, isReserved)
  const packages = {
    ...stores.packages,
    get: async (id: string) => (await stores.packages.get(id)) ?? overlay.record(id),
  }
  const { comparer, effector } = comparing(stores, compares, overlay)
  const engine = await createEngine({
    ...stores,
    packages,
    clock,
    forge: null,
    effector,
    compares,
    secret: 'secret of the test',
    random: (count) => randomBytes(count),
    settings: defaultEngineSettings,
    log,
  })
  known = engine
  const adopter = createAdopter({ ...stores, ...file.overlay, overlay, engine, clock, log })
  const { server, url, serve } = await listening()
  const adminTokenSha256 = createHash('sha256').update(adminToken).digest('hex')
  const settings = { ...httpSettings, publicUrl: url, adminTokenSha256, ...file.overlay }
  const signer = createRegistrySigner(makeRegistryKey())
  const served = { overlay: overlay.served, engine, clock, settings, log, ...(comparer && { comparer }) }
  serve(createApp({ ...stores, ...served, signer, bot: null }))
  const { ask, send } = askerOf(url)
  return {
    url,
    engine,
    stores,
    overlay,
    now: clock.now,
    errors,
    said,
    ask,
    get: (path, headers = {}) => send(path, { headers }),
    adopt: async (clients = 'ask') => {
      if (clients === 'ask') for (const id of await stores.notes.list()) overlay.served.peek(id)
      await adopter.pass()
    },
    token: async (scopes, names) =>
      String((await ask('POST', '/api/v1/tokens', { scopes, packages: names })).json.token),
    wait: async (ms) => {
      offset += ms
      await catchUp()
      await engine.tick()
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await engine.close()
      for (const client of Object.values(clients)) await client.close()
    },
  }
}
