/** Measures the engine over a data folder with many rollouts in this process and prints figures as JSON. */
import { createEngine } from '../src/engine/core/create-engine.ts'
import { decide } from '../src/rollout/deciding/decide.ts'
import { basisPointsOf, isLive } from '../src/rollout/history/phase.ts'
import type { RolloutState } from '../src/rollout/history/state.ts'
import { openSqlite } from '../src/stores/sql/open-sqlite.ts'
import { engineParts } from './host-samples.ts'

/** What many live rollouts cost. */
export interface RolloutFigures {
  readonly live: number
  /** Reading all of their events at start. */
  readonly loadMs: number
  /** A tick that finds nothing due. */
  readonly idleTickMs: number
  /** A tick at which every one of them enters its next stage, stored on SQLite. */
  readonly raisingTickMs: number
  /** The heap in use with all of them loaded, in MB. */
  readonly heapMegabytes: number
  /** One `decide` of a tick, best of several rounds. */
  readonly decideUs: number
}

const hour = 60 * 60_000
let now = Date.now()

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work()
  return performance.now() - begin
}

function decideUs(state: RolloutState): number {
  const actor = { kind: 'system' } as const
  const command = { type: 'tick', freeze: null, files: [], at: now, actor, reason: '' } as const
  const rounds = Array.from({ length: 20 }, () => {
    const begin = performance.now()
    for (let round = 0; round < 10_000; round += 1) decide(command, state)
    return (performance.now() - begin) / 10
  })
  return Math.min(...rounds)
}

const stores = await openSqlite(process.argv[2] ?? '')
const open = () => createEngine({ ...engineParts(stores), clock: { now: () => now } })
let engine = await open()
await engine.close()
const loadMs = await timed(async () => {
  engine = await open()
})
const live = engine.all().filter(isLive)
globalThis.gc?.()
const heapMegabytes = process.memoryUsage().heapUsed / 1e6
const first = live[0]
if (first === undefined) throw new Error('nothing is live')
const cost = decideUs(first)
// The first tick also compares effects, which it does once a minute.
await engine.tick()
const idleTickMs = await timed(engine.tick)
now += hour + 1
const raisingTickMs = await timed(engine.tick)
const raised = engine.all().filter((state) => isLive(state) && basisPointsOf(state) === 5000).length
if (raised !== live.length) throw new Error(`${raised} of ${live.length} were raised`)
const figures: RolloutFigures = {
  live: live.length,
  loadMs,
  idleTickMs,
  raisingTickMs,
  heapMegabytes,
  decideUs: cost,
}
process.stdout.write(JSON.stringify(figures))
await engine.close()
await stores.close()
