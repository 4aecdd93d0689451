import { describe, expect, it } from 'vitest'
import { createSteadyClock } from '../../../src/engine/time/steady-clock.ts'
import { createWorld, policyOf } from '../world.ts'

const minute = 60_000
const hour = 60 * minute
const start = 1_700_000_000_000

/** A machine whose clock can be set, and the clock over it. */
function machine() {
  let passed = 0
  let off = 0
  const jumps: number[] = []
  const wall = () => start + passed + off
  const clock = createSteadyClock({ wall, monotonic: () => passed, jumped: (byMs) => jumps.push(byMs) })
  return {
    jumps,
    /** Time passes, looked at once a minute as the ticks do. */
    pass(ms: number): number {
      for (let left = ms; left > 0; left -= minute) {
        passed += Math.min(minute, left)
        clock.now()
      }
      return clock.now() - start
    },
    set: (ms: number) => {
      off += ms
    },
    now: () => clock.now() - start,
  }
}

describe('the engine’s time', () => {
  it('is the machine’s while that is steady, also after small corrections', () => {
    const it = machine()
    expect(it.pass(hour)).toBe(hour)
    it.set(2000)
    expect(it.pass(minute)).toBe(hour + minute + 2000)
    expect(it.jumps).toEqual([])
  })

  it('does not jump an hour ahead, says so once, and comes near slowly', () => {
    const it = machine()
    it.pass(hour)
    it.set(hour)
    expect(it.now()).toBe(hour)
    const day = it.pass(24 * hour)
    expect(day).toBeGreaterThanOrEqual(25 * hour)
    expect(day).toBeLessThan(25 * hour + 15 * minute)
    expect(it.jumps).toEqual([hour])
    expect(it.pass(100 * hour)).toBe(126 * hour)
  })

  it('never runs backwards nor stands still, and meets the machine’s again', () => {
    const it = machine()
    it.pass(hour)
    it.set(-hour)
    expect(it.now()).toBe(hour)
    expect(it.pass(10 * minute)).toBe(hour + 5 * minute)
    it.pass(2 * hour)
    expect(it.pass(minute)).toBe(hour + 10 * minute + 2 * hour + minute - hour)
  })

  it('ends no bake for a clock that is set an hour ahead', async () => {
    const world = await createWorld({ owned: false })
    let passed = 0
    const engine = await world.reopen({ monotonic: () => passed })
    const policy = policyOf({
      stages: [
        { percent: 0, bake: '30m' },
        { percent: 50, bake: '1h' },
        { percent: 100, bake: '1h' },
      ],
      gates: {},
    })
    const operator = {
      kind: 'token',
      id: 'o',
      name: 'o',
      owner: 'o',
      as: 'olga',
      scopes: ['operate'],
    } as const
    const who = { actor: operator, reason: '' }
    await world.upload('npm:demo@1.0.0', { engine })
    await engine.reserve({ releases: ['npm:demo@1.1.0'], policy, restart: false, origin: null, who })
    await world.upload('npm:demo@1.1.0', { engine })
    const index = () => engine.find('npm:demo@1.1.0')?.stageIndex
    world.clock.pass(hour)
    await engine.tick()
    expect(index()).toBe(0)
    passed += 30 * minute
    world.clock.pass(30 * minute)
    await engine.tick()
    expect(index()).toBe(1)
    expect(world.log.filter(({ message }) => message.includes('clock of this machine jumped'))).toHaveLength(
      1,
    )
  })
})
