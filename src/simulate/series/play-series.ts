import type { Sha256 } from '../../cohort/bucket.ts'
import { semverScheme } from '../../versions/semver-scheme.ts'
import type { Assumptions } from '../assumptions.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../durations.ts'
import { exponential, mixed, type Random, randomOf } from '../random.ts'
import { COUNTED_MS, drawHotfix, drawSeries, type PlannedRelease, SERIES_MS } from './release-series.ts'
import type { SeriesTreatment } from './series-treatment.ts'
import { createPackage, type SimulatedPackage } from './simulated-package.ts'

/** Rollouts are looked at, and users come, in steps of this length. */
const STEP_MS = 30 * MINUTE_MS
const USERS = 120
/** Greater than any real instant's remainder, so that steps fall on whole ones. */
const EPOCH = Date.UTC(2026, 0, 5)

/** What became of one package in eight weeks; plain numbers. */
export interface SeriesOutcome {
  /** Of good releases that came to everybody: after how long, ms. */
  readonly toAllMs: readonly number[]
  /** Good releases that could be followed, and those of them that came to everybody. */
  readonly good: number
  readonly completed: number
  /** Of bad releases: the share of users whom each broke. */
  readonly broken: readonly number[]
  /** Of users: versions that they went through in 30 days, and how often one of them was lower than the one before. */
  readonly versions: readonly number[]
  readonly stepsBack: readonly number[]
}

/** A release that came, by its number. */
interface Came {
  readonly planned: PlannedRelease
  readonly version: string
  readonly at: number
  toAllAt: number | null
  takenBackAt: number | null
  readonly broke: Set<number>
}

interface User {
  readonly key: string
  readonly random: Random
  readonly everyMs: number
  /** A cool-down that everybody has leaves out a few who go first. */
  readonly early: boolean
  nextAt: number
  has: string | null
  versions: number
  back: number
}

/** Plays one package through a treatment: the same releases, users and luck under every one. */
export function playSeries(
  {
    seed,
    number,
    everyMs,
    assumed,
  }: {
    readonly seed: number
    readonly number: number
    readonly everyMs: number
    readonly assumed: Assumptions
  },
  treatment: SeriesTreatment,
  sha256: Sha256,
): SeriesOutcome {
  const coming = [...drawSeries(seed, number, everyMs, assumed)]
  const users = drawUsers(seed, number, assumed)
  const pkg = createPackage(treatment, randomOf(seed, number, 14), sha256)
  const came: Came[] = []
  const withdrawals: { readonly at: number; readonly release: Came }[] = []
  for (let at = 0; at <= SERIES_MS; at += STEP_MS) {
    const now = EPOCH + at
    while (coming[0] !== undefined && coming[0].at <= at) {
      const [planned] = coming.splice(0, 1)
      if (planned === undefined) break
      const version = nextVersion(came, planned.kind)
      came.push({ planned, version, at, toAllAt: null, takenBackAt: null, broke: new Set() })
      pkg.publish({ version, planned }, now)
    }
    for (const { release } of withdrawals.filter((one) => one.at > at - STEP_MS && one.at <= at))
      if (release.takenBackAt === null) pkg.takeBack(release.version, now)
    pkg.tick(now)
    for (const release of came)
      noteMoves(release, pkg, at, () => insertHotfix(coming, seed, number, came, release, assumed))
    for (const [index, user] of users.entries()) {
      if (user.nextAt > at) continue
      user.nextAt = at + exponential(user.random, user.everyMs)
      install({ user, index, at, now, pkg, came, withdrawals, assumed, seed: mixed([seed, number], 15) })
    }
  }
  return outcomeOf(came, users)
}

function noteMoves(release: Came, pkg: SimulatedPackage, at: number, onTakenBack: () => void): void {
  if (release.toAllAt === null && pkg.isForAll(release.version, EPOCH + at)) release.toAllAt = at
  if (release.takenBackAt === null && pkg.isTakenBack(release.version)) {
    release.takenBackAt = at
    onTakenBack()
  }
}

function insertHotfix(
  coming: PlannedRelease[],
  seed: number,
  series: number,
  came: readonly Came[],
  release: Came,
  assumed: Assumptions,
): void {
  const hotfix = drawHotfix(seed, series, came.indexOf(release), release.takenBackAt ?? 0, assumed)
  const place = coming.findIndex(({ at }) => at > hotfix.at)
  coming.splice(place === -1 ? coming.length : place, 0, hotfix)
}

function install(visit: {
  readonly user: User
  readonly index: number
  readonly at: number
  readonly now: number
  readonly pkg: SimulatedPackage
  readonly came: readonly Came[]
  readonly withdrawals: { at: number; release: Came }[]
  readonly assumed: Assumptions
  readonly seed: number
}): void {
  const { user, index, at, now, pkg, came, withdrawals, assumed, seed } = visit
  const version = pkg.shownTo(user, now)
  if (version === null) return
  if (user.has !== version) {
    user.versions += 1
    if (user.has !== null && semverScheme.compare(version, user.has) < 0) user.back += 1
    user.has = version
  }
  const release = came.find((one) => one.version === version)
  if (release === undefined || !release.planned.bad || release.broke.has(index)) return
  const isHit = randomOf(seed, came.indexOf(release), index)() < release.planned.severity
  if (!isHit) return
  release.broke.add(index)
  if (user.random() * 100 < assumed.reports)
    withdrawals.push({ at: at + release.planned.responseMs, release })
}

/** Whoever published it knows what came before; a backport mends the minor before the last. */
function nextVersion(came: readonly Came[], kind: PlannedRelease['kind']): string {
  const numbers = came.map(({ version }) => version.split('.').map(Number))
  const minor = numbers.reduce((most, [, one = 0]) => Math.max(most, one), 0)
  const wanted = kind === 'minor' ? minor + 1 : kind === 'backport' && minor > 0 ? minor - 1 : minor
  const patches = numbers.flatMap(([, one, patch = 0]) => (one === wanted ? [patch] : []))
  const first = wanted === 0 ? 1 : 0
  return `1.${wanted}.${patches.length === 0 ? first : Math.max(...patches) + 1}`
}

function drawUsers(seed: number, number: number, assumed: Assumptions): readonly User[] {
  return Array.from({ length: USERS }, (_, index) => {
    const random = randomOf(seed, number, 13, index)
    const everyMs = DAY_MS / assumed.installs
    return {
      ...{ key: `user-${index}`, random, everyMs, early: random() * 100 < assumed.early },
      nextAt: exponential(random, Math.max(everyMs, HOUR_MS)),
      ...{ has: null, versions: 0, back: 0 },
    }
  })
}

function outcomeOf(came: readonly Came[], users: readonly User[]): SeriesOutcome {
  const counted = came.filter(({ at, planned }) => at < COUNTED_MS && planned.kind !== 'backport')
  const good = counted.filter(({ planned }) => !planned.bad)
  const whole = good.filter(({ toAllAt }) => toAllAt !== null)
  const months = SERIES_MS / (30 * DAY_MS)
  return {
    toAllMs: whole.map(({ at, toAllAt }) => (toAllAt ?? at) - at),
    good: good.length,
    completed: whole.length,
    broken: counted.filter(({ planned }) => planned.bad).map(({ broke }) => broke.size / users.length),
    versions: users.map(({ versions }) => versions / months),
    stepsBack: users.map(({ back }) => back / months),
  }
}
