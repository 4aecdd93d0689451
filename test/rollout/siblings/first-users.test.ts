import { describe, expect, it } from 'vitest'
import { bucketOf } from '../../../src/cohort/bucket.ts'
import { createWorld, maintainer, type World } from '../../engine/world.ts'
import { sha256 } from '../builders.ts'

const dayMs = 24 * 3_600_000
const users = Array.from({ length: 300 }, (_, number) => `r-user-${number}`)
/** Those who get a release while it is at 5 %. */
const first = (salt: string) => users.filter((user) => bucketOf(sha256, salt, user) < 500)

async function completed(world: World, release: string): Promise<void> {
  for (;;) {
    const state = world.engine.find(release)
    if (state === null) throw new Error(`${release} is not here`)
    if (state.end !== null) return
    await world.engine.run(state.id, { type: 'advance', to: null, files: [] }, maintainer)
  }
}

/** Eight releases, each so long after the one before; the salts that they began with. */
async function eightReleases(everyMs: number, isOver: boolean): Promise<readonly string[]> {
  const world = await createWorld({ forge: false, owned: false })
  await world.upload('npm:demo@1.0.0')
  const salts: string[] = []
  for (let minor = 1; minor <= 8; minor += 1) {
    world.clock.pass(everyMs)
    const state = await world.upload(`npm:demo@1.${minor}.0`)
    salts.push(state?.salt ?? '')
    // The one before goes to the end, so that something of the package is always live.
    const done = isOver ? minor : minor - 1
    if (done > 0) await completed(world, `npm:demo@1.${done}.0`)
  }
  return salts
}

describe('eight releases in a row', () => {
  it('that follow each other meet other users first each time', async () => {
    const salts = await eightReleases(3_600_000, true)
    expect(new Set(salts).size).toBe(8)
    const met = new Map<string, number>()
    for (const salt of salts) for (const user of first(salt)) met.set(user, (met.get(user) ?? 0) + 1)
    // 120 places: 15 users of 300 in each release. The same ones each time would be 15 users, met 8 times.
    expect(met.size).toBeGreaterThan(60)
    expect(Math.max(...met.values())).toBeLessThan(6)
  })

  it('that overlap nest, and meet others after a month at the latest', async () => {
    const salts = await eightReleases(8 * dayMs, false)
    const [one = '', two] = salts
    expect(two).toBe(one)
    const ages = salts.map((salt) => salts.indexOf(salt))
    expect(new Set(salts).size).toBeGreaterThanOrEqual(2)
    // No salt meets the same users for longer than 30 days and the release that was under way then.
    for (const [index, since] of ages.entries()) expect((index - since) * 8).toBeLessThan(30)
  })
})
