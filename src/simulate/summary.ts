import type { Assumptions } from './assumptions.ts'
import type { Contestant } from './contestants.ts'
import { type Estimate, meanOf, quantileOf, shareOf } from './intervals.ts'
import { CURVE_HOURS } from './population.ts'
import type { Outcome, ReleaseRecord } from './simulate-release.ts'

/** What one way to release did with all the worlds. Shares are 0..1; a figure without data is null. */
export interface ContestantSummary {
  readonly name: string
  /** Good releases: until everybody is offered them, in ms. */
  readonly medianToAllMs: Estimate | null
  readonly p90ToAllMs: Estimate | null
  /** Good releases that were taken back, or not offered to everybody within 30 days. */
  readonly goodStopped: Estimate | null
  /** Bad releases: users who had installed them when they were taken back, or after 30 days. */
  readonly badExposed: Estimate | null
  /** The same of those only that were taken back: users who had installed them at that moment. */
  readonly badExposedAtTakeBack: Estimate | null
  /** Bad releases: users whom they broke by then. */
  readonly badBroken: Estimate | null
  /** Bad releases that everybody was offered. */
  readonly badThrough: Estimate | null
  /** Bad releases that evidence took back, without a person. */
  readonly badStoppedByEvidence: Estimate | null
  /** Commands of maintainers for each release. */
  readonly actions: Estimate | null
  /** Bad releases: mean share of users who had installed them, at each of `curveHours`. */
  readonly badCurve: readonly number[]
}

/** The whole result; the same seed, assumptions and contestants give the same one. */
export interface Summary {
  readonly releases: number
  readonly seed: number
  readonly bad: number
  readonly assumptions: Assumptions
  readonly intervals: string
  readonly curveHours: readonly number[]
  readonly contestants: readonly ContestantSummary[]
}

/** What the bounds of every figure are. */
const INTERVALS =
  '95 %: shares of releases by Wilson, medians and 90th percentiles by order statistics, means by bootstrap percentile (1000 resamples)'

/** Sums up the records of a run, in their order. */
export function summarise(
  records: readonly ReleaseRecord[],
  contestants: readonly Pick<Contestant, 'name'>[],
  run: { readonly seed: number; readonly assumed: Assumptions },
): Summary {
  return {
    releases: records.length,
    seed: run.seed,
    bad: records.filter(({ bad }) => bad).length,
    assumptions: run.assumed,
    intervals: INTERVALS,
    curveHours: CURVE_HOURS,
    contestants: contestants.map(({ name }, index) => summariseOne(name, records, index, run)),
  }
}

function summariseOne(
  name: string,
  records: readonly ReleaseRecord[],
  index: number,
  { seed, assumed }: { readonly seed: number; readonly assumed: Assumptions },
): ContestantSummary {
  const good = outcomesOf(records, index, false)
  const bad = outcomesOf(records, index, true)
  const times = good.flatMap(({ toAllMs }) => (toAllMs === null ? [] : [toAllMs]))
  const share = (some: readonly Outcome[], is: (outcome: Outcome) => boolean): Estimate | null =>
    shareOf(some.filter(is).length, some.length)
  const { users } = assumed
  return {
    name,
    medianToAllMs: quantileOf(times, 0.5),
    p90ToAllMs: quantileOf(times, 0.9),
    goodStopped: share(good, ({ toAllMs, takenBackMs }) => toAllMs === null || takenBackMs !== null),
    badExposed: meanOf(
      bad.map(({ exposed }) => exposed / users),
      seed,
    ),
    badExposedAtTakeBack: meanOf(
      bad.filter(({ takenBackMs }) => takenBackMs !== null).map(({ exposed }) => exposed / users),
      seed,
    ),
    badBroken: meanOf(
      bad.map(({ broken }) => broken / users),
      seed,
    ),
    badThrough: share(bad, ({ toAllMs }) => toAllMs !== null),
    badStoppedByEvidence: share(bad, ({ takenBackBy }) => takenBackBy === 'evidence'),
    actions: meanOf(
      [...good, ...bad].map(({ actions }) => actions),
      seed,
    ),
    badCurve: CURVE_HOURS.map((_, point) => meanAt(bad, point) / users),
  }
}

function outcomesOf(records: readonly ReleaseRecord[], index: number, isBad: boolean): readonly Outcome[] {
  return records.flatMap(({ bad, outcomes }) => {
    const outcome = outcomes[index]
    return bad === isBad && outcome !== undefined ? [outcome] : []
  })
}

function meanAt(bad: readonly Outcome[], point: number): number {
  if (bad.length === 0) return 0
  return bad.reduce((sum, { curve }) => sum + (curve[point] ?? 0), 0) / bad.length
}
