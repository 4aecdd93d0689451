import { describe, expect, it } from 'vitest'
import { bucketOf } from '../../../src/cohort/bucket.ts'
import { sha256 } from '../../rollout/builders.ts'
import { type MadePackage, openFamilyWorld } from './family-world.ts'

const minutesOfDay = 24 * 60
const keys = Array.from({ length: 200 }, (_, number) => `team-key-${number}`)

/** Packages that release each week, in families of three and alone; the minute of each in its week differs. */
function packagesOf(count: number, releases: number): readonly MadePackage[] {
  return Array.from({ length: count }, (_, index) => {
    const family = Math.floor(index / 3)
    const isAlone = family % 2 === 1
    const first = (isAlone ? index * 311 : family * 977) % (7 * minutesOfDay)
    const came = Array.from({ length: releases }, (_, number) => ({
      version: `1.${number + 1}.0`,
      minute: first + number * 7 * minutesOfDay + (index % 3) * 5,
      asks: {},
    }))
    return {
      name: isAlone ? `alone-${index}` : `@family-${family}/member-${index}`,
      maintainers: [isAlone ? `person-${index}` : `people-${family}`],
      versions: [{ version: '1.0.0', minute: -100_000 + (index % 3), asks: {} }, ...came],
    }
  })
}

describe('600 adopted releases', () => {
  it('have no key in their first stage more than three times as often as the mean', async () => {
    const packages = packagesOf(40, 15)
    const world = await openFamilyWorld(packages)
    for (const { name } of packages) await world.ask(name)
    for (let hours = 0; hours < 15 * 7 * 24 + 24; hours += 8) await world.go(480)
    const begun = world.engine.all().filter(({ startedAt }) => startedAt !== null)
    const releases = begun.flatMap(({ members, salt }) => members.map(() => salt))
    expect(releases).toHaveLength(600)
    // Whole families came as one.
    expect(begun.length).toBeLessThan(600)
    const met = keys.map((key) => releases.filter((salt) => bucketOf(sha256, salt, key) < 500).length)
    const mean = met.reduce((sum, count) => sum + count, 0) / keys.length
    console.log(
      `600 releases: a key is in the first stage of ${mean} on average, of ${Math.max(...met)} at most`,
    )
    expect(mean).toBeGreaterThan(20)
    expect(Math.max(...met)).toBeLessThanOrEqual(3 * mean)
    await world.close()
  })
})
