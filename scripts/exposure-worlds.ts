/** Made-up worlds for the exposure test: repositories whose ordinary runs meet a rollout, told run by run. */
import type { ExposureFact } from '../src/gates/exposure-fact.ts'
import { harmEvidence } from '../src/gates/statistics/harm-evidence.ts'
import { closedObservations, closesAt } from '../src/gates/statistics/observations.ts'
import { ratioEvidence } from '../src/gates/statistics/ratio-evidence.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

export interface WorldShape {
  readonly repositories: number
  /** Points by which the candidate raises the mean failure rate, 0..1. */
  readonly harm: number
  /** `broken`: it falls on some repositories, which fail with it always. `flaky`: on every run, by chance. */
  readonly kind: 'broken' | 'flaky'
  /** Days that runs are watched; the ladder of the profile standard takes the first two and a half. */
  readonly days: number
  /** Least time between looks; absent: a look after every run. */
  readonly lookMs?: number
}

/** What the runs showed at some moment of the world, looked at after every single one. */
export interface WorldStory {
  /** The greatest e-values that were ever seen. */
  readonly ofHarm: number
  readonly againstMaxHarm: number
  readonly mismatch: number
  /** The share of the cohort space that saw the candidate when harm was shown first; null when it was not. */
  readonly shownAtPercent: number | null
  readonly looks: number
}

/** Percent and begin of the stages: the ladder `standard` up to 50 %; there is nothing to compare above. */
const ladder = [
  { basisPoints: 0, beginMs: 0 },
  { basisPoints: 500, beginMs: 6 * hourMs },
  { basisPoints: 1000, beginMs: 30 * hourMs },
  { basisPoints: 2500, beginMs: 42 * hourMs },
  { basisPoints: 5000, beginMs: 54 * hourMs },
] as const

/** One world, always the same for a seed. `confidence` as e-value: 20 for 95 %. */
export function tellWorld(shape: WorldShape, seed: number, maxHarm: number, confidence: number): WorldStory {
  const random = randomOf(seed)
  const repositories = Array.from({ length: shape.repositories }, (_, index) =>
    drawRepository(index, shape, random),
  )
  const facts = new Map<string, ExposureFact>()
  let [ofHarm, againstMaxHarm, mismatch, looks, nextAt] = [1, 1, 1, 0, 0]
  let shownAtPercent: number | null = null
  let percent = 0
  let notBefore = 0
  for (const { at, repository } of runsOf(repositories, shape.days, random)) {
    const basisPoints = ladder.findLast(({ beginMs }) => beginMs <= at)?.basisPoints ?? 0
    const failed = runOnce(repository, repository.bucket < basisPoints, shape, random)
    nextAt = Math.min(nextAt, record(facts, repository, failed, basisPoints, at))
    if (at < notBefore) continue
    looks += 1
    // While nothing closes, a look says what the one before said.
    if (at < nextAt && basisPoints === percent) continue
    const closed = closedObservations([...facts.values()], { basisPoints, now: at })
    percent = basisPoints
    nextAt = Math.min(...[...facts.values()].map(closesAt).filter((time) => time > at))
    notBefore = at + (shape.lookMs ?? 0)
    const evidence = harmEvidence(closed, maxHarm)
    ofHarm = Math.max(ofHarm, evidence.ofHarm)
    againstMaxHarm = Math.max(againstMaxHarm, evidence.againstMaxHarm)
    mismatch = Math.max(mismatch, ratioEvidence(closed))
    if (evidence.ofHarm >= confidence) shownAtPercent ??= basisPoints / 100
  }
  return { ofHarm, againstMaxHarm, mismatch, shownAtPercent, looks }
}

interface Repository {
  readonly cluster: string
  readonly bucket: number
  readonly runsPerDay: number
  /** Chance that a run fails by itself. */
  readonly flake: number
  /** Every run fails with the candidate. */
  readonly hit: boolean
  /** Its own code is broken; it then fails until somebody repairs it. */
  broken: boolean
}

/** Failure rates between repositories differ widely: most hardly fail, some nearly always do. */
const characters = [
  { share: 0.7, flake: 0.02 },
  { share: 0.25, flake: 0.15 },
  { share: 0.05, flake: 0.7 },
] as const
const breakChance = 0.02
const repairChance = 0.3
const meanFlake = characters.reduce((sum, { share, flake }) => sum + share * flake, 0)
/** Share of runs that pass without the candidate: only these can be made to fail by it. */
const passing = (1 - breakChance / (breakChance + repairChance)) * (1 - meanFlake)

function drawRepository(index: number, { harm, kind }: WorldShape, random: () => number): Repository {
  const character = random()
  return {
    cluster: `repository ${index}`,
    bucket: Math.floor(random() * 10_000),
    runsPerDay: 2 * Math.exp(1.2 * normal(random)),
    flake: flakeOf(character),
    hit: kind === 'broken' && random() < harm / passing,
    broken: false,
  }
}

function flakeOf(character: number): number {
  let below = 0
  for (const { share, flake } of characters) {
    below += share
    if (character < below) return flake
  }
  return meanFlake
}

/** Whether a run fails. A repository that is broken stays so for a while, whatever its arm: runs depend on each other. */
function runOnce(repository: Repository, exposed: boolean, shape: WorldShape, random: () => number): boolean {
  if (repository.broken) repository.broken = random() > repairChance
  else repository.broken = random() < breakChance
  const own = repository.broken || random() < repository.flake
  const flaky = shape.kind === 'flaky' && random() < shape.harm / passing
  return own || (exposed && (repository.hit || flaky))
}

/** The runs of all repositories in the order in which they end. */
function runsOf(repositories: readonly Repository[], days: number, random: () => number) {
  const runs: { at: number; repository: Repository }[] = []
  for (const repository of repositories) {
    for (let at = 0; ; ) {
      at += Math.max(1, Math.round((-Math.log(1 - random()) / repository.runsPerDay) * dayMs))
      if (at >= days * dayMs) break
      runs.push({ at, repository })
    }
  }
  return runs.sort((left, right) => left.at - right.at)
}

/** Counts as the server does: the first few runs of a repository at each percent. Gives when these are closed. */
function record(
  facts: Map<string, ExposureFact>,
  { cluster, bucket }: Repository,
  failed: boolean,
  basisPoints: number,
  now: number,
): number {
  const arm = bucket < basisPoints ? 'candidate' : 'baseline'
  const key = `${cluster}/${basisPoints}`
  const before = facts.get(key) ?? {
    cluster,
    arm,
    basisPoints,
    drawn: true,
    runs: 0,
    failures: 0,
    since: now,
  }
  if (before.runs > 0 && now >= closesAt(before)) return now + dayMs
  const fact = { ...before, runs: before.runs + 1, failures: before.failures + Number(failed) }
  facts.set(key, fact)
  return closesAt(fact)
}

/** mulberry32: 32 bits of state, the same numbers everywhere. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
