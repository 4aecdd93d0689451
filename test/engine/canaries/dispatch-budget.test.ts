import { describe, expect, it } from 'vitest'
import { canaryId, createWorld, dependentsFile, ownersFile, reportOf, stateOf, type World } from '../world.ts'

const file = '.github/slipway.yml'
const release = 'npm:demo@1.1.0'
const setFile = (world: World, id: string, text: string) =>
  void world.forge.repositories.get(id)?.files.set(file, text)
const dispatches = (world: World) => world.effector.dispatches().length

async function started(prepare: (world: World) => void) {
  const world = await createWorld()
  prepare(world)
  await world.upload('npm:demo@1.0.0')
  world.clock.pass(1000)
  await world.upload(release)
  return world
}
async function pass(world: World, ms: number) {
  world.clock.pass(ms)
  await world.engine.tick()
  await world.settle()
}

describe('a rollout with 200 canaries', () => {
  const many = (world: World) => {
    setFile(world, '1', ownersFile.replace('repo: acme/app', 'repo: "acme/*"'))
    for (let id = 100; id < 299; id += 1)
      world.forge.add(String(id), `acme/app-${id}`, { [file]: dependentsFile })
  }

  it('starts 40 runs a minute, each once, and asks the forge nothing for it', async () => {
    const world = await started(many)
    expect(dispatches(world)).toBe(40)
    world.forge.calls.length = 0
    const seen: number[] = []
    for (let minute = 1; minute <= 6; minute += 1) {
      await pass(world, 30_000)
      await pass(world, 30_000)
      seen.push(dispatches(world))
    }
    expect(seen).toEqual([80, 120, 160, 200, 200, 200])
    expect(new Set(world.effector.dispatches()).size).toBe(200)
    expect(world.forge.calls).toEqual([])
  })

  it('is rolled back at once, whatever still waits to be started', async () => {
    const world = await started(many)
    const who = { actor: { kind: 'person', login: 'ada', permission: 'maintain' }, reason: 'no' } as const
    await world.engine.run(
      stateOf(world, release).id,
      { type: 'rollBack', installable: true, newerCompleted: null },
      who,
    )
    await pass(world, 120_000)
    expect(dispatches(world)).toBe(40)
  })
})

describe('runs per month', () => {
  const withBudget = (runs: number) => (world: World) =>
    setFile(world, canaryId, dependentsFile.replace('timeout: 10m', `timeout: 10m, runsPerMonth: ${runs}`))
  const condition = (world: World, id = release) => stateOf(world, id).canaries[canaryId]?.state
  const fail = async (world: World, id: string) => {
    await world.engine.report(reportOf(world, stateOf(world, id), { candidate: 'fail', baseline: 'pass' }))
    await world.settle()
  }

  it('are not exceeded, over all rollouts of the month, and the state says so', async () => {
    const world = await started(withBudget(1))
    expect(dispatches(world)).toBe(1)
    expect(condition(world)).toBeNull()
    await fail(world, release)
    expect(dispatches(world)).toBe(1)
    expect(condition(world)).toMatchObject({
      state: 'budget-spent',
      message: '1 of its 1 runs of this month are spent',
    })
    world.clock.pass(1000)
    await world.upload('npm:demo@1.2.0')
    expect(dispatches(world)).toBe(1)
    expect(condition(world, 'npm:demo@1.2.0')?.state).toBe('budget-spent')
    expect(world.engine.explain(stateOf(world, 'npm:demo@1.2.0')).canaries[0]).toMatchObject({
      comparison: { kind: 'infra', decided: false },
      condition: { state: 'budget-spent' },
    })
  })

  it('begin anew with the month', async () => {
    const world = await started(withBudget(1))
    await fail(world, release)
    // The world begins on 14 November 2023.
    world.clock.pass(17 * 24 * 3_600_000)
    await world.upload('npm:demo@1.2.0')
    await pass(world, 60_000)
    expect(dispatches(world)).toBe(2)
  })

  it('of 0 offer nothing to start', async () => {
    const world = await started(withBudget(0))
    expect(dispatches(world)).toBe(0)
    expect(condition(world)?.state).toBe('budget-spent')
  })
})

it('a run whose number nobody named is found by its nonce when its time is over', async () => {
  const world = await createWorld()
  world.effector.answer = (effect, context) => {
    if (effect.kind !== 'dispatch') return null
    const dispatch = { arm: effect.arm, at: context.now, runId: null, url: null, failure: null }
    const signal = { kind: 'dispatched', canary: effect.canary, try: effect.try, dispatch } as const
    return { ok: true, place: {}, signals: [signal] }
  }
  await world.upload('npm:demo@1.0.0')
  world.clock.pass(1000)
  await world.upload(release)
  const nonce = world.engine.nonceOf(stateOf(world, release).id, canaryId, 1)
  world.forge.run(canaryId, 555, { title: `slipway ${nonce}`, conclusion: 'failure' })
  await pass(world, 10 * 60_000)
  await pass(world, 10_000)
  expect(world.forge.calls.filter((call) => call.startsWith('find run'))).toEqual([
    'find run acme/app ci.yml',
  ])
  expect(stateOf(world, release).canaries[canaryId]?.tries[1]?.legs.default?.candidate).toMatchObject({
    outcome: 'infra',
    runId: 555,
  })
})
