import { describe, expect, it } from 'vitest'
import { startTimers } from '../../../src/engine/ticking/start-timers.ts'
import type { ForgeFailure } from '../../../src/ports/forge.ts'
import type { CommandBody } from '../../../src/rollout/deciding/command.ts'
import { broken } from '../fake-forge.ts'
import { canaryId, createWorld, maintainer, stateOf, type World, worldAtStageZero } from '../world.ts'

const kindOf = (key: string) => key.split('/')[1]
const failure = (
  overrides: Partial<ForgeFailure>,
  final = false,
): { ok: false; failure: ForgeFailure; final: boolean; signals: [] } => {
  return { ok: false, failure: { ...broken, ...overrides }, final, signals: [] }
}

async function failingDispatch(
  answer: ReturnType<typeof failure>,
): Promise<{ world: World; attempts: () => number }> {
  const world = await createWorld()
  await world.upload('npm:demo@1.0.0')
  world.effector.answer = (effect) => (effect.kind === 'dispatch' ? answer : null)
  await world.upload('npm:demo@1.1.0')
  return { world, attempts: () => world.effector.dispatches().length }
}

const passAndTick = async (world: World, ms: number) => {
  world.clock.pass(ms)
  await world.engine.tick()
  await world.settle()
}

describe('effects', () => {
  it('are applied once each; standing ones again only when what they show has changed', async () => {
    const { world, state } = await worldAtStageZero({ settings: { sweepMs: 100 } })
    const count = (kind: string) => world.effector.applied.filter((key) => kindOf(key) === kind).length
    expect(count('dispatch')).toBe(1)
    expect(count('find-pull-requests')).toBe(1)
    expect(count('tracking-issue')).toBe(1)
    await world.engine.reconcile()
    await world.engine.reconcile(state().id)
    await passAndTick(world, 500)
    expect(count('dispatch')).toBe(1)
    expect(count('tracking-issue')).toBe(1)
    await world.engine.run(state().id, { type: 'pause' }, maintainer)
    await world.settle()
    expect(count('tracking-issue')).toBe(2)
    expect(count('transition-comment')).toBe(1)
  })

  it('tell a standing one again that went back while nobody knew what came of its change', async () => {
    const { world, state } = await worldAtStageZero()
    const shown: string[] = []
    let isCut = false
    world.effector.answer = (effect) => {
      if (effect.kind !== 'deployment' || effect.stage !== 1) return null
      shown.push(effect.digest)
      return isCut ? failure({ kind: 'broken' }) : null
    }
    const by = async (command: CommandBody) => {
      await world.engine.run(state().id, command, maintainer)
      await world.settle()
    }
    await by({ type: 'advance', to: 5000, files: [] })
    isCut = true
    await by({ type: 'advance', to: 10_000, files: [] })
    isCut = false
    await by({ type: 'lower', to: 5000 })
    await passAndTick(world, 60_000)
    expect(shown).toEqual(['in_progress', 'success', 'in_progress'])
  })

  it('know the place of the others, and where they were applied before', async () => {
    const world = await createWorld()
    const seen: string[] = []
    world.effector.answer = (effect, context) => {
      if (effect.kind === 'tracking-issue') {
        seen.push(context.applied === null ? 'new issue' : `issue ${context.applied.place.issue}`)
        return { ok: true, place: { issue: 4 }, signals: [] }
      }
      if (effect.kind === 'transition-comment') {
        seen.push(...context.siblings.flatMap(({ place }) => (place.issue === 4 ? ['comment on 4'] : [])))
      }
      return null
    }
    await world.upload('npm:demo@1.0.0')
    const state = await world.upload('npm:demo@1.1.0')
    await world.engine.run(state?.id ?? '', { type: 'pause' }, maintainer)
    await world.settle()
    expect(seen[0]).toBe('new issue')
    expect(seen.slice(1)).toContain('issue 4')
    expect(seen.slice(1)).toContain('comment on 4')
    expect(await world.stores.effects.findByPlace({ issue: 4 })).toHaveLength(1)
  })

  it('one pass at a time: what is asked for meanwhile is done by one more', async () => {
    const { world, state } = await worldAtStageZero()
    let flying = 0
    let most = 0
    world.effector.answer = async () => {
      flying += 1
      most = Math.max(most, flying)
      await new Promise((resolve) => setTimeout(resolve, 2))
      flying -= 1
      return null
    }
    await Promise.all([
      world.engine.run(state().id, { type: 'pause' }, maintainer),
      ...Array.from({ length: 20 }, () => world.engine.reconcile(state().id)),
    ])
    await world.settle()
    expect(most).toBe(1)
  })

  it('a command does not wait for them', async () => {
    const { world, state } = await worldAtStageZero()
    world.effector.answer = () => new Promise(() => {})
    expect(await world.engine.run(state().id, { type: 'pause' }, maintainer)).toMatchObject({ ok: true })
  })
})

