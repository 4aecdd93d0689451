/**
 * `npm run bench:evidence -- --static`: what contents and usage find in real bad releases and in ordinary ones.
 * Files come by pip, uv and npm into a folder outside of the repository and are taken once; a run goes on where
 * the last one ended. `--large` measures pairs of 40 MB instead. `--rows FILE` takes other rows of the same shape, `--only pypi|npm` one ecosystem.
 */
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Comparison, Dependent } from '../../src/contents/compare-releases.ts'
import {
  compareNpm,
  comparePypi,
  npmDependents,
  type Pair,
  pairsBefore,
  pypiDependents,
} from './compared-pairs.ts'
import { measureLargePairs } from './large-pairs.ts'
import { readRows } from './rows.ts'

const { values } = parseArgs({
  options: {
    static: { type: 'boolean' },
    large: { type: 'boolean' },
    rows: { type: 'string', default: fileURLToPath(new URL('bad-releases.json', import.meta.url)) },
    cache: { type: 'string', default: join(homedir(), '.cache', 'slipway-bench') },
    only: { type: 'string' },
    pairs: { type: 'string', default: '3' },
  },
})
if (values.large === true) {
  await measureLargePairs()
  process.exit(0)
}
if (values.static !== true) {
  process.stderr.write('bench:evidence: give --static; legs that run something are not here yet\n')
  process.exit(2)
}
const { cache } = values
mkdirSync(cache, { recursive: true })
const rows = readRows(values.rows)

/** Pairs of one ecosystem and what was found in each. */
interface Tally {
  readonly kinds: Map<string, { caught: number; of: number }>
  readonly codes: Map<string, { bad: number; good: number }>
  good: number
  stopped: number
  held: number
  caught: number
  bad: number
}

const emptyTally = (): Tally => ({
  kinds: new Map(),
  codes: new Map(),
  good: 0,
  stopped: 0,
  held: 0,
  caught: 0,
  bad: 0,
})
const heldBy = ({ findings }: Comparison) => findings.filter(({ level }) => level !== 'say')

function countBad(tally: Tally, kind: string, id: string, comparison: Comparison): void {
  const found = heldBy(comparison)
  const counts = tally.kinds.get(kind) ?? { caught: 0, of: 0 }
  counts.of += 1
  tally.bad += 1
  if (found.length > 0) {
    counts.caught += 1
    tally.caught += 1
  }
  tally.kinds.set(kind, counts)
  for (const { code } of found) count(tally, code, 'bad')
  process.stdout.write(
    `${found.length > 0 ? 'caught' : 'missed'} ${id}: ${found.map(({ level, code }) => `${level} ${code}`).join(', ') || 'nothing'}\n`,
  )
}

function countGood(tally: Tally, pair: Pair, comparison: Comparison): void {
  const found = heldBy(comparison)
  tally.good += 1
  if (found.length === 0) return
  tally.held += 1
  if (found.some(({ level }) => level === 'stop')) tally.stopped += 1
  for (const { code } of found) count(tally, code, 'good')
  process.stdout.write(
    `false alarm ${pair.package} ${pair.from} -> ${pair.to}: ${found.map(({ level, code, what }) => `${level} ${code} ${what[0] ?? ''}`).join(', ')}\n`,
  )
}

function count(tally: Tally, code: string, side: 'bad' | 'good'): void {
  const known = tally.codes.get(code) ?? { bad: 0, good: 0 }
  known[side] += 1
  tally.codes.set(code, known)
}

function print(ecosystem: string, tally: Tally, skipped: number): void {
  const share = (part: number, all: number) =>
    `${part} of ${all} (${all === 0 ? '-' : ((100 * part) / all).toFixed(1)} %)`
  const lines = [
    `\n${ecosystem}: caught ${share(tally.caught, tally.bad)}; of ordinary releases stopped ${share(tally.stopped, tally.good)}, stopped or asked about ${share(tally.held, tally.good)}; not taken: ${skipped}`,
    ...[...tally.kinds].map(([kind, { caught, of }]) => `  ${kind.padEnd(14)} ${share(caught, of)}`),
    `  ${'code'.padEnd(36)} bad  ordinary`,
    ...[...tally.codes]
      .sort()
      .map(
        ([code, { bad, good }]) =>
          `  ${code.padEnd(36)} ${String(bad).padStart(3)}  ${String(good).padStart(8)}`,
      ),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

async function runPypi(): Promise<void> {
  const tally = emptyTally()
  let skipped = 0
  const bad = new Set(rows.pypi.rows.map((row) => `${row.package}@${row.bad}`))
  // The same dependents are read for ordinary releases: usage has false alarms of its own.
  const ordinary = new Map<string, { readonly pair: Pair; readonly dependents: readonly Dependent[] }>()
  for (const row of rows.pypi.rows) {
    const dependents = await pypiDependents(cache, row)
    const comparison = await comparePypi(
      cache,
      { package: row.package, from: row.good, to: row.bad },
      dependents,
    )
    if (comparison === null) skipped += 1
    else countBad(tally, row.kind, row.id, comparison)
    for (const pair of await pairsBefore(cache, row, Number(values.pairs)))
      if (!bad.has(`${pair.package}@${pair.to}`))
        ordinary.set(`${pair.package} ${pair.from} ${pair.to}`, { pair, dependents })
  }
  for (const { pair, dependents } of ordinary.values()) {
    const comparison = await comparePypi(cache, pair, dependents)
    if (comparison === null) skipped += 1
    else countGood(tally, pair, comparison)
  }
  print('PyPI', tally, skipped)
}

async function runNpm(): Promise<void> {
  const tally = emptyTally()
  let skipped = 0
  for (const row of rows.npm.rows) {
    const pair = { package: row.package, from: row.good, to: row.bad }
    const comparison = await compareNpm(cache, pair, await npmDependents(cache, row))
    if (comparison === null) skipped += 1
    else countBad(tally, row.kind, row.id, comparison)
  }
  for (const pair of rows.npm.goodPairs) {
    const comparison = await compareNpm(cache, pair, [])
    if (comparison === null) skipped += 1
    else countGood(tally, pair, comparison)
  }
  print('npm', tally, skipped)
}

if (values.only !== 'npm') await runPypi()
if (values.only !== 'pypi') await runNpm()
