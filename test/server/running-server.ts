/** A whole server in this process, over memory, on a free port; and what publishes to it. */
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { create } from 'tar'
import { createHostedComparer } from '../../src/contents/hosted/compare-hosted.ts'
import { compareInThread } from '../../src/contents/hosted/compare-thread.ts'
import { createEngine } from '../../src/engine/core/create-engine.ts'
import type { Engine } from '../../src/engine/core/engine.ts'
import { defaultEngineSettings } from '../../src/engine/core/engine-parts.ts'
import { createSeriesPlans } from '../../src/engine/starting/series-plans.ts'
import { withContents } from '../../src/main/with-contents.ts'
import { withHttpGate } from '../../src/main/with-http-gate.ts'
import type { Scope } from '../../src/ports/access-store.ts'
import type { Effector } from '../../src/ports/effector.ts'
import type { Forge } from '../../src/ports/forge.ts'
import type { Overlay } from '../../src/ports/upstream.ts'
import { createApp } from '../../src/server/app.ts'
import { defaultHttpSettings, type HttpSettings } from '../../src/server/http/http-settings.ts'
import { createRegistrySigner, makeRegistryKey } from '../../src/server/npm/registry-signer.ts'
import type { ServerParts } from '../../src/server/server-parts.ts'
import { openMemory } from '../../src/stores/memory/open-memory.ts'
import type { Stores } from '../../src/stores/stores.ts'
import { writeTree } from '../action/package-files.ts'
import { scratchFolder } from './scratch-folder.ts'

export const adminToken = 'operator-of-the-test'

export interface TestIndex {
  readonly url: string
  readonly engine: Engine
  readonly stores: Stores
  /** What went wrong without anybody being told. */
  readonly errors: readonly string[]
  /** A request as the operator, or with another token, or (null) as nobody. */
  ask(method: string, path: string, body?: unknown, token?: string | null): Promise<Answer>
  /** Makes a token and gives its secret. */
  token(scopes: readonly Scope[], packages: readonly string[]): Promise<string>
  /** Lets time pass and ticks. */
  wait(ms: number): Promise<void>
  now(): number
  close(): Promise<void>
}

export interface Answer {
  readonly status: number
  readonly statusText: string
  readonly headers: Headers
  readonly text: string
  readonly json: Record<string, unknown>
}

type IndexParts = Partial<Pick<ServerParts, 'bot'>> & {
  readonly forge?: Forge
  /** Applies effects; absent: none are. */
  readonly effector?: Effector
  /** When the made-up time begins; absent: now. */
  readonly startsAt?: string
  /** What the routes are given for the engine. */
  readonly seenAs?: (engine: Engine) => Engine
  /** Compares the files of candidates with those of their baselines. */
  readonly compares?: true
}

/** What compares the files of candidates, where a test wants that. */
export function comparing(stores: Stores, wanted: boolean, overlay: Overlay | null = null) {
  if (!wanted) return { comparer: null, effector: null }
  const comparer = createHostedComparer({
    ...stores,
    overlay,
    verify: async () => ({ ok: false, why: 'not asked' }),
    run: compareInThread,
  })
  const noGate = { ask: () => Promise.reject(new Error('no gate is asked here')) }
  return { comparer, effector: withContents(withHttpGate(null, noGate), comparer) }
}

