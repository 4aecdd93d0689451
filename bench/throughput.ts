import { get, type IncomingHttpHeaders } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BareDocument } from './bare-child.ts'
import { type Case, cases } from './cases.ts'
import { runLoad, type ServerChild } from './children.ts'
import { median } from './median.ts'
import { startBare, startNginx, startVerdaccio } from './reference-servers.ts'
import { startSlipway } from './slipway-server.ts'

export type Rival = 'bare' | 'nginx' | 'verdaccio' | 'slipway'

/** One case over all rounds. Ratios are medians of the rounds' own ratios, Slipway over the other. */
export interface Throughput {
  readonly name: string
  readonly bytes: number
  readonly perSecond: Readonly<Partial<Record<Rival, number>>>
  /** Processor time of the server for one answer. */
  readonly processorUs: Readonly<Partial<Record<Rival, number>>>
  /** The other's processor time for one answer over Slipway's: the ratio that other work on the machine leaves alone. */
  readonly ofBareByProcessor: number
  readonly ofVerdaccioByProcessor: number | null
  readonly p99Ms: number
  readonly ofBare: number
  readonly ofNginx: number | null
  readonly ofVerdaccio: number | null
  readonly note: string
  readonly bars: Case['bars']
}

/**
 * Measures every case against every server, one after the other in interleaved rounds: whatever else the
 * machine does falls on all of them alike, and the median of the rounds' ratios decides.
 */
export async function measureThroughput(options: {
  readonly folder: string
  readonly data: string
  readonly rounds: number
  readonly durationMs: number
  readonly only: string | null
  readonly say: (line: string) => void
}): Promise<readonly Throughput[]> {
  const slipway = await startSlipway(options.data)
  const started: ServerChild[] = [slipway]
  try {
    const documents = await Promise.all(cases.map((one, index) => fetchDocument(slipway.port, one, index)))
    const named = cases.map(({ verdaccio }, index) => ({
      path: verdaccio?.path ?? '',
      document: documents[index],
    }))
    const npm = named.flatMap(({ path, document }) =>
      document && /^\/npm\//.test(document.asked) && !document.headers['content-encoding']
        ? [{ name: path.slice(1), body: document.bytes }]
        : [],
    )
    const bare = await startBare(documents)
    started.push(bare)
    const verdaccio = await startVerdaccio(options.folder, npm)
    if (verdaccio) started.push(verdaccio)
    const nginx = await startNginx(options.folder, documents)
    if (nginx) started.push(nginx)
    options.say(
      `verdaccio: ${verdaccio ? 'yes' : 'not installed'}; nginx: ${nginx ? 'yes' : 'not installed'}`,
    )
    const ports = { bare, nginx, verdaccio, slipway }
    const results: Throughput[] = []
    for (const [index, one] of cases.entries()) {
      if (options.only !== null && !one.name.includes(options.only)) continue
      const bytes = documents[index]?.bytes.length ?? 0
      results.push(await measureCase(one, index, bytes, ports, options))
    }
    return results
  } finally {
    for (const child of started.toReversed()) await child.stop()
  }
}

type Servers = Readonly<Record<Rival, ServerChild | null>>

