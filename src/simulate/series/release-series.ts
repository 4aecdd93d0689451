import type { Assumptions } from '../assumptions.ts'
import { DAY_MS, HOUR_MS } from '../durations.ts'
import { exponential, type Random, randomOf, spreadShare } from '../random.ts'

/** How long a package is followed. */
export const SERIES_MS = 56 * DAY_MS
/** Releases of the last days are not counted: what becomes of them is not seen. */
export const COUNTED_MS = 35 * DAY_MS

/** Shares of a package's releases, of 1. */
const MINOR = 0.15
const BACKPORT = 0.05
const TRAIN = 0.3
/** A hotfix comes so long after what it mends was taken back, on average. */
const HOTFIX_MS = 6 * HOUR_MS

/** One release of the made-up package, before it has a number. */
export interface PlannedRelease {
  readonly at: number
  readonly kind: 'patch' | 'minor' | 'backport' | 'hotfix'
  /** A second package comes out with it, as one train; what comes to an overlay as a family is the same. */
  readonly together: boolean
  readonly bad: boolean
  /** Share of users that it breaks. */
  readonly severity: number
  /** A required canary meets the bug. */
  readonly caught: boolean
  /** Between the report of a user and its being taken back, ms. */
  readonly responseMs: number
}

/** The releases that come anyway, by the clock of their people: one each `everyMs` on average, never earlier than the last. */
export function drawSeries(
  seed: number,
  number: number,
  everyMs: number,
  assumed: Assumptions,
): readonly PlannedRelease[] {
  const random = randomOf(seed, number, 11)
  const planned: PlannedRelease[] = []
  for (let at = everyMs * random(); at < SERIES_MS; at += everyMs * (0.5 + random())) {
    const kind = kindOf(random())
    planned.push(drawRelease(random, assumed, Math.round(at), kind))
  }
  return planned
}

/** What comes because a bad release was taken back: it mends that, and nobody planned it. */
export function drawHotfix(
  seed: number,
  series: number,
  release: number,
  takenBackAt: number,
  assumed: Assumptions,
) {
  const random = randomOf(seed, series, 12, release)
  const at = Math.round(takenBackAt + exponential(random, HOTFIX_MS))
  return drawRelease(random, assumed, at, 'hotfix')
}

function kindOf(luck: number): PlannedRelease['kind'] {
  if (luck < BACKPORT) return 'backport'
  return luck < BACKPORT + MINOR ? 'minor' : 'patch'
}

function drawRelease(
  random: Random,
  assumed: Assumptions,
  at: number,
  kind: PlannedRelease['kind'],
): PlannedRelease {
  const bad = random() * 100 < assumed.bad
  const drawn = spreadShare(random, assumed.severity / 100)
  // As many canaries as are required; each has the bug with that chance, and tests that notice it.
  const required = (assumed.canaries * assumed.required) / 100
  const notices = 1 - (1 - drawn * (assumed.coverage / 100)) ** required
  return {
    ...{ at, kind, bad },
    together: random() < TRAIN,
    severity: bad ? drawn : 0,
    caught: random() < notices && bad,
    responseMs: Math.round(
      exponential(random, assumed['report-hours'] * HOUR_MS) +
        exponential(random, assumed.response * HOUR_MS),
    ),
  }
}
