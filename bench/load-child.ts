/** Sends requests for a while and prints what came back, as JSON. Its plan comes as JSON on stdin. */
import { text } from 'node:stream/consumers'
import { runConnection, type WireTotals } from './wire-client.ts'

/** What to send. Times in ms. */
export interface LoadPlan {
  readonly port: number
  /** Sent in turn by each connection; `{n}` becomes a number that no other request has. */
  readonly paths: readonly string[]
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly connections: number
  readonly warmupMs: number
  readonly durationMs: number
  /** No more requests than this, warm-up included. */
  readonly mostRequests: number
}

/** What came back after the warm-up. */
export interface LoadResult {
  readonly perSecond: number
  readonly megabytesPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly refused: number
  readonly responses: number
  /** Warm-up included. */
  readonly allResponses: number
}

const plan: LoadPlan = JSON.parse(await text(process.stdin))
const heads = plan.paths.map((path) => headOf(path))
const numbered = heads.some((head) => head.includes('{n}'))
const fixed = heads.map((head) => Buffer.from(head + plan.body))
let sent = 0

function headOf(path: string): string {
  const { method, headers, body } = plan
  const length = method === 'POST' ? { 'content-length': String(Buffer.byteLength(body)) } : {}
  const lines = Object.entries({ host: '127.0.0.1', ...headers, ...length })
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

async function stretch(ms: number): Promise<{ readonly totals: WireTotals; readonly seconds: number }> {
  const totals: WireTotals = { responses: 0, bytes: 0, refused: 0, latenciesMs: [] }
  const begin = performance.now()
  const next = (): Buffer | null => {
    if (performance.now() - begin >= ms || sent >= plan.mostRequests) return null
    sent += 1
    if (!numbered) return fixed[sent % fixed.length] ?? null
    return Buffer.from((heads[sent % heads.length] ?? '').replace('{n}', String(sent)) + plan.body)
  }
  const connections = Array.from({ length: plan.connections }, () => runConnection(plan.port, next, totals))
  await Promise.all(connections)
  return { totals, seconds: (performance.now() - begin) / 1000 }
}

const warmup = plan.warmupMs > 0 ? await stretch(plan.warmupMs) : null
const { totals, seconds } = await stretch(plan.durationMs)
const sorted = totals.latenciesMs.toSorted((a, b) => a - b)
const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
const result: LoadResult = {
  perSecond: totals.responses / seconds,
  megabytesPerSecond: totals.bytes / seconds / 1e6,
  p50Ms: at(0.5),
  p99Ms: at(0.99),
  refused: totals.refused,
  responses: totals.responses,
  allResponses: totals.responses + (warmup?.totals.responses ?? 0),
}
process.stdout.write(JSON.stringify(result))
