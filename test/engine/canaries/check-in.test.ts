import { describe, expect, it } from 'vitest'
import type { Assignment } from '../../../src/engine/canaries/assignment.ts'
import { canaryId, createWorld, ownersFile, reportOf, stateOf, type World } from '../world.ts'

const release = 'npm:demo@1.1.0'
const minute = 60_000
const state = (world: World) => stateOf(world, release)

/** `acme/app` has no file: its own scheduled workflow checks in. */
async function started(checksIn = true): Promise<World> {
  const world = await createWorld()
  world.forge.repositories.get(canaryId)?.files.clear()
  const owner = world.forge.repositories.get('1')
  owner?.files.set('.github/slipway.yml', ownersFile.replace('timeout: 1h', 'timeout: 6h'))
  if (checksIn) await checkIn(world, 1)
  await world.upload('npm:demo@1.0.0')
  world.clock.pass(1000)
  await world.upload(release)
  return world
}
const checkIn = (world: World, runId: number, packages = ['npm:demo'], workflow = 'nightly.yml') =>
  world.engine.checkIn({
    repository: { id: canaryId, fullName: 'acme/app', private: false },
    runId,
    workflow,
    packages,
  })
const tries = (assigned: readonly Assignment[]) => assigned.map((one) => one.try)
const report = (world: World, runId: number, candidate: 'pass' | 'fail') =>
  world.engine.report(reportOf(world, state(world), { candidate, baseline: 'pass' }, { runId }))

it('a try belongs to the run that took it, until that run is given up', async () => {
  const world = await started()
  expect(tries(await checkIn(world, 10))).toEqual([1])
  world.clock.pass(10 * minute)
  expect(tries(await checkIn(world, 11))).toEqual([])
  world.clock.pass(21 * minute)
  await world.engine.tick()
  expect(world.engine.explain(state(world)).canaries[0]?.comparison).toMatchObject({
    kind: 'pending',
    wantsTry: 1,
  })
  expect(tries(await checkIn(world, 12))).toEqual([1])
  expect(await report(world, 10, 'pass')).toMatchObject({ ok: false, refusal: { field: 'run' } })
  expect(await report(world, 12, 'pass')).toMatchObject({ ok: true })
  expect(tries(await checkIn(world, 13))).toEqual([])
})

it('a failing candidate is tried again by the next run, or by the same one', async () => {
  const world = await started()
  await checkIn(world, 10)
  await report(world, 10, 'fail')
  expect(tries(await checkIn(world, 10))).toEqual([2])
  await report(world, 10, 'fail')
  expect(state(world).end).toMatchObject({ kind: 'rolled-back', regressions: [canaryId] })
  expect(await checkIn(world, 11)).toEqual([])
})

it('nothing is dispatched to it, and silence until the end holds the release', async () => {
  const world = await started()
  expect(world.effector.dispatches()).toEqual([])
  world.clock.pass(7 * 60 * minute)
  await world.engine.tick()
  expect(state(world)).toMatchObject({ stageIndex: 0, heldSince: expect.any(Number) })
})

it.each([
  ['not before it has checked in', async () => {}, []],
  ['not for other packages', (world: World) => checkIn(world, 1, ['npm:other']), []],
  [
    'also when another of its workflows checks in for something else',
    async (world: World) => {
      await checkIn(world, 1)
      await checkIn(world, 2, ['npm:other'], 'other.yml')
    },
    [canaryId],
  ],
  [
    'no longer when it was not heard of for 45 days',
    async (world: World) => {
      await checkIn(world, 1)
      world.clock.pass(46 * 24 * 60 * minute)
    },
    [],
  ],
])('is on the roster: %s', async (_, prepare, roster) => {
  const world = await started(false)
  await prepare(world)
  world.clock.pass(1000)
  await world.upload('npm:demo@1.2.0')
  const canaries = Object.values(stateOf(world, 'npm:demo@1.2.0').canaries)
  expect(canaries.flatMap(({ entry }) => (entry.mode === 'absent' ? [] : [entry.id]))).toEqual(roster)
})

describe('strangers that check in', () => {
  const stranger = (world: World, id: number, packages = ['npm:demo'], workflow = 'nightly.yml') =>
    world.engine.checkIn({
      repository: { id: String(id), fullName: `stranger/${id}`, private: false },
      runId: id,
      workflow,
      packages,
    })
  const begin = async (world: World) => {
    await world.upload('npm:demo@1.0.0')
    world.clock.pass(1000)
    await world.upload(release)
    return Object.values(state(world).canaries).map(({ entry }) => entry)
  }

  it('fill no roster: 50 of them are shown, and all that the policy admits', async () => {
    const world = await createWorld()
    for (let id = 1000; id < 1070; id += 1) await stranger(world, id)
    const roster = await begin(world)
    expect(roster.filter(({ admission }) => admission === 'none')).toHaveLength(50)
    expect(roster.filter(({ admission }) => admission !== 'none').map(({ id }) => id)).toEqual([canaryId])
    expect(world.log.map(({ message }) => message)).toContain(
      'repositories that the policy does not admit are left out of a roster {"leftOut":20}',
    )
  })

  it('are kept up to a number, until they no longer count; one that is known always is', async () => {
    const world = await createWorld({ settings: { mostCheckIns: 3 } })
    for (const id of [1001, 1002, 1003, 1004]) await stranger(world, id)
    const kept = async () =>
      (await world.stores.offers.list()).flatMap(({ source, repository }) =>
        source === 'pull' ? [repository.id] : [],
      )
    expect(await kept()).toEqual(['1001', '1002', '1003'])
    world.clock.pass(46 * 24 * 60 * minute)
    await stranger(world, 1002)
    await stranger(world, 1004)
    expect(await kept()).toEqual(['1002', '1004'])
  })

  it('offer at most 200 packages with all their workflows', async () => {
    const world = await createWorld()
    for (const part of [1, 2, 3]) {
      const packages = Array.from({ length: 100 }, (_, index) => `npm:p${part}-${index}`)
      await stranger(world, 1001, packages, `part-${part}.yml`)
    }
    const record = await world.stores.offers.get('1001', 'pull')
    expect(record?.offers).toHaveLength(200)
    expect(record?.offers.at(-1)).toMatchObject({ package: 'npm:p3-99', workflow: 'part-3.yml' })
  })
})
