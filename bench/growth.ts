import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createEngine } from '../src/engine/core/create-engine.ts'
import type { Engine } from '../src/engine/core/engine.ts'
import { openSqlite } from '../src/stores/sql/open-sqlite.ts'
import { nodeProgram, outputOf, runLoad, type ServerChild } from './children.ts'
import { engineParts, operator, raise, release, steppedPolicy } from './host-samples.ts'
import { median } from './median.ts'
import { samplePackage, samples } from './sample-packages.ts'
import { startSlipway } from './slipway-server.ts'

/** What one size costs. */
export interface GrowthRow {
  readonly size: number
  readonly perSecond: number
  /** Processor time of the server for one answer. */
  readonly processorUs: number
  readonly startMs: number
  /** Resident, two seconds after the start and before any request. */
  readonly idleMegabytes: number
  /** Resident after every document was asked for. */
  readonly servingMegabytes: number
  /**
   * As a share of the first size's: answers a second in the fastest third of rounds, because what else the machine does
   * only ever slows; and answers by processor time, the median over rounds that take turns.
   */
  readonly shareOfFirst: { readonly perSecond: number; readonly byProcessor: number }
}

const headers = { accept: 'application/vnd.npm.install-v1+json', 'user-agent': 'npm/11.6.2 node/v24.21.0' }
const keys = Array.from({ length: 1000 }, (_, index) => `r-key${index}`)

/**
 * A package with so many live rollouts, one in each major version, asked for under 1,000 keys. The package has the same
 * versions at every size; what is not live has completed. Each live one has a percent of its own, the oldest most.
 */
export async function measureLiveRollouts(
  folder: string,
  sizes: readonly number[],
  timing: { readonly durationMs: number; readonly rounds: number },
): Promise<readonly GrowthRow[]> {
  const rows: Growing[] = []
  const most = Math.max(...sizes)
  for (const size of sizes) {
    const data = join(folder, `live-${size}`)
    await mkdir(data)
    const stores = await openSqlite(data)
    const percents = Array.from({ length: most }, (_, index) => Math.round((90 * (most - index)) / most))
    const engine = await createEngine(engineParts(stores, steppedPolicy(percents.toReversed())))
    const sample = { ...samples.small, id: 'npm:many-lines' }
    await stores.packages.put(samplePackage(sample, Date.now()), 0)
    for (let major = 1; major <= most; major += 1) {
      await release(stores, engine, sample, `${major}.0.0`)
      await complete(engine, `${sample.id}@${major}.0.0`)
    }
    for (let major = 1; major <= most; major += 1) {
      await release(stores, engine, sample, `${major}.1.0`)
      const id = `${sample.id}@${major}.1.0`
      if (major <= most - size) await complete(engine, id)
      else await raise(engine, id, (percents[major - 1 - (most - size)] ?? 0) * 100)
    }
    await engine.close()
    await stores.close()
    const paths = keys.map((key) => `/as/${key}/npm/many-lines`)
    rows.push({ data, size, paths })
  }
  return measureInTurns(rows, timing)
}

async function complete(engine: Engine, id: string): Promise<void> {
  for (;;) {
    const state = engine.find(id)
    if (state === null || state.end !== null) return
    await engine.run(state.id, { type: 'advance', to: null, files: [] }, operator)
  }
}

/** So many packages with a live rollout each, every document asked for in turn. */
export async function measurePackages(
  folder: string,
  sizes: readonly number[],
  durationMs: number,
): Promise<readonly GrowthRow[]> {
  const rows: GrowthRow[] = []
  for (const size of sizes) {
    const data = join(folder, `packages-${size}`)
    await mkdir(data, { recursive: true })
    await outputOf(nodeProgram('rollouts-seed.ts', data, String(size)))
    const paths = Array.from({ length: size }, (_, index) => `/npm/package-${index}`)
    rows.push(...(await measureInTurns([{ data, size, paths }], { durationMs, rounds: 3 })))
  }
  return rows
}

interface Growing {
  readonly data: string
  readonly size: number
  readonly paths: readonly string[]
}

type Load = Awaited<ReturnType<typeof load>>

/**
 * A server for each size, all at once, that take turns in being asked: what else the machine does meanwhile meets all of
 * them. The order is turned about from round to round.
 */
async function measureInTurns(
  sizes: readonly Growing[],
  { durationMs, rounds }: { readonly durationMs: number; readonly rounds: number },
): Promise<readonly GrowthRow[]> {
  const servers: { readonly server: ServerChild; readonly idleMegabytes: number; readonly runs: Load[] }[] =
    []
  try {
    for (const { data, paths } of sizes) {
      const server = await startSlipway(data)
      await sleep(2000)
      servers.push({ server, idleMegabytes: await server.memoryMegabytes(), runs: [] })
      // Every document once, so that none is measured while it is rendered for the first time.
      await load(server, paths, 60_000, paths.length)
    }
    for (let round = 0; round < rounds; round += 1) {
      const order = round % 2 === 0 ? [...sizes.keys()] : [...sizes.keys()].reverse()
      for (const index of order) {
        const one = servers[index]
        one?.runs.push(await load(one.server, sizes[index]?.paths ?? [], durationMs))
      }
    }
    const first = servers[0]?.runs ?? []
    return await Promise.all(
      servers.map(async ({ server, idleMegabytes, runs }, index) => ({
        size: sizes[index]?.size ?? 0,
        perSecond: median(runs.map(({ perSecond }) => perSecond)),
        processorUs: median(runs.map(({ processorUs }) => processorUs)),
        startMs: server.startMs,
        idleMegabytes,
        servingMegabytes: await server.memoryMegabytes(),
        shareOfFirst: {
          perSecond: fastest(runs) / fastest(first),
          byProcessor: median(
            runs.map(({ processorUs }, at) => (first[at]?.processorUs ?? processorUs) / processorUs),
          ),
        },
      })),
    )
  } finally {
    for (const { server } of servers) await server.stop()
  }
}

function fastest(runs: readonly Load[]): number {
  const sorted = runs.map(({ perSecond }) => perSecond).sort((left, right) => right - left)
  return median(sorted.slice(0, Math.ceil(sorted.length / 3)))
}

async function load(
  server: ServerChild,
  paths: readonly string[],
  durationMs: number,
  mostRequests = 1_000_000,
) {
  const before = await server.processorMs()
  const result = await runLoad({
    port: server.port,
    paths,
    headers,
    warmupMs: 0,
    durationMs,
    mostRequests,
  })
  if (result.refused > 0) throw new Error(`${result.refused} requests were refused`)
  const spent = (await server.processorMs()) - before
  return { perSecond: result.perSecond, processorUs: (1000 * spent) / result.allResponses }
}