async function measureCase(
  one: Case,
  index: number,
  bytes: number,
  servers: Servers,
  options: { readonly rounds: number; readonly durationMs: number; readonly say: (line: string) => void },
): Promise<Throughput> {
  const rounds: Partial<Record<Rival, number>>[] = []
  const costRounds: Partial<Record<Rival, number>>[] = []
  const p99: number[] = []
  const rivals = (['bare', 'slipway', 'nginx', 'verdaccio'] as const).filter(
    (rival) => servers[rival] !== null && (rival !== 'verdaccio' || one.verdaccio !== null),
  )
  for (let round = 0; round < options.rounds; round += 1) {
    const speeds: Partial<Record<Rival, number>> = {}
    const costs: Partial<Record<Rival, number>> = {}
    // Every other round backwards, so that nobody is always the one after the heaviest.
    for (const rival of round % 2 === 0 ? rivals : rivals.toReversed()) {
      const server = servers[rival]
      if (server === null) continue
      const { port } = server
      const before = await server.processorMs()
      const result = await runLoad({
        port,
        paths: pathsFor(one, index, rival),
        headers: one.headers,
        connections: one.connections,
        warmupMs: round === 0 ? options.durationMs : options.durationMs / 5,
        durationMs: options.durationMs,
      })
      if (result.refused > 0) throw new Error(`${rival} refused ${result.refused} requests of ${one.name}`)
      speeds[rival] = result.perSecond
      costs[rival] = (1000 * ((await server.processorMs()) - before)) / result.allResponses
      if (rival === 'slipway') p99.push(result.p99Ms)
      await sleep(20)
    }
    rounds.push(speeds)
    costRounds.push(costs)
    const shown = `${JSON.stringify(rounded(speeds))} a second, ${JSON.stringify(rounded(costs))} us of processor`
    options.say(`${one.name}, round ${round + 1}: ${shown}`)
  }
  const speedOf = (rival: Rival) => median(rounds.map((round) => round[rival] ?? 0))
  const ratio = (rival: Rival) =>
    rivals.includes(rival) ? median(rounds.map((round) => (round.slipway ?? 0) / (round[rival] ?? 1))) : null
  const costRatio = (rival: Rival) =>
    rivals.includes(rival)
      ? median(costRounds.map((round) => (round[rival] ?? 0) / (round.slipway ?? 1)))
      : null
  return {
    name: one.name,
    bytes,
    perSecond: Object.fromEntries(rivals.map((rival) => [rival, speedOf(rival)])),
    processorUs: Object.fromEntries(
      rivals.map((rival) => [rival, median(costRounds.map((round) => round[rival] ?? 0))]),
    ),
    ofBareByProcessor: costRatio('bare') ?? 0,
    ofVerdaccioByProcessor: costRatio('verdaccio'),
    p99Ms: median(p99),
    ofBare: ratio('bare') ?? 0,
    ofNginx: ratio('nginx'),
    ofVerdaccio: ratio('verdaccio'),
    note: one.verdaccio?.note ?? '',
    bars: one.bars,
  }
}

const rounded = (speeds: Partial<Record<Rival, number>>) =>
  Object.fromEntries(Object.entries(speeds).map(([rival, speed]) => [rival, Math.round(speed)]))

/** The same document has another address on each server; cases with one address and two types have two here. */
function pathsFor(one: Case, index: number, rival: Rival): readonly string[] {
  if (rival === 'slipway') return one.paths
  if (rival === 'verdaccio') return [one.verdaccio?.path ?? '/']
  return one.paths.map((path) => path.replace(/\/(npm|pypi)\//, `/case-${index}/$1/`))
}

/** What Slipway sends, for the others to send the same. */
async function fetchDocument(
  port: number,
  one: Case,
  index: number,
): Promise<BareDocument & { readonly bytes: Buffer; readonly asked: string }> {
  const path = one.paths[0] ?? '/'
  const { bytes, given } = await bytesOf(port, path, one.headers)
  const kept = ['content-type', 'content-length', 'content-encoding', 'etag', 'cache-control', 'vary']
  const headers = Object.fromEntries(
    kept.flatMap((name) => (given[name] ? [[name, String(given[name])]] : [])),
  )
  const asked = path.replace(/^\/as\/[^/]+/, '')
  return {
    path: asked.replace(/\/(npm|pypi)\//, `/case-${index}/$1/`),
    headers,
    body: bytes.toString('base64'),
    bytes,
    asked,
  }
}

/** A body as it goes over the wire, compressed or not. */
function bytesOf(port: number, path: string, headers: Case['headers']) {
  return new Promise<{ readonly bytes: Buffer; readonly given: IncomingHttpHeaders }>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, headers }, async (response) => {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      if (response.statusCode === 200) resolve({ bytes: Buffer.concat(chunks), given: response.headers })
      else reject(new Error(`${path}: ${response.statusCode} ${Buffer.concat(chunks)}`))
    }).on('error', reject)
  })
}
