import { bucketOf, inCohort, type Sha256 } from '../cohort/bucket.ts'
import type { ExposureFact } from '../gates/exposure-fact.ts'
import type { Policy } from '../gates/policy.ts'
import { countedRuns } from '../gates/statistics/observations.ts'
import { DAY_MS, HOUR_MS } from './durations.ts'
import { logNormal, type Random, randomOf, spreadShare } from './random.ts'
import { STREAM, type World } from './world.ts'

/** Runs are handed to the heart in such lots; the server does so one by one. */
export const LOT_MS = 6 * HOUR_MS

/** How much repositories differ in how often they run. */
const RUNS_SPREAD = 1

/** A repository whose ordinary runs are counted under its key. */
export interface Repository {
  readonly cluster: string
  readonly bucket: number
  readonly runsPerDay: number
  /** Share of its runs that fail whatever is installed. */
  readonly fails: number
  /** Its runs fail whenever the candidate is shown to it and the bug shows. */
  readonly breaks: boolean
  readonly random: Random
  /** What it said at the current percent. */
  fact: ExposureFact | null
}

/** Whether a policy asks for ordinary runs; otherwise none need to be made up. */
export function asksForRuns(policy: Policy): boolean {
  return policy.stages.some(({ gates, bakeRuns }) => gates.exposure !== undefined || bakeRuns !== undefined)
}

export function drawRepositories(world: World, sha256: Sha256): readonly Repository[] {
  const { assumed, severity, salt, seed, number } = world
  return Array.from({ length: assumed.repositories }, (_, index) => {
    const random = randomOf(seed, number, STREAM.runs, index)
    const is = (percent: number): boolean => random() * 100 < percent
    const cluster = `r-${index}`
    const bucket = bucketOf(sha256, salt, cluster)
    const runsPerDay = logNormal(random, assumed['repository-runs'], RUNS_SPREAD)
    const fails = spreadShare(random, assumed['run-failures'] / 100)
    const hit = random() < severity
    const tested = is(assumed.coverage)
    const locked = is(assumed.locked)
    return { cluster, bucket, runsPerDay, fails, breaks: hit && tested && !locked, random, fact: null }
  })
}

/** The runs of one lot, which ends at `now`: what each repository that said something new has said so far. */
export function runLot(
  world: World,
  repositories: readonly Repository[],
  basisPoints: number,
  now: number,
): readonly ExposureFact[] {
  const news: ExposureFact[] = []
  for (const repository of repositories) {
    const fact = afterLot(world, repository, basisPoints, now)
    if (fact === null) continue
    repository.fact = fact
    news.push(fact)
  }
  return news
}

function afterLot(
  world: World,
  { cluster, bucket, runsPerDay, fails, breaks, random, fact }: Repository,
  basisPoints: number,
  now: number,
): ExposureFact | null {
  const before = fact?.basisPoints === basisPoints ? fact : null
  // The same runs happen whether they are counted or not.
  const happened = poisson(random, (runsPerDay * LOT_MS) / DAY_MS)
  const exposed = inCohort(bucket, basisPoints)
  let failures = 0
  const counted = Math.min(happened, countedRuns - (before?.runs ?? 0))
  for (let run = 0; run < happened; run += 1) {
    const failed = random() < fails || (breaks && exposed && random() < world.shows)
    if (failed && run < counted) failures += 1
  }
  if (counted === 0) return null
  return {
    cluster,
    arm: exposed ? 'candidate' : 'baseline',
    basisPoints,
    drawn: true,
    runs: (before?.runs ?? 0) + counted,
    failures: (before?.failures ?? 0) + failures,
    since: before?.since ?? now - LOT_MS,
  }
}

/** Knuth's method; the means here are small. */
function poisson(random: Random, mean: number): number {
  const limit = Math.exp(-Math.min(mean, 500))
  let product = random()
  let count = 0
  while (product > limit) {
    product *= random()
    count += 1
  }
  return count
}
