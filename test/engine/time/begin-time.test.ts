import { describe, expect, it } from 'vitest'
import type { Engine } from '../../../src/engine/core/engine.ts'
import { beginTime } from '../../../src/engine/time/begin-time.ts'
import type { ClockMark, ClockMarks } from '../../../src/ports/clock-marks.ts'
import { climb, createWorld, policyOf, publisher, type World } from '../world.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const noon = 1_700_000_000_000

const mark = (boot: string | null): ClockMark => ({
  at: noon,
  lasting: boot === null ? null : { clock: boot, ms: 5 * day },
})
const passed = (ms: number, boot = 'a') => ({ clock: boot, ms: 5 * day + ms })

describe('the time a process begins with', () => {
  it.each([
    ['the first process', null, passed(0), noon, noon, null],
    ['a short stop', mark('a'), passed(minute), noon + minute, noon + minute, null],
    [
      'an outage of two days on the same machine',
      mark('a'),
      passed(2 * day),
      noon + 2 * day,
      noon + 2 * day,
      null,
    ],
    [
      'a clock that was set two days ahead meanwhile',
      mark('a'),
      passed(minute),
      noon + 2 * day,
      noon + minute,
      null,
    ],
    ['a clock that was set back', mark('a'), passed(hour), noon - day, noon + hour, null],
    ['a small correction', mark('a'), passed(hour), noon + hour - minute, noon + hour - minute, null],
    [
      'ten minutes on another machine',
      mark('a'),
      passed(0, 'b'),
      noon + 10 * minute,
      noon + 10 * minute,
      null,
    ],
    [
      'two days on another machine',
      mark('a'),
      passed(0, 'b'),
      noon + 2 * day,
      noon + 2 * day,
      { from: noon + 15 * minute, to: noon + 2 * day },
    ],
    [
      'two days without a second clock',
      mark(null),
      null,
      noon + 2 * day,
      noon + 2 * day,
      { from: noon + 15 * minute, to: noon + 2 * day },
    ],
    ['another machine that is behind', mark('a'), passed(0, 'b'), noon - hour, noon, null],
  ] as const)('%s', (_, left, lasting, wall, at, unwatched) => {
    expect(beginTime(left, lasting, wall)).toEqual({ at, unwatched })
  })
})

/** A machine with a clock that can be set, and servers that start on it one after the other. */
class Machine {
  readonly world: World
  private mark: ClockMark | null = null
  private up = 0
  private boot = 'a'

  private constructor(world: World) {
    this.world = world
  }

  static async begin(): Promise<Machine> {
    const machine = new Machine(await createWorld({ owned: false }))
    machine.world.engine = await machine.start()
    return machine
  }

  start(): Promise<Engine> {
    const marks: ClockMarks = {
      read: async () => this.mark,
      write: async (left) => {
        this.mark = left
      },
      lasting: async () => ({ clock: this.boot, ms: this.up }),
    }
    const since = this.up
    return this.world.reopen({ monotonic: () => this.up - since, marks })
  }

  /** Time passes, by all clocks. */
  pass(ms: number): void {
    this.up += ms
    this.world.clock.pass(ms)
  }

  /** Only the machine's own clock is set. */
  set(ms: number): void {
    this.world.clock.pass(ms)
  }

  reboot(): void {
    this.boot += '!'
    this.up = 0
  }

  async tick(times = 1): Promise<void> {
    for (let time = 0; time < times; time += 1) await this.world.engine.tick()
  }

  /** 1.1.0 at stage 0, which bakes an hour. */
  async candidate(): Promise<() => number | undefined> {
    const policy = policyOf({
      stages: [
        { percent: 0, bake: '1h' },
        { percent: 50, bake: '1d' },
        { percent: 100, bake: '1h' },
      ],
      gates: {},
    })
    const who = {
      actor: { kind: 'token', id: 'o', name: 'o', owner: 'o', as: 'olga', scopes: ['operate'] },
      reason: '',
    } as const
    const { engine } = this.world
    await this.world.upload('npm:demo@1.0.0', { engine })
    await engine.reserve({ releases: ['npm:demo@1.1.0'], policy, restart: false, origin: null, who })
    await this.world.upload('npm:demo@1.1.0', { engine, who: publisher })
    await this.tick()
    return () => this.world.engine.find('npm:demo@1.1.0')?.stageIndex
  }
}

describe('a bake over a restart', () => {
  it.each([hour, 3 * day])(
    'is not ended by a clock that was set %d ms ahead while no server ran',
    async (ahead) => {
      const machine = await Machine.begin()
      const stage = await machine.candidate()
      machine.pass(minute)
      machine.set(ahead)
      machine.world.engine = await machine.start()
      await machine.tick(3)
      expect(stage()).toBe(0)
      machine.pass(hour)
      await machine.tick()
      expect(stage()).toBe(1)
    },
  )

  it('is not ended by a clock that was ahead before, and set right', async () => {
    const machine = await Machine.begin()
    machine.set(10 * minute)
    const stage = await machine.candidate()
    machine.set(-10 * minute)
    machine.world.engine = await machine.start()
    await machine.tick(3)
    expect(stage()).toBe(0)
    for (let minutes = 0; minutes < 75; minutes += 1) {
      machine.pass(minute)
      await machine.tick()
    }
    expect(stage()).toBe(1)
  })

  it('counts an outage that a second clock speaks for', async () => {
    const machine = await Machine.begin()
    const stage = await machine.candidate()
    machine.pass(2 * day)
    machine.world.engine = await machine.start()
    await machine.tick()
    expect(stage()).toBe(1)
  })

  it('counts a quarter of an hour of what only the clock of another boot says, and tells it', async () => {
    const machine = await Machine.begin()
    const stage = await machine.candidate()
    machine.pass(2 * day)
    machine.reboot()
    machine.world.engine = await machine.start()
    await machine.tick(3)
    expect(stage()).toBe(0)
    const state = machine.world.engine.find('npm:demo@1.1.0')
    if (state === null) throw new Error('it is gone')
    const { sentence, stages } = machine.world.engine.explain(state)
    expect(sentence).toContain('(and 2 d more: no server watched for so long')
    expect(stages[0]?.bakeUntil).toBe(machine.world.clock.now() + 45 * minute)
    const types = (await machine.world.engine.history(state.id)).map(({ type }) => type)
    expect(types.filter((type) => type === 'unwatched')).toHaveLength(1)
    // A restart within the hour finds nothing new to say, and the rest of the hour is enough.
    machine.pass(minute)
    await machine.tick()
    machine.world.engine = await machine.start()
    machine.pass(44 * minute)
    await machine.tick()
    expect(stage()).toBe(1)
  })

  it('does not count the outage when the first process after it dies before it is written', async () => {
    const machine = await Machine.begin()
    const stage = await machine.candidate()
    machine.pass(2 * day)
    machine.reboot()
    await machine.start()
    machine.pass(minute)
    machine.world.engine = await machine.start()
    await machine.tick(3)
    expect(stage()).toBe(0)
  })

  it('of a server of its own takes up where it was in the next stage too', async () => {
    const machine = await Machine.begin()
    await machine.candidate()
    machine.pass(hour)
    await machine.tick()
    machine.pass(3 * hour)
    machine.reboot()
    machine.set(30 * day)
    machine.world.engine = await machine.start()
    await climb(machine.world, 'npm:demo@1.1.0', minute, 3)
    expect(machine.world.engine.find('npm:demo@1.1.0')?.stageIndex).toBe(1)
  })
})
