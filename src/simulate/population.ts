import { bucketOf, type Sha256 } from '../cohort/bucket.ts'
import {
  type ActiveHours,
  AROUND_THE_CLOCK,
  activeTimeAt,
  daytime,
  momentAt,
  zoneFor,
} from './active-hours.ts'
import type { Assumptions } from './assumptions.ts'
import { HOUR_MS } from './durations.ts'
import { exponential, logNormal, type Random } from './random.ts'

/** How much users differ in how often they install. */
const INSTALLS_SPREAD = 1.2

/** One user of a package who pinned nothing. Times are ms. */
interface User {
  /** 0..9999 in this rollout. */
  readonly bucket: number
  readonly hours: ActiveHours
  /** Time between two installs that may bring a new version, and of the first of them, in active time. */
  readonly everyMs: number
  readonly phaseMs: number
  readonly cooldownMs: number
  /** Keeps no cool-down even where everybody else has one. */
  readonly early: boolean
  /** The bug of a bad release hits this user. */
  readonly hit: boolean
  /** What a hit user does about it; null: nothing. */
  readonly report: { readonly afterMs: number; readonly recognised: boolean } | null
}

export type Population = readonly User[]

/** Draws the users of one world. `severity` is the share that the release breaks, 0 for a good one. */
export function drawPopulation(
  random: Random,
  assumed: Assumptions,
  release: { readonly severity: number; readonly salt: string; readonly sha256: Sha256 },
): Population {
  const users: User[] = []
  for (let number = 0; number < assumed.users; number += 1) {
    users.push(
      drawUser(random, assumed, release.severity, bucketOf(release.sha256, release.salt, `u-${number}`)),
    )
  }
  return users
}

function drawUser(random: Random, assumed: Assumptions, severity: number, bucket: number): User {
  const is = (percent: number): boolean => random() * 100 < percent
  const zone = zoneFor(random())
  const hours = is(assumed.daytime) ? daytime(9, 18, zone) : AROUND_THE_CLOCK
  const perDay = logNormal(random, assumed.installs, INSTALLS_SPREAD)
  const every = is(assumed.locked) ? assumed.relock : 1 / perDay
  const everyMs = Math.max(every, 1e-4) * hours.lengthMs
  const phaseMs = random() * everyMs
  const cooldownMs = is(assumed['cooldown-share']) ? assumed.cooldown * HOUR_MS : 0
  const early = is(assumed.early)
  const hit = random() < severity
  const reports = hit && is(assumed.reports)
  const report = reports
    ? { afterMs: exponential(random, assumed['report-hours'] * HOUR_MS), recognised: is(assumed.attention) }
    : null
  return { bucket, hours, everyMs, phaseMs, cooldownMs, early, hit, report }
}

/** The first install at or after a moment. */
export function nextInstall({ hours, everyMs, phaseMs }: User, at: number): number {
  const active = activeTimeAt(hours, at)
  const turn = Math.ceil((active - phaseMs) / everyMs)
  return Math.max(at, momentAt(hours, phaseMs + turn * everyMs))
}

/** How a rollout showed its candidate: percent by percent, until it was taken back (null: never). Times in ms. */
export interface Showing {
  readonly releasedAt: number
  readonly steps: readonly { readonly at: number; readonly basisPoints: number }[]
  readonly takenBackAt: number | null
  /** Clients hide versions younger than this, except those of early users. */
  readonly fixedCooldownMs: number
}

/** When a user first installs the candidate if nobody takes it back; infinite when it is never shown to them. */
export function firstInstall(user: User, showing: Showing): number {
  const step = showing.steps.find(({ basisPoints }) => user.bucket < basisPoints)
  if (step === undefined) return Number.POSITIVE_INFINITY
  const fixed = user.early ? 0 : showing.fixedCooldownMs
  return nextInstall(user, Math.max(step.at, showing.releasedAt + Math.max(user.cooldownMs, fixed)))
}

/** Hours after the release at which exposure over time is counted. */
export const CURVE_HOURS: readonly number[] = Array.from({ length: 61 }, (_, index) => index * 4)

/** How many users had installed the candidate, how many of them it broke, and how many had it at each point of the curve. */
export interface Reached {
  readonly exposed: number
  readonly broken: number
  readonly curve: readonly number[]
}

/** Counts the users whom the candidate reached before it was taken back, at most until `horizon`. */
export function reachedUsers(population: Population, showing: Showing, horizon: number): Reached {
  const until = Math.min(showing.takenBackAt ?? horizon, horizon)
  const curve = CURVE_HOURS.map(() => 0)
  let exposed = 0
  let broken = 0
  for (const user of population) {
    const at = firstInstall(user, showing)
    if (at >= until) continue
    exposed += 1
    if (user.hit) broken += 1
    const point = Math.ceil((at - showing.releasedAt) / (4 * HOUR_MS))
    if (point < curve.length) curve[point] = (curve[point] ?? 0) + 1
  }
  let sum = 0
  return { exposed, broken, curve: curve.map((count) => (sum += count)) }
}