describe('closing', () => {
  it('waits for the effect under way and begins no other', async () => {
    const { world, state } = await worldAtStageZero()
    let finish = (): void => {}
    world.effector.answer = () =>
      new Promise((resolve) => {
        finish = () => resolve(null)
      })
    await world.engine.run(state().id, { type: 'pause' }, maintainer)
    const before = world.effector.applied.length
    while (world.effector.applied.length === before) await new Promise((resolve) => setImmediate(resolve))
    let closed = false
    const closing = world.engine.close().then(() => {
      closed = true
    })
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(closed).toBe(false)
    finish()
    world.effector.answer = () => null
    await closing
    const after = world.effector.applied.length
    await world.engine.run(state().id, { type: 'resume' }, maintainer)
    await world.engine.reconcile()
    expect(world.effector.applied).toHaveLength(after)
  })
})

describe('effects that fail', () => {
  it('are tried again after a growing time: a run of a canary for as long as its gate waits for it', async () => {
    const { world, attempts } = await failingDispatch(failure({}))
    expect(attempts()).toBe(1)
    await passAndTick(world, 4_000)
    expect(attempts()).toBe(1)
    await passAndTick(world, 1_000)
    expect(attempts()).toBe(2)
    await passAndTick(world, 9_000)
    expect(attempts()).toBe(2)
    await passAndTick(world, 1_000)
    expect(attempts()).toBe(3)
    const state = () => stateOf(world, 'npm:demo@1.1.0')
    const said = () => world.engine.explain(state()).canaries[0]?.comparison.kind
    for (let minute = 0; minute < 59; minute += 1) await passAndTick(world, 60_000)
    expect(attempts()).toBeGreaterThan(9)
    expect(attempts()).toBeLessThan(15)
    expect([said(), state().heldSince]).toEqual(['pending', null])
    await passAndTick(world, 60_000)
    expect(said()).toBe('timed-out')
    expect(state().heldSince).not.toBeNull()
    const { length } = world.effector.dispatches()
    await passAndTick(world, 3_600_000)
    expect(world.effector.dispatches()).toHaveLength(length)
  })

  it('hold nothing when GitHub starts no run for eleven minutes', async () => {
    const { world } = await failingDispatch(failure({}))
    for (let minute = 0; minute < 11; minute += 1) await passAndTick(world, 60_000)
    world.effector.answer = () => null
    for (let minute = 0; minute < 10; minute += 1) await passAndTick(world, 60_000)
    const state = stateOf(world, 'npm:demo@1.1.0')
    expect(state.heldSince).toBeNull()
    expect(state.canaries[canaryId]?.tries[1]?.dispatches.both).toMatchObject({ runId: 101, failure: null })
  })

  it('wait for the time that a limit names, however often', async () => {
    const world = await createWorld()
    await world.upload('npm:demo@1.0.0')
    world.effector.answer = (effect, context) =>
      effect.kind === 'dispatch' ? failure({ kind: 'limited', retryAt: context.now + 120_000 }) : null
    await world.upload('npm:demo@1.1.0')
    await passAndTick(world, 119_000)
    expect(world.effector.dispatches()).toHaveLength(1)
    await passAndTick(world, 1_000)
    expect(world.effector.dispatches()).toHaveLength(2)
    world.effector.answer = () => null
    await passAndTick(world, 120_000)
    expect(world.effector.dispatches()).toHaveLength(3)
    const tried = stateOf(world, 'npm:demo@1.1.0').canaries[canaryId]?.tries[1]
    expect(tried?.dispatches.both).toMatchObject({ runId: 101, failure: null })
  })

  it('of what people read are made good after an outage of hours, also after the end', async () => {
    const { world, state } = await worldAtStageZero()
    world.effector.answer = (effect) => (effect.kind === 'dispatch' ? null : failure({}))
    await world.engine.run(state().id, { type: 'abandon' }, maintainer)
    for (let hour = 0; hour < 12; hour += 1) await passAndTick(world, 3_600_000)
    world.effector.answer = () => null
    await passAndTick(world, 3_600_000)
    const written = await world.stores.effects.list(`${state().id}/transition-comment/`)
    expect(written.map(({ digest }) => digest)).toEqual(['done'])
  })

  it('of a run that cannot be started do not count the times when GitHub was over its limit', async () => {
    const { world, attempts } = await failingDispatch(failure({ kind: 'limited', retryAt: 1 }))
    for (let minute = 0; minute < 5; minute += 1) await passAndTick(world, 60_000)
    expect(attempts()).toBeGreaterThan(3)
    const state = stateOf(world, 'npm:demo@1.1.0')
    expect(state.canaries[canaryId]?.tries[1]?.dispatches.both).toBeUndefined()
  })

  it('for good are recorded at once and not tried again, also by a new process', async () => {
    const { world, attempts } = await failingDispatch(failure({ kind: 'gone' }, true))
    expect(attempts()).toBe(1)
    await passAndTick(world, 600_000)
    await (await world.reopen()).reconcile()
    expect(attempts()).toBe(1)
  })

  it('by throwing count as failed and stop nothing else', async () => {
    const world = await createWorld()
    await world.upload('npm:demo@1.0.0')
    world.effector.answer = (effect) => {
      if (effect.kind === 'dispatch') throw new Error('a bug')
      return null
    }
    await world.upload('npm:demo@1.1.0')
    expect(world.effector.applied.map(kindOf)).toContain('tracking-issue')
    expect(world.log.some((line) => line.level === 'error' && line.message.includes('a bug'))).toBe(true)
  })

  it('are not applied any more when the rollout ended meanwhile', async () => {
    const { world, attempts } = await failingDispatch(failure({}))
    const { id } = stateOf(world, 'npm:demo@1.1.0')
    await world.engine.run(id, { type: 'rollBack', installable: true, newerCompleted: null }, maintainer)
    await passAndTick(world, 5_000)
    expect(attempts()).toBe(1)
  })
})

describe('timers', () => {
  it('tick again and again, never two at once, and stop when told', async () => {
    let ticks = 0
    let flying = 0
    let most = 0
    const tick = async () => {
      ticks += 1
      flying += 1
      most = Math.max(most, flying)
      await new Promise((resolve) => setTimeout(resolve, 12))
      flying -= 1
      if (ticks === 1) throw new Error('once')
    }
    const errors: string[] = []
    const log = { info: () => {}, warn: () => {}, error: (message: string) => errors.push(message) }
    const stop = startTimers({ tick }, { tickMs: 5, log })
    while (ticks < 3) await new Promise((resolve) => setTimeout(resolve, 5))
    await stop()
    expect(flying).toBe(0)
    const before = ticks
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(ticks).toBe(before)
    expect(most).toBe(1)
    expect(errors).toEqual(['a tick failed'])
  })
})
