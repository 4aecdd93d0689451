/**
 * Simulates what docs/policy.md says and writes it there: docs/policy-figures.json, the tables between the
 * markers of docs/policy.md, and docs/policy.svg. Arguments name the parts to simulate anew (summary, large,
 * sensitivity, exposure, series; any other word: none); without arguments all, which takes some minutes. The same code
 * gives the same bytes.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { defaultPolicy } from '../src/config/policy/profiles.ts'
import { type Assumptions, standardAssumptions } from '../src/simulate/assumptions.ts'
import { alternatives, type Contestant } from '../src/simulate/contestants.ts'
import { type RunSettings, runSimulation } from '../src/simulate/run-simulation.ts'
import { findSensitivity, type Sensitivity, sensitivityWork } from '../src/simulate/sensitivity.ts'
import { compareSeries } from '../src/simulate/series/compare-series.ts'
import { type ContestantSummary, type Summary, summarise } from '../src/simulate/summary.ts'
import { fillPlaces, type PolicyFigures, policyTables } from './policy-figures.ts'
import { drawPolicyPicture } from './policy-picture.ts'

const SEED = 1
const RELEASES = 10_000
const SENSITIVITY_RELEASES = 400
const EXPOSURE_RELEASES = 400
const LARGE_RELEASES = 1000
const SERIES_TIMES = 2

const figuresFile = new URL('../docs/policy-figures.json', import.meta.url)
const textFile = new URL('../docs/policy.md', import.meta.url)
const pictureFile = new URL('../docs/policy.svg', import.meta.url)

/** The parts of the figures, each by what makes it. */
const PARTS = {
  summary: () => compare('summary', RELEASES, standardAssumptions(), [...profiles(), ...alternatives()]),
  large: async () => {
    const assumed = { ...standardAssumptions(), bad: 50, users: 10_000 }
    return flat(await compare('large', LARGE_RELEASES, assumed, profiles()))
  },
  sensitivity: simulateSensitivity,
  exposure: simulateExposure,
  series: simulateSeries,
} as const

const wanted = process.argv.slice(2)
const parts = Object.entries(PARTS).filter(([name]) => wanted.length === 0 || wanted.includes(name))
let found: Record<string, unknown> = wanted.length === 0 ? {} : { ...readFigures() }
for (const [name, simulate] of parts) {
  found = { ...found, [name]: await simulate() }
}
writeFileSync(figuresFile, `${JSON.stringify(found, rounded, 1)}\n`)
const figures = readFigures()
writeFileSync(textFile, fillPlaces(readFileSync(textFile, 'utf8'), policyTables(figures)))
writeFileSync(pictureFile, drawPolicyPicture(figures.summary))

function readFigures(): PolicyFigures {
  return JSON.parse(readFileSync(figuresFile, 'utf8'))
}

async function compare(
  what: string,
  releases: number,
  assumed: Assumptions,
  contestants: readonly Contestant[],
): Promise<Summary> {
  const simulation = { seed: SEED, releases, assumed, treatments: contestants }
  const records = await runSimulation(simulation, settings(what, releases))
  return summarise(records, contestants, { seed: SEED, assumed })
}

async function simulateSensitivity(): Promise<Sensitivity> {
  const standard = profile('standard')
  const run = { seed: SEED, releases: SENSITIVITY_RELEASES, assumed: standardAssumptions() }
  const work = sensitivityWork(standard, SENSITIVITY_RELEASES)
  return withoutCurves(await findSensitivity(standard, run, settings('sensitivity', work)))
}

/** The same ladder with and without ordinary runs as evidence, for a few and for many repositories. */
async function simulateExposure(): Promise<PolicyFigures['exposure']> {
  const contestants = [profile('standard'), withExposure(profile('standard'))]
  const found: Summary[] = []
  for (const repositories of [100, 500]) {
    const assumed = { ...standardAssumptions(), bad: 50, repositories }
    found.push(flat(await compare(`exposure ${repositories}`, EXPOSURE_RELEASES, assumed, contestants)))
  }
  return found
}

/** Packages that release often: what each release has to do with the ones before it. */
async function simulateSeries(): Promise<PolicyFigures['series']> {
  const run = { seed: SEED, times: SERIES_TIMES, assumed: standardAssumptions() }
  return compareSeries(run, (done, all) => settings('series', all).onProgress(done))
}

/** Ordinary runs may take the release back, but never make a good one wait. */
function withExposure({ name, policy, ...rest }: Contestant): Contestant {
  const onInconclusive = { kind: 'advance-after', afterMs: 0 } as const
  const exposure = { minRuns: 59, maxHarmBasisPoints: 500, confidencePercent: 95, onInconclusive }
  const stages = policy.stages.map((stage) => ({ ...stage, gates: { ...stage.gates, exposure } }))
  return { name: `${name} with exposure`, policy: { ...policy, stages }, ...rest }
}

function profiles(): readonly Contestant[] {
  return (['rapid', 'standard', 'cautious'] as const).map((name) => profile(name))
}

function profile(name: 'rapid' | 'standard' | 'cautious'): Contestant {
  return { name, policy: defaultPolicy(name, null), fixedCooldownMs: 0 }
}

function settings(what: string, work: number): RunSettings {
  const onProgress = (done: number): void => {
    process.stderr.write(`\r${what}: ${done} of ${work}${done === work ? '\n' : ''}`)
  }
  const script = new URL('../src/main/workers/simulate-worker.ts', import.meta.url)
  return { workers: availableParallelism(), script, onProgress }
}

/** The tables do not show them. */
function withoutCurves(sensitivity: Sensitivity): Sensitivity {
  const rows = sensitivity.rows.map(({ low, high, ...row }) => ({
    ...row,
    low: { ...low, figures: withoutCurve(low.figures) },
    high: { ...high, figures: withoutCurve(high.figures) },
  }))
  return { ...sensitivity, standard: withoutCurve(sensitivity.standard), rows }
}

function flat(summary: Summary): Summary {
  return { ...summary, contestants: summary.contestants.map(withoutCurve) }
}

function withoutCurve(one: ContestantSummary): ContestantSummary {
  return { ...one, badCurve: [] }
}

/** Six digits are more than any of it is known to. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value
}
