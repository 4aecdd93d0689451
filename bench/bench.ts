/**
 * `npm run bench [-- --quick] [-- --json] [-- --only TEXT]`: measures Slipway against a bare `node:http` server,
 * Verdaccio (`npm ci --prefix bench` installs it) and nginx (where one is installed, or `NGINX` names one), in
 * one run on one machine. Loopback only; everything it starts it stops, everything it writes it removes.
 */
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createEngine } from '../src/engine/core/create-engine.ts'
import { openSqlite } from '../src/stores/sql/open-sqlite.ts'
import { nodeProgram, outputOf } from './children.ts'
import { measureCold } from './cold.ts'
import type { Figures } from './figures.ts'
import { measureLiveRollouts, measurePackages } from './growth.ts'
import { engineParts, hostSample } from './host-samples.ts'
import { median } from './median.ts'
import { report } from './report.ts'
import { samples } from './sample-packages.ts'
import { buildSlipway, startSlipway } from './slipway-server.ts'
import { measureLarge, measureRollbacks } from './steer.ts'
import { measureThroughput } from './throughput.ts'
import { measureWebhooks } from './webhooks.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})
const full = {
  rounds: 9,
  durationMs: 1000,
  rollouts: 10_000,
  rollbacks: 300,
  packages: [10, 100, 1000, 10_000],
}
const quick = { rounds: 3, durationMs: 300, rollouts: 1000, rollbacks: 50, packages: [10, 100] }
const size = values.quick ? quick : full
const say = (line: string) => void process.stderr.write(`${line}\n`)

async function measureAll(folder: string): Promise<Figures> {
  const inFolder = async (name: string) => {
    const path = join(folder, name)
    await mkdir(path)
    return path
  }
  const before = loadavg()[0] ?? 0
  const data = await inFolder('samples')
  await hostSamples(data)
  const options = { ...size, data, folder: await inFolder('rivals'), only: values.only ?? null, say }
  const throughput = await measureThroughput(options)
  say('the 21 MB packument around changes')
  const views = await figuresOf('views-child.ts', data)
  const large = await measureLarge(data)
  say('the 21 MB packument out of another registry, asked for first')
  const cold = await measureCold(data, await inFolder('cold'), values.quick ? 2 : 5)
  say('start and idle memory')
  const start = await measureStart(await inFolder('empty'))
  say('webhooks')
  const webhooks = await measureWebhooks(await inFolder('webhooks'), size.durationMs * 5)
  say(`${size.rollouts} live rollouts`)
  const many = await inFolder('rollouts')
  await outputOf(nodeProgram('rollouts-seed.ts', many, String(size.rollouts + size.rollbacks)))
  const rollback = await measureRollbacks(many, size.rollbacks)
  const rollouts = await figuresOf('rollouts-child.ts', many)
  const canariesMs = await figuresOf('canaries-child.ts', many)
  say('growth')
  const liveRollouts = await measureLiveRollouts(folder, [1, 4, 20], size)
  const packages = await measurePackages(folder, size.packages, size.durationMs)
  const surroundings = {
    at: new Date().toISOString().slice(0, 16).replace('T', ' '),
    node: process.version.slice(1),
    processors: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    load: { before, after: loadavg()[0] ?? 0 },
    rounds: size.rounds,
    durationMs: size.durationMs,
  }
  return {
    surroundings,
    throughput,
    views,
    large,
    cold,
    rollback,
    rollouts,
    canariesMs,
    start,
    webhooks,
    liveRollouts,
    packages,
  }
}

/** Runs a measuring program over a data folder, with collections at its command. */
async function figuresOf(name: string, data: string) {
  const [program, ...args] = nodeProgram(name, data)
  return JSON.parse(await outputOf([program, '--expose-gc', ...args]))
}

async function hostSamples(data: string): Promise<void> {
  const stores = await openSqlite(data)
  const engine = await createEngine(engineParts(stores))
  for (const sample of Object.values(samples)) await hostSample(stores, engine, sample)
  await engine.close()
  await stores.close()
}

/** The median of five starts on an empty folder; memory five seconds after the last of them. */
async function measureStart(data: string): Promise<Figures['start']> {
  const times: number[] = []
  for (let start = 1; start <= 5; start += 1) {
    const server = await startSlipway(data)
    times.push(server.startMs)
    if (start === 5) {
      await new Promise((resolve) => setTimeout(resolve, 5000))
      const idleMegabytes = await server.memoryMegabytes()
      await server.stop()
      return { startMs: median(times), idleMegabytes }
    }
    await server.stop()
  }
  throw new Error('nothing was started')
}

const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'))
try {
  // nginx gives its worker to another user, who has to read what it sends.
  await chmod(folder, 0o755)
  await buildSlipway()
  const figures = await measureAll(folder)
  process.stdout.write(`${values.json ? JSON.stringify(figures, null, 2) : report(figures)}\n`)
} finally {
  await rm(folder, { recursive: true, force: true })
}
