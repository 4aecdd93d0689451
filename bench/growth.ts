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
  durationMs: number,
): Promise<readonly GrowthRow[]> {
  const rows: GrowthRow[] = []
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
    rows.push(await measureRow(data, size, paths, durationMs))
  }
  return rows
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
    rows.push(await measureRow(data, size, paths, durationMs))
  }
  return rows
}

async function measureRow(
  data: string,
  size: number,
  paths: readonly string[],
  durationMs: number,
): Promise<GrowthRow> {
  const server = await startSlipway(data)
  try {
    await sleep(2000)
    const idleMegabytes = await server.memoryMegabytes()
    const runs: { readonly perSecond: number; readonly processorUs: number }[] = []
    // Every document once, so that none is measured while it is rendered for the first time.
    await load(server, paths, 60_000, paths.length)
    for (let round = 0; round < 3; round += 1) runs.push(await load(server, paths, durationMs))
    return {
      size,
      perSecond: median(runs.map(({ perSecond }) => perSecond)),
      processorUs: median(runs.map(({ processorUs }) => processorUs)),
      startMs: server.startMs,
      idleMegabytes,
      servingMegabytes: await server.memoryMegabytes(),
    }
  } finally {
    await server.stop()
  }
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
