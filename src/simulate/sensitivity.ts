import { ASSUMPTIONS, type Assumption, type Assumptions } from './assumptions.ts'
import type { Contestant } from './contestants.ts'
import { asksForRuns } from './natural-runs.ts'
import type { RunSettings } from './run-simulation.ts'
import { runSimulation } from './run-simulation.ts'
import { type ContestantSummary, summarise } from './summary.ts'

/**
 * As many good as bad worlds: the figures are of good or of bad ones, so the share itself does not matter to
 * them, and both are known equally well.
 */
const BAD_PERCENT = 50

/** One assumption changed, everything else as it was. */
export interface SensitivityRow {
  readonly flag: Assumption['flag']
  readonly given: number
  readonly low: { readonly value: number; readonly figures: ContestantSummary }
  readonly high: { readonly value: number; readonly figures: ContestantSummary }
}

/** What follows for one way to release when one assumption at a time is changed; what matters most first. */
export interface Sensitivity {
  readonly releases: number
  readonly seed: number
  readonly standard: ContestantSummary
  readonly rows: readonly SensitivityRow[]
}

/** Tries a low and a high value of every assumption. The worlds have the same luck throughout. */
export async function findSensitivity(
  contestant: Contestant,
  run: { readonly seed: number; readonly releases: number; readonly assumed: Assumptions },
  settings: RunSettings,
): Promise<Sensitivity> {
  const { seed, releases } = run
  const base = { ...run.assumed, bad: BAD_PERCENT }
  let before = 0
  const measure = async (assumed: Assumptions): Promise<ContestantSummary> => {
    const onProgress = (done: number): void => settings.onProgress(before + done)
    const simulation = { seed, releases, assumed, treatments: [contestant] }
    const records = await runSimulation(simulation, { ...settings, onProgress })
    before += releases
    const [figures] = summarise(records, [contestant], { seed, assumed }).contestants
    if (figures === undefined) throw new Error('one contestant gives one summary')
    return figures
  }
  const standard = await measure(base)
  const rows: SensitivityRow[] = []
  for (const { flag, tried } of triedAssumptions(contestant)) {
    const [low, high] = tried
    rows.push({
      flag,
      given: base[flag],
      low: { value: low, figures: await measure({ ...base, [flag]: low }) },
      high: { value: high, figures: await measure({ ...base, [flag]: high }) },
    })
  }
  return { releases, seed, standard, rows: rows.sort((left, right) => reach(right) - reach(left)) }
}

/** How many releases `findSensitivity` simulates in all. */
export function sensitivityWork(contestant: Contestant, releases: number): number {
  return (1 + 2 * triedAssumptions(contestant).length) * releases
}

/** The share of bad ones and the cool-down of the alternatives are of no concern to a policy. */
const UNTRIED = ['bad', 'early']
const OF_RUNS = ['repositories', 'repository-runs', 'run-failures']

function triedAssumptions({ policy }: Contestant) {
  const idle = asksForRuns(policy) ? UNTRIED : [...UNTRIED, ...OF_RUNS]
  return ASSUMPTIONS.filter(({ flag }) => !idle.includes(flag))
}

/** How much an assumption moves the share of users that bad releases break. */
function reach({ low, high }: SensitivityRow): number {
  return Math.abs((high.figures.badBroken?.value ?? 0) - (low.figures.badBroken?.value ?? 0))
}
