import type { ExposureFact } from '../exposure-fact.ts'

/** Runs of one repository that count at one percent; those after them say nothing new about it. */
export const countedRuns = 4

/** An observation is closed this long after its first run, however few runs it has. */
const openMs = 6 * 60 * 60 * 1000

/** What an unknown repository's failure rate is taken for, and how many runs that guess is worth. */
const guess = { failures: 1, runs: 10 }
/** How many runs of its own outweigh what the others do. */
const ownWorth = 2

/** One repository at one percent: one draw of an arm, one share of failed runs. */
export interface Observation {
  readonly exposed: boolean
  /** The probability with which the bucket was drawn below the percent, given all that was known before. */
  readonly chance: number
  /** Share of failed runs, 0..1. */
  readonly failed: number
  /** What that share was expected to be before it was seen, 0..1. */
  readonly expected: number
  readonly runs: number
}

/** Where the rollout stands: observations at other percents are over. */
export interface Look {
  readonly basisPoints: number
  readonly now: number
}

/**
 * The closed observations of a rollout, in the order in which they were drawn: by percent, then by cluster. Order
 * and repetition of the facts do not matter. Left out are keys that somebody chose (groups), repositories that are too
 * young to have a vote, percents at which nothing is drawn, and repositories whose arm was known already: who saw the candidate at 5 % sees it at 10 %.
 */
export function closedObservations(facts: readonly ExposureFact[], look: Look): readonly Observation[] {
  const closed = facts
    .filter((fact) => fact.drawn && fact.young !== true && fact.runs > 0 && isClosed(fact, look))
    .sort(byDraw)
  const drawn: Observation[] = []
  const known = new Map<string, Known>()
  let lower: Sums = guess
  let here: Sums = { failures: 0, runs: 0 }
  let percent = -1
  for (const fact of closed) {
    if (fact.basisPoints !== percent) {
      // What is expected must rest on what was closed before the draw, never on its neighbours.
      lower = { failures: lower.failures + here.failures, runs: lower.runs + here.runs }
      here = { failures: 0, runs: 0 }
      percent = fact.basisPoints
    }
    const before = known.get(fact.cluster)
    const observation = observe(fact, before, lower)
    if (observation !== null) drawn.push(observation)
    if (fact.arm === 'baseline') {
      here = { failures: here.failures + fact.failures / fact.runs, runs: here.runs + 1 }
    }
    known.set(fact.cluster, {
      basisPoints: fact.basisPoints,
      exposed: fact.arm === 'candidate' || before?.exposed === true,
      failures: (before?.failures ?? 0) + fact.failures,
      runs: (before?.runs ?? 0) + fact.runs,
    })
  }
  return drawn
}

interface Sums {
  readonly failures: number
  readonly runs: number
}

interface Known extends Sums {
  readonly basisPoints: number
  readonly exposed: boolean
}

function observe(fact: ExposureFact, before: Known | undefined, lower: Sums): Observation | null {
  if (before?.exposed === true) return null
  const seenUpTo = (before?.basisPoints ?? 0) / 10_000
  const chance = (fact.basisPoints / 10_000 - seenUpTo) / (1 - seenUpTo)
  if (!(chance > 0 && chance < 1)) return null
  const others = lower.failures / lower.runs
  const own = before ?? { failures: 0, runs: 0 }
  return {
    exposed: fact.arm === 'candidate',
    chance,
    failed: fact.failures / fact.runs,
    expected: (own.failures + ownWorth * others) / (own.runs + ownWorth),
    runs: fact.runs,
  }
}

/** Closed by its number of runs, by its age, or by the end of its stage: never by which arm it is in. */
export function isClosed(fact: ExposureFact, look: Look): boolean {
  return look.now >= closesAt(fact) || fact.basisPoints < look.basisPoints
}

/** When an observation closes if its stage lasts; a run from then on does not count for it. */
export function closesAt({ runs, since }: Pick<ExposureFact, 'runs' | 'since'>): number {
  return runs >= countedRuns ? since : since + openMs
}

function byDraw(left: ExposureFact, right: ExposureFact): number {
  if (left.basisPoints !== right.basisPoints) return left.basisPoints - right.basisPoints
  if (left.cluster !== right.cluster) return left.cluster < right.cluster ? -1 : 1
  return left.arm < right.arm ? -1 : 1
}
