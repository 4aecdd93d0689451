import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { fillPlaces, type PolicyFigures, policyTables } from '../../scripts/policy-figures.ts'
import { drawPolicyPicture } from '../../scripts/policy-picture.ts'
import { addSimulate } from '../../src/cli/planning/simulate-command.ts'
import { defaultPolicy } from '../../src/config/policy/profiles.ts'
import { ASSUMPTIONS, standardAssumptions } from '../../src/simulate/assumptions.ts'
import { alternatives } from '../../src/simulate/contestants.ts'
import { type Estimate, quantileOf, shareOf } from '../../src/simulate/intervals.ts'
import { playSeries, type SeriesOutcome } from '../../src/simulate/series/play-series.ts'
import { CADENCES, seriesTreatments } from '../../src/simulate/series/series-treatment.ts'
import { simulateRelease } from '../../src/simulate/simulate-release.ts'
import { summarise } from '../../src/simulate/summary.ts'
import { sha256 } from './sample-worlds.ts'

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
const figures: PolicyFigures = JSON.parse(read('policy-figures.json'))
const text = read('policy.md')

/** The flags that `simulate` really has. */
function flagsOf(): readonly string[] {
  const program = new Command()
  const context = { env: {}, cwd: '/', now: () => 0, out: () => {}, err: () => {} }
  const people = { colour: false, live: false, ask: null, version: '0', root: '/', serve: async () => 0 }
  addSimulate(program, { ...context, ...people }, () => {})
  return program.commands[0]?.options.map(({ long }) => String(long)) ?? []
}

describe('docs/policy.md', () => {
  it('shows the tables and the picture of its figures', () => {
    expect(fillPlaces(text, policyTables(figures))).toBe(text)
    expect(drawPolicyPicture(figures.summary)).toBe(read('policy.svg'))
  })

  it('refuses a text without a place for a table', () => {
    expect(() => fillPlaces('no place', { good: '' })).toThrow('no place for good')
  })

  it('names only flags that exist, and every assumption', () => {
    const commands = [...text.matchAll(/slipway simulate.*/g), ...text.matchAll(/`(--[^`]*)`/g)].join('\n')
    const named = new Set([...commands.matchAll(/--[a-z][a-z-]*/g)].map(([flag]) => flag))
    const known = flagsOf()
    expect([...named].filter((flag) => !known.includes(flag))).toEqual([])
    expect(ASSUMPTIONS.filter(({ flag }) => !text.includes(`| \`--${flag}\` |`))).toEqual([])
    expect(flagsOf()).toContain('--severity')
  })

  it('was made under the assumptions and names that stand in the code', () => {
    expect(figures.summary.assumptions).toEqual(standardAssumptions())
    const names = ['rapid', 'standard', 'cautious', ...alternatives().map(({ name }) => name)]
    expect(figures.summary.contestants.map(({ name }) => name)).toEqual(names)
  })

  it('still says what the simulator says of packages that release often', () => {
    const [cadence] = CADENCES
    for (const treatment of seriesTreatments()) {
      const run = { number: 0, everyMs: cadence.everyMs, assumed: standardAssumptions() }
      const packages = [1, 2, 3, 4].map((seed) => playSeries({ ...run, seed }, treatment, sha256))
      const total = (count: (one: SeriesOutcome) => number) =>
        packages.reduce((sum, one) => sum + count(one), 0)
      const then = figures.series.find(
        (row) => row.cadence === cadence.name && row.treatment === treatment.name,
      )
      const completed = shareOf(
        total((one) => one.completed),
        total((one) => one.good),
      )
      expect(apart(completed, then?.completed)).toBe(false)
      const median = quantileOf(
        packages.flatMap(({ toAllMs }) => toAllMs),
        0.5,
      )
      expect(Math.abs((median?.value ?? 0) - (then?.medianToAllMs?.value ?? 0))).toBeLessThan(3_600_000)
    }
    const names = CADENCES.flatMap(({ name }) => seriesTreatments().map((one) => [name, one.name]))
    expect(figures.series.map((row) => [row.cadence, row.treatment])).toEqual(names)
  })

  it('still says what the simulator says', () => {
    const contestants = [{ name: 'standard', policy: defaultPolicy('standard', null), fixedCooldownMs: 0 }]
    const assumed = { ...standardAssumptions(), users: 100, bad: 50 }
    const records = Array.from({ length: 400 }, (_, number) =>
      simulateRelease(3, number, assumed, contestants, sha256),
    )
    const [now] = summarise(records, contestants, { seed: 3, assumed }).contestants
    const then = figures.summary.contestants.find(({ name }) => name === 'standard')
    // What canaries do depends on no number of users.
    expect(apart(now?.badStoppedByEvidence, then?.badStoppedByEvidence)).toBe(false)
    expect(apart(now?.goodStopped, then?.goodStopped)).toBe(false)
    expect(Math.abs((now?.medianToAllMs?.value ?? 0) - (then?.medianToAllMs?.value ?? 0))).toBeLessThan(
      3_600_000,
    )
    expect(apart(shareOf(0, 400), shareOf(200, 400))).toBe(true)
  })
})

function apart(one: Estimate | null | undefined, other: Estimate | null | undefined): boolean {
  if (one == null || other == null) return true
  return one.high < other.low || other.high < one.low
}
