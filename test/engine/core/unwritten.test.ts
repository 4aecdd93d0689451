import { describe, expect, it } from 'vitest'
import type { EventStore } from '../../../src/ports/event-store.ts'
import { basisPointsOf } from '../../../src/rollout/history/phase.ts'
import { climb, maintainer, reportOf, stateOf, type World, worldAtStageZero } from '../world.ts'

const release = 'npm:demo@1.1.0'

const commands = {
  rollBack: { type: 'rollBack', installable: true, newerCompleted: null },
  lower: { type: 'lower', to: 0 },
} as const

/** A store on a disk that is full while `full` says so, or after so many appends. */
function fillingUp(world: World): { readonly events: EventStore; full: boolean; fullAfter: number } {
  const disk = {
    full: false,
    fullAfter: Number.POSITIVE_INFINITY,
    events: {
      ...world.stores.events,
      append: async (batch: Parameters<EventStore['append']>[0]) => {
        if (disk.full) throw new Error('disk full')
        disk.fullAfter -= 1
        if (disk.fullAfter === 0) disk.full = true
        return world.stores.events.append(batch)
      },
    },
  }
  return disk
}

/** A candidate on its way that is taken back (or stopped) when nothing can be written any more. */
async function takenBackOnAFullDisk(type: 'rollBack' | 'lower' = 'rollBack') {
  const { world } = await worldAtStageZero()
  const passing = { candidate: 'pass', baseline: 'pass' } as const
  await world.engine.report(reportOf(world, stateOf(world, release), passing))
  await climb(world, release, 1000, 1)
  expect(basisPointsOf(stateOf(world, release))).toBe(5000)
  const disk = fillingUp(world)
  world.engine = await world.reopen({ events: disk.events })
  await world.engine.reconcile()
  disk.full = true
  world.effector.applied.splice(0)
  const outcome = await world.engine.run(stateOf(world, release).id, commands[type], maintainer)
  expect(outcome).toMatchObject({ ok: true })
  await world.settle()
  return { world, disk, told: () => world.effector.applied.filter((key) => key.includes('comment')) }
}

describe('what is taken back while nothing can be written', () => {
  it.each(['rollBack', 'lower'] as const)(
    'by %s is hidden at once, and told when it is written, once',
    async (type) => {
      const { world, disk, told } = await takenBackOnAFullDisk(type)
      expect(basisPointsOf(stateOf(world, release))).toBe(0)
      await world.engine.tick()
      await world.settle()
      expect(world.effector.applied).toEqual([])
      disk.full = false
      await world.engine.tick()
      await world.settle()
      expect(told()).toHaveLength(1)
      const again = await world.reopen()
      await again.reconcile()
      expect(again.find(release)).toEqual(stateOf(world, release))
      expect(told()).toHaveLength(1)
    },
  )

  it('was never told when the process dies before it is written', async () => {
    const { world } = await takenBackOnAFullDisk()
    const again = await world.reopen()
    await again.reconcile()
    expect(world.effector.applied).toEqual([])
    // It is said again, and has one comment, not two for one end.
    await again.run(stateOf(world, release).id, commands.rollBack, maintainer)
    await again.reconcile()
    expect(world.effector.applied.filter((key) => key.includes('transition-comment'))).toHaveLength(1)
  })

  it.each(['rollBack', 'lower'] as const)(
    'by %s is asked again of what another process wrote first, and told once',
    async (type) => {
      const { world, disk, told } = await takenBackOnAFullDisk(type)
      const other = await world.reopen({ effector: null })
      const { id } = stateOf(world, release)
      await other.run(id, { type: 'pause' }, maintainer)
      await other.run(id, { type: 'resume' }, maintainer)
      disk.full = false
      await world.engine.tick()
      await world.settle()
      expect(basisPointsOf(stateOf(world, release))).toBe(0)
      await other.tick()
      expect(other.find(release)).toEqual(stateOf(world, release))
      const { type: last, reason } = stateOf(world, release).transitions.at(-1) ?? {}
      expect([last, reason]).toEqual([type === 'lower' ? 'lowered' : 'rolled-back', maintainer.reason])
      // The pause of the other, its end, and the taking back.
      expect(told()).toHaveLength(3)
    },
  )

  it('waits again where its second writing fails, too', async () => {
    const { world, disk } = await takenBackOnAFullDisk()
    const other = await world.reopen({ effector: null })
    await other.run(stateOf(world, release).id, { type: 'pause' }, maintainer)
    disk.full = false
    disk.fullAfter = 1
    await world.engine.tick()
    expect([basisPointsOf(stateOf(world, release)), other.find(release)?.end]).toEqual([0, null])
    disk.full = false
    await world.engine.tick()
    await other.tick()
    expect(other.find(release)?.end?.kind).toBe('rolled-back')
  })

  it('leaves it at what another process decided, where that is over', async () => {
    const { world, disk } = await takenBackOnAFullDisk()
    const other = await world.reopen({ effector: null })
    await other.run(stateOf(world, release).id, commands.rollBack, maintainer)
    disk.full = false
    await world.engine.tick()
    expect(stateOf(world, release)).toEqual(other.find(release))
    await world.engine.tick()
    expect(stateOf(world, release)).toEqual(other.find(release))
  })
})
