import { describe, expect, it } from 'vitest'
import { sha256Hex } from '../../../src/engine/core/hashes.ts'
import type { EventStore } from '../../../src/ports/event-store.ts'
import { CHAIN_START, chainEvents } from '../../../src/rollout/history/chain.ts'
import { basisPointsOf } from '../../../src/rollout/history/phase.ts'
import { canary, ID, NOON, pair, startedStory, system } from '../../rollout/builders.ts'
import { createWorld, policyOf, publisher, stateOf, type World } from '../world.ts'

const bake = (world: World, ms: number) => {
  world.clock.pass(ms)
  return world.engine.tick()
}

/** So many packages, each with a release at stage 0 that only bakes. */
async function manyAtStageZero(count: number): Promise<{ world: World; ids: readonly string[] }> {
  const serverPolicy = policyOf({
    gates: {},
    stages: [
      { percent: 0, bake: '1s' },
      { percent: 50, bake: '1h' },
      { percent: 100, bake: '1h' },
    ],
  })
  const world = await createWorld({ forge: false, settings: { serverPolicy } })
  const ids = Array.from({ length: count }, (_, index) => `npm:p${index}@1.1.0`)
  for (const id of ids) {
    await world.upload(id.replace('1.1.0', '1.0.0'))
    await world.upload(id)
  }
  return { world, ids }
}

const percents = (world: World, ids: readonly string[]) => [
  ...new Set(ids.map((id) => basisPointsOf(stateOf(world, id)))),
]

describe('many rollouts', () => {
  it('whose stages end together share appends, one stage each', async () => {
    const { world, ids } = await manyAtStageZero(120)
    let appends = 0
    const { append } = world.stores.events
    const counting: EventStore = {
      ...world.stores.events,
      append: (batch) => {
        appends += 1
        return append(batch)
      },
    }
    world.engine = await world.reopen({ events: counting })
    await bake(world, 1000)
    expect(percents(world, ids)).toEqual([5000])
    expect(appends).toBe(3)
    await world.engine.tick()
    expect(percents(world, ids)).toEqual([5000])
    expect(appends).toBe(3)
  })

  it('one that another process moved does not keep the others back', async () => {
    const { world, ids } = await manyAtStageZero(10)
    const { append } = world.stores.events
    let stolen = false
    const racing: EventStore = {
      ...world.stores.events,
      append: async (batch) => {
        const [first] = batch.streams
        if (!stolen && batch.streams.length > 1 && first !== undefined) {
          stolen = true
          const other = await world.reopen({ effector: null })
          await other.run(first.stream, { type: 'pause' }, { actor: maintainer, reason: '' })
        }
        return append(batch)
      },
    }
    world.engine = await world.reopen({ events: racing })
    await bake(world, 1000)
    expect(stolen).toBe(true)
    expect(stateOf(world, ids[0] ?? '').pausedSince).not.toBeNull()
    expect(percents(world, ids.slice(0, 1))).toEqual([0])
    expect(percents(world, ids.slice(1))).toEqual([5000])
  })

  it('a store that fails for one stops no other', async () => {
    const { world, ids } = await manyAtStageZero(5)
    const sick = stateOf(world, ids[2] ?? '').id
    const { append } = world.stores.events
    const failing: EventStore = {
      ...world.stores.events,
      append: async (batch) => {
        if (batch.streams.some(({ stream }) => stream === sick)) throw new Error('disk full')
        return append(batch)
      },
    }
    world.engine = await world.reopen({ events: failing })
    await bake(world, 1000)
    expect(ids.map((id) => basisPointsOf(stateOf(world, id)))).toEqual([5000, 5000, 0, 5000, 5000])
    expect(world.log.some((line) => line.level === 'error' && line.message.includes('disk full'))).toBe(true)
  })
})

const maintainer = { kind: 'person', login: 'ada', permission: 'maintain' } as const

it('uploads of many packages at once are all reserved', async () => {
  const world = await createWorld({ forge: false })
  const releases = Array.from({ length: 50 }, (_, index) => `pypi:p${index}@1.0.0`)
  await Promise.all(
    releases.map((release) =>
      world.engine.admitUpload({ release, file: { name: 'x', sha256: 'a'.repeat(64) }, who: publisher }),
    ),
  )
  expect(new Set(releases.map((release) => stateOf(world, release).id)).size).toBe(50)
})

it('a history of many canaries is read without copying the roster for each answer', async () => {
  const roster = Array.from({ length: 10_000 }, (_, number) => canary({ id: `${5_000_000_000 + number}` }))
  const facts = roster.flatMap(({ id }) => pair('pass', 'pass', { canary: id }))
  const results = facts.map((fact) => {
    return { v: 1, at: NOON, actor: system, reason: '', type: 'result-recorded', fact } as const
  })
  const events = chainEvents(sha256Hex, CHAIN_START, [...startedStory({ roster }).events, ...results])
  const world = await createWorld({ forge: false })
  const streams = [{ stream: ID, expectedVersion: 0, events }]
  await world.stores.events.append({ streams, claims: [] })
  const begin = performance.now()
  const engine = await world.reopen({ effector: null })
  const tookMs = performance.now() - begin
  expect(engine.find(ID)?.version).toBe(events.length)
  // With a copy for each answer it takes minutes.
  expect(tookMs).toBeLessThan(6000)
}, 60_000)
