import { hash } from 'node:crypto'
import type { Assumptions } from '../assumptions.ts'
import { type Estimate, meanOf, quantileOf, shareOf } from '../intervals.ts'
import { playSeries, type SeriesOutcome } from './play-series.ts'
import { CADENCES, seriesTreatments } from './series-treatment.ts'

/** What a way to release does to a package of a cadence. */
export interface SeriesRow {
  readonly cadence: string
  readonly treatment: string
  /** Good releases that came to everybody: after how long, ms. */
  readonly medianToAllMs: Estimate | null
  /** Of good releases. */
  readonly completed: Estimate | null
  /** Users whom a bad release broke, of all. */
  readonly broken: Estimate | null
  /** Of a user in 30 days. */
  readonly versions: Estimate | null
  readonly stepsBack: Estimate | null
}

/** Plays packages of each cadence, as often, through each treatment, all with the same luck. */
export function compareSeries(
  { seed, times, assumed }: { readonly seed: number; readonly times: number; readonly assumed: Assumptions },
  onProgress: (done: number, all: number) => void = () => {},
): readonly SeriesRow[] {
  const rows: SeriesRow[] = []
  const treatments = seriesTreatments()
  for (const { name, everyMs, packages } of CADENCES) {
    for (const treatment of treatments) {
      const outcomes = Array.from({ length: packages * times }, (_, number) =>
        playSeries({ seed, number, everyMs, assumed }, treatment, sha256),
      )
      rows.push(rowOf(name, treatment.name, outcomes, seed))
      onProgress(rows.length, CADENCES.length * treatments.length)
    }
  }
  return rows
}

function rowOf(
  cadence: string,
  treatment: string,
  outcomes: readonly SeriesOutcome[],
  seed: number,
): SeriesRow {
  const sum = (count: (one: SeriesOutcome) => number) =>
    outcomes.reduce((total, one) => total + count(one), 0)
  return {
    ...{ cadence, treatment },
    medianToAllMs: quantileOf(
      outcomes.flatMap(({ toAllMs }) => toAllMs),
      0.5,
    ),
    completed: shareOf(
      sum(({ completed }) => completed),
      sum(({ good }) => good),
    ),
    broken: meanOf(
      outcomes.flatMap(({ broken }) => broken),
      seed,
    ),
    versions: meanOf(
      outcomes.map(({ versions }) => mean(versions)),
      seed,
    ),
    stepsBack: meanOf(
      outcomes.map(({ stepsBack }) => mean(stepsBack)),
      seed,
    ),
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

function sha256(text: string): Uint8Array {
  return hash('sha256', text, 'buffer')
}
