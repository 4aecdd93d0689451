import type { Sha256 } from '../cohort/bucket.ts'
import type { RosterEntry } from '../gates/evidence.ts'
import { type ActiveHours, afterActive, daytime, zoneFor } from './active-hours.ts'
import type { Assumptions } from './assumptions.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from './durations.ts'
import { drawPopulation, type Population } from './population.ts'
import { exponential, type Random, randomOf, spreadShare } from './random.ts'

/** Releases begin within four weeks from here, a Monday. */
const CALENDAR_STARTS_AT = Date.UTC(2026, 0, 5)

/** How long a world lasts after its release. What has not happened by then does not happen. */
export const HORIZON_MS = 30 * DAY_MS

/** Purposes of random streams: each thing has its own, so that one never shifts another. */
export const STREAM = { release: 1, users: 2, canaries: 3, outages: 4, people: 5, runs: 6 } as const

/** A canary as it truly is, beside what the roster says of it. */
export interface CanaryTruth {
  readonly entry: RosterEntry
  /** The bug of this release hits it and its tests notice. */
  readonly notices: boolean
  readonly red: boolean
  readonly capped: boolean
}

/** One release and everybody around it: the same under every policy. */
export interface World {
  readonly seed: number
  readonly number: number
  readonly assumed: Assumptions
  readonly bad: boolean
  /** Share of users that it breaks; 0 for a good one. */
  readonly severity: number
  /** Share of runs in which the bug shows. */
  readonly shows: number
  readonly releasedAt: number
  readonly salt: string
  readonly users: Population
  readonly canaries: readonly CanaryTruth[]
  readonly outages: readonly { readonly from: number; readonly to: number }[]
  /** When the maintainers are awake. */
  readonly maintainer: ActiveHours
  /** When somebody labels an issue of a good release as a regression; null: nobody does. */
  readonly falseAlarmAt: number | null
}

/** Draws the world of one release. The same seed, number and assumptions give the same world. */
export function drawWorld(seed: number, number: number, assumed: Assumptions, sha256: Sha256): World {
  const random = randomOf(seed, number, STREAM.release)
  const bad = random() * 100 < assumed.bad
  const drawn = spreadShare(random, assumed.severity / 100)
  const severity = bad ? drawn : 0
  const shows = random() * 100 < assumed.intermittent ? 0.5 : 1
  const maintainer = daytime(8, 22, zoneFor(random()))
  const releasedAt = Math.round(afterActive(maintainer, CALENDAR_STARTS_AT + random() * 28 * DAY_MS, 0))
  const alarm = random() * 100 < assumed['false-alarms']
  const alarmAfter = random() * 3 * DAY_MS
  const salt = `simulated-${seed}-${number}`
  return {
    seed,
    number,
    assumed,
    bad,
    severity,
    shows,
    releasedAt,
    salt,
    users: drawPopulation(randomOf(seed, number, STREAM.users), assumed, { severity, salt, sha256 }),
    canaries: drawCanaries(randomOf(seed, number, STREAM.canaries), assumed, severity),
    outages: drawOutages(randomOf(seed, number, STREAM.outages), assumed, releasedAt),
    maintainer,
    falseAlarmAt: !bad && alarm ? Math.round(releasedAt + alarmAfter) : null,
  }
}

/** The stream of what the maintainers do in a world; under every policy they are the same people. */
export function randomOfPeople({ seed, number }: World): Random {
  return randomOf(seed, number, STREAM.people)
}

/** The stream of one try of one canary. */
export function randomOfTry({ seed, number }: World, canary: number, tryNumber: number): Random {
  return randomOf(seed, number, STREAM.canaries, canary, tryNumber)
}

function drawCanaries(random: Random, assumed: Assumptions, severity: number): readonly CanaryTruth[] {
  const is = (percent: number): boolean => random() * 100 < percent
  const required = Math.round((assumed.canaries * assumed.required) / 100)
  return Array.from({ length: assumed.canaries }, (_, index) => {
    const hit = random() < severity
    const tested = is(assumed.coverage)
    const red = is(assumed.red)
    const capped = is(assumed.capped)
    const flakiness = red ? { pairs: assumed.history, flips: 0 } : drawHistory(random, assumed)
    const entry = rosterEntry(index, index < required)
    return {
      entry: assumed.history === 0 ? entry : { ...entry, flakiness },
      notices: hit && tested,
      red,
      capped,
    }
  })
}

/** How often two runs of the same version said different things. */
function drawHistory(random: Random, { history, flake }: Assumptions): { pairs: number; flips: number } {
  const differ = 2 * (flake / 100) * (1 - flake / 100)
  let flips = 0
  for (let pair = 0; pair < history; pair += 1) if (random() < differ) flips += 1
  return { pairs: history, flips }
}

function rosterEntry(index: number, required: boolean): RosterEntry {
  return {
    id: String(index + 1),
    repo: `dependents/canary-${index + 1}`,
    private: false,
    mode: 'dispatch',
    workflow: 'ci.yml',
    ref: 'main',
    arms: 'together',
    admission: required ? 'required' : 'advisory',
    weight: 1,
    timeoutMs: 60 * MINUTE_MS,
  }
}

function drawOutages(random: Random, assumed: Assumptions, releasedAt: number): World['outages'] {
  if (assumed.outages === 0) return []
  const outages: { from: number; to: number }[] = []
  let from = releasedAt - 2 * DAY_MS
  for (;;) {
    from += exponential(random, (30 * DAY_MS) / assumed.outages)
    if (from > releasedAt + HORIZON_MS) return outages
    outages.push({ from, to: from + exponential(random, assumed['outage-hours'] * HOUR_MS) })
  }
}
