/**
 * Measures the exposure test over made-up worlds and writes the figures into docs/statistics.md:
 * `node scripts/measure-exposure-test.ts [worlds]`, 10,000 by default; some minutes on two cores.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { mismatchProof } from '../src/gates/statistics/ratio-evidence.ts'
import { tellWorld, type WorldShape } from './exposure-worlds.ts'

const maxHarm = 0.05
const proof = 20
const threads = 2

interface Row {
  readonly shape: WorldShape
  readonly worlds: number
}

/** Sums over worlds. */
interface Tally {
  readonly worlds: number
  readonly shown: number
  readonly ruledOut: number
  readonly mismatch: number
  readonly percents: number
  readonly looks: number
}

const none: Tally = { worlds: 0, shown: 0, ruledOut: 0, mismatch: 0, percents: 0, looks: 0 }

/** Larger worlds take longer, so there are fewer of them. */
function rowsOf(worlds: number): readonly Row[] {
  const days = 7
  const shape = (repositories: number, harm: number, kind: WorldShape['kind']) => ({
    repositories,
    harm,
    kind,
    days,
  })
  const hourly = (often: WorldShape) => ({ ...often, lookMs: 3_600_000 })
  return [
    { shape: shape(30, 0, 'broken'), worlds },
    { shape: shape(100, 0, 'broken'), worlds },
    { shape: shape(100, 0.05, 'broken'), worlds: worlds / 20 },
    { shape: shape(100, 0.05, 'flaky'), worlds: worlds / 20 },
    { shape: shape(100, 0.2, 'broken'), worlds: worlds / 20 },
    { shape: shape(100, 0.2, 'flaky'), worlds: worlds / 20 },
    { shape: shape(300, 0, 'broken'), worlds: worlds / 50 },
    { shape: shape(300, 0.05, 'broken'), worlds: worlds / 50 },
    { shape: shape(300, 0.05, 'flaky'), worlds: worlds / 50 },
    { shape: shape(300, 0.2, 'broken'), worlds: worlds / 50 },
    { shape: hourly(shape(1000, 0, 'broken')), worlds: worlds / 100 },
    { shape: hourly(shape(1000, 0.05, 'broken')), worlds: worlds / 100 },
  ]
}

function tally(shape: WorldShape, from: number, to: number): Tally {
  let sums = none
  for (let seed = from; seed < to; seed += 1) {
    const story = tellWorld(shape, seed, maxHarm, proof)
    sums = add(sums, {
      worlds: 1,
      shown: Number(story.ofHarm >= proof),
      ruledOut: Number(story.againstMaxHarm >= proof),
      mismatch: Number(story.mismatch >= mismatchProof),
      percents: story.shownAtPercent ?? 0,
      looks: story.looks,
    })
  }
  return sums
}

function add(left: Tally, right: Tally): Tally {
  return {
    worlds: left.worlds + right.worlds,
    shown: left.shown + right.shown,
    ruledOut: left.ruledOut + right.ruledOut,
    mismatch: left.mismatch + right.mismatch,
    percents: left.percents + right.percents,
    looks: left.looks + right.looks,
  }
}

function tallyApart(shape: WorldShape, from: number, to: number): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { shape, from, to } })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

async function measure({ shape, worlds }: Row): Promise<string> {
  const part = Math.ceil(worlds / threads)
  const parts = Array.from({ length: threads }, (_, index) =>
    tallyApart(shape, 1 + index * part, 1 + Math.min(worlds, (index + 1) * part)),
  )
  const sums = (await Promise.all(parts)).reduce(add, none)
  const share = (count: number) => `${((count / sums.worlds) * 100).toFixed(count === 0 ? 0 : 2)} %`
  const at = sums.shown === 0 ? '' : `${(sums.percents / sums.shown).toFixed(0)} %`
  const harm = shape.harm === 0 ? 'none' : `${shape.harm * 100} points, ${shape.kind}`
  const looks = Math.round(sums.looks / sums.worlds)
  const cells = [shape.repositories, harm, sums.worlds, looks, share(sums.shown), at]
  return `| ${[...cells, share(sums.ruledOut), `${sums.mismatch} of ${sums.worlds}`].join(' | ')} |`
}

async function main(): Promise<void> {
  const worlds = Number(process.argv[2] ?? 10_000)
  const place = new URL('../docs/statistics.md', import.meta.url)
  const lines = [
    '| repositories | harm | worlds | looks per world | harm shown | at percent (mean) | 5 points ruled out | shares do not fit |',
    '|---|---|---|---|---|---|---|---|',
  ]
  for (const row of rowsOf(worlds)) {
    lines.push(await measure(row))
    console.log(lines.at(-1))
  }
  const text = readFileSync(place, 'utf8')
  const [before, rest = ''] = text.split('<!-- measured -->\n')
  const after = rest.split('<!-- end -->')[1] ?? '\n'
  writeFileSync(place, `${before}<!-- measured -->\n${lines.join('\n')}\n<!-- end -->${after}`)
}

if (isMainThread) await main()
else {
  const { shape, from, to } = workerData
  parentPort?.postMessage(tally(shape, from, to))
}
