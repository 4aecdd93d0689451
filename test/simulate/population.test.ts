import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { activeTimeAt, afterActive, daytime, momentAt } from '../../src/simulate/active-hours.ts'
import { firstInstall, nextInstall, reachedUsers } from '../../src/simulate/population.ts'
import { calm, worldOf } from './sample-worlds.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

describe('active hours', () => {
  const berlin = daytime(9, 18, 1)

  it('are local: nine in Berlin is eight in UTC', () => {
    expect(berlin).toEqual({ opensMs: 8 * HOUR_MS, lengthMs: 9 * HOUR_MS })
    expect(daytime(9, 18, 10).opensMs).toBe(23 * HOUR_MS)
  })

  it('what begins at night begins in the morning', () => {
    const night = 3 * DAY_MS + 2 * HOUR_MS
    expect(afterActive(berlin, night, HOUR_MS)).toBe(3 * DAY_MS + 9 * HOUR_MS)
  })

  it('turn moments into active time and back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 400 * DAY_MS }),
        fc.integer({ min: -12, max: 12 }),
        (at, zone) => {
          const hours = daytime(8, 22, zone)
          const back = momentAt(hours, activeTimeAt(hours, at))
          expect(activeTimeAt(hours, back)).toBeCloseTo(activeTimeAt(hours, at), 3)
          expect(back).toBeLessThanOrEqual(at + DAY_MS)
        },
      ),
    )
  })
})

describe('users', () => {
  const world = worldOf(calm({ users: 300, bad: 100, severity: 30, cooldown: 24, 'cooldown-share': 50 }))
  const { users, releasedAt } = world
  const showing = {
    releasedAt,
    steps: [
      { at: releasedAt + HOUR_MS, basisPoints: 500 },
      { at: releasedAt + 2 * HOUR_MS, basisPoints: 10_000 },
    ],
    takenBackAt: null,
    fixedCooldownMs: 0,
  }

  it('install again and again, never earlier than asked', () => {
    for (const user of users) {
      const first = nextInstall(user, releasedAt)
      expect(first).toBeGreaterThanOrEqual(releasedAt)
      expect(nextInstall(user, first + 1)).toBeGreaterThan(first)
    }
  })

  it('meet the candidate when their bucket is shown it, and their cool-down is over', () => {
    for (const user of users) {
      const at = firstInstall(user, showing)
      expect(at).toBeGreaterThanOrEqual(releasedAt + (user.bucket < 500 ? 1 : 2) * HOUR_MS)
      expect(at).toBeGreaterThanOrEqual(releasedAt + user.cooldownMs)
    }
    const nobody = { ...showing, steps: [] }
    expect(users.every((user) => firstInstall(user, nobody) === Number.POSITIVE_INFINITY)).toBe(true)
  })

  it('are counted until it is taken back, and not after', () => {
    const horizon = releasedAt + 30 * DAY_MS
    const never = reachedUsers(users, showing, horizon)
    const soon = reachedUsers(users, { ...showing, takenBackAt: releasedAt + 30 * HOUR_MS }, horizon)
    const before = reachedUsers(users, { ...showing, takenBackAt: releasedAt + HOUR_MS }, horizon)
    expect(before).toMatchObject({ exposed: 0, broken: 0 })
    expect(soon.exposed).toBeGreaterThan(0)
    expect(never.exposed).toBeGreaterThan(soon.exposed)
    expect(never.broken).toBeLessThan(never.exposed)
    expect(soon.curve.at(-1)).toBe(soon.exposed)
    expect(never.curve).toEqual([...never.curve].sort((left, right) => left - right))
  })

  it('with a lockfile come later', () => {
    const share = (locked: number) => {
      const some = worldOf(calm({ users: 300, locked }))
      return reachedUsers(
        some.users,
        { ...showing, releasedAt: some.releasedAt, steps: [{ at: some.releasedAt, basisPoints: 10_000 }] },
        some.releasedAt + 2 * DAY_MS,
      ).exposed
    }
    expect(share(100)).toBeLessThan(share(0) / 2)
  })
})
