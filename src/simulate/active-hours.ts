import { DAY_MS, HOUR_MS } from './durations.ts'

/**
 * The part of every day in which somebody does something: people in the daytime of their zone, machines always.
 * `opensMs` is its begin in UTC after midnight, `lengthMs` how long it lasts; both in ms, at most a day.
 */
export interface ActiveHours {
  readonly opensMs: number
  readonly lengthMs: number
}

export const AROUND_THE_CLOCK: ActiveHours = { opensMs: 0, lengthMs: DAY_MS }

/** From one to another hour of local time in a zone that is so many hours ahead of UTC. */
export function daytime(fromHour: number, toHour: number, zoneHours: number): ActiveHours {
  const opens = (fromHour - zoneHours + 48) % 24
  return { opensMs: opens * HOUR_MS, lengthMs: (toHour - fromHour) * HOUR_MS }
}

/** A moment in ms as active time: how much of all active hours lies before it. Stands still outside of them. */
export function activeTimeAt({ opensMs, lengthMs }: ActiveHours, at: number): number {
  const day = Math.floor((at - opensMs) / DAY_MS)
  return day * lengthMs + Math.min(at - opensMs - day * DAY_MS, lengthMs)
}

/** The moment at which so much active time has passed. */
export function momentAt({ opensMs, lengthMs }: ActiveHours, active: number): number {
  const day = Math.floor(active / lengthMs)
  return opensMs + day * DAY_MS + (active - day * lengthMs)
}

/** The moment after somebody was busy for a while within their active hours. */
export function afterActive(hours: ActiveHours, at: number, busyMs: number): number {
  return momentAt(hours, activeTimeAt(hours, at) + busyMs)
}

/** Zones in hours ahead of UTC and how many live there, roughly as downloads of public indexes spread. */
const ZONES: readonly (readonly [zoneHours: number, share: number])[] = [
  [-8, 0.18],
  [-5, 0.2],
  [-3, 0.06],
  [0, 0.1],
  [1, 0.22],
  [5, 0.09],
  [8, 0.12],
  [10, 0.03],
]

/** The zone for a number in [0, 1). */
export function zoneFor(fraction: number): number {
  let left = fraction
  for (const [zoneHours, share] of ZONES) {
    left -= share
    if (left < 0) return zoneHours
  }
  return 0
}