export async function startIndex(
  change: Partial<HttpSettings> = {},
  parts: IndexParts = {},
): Promise<TestIndex> {
  let offset = parts.startsAt === undefined ? 0 : Date.parse(parts.startsAt) - Date.now()
  const clock = { now: () => Date.now() + offset }
  const errors: string[] = []
  const note = (message: string, fields?: object) => void errors.push(`${message} ${JSON.stringify(fields)}`)
  const log = { info: () => {}, warn: note, error: note }
  const stores = openMemory(clock)
  const { comparer, effector } = comparing(stores, parts.compares === true)
  const engine = await createEngine({
    ...stores,
    clock,
    forge: parts.forge ?? null,
    effector: parts.effector ?? effector,
    compares: parts.compares === true,
    secret: 'secret of the test',
    random: (count) => randomBytes(count),
    settings: defaultEngineSettings,
    log,
  })
  let listener: Parameters<typeof createServer>[1]
  const server = createServer((request, response) => listener?.(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const adminTokenSha256 = createHash('sha256').update(adminToken).digest('hex')
  const settings = {
    ...defaultHttpSettings,
    oidcAudience: 'slipway',
    publicUrl: url,
    adminTokenSha256,
    ...change,
  }
  listener = createApp({
    ...stores,
    ...(comparer && { comparer }),
    signer: createRegistrySigner(makeRegistryKey()),
    engine: parts.seenAs?.(engine) ?? engine,
    clock,
    settings,
    overlay: null,
    bot: parts.bot ?? null,
    ...(parts.forge && { plans: createSeriesPlans({ forge: parts.forge, ...stores, clock, log }) }),
    log,
  })
  const ask = askerOf(url)
  return {
    url,
    engine,
    stores,
    errors,
    ask,
    token: async (scopes, packages) => {
      const made = await ask('POST', '/api/v1/tokens', { scopes, packages })
      return String(made.json.token)
    },
    wait: async (ms) => {
      offset += ms
      await engine.tick()
    },
    now: clock.now,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await engine.close()
    },
  }
}

function askerOf(url: string): TestIndex['ask'] {
  return async (method, path, body, token = adminToken) => {
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return answerOf(response)
  }
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== ''
  const { status, statusText, headers } = response
  return { status, statusText, headers, text, json: isJson ? JSON.parse(text) : {} }
}

/** A real package tarball. */
export async function packNpm(name: string, version: string, more: object = {}): Promise<Buffer> {
  const folder = await scratchFolder()
  const manifest = JSON.stringify({ name, version, main: 'index.js', ...more })
  const script = `module.exports = ${JSON.stringify(version)}\n`
  await writeTree(folder, { 'package/package.json': manifest, 'package/index.js': script })
  const chunks: Buffer[] = []
  for await (const chunk of create({ gzip: true, cwd: folder }, ['package'])) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** The document that `npm publish` puts, changed by the test where it wants; `more` stands in the tarball, too. */
export async function npmDocument(name: string, version: string, tag = 'latest', more: object = {}) {
  const bytes = await packNpm(name, version, more)
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
  const shasum = createHash('sha1').update(bytes).digest('hex')
  const manifest: Record<string, unknown> = { name, version, ...more, dist: { integrity, shasum } }
  const attachment: Record<string, unknown> = { data: bytes.toString('base64'), length: bytes.length }
  return {
    _id: name,
    name,
    'dist-tags': { [tag]: version },
    versions: { [version]: manifest },
    _attachments: { [`${name}-${version}.tgz`]: attachment },
  }
}

/** Publishes as npm does, without the second that npm takes to start. */
export async function publishNpm(
  index: TestIndex,
  name: string,
  version: string,
  options: { readonly tag?: string; readonly token?: string | null; readonly manifest?: object } = {},
): Promise<Answer> {
  const document = await npmDocument(name, version, options.tag, options.manifest)
  return index.ask('PUT', `/npm/${name.replace('/', '%2f')}`, document, options.token)
}

/** 1.0.0 for everybody and 1.1.0 in its rollout. */
export async function withCandidate(index: TestIndex, name: string): Promise<void> {
  for (const version of ['1.0.0', '1.1.0']) {
    const answer = await publishNpm(index, name, version)
    if (answer.status !== 201) throw new Error(`publish ${name}@${version}: ${answer.status} ${answer.text}`)
  }
}

/** The npm document of a view. */
export async function npmDocumentOf(index: TestIndex, view: string, name: string) {
  const response = await fetch(`${index.url}${view}/npm/${name}`, {
    headers: { accept: 'application/vnd.npm.install-v1+json' },
  })
  return (await response.json()) as {
    'dist-tags': Record<string, string>
    versions: Record<string, { deprecated?: string; dist: { tarball: string } }>
  }
}
