import { expect, it } from 'vitest'
import { suspectOf, tryOf } from '../../../src/gates/canaries/bisect.ts'
import { effectsWanted } from '../../../src/rollout/effects/effects-wanted.ts'
import { canaryId, createWorld, maintainer, ownersFile, sha256Of, stateOf, type World } from '../world.ts'

const minute = 60_000
const newest = 'npm:demo@1.0.3'
const state = (world: World) => stateOf(world, newest)
const bisect = { type: 'bisectCanary', canary: 'acme/app', between: [] } as const
const installed = (world: World, number: number) => {
  const canary = state(world).canaries[canaryId]
  const suspect = canary === undefined ? null : suspectOf(canary, number)
  return { candidate: [suspect?.release ?? newest], baseline: [suspect?.baseline ?? 'npm:demo@1.0.0'] }
}

/** A run's report for a try, as its Action sends it. */
async function report(world: World, number: number, runId: number, candidate: 'pass' | 'fail') {
  const arm = (outcome: 'pass' | 'fail', releases: readonly string[]) => ({
    outcome,
    installed: releases,
    commit: 'c0ffee',
    detail: '',
  })
  const tests = installed(world, number)
  return world.engine.report({
    rollout: state(world).id,
    try: number,
    nonce: world.engine.nonceOf(state(world).id, canaryId, number),
    identity: { repositoryId: canaryId, runId, runAttempt: 1, url: null },
    legs: [
      {
        leg: 'default',
        arms: { candidate: arm(candidate, tests.candidate), baseline: arm('pass', tests.baseline) },
      },
    ],
  })
}

const checkIn = (world: World, runId: number) =>
  world.engine.checkIn({
    repository: { id: canaryId, fullName: 'acme/app', private: false },
    runId,
    workflow: 'nightly.yml',
    packages: ['npm:demo'],
  })

/** Each arm's run fetches its release under the nonce and ends; the candidate's fails. */
async function runApart(world: World, number: number): Promise<void> {
  const { id } = state(world)
  const nonce = world.engine.nonceOf(id, canaryId, number)
  for (const arm of ['candidate', 'baseline'] as const) {
    const canary = state(world).canaries[canaryId]
    const runId = canary === undefined ? null : (tryOf(canary, number)?.dispatches[arm]?.runId ?? null)
    if (runId === null) throw new Error(`no run of the ${arm} arm of try ${number}`)
    await world.engine.recordFetch(id, arm, nonce, installed(world, number)[arm][0] ?? '')
    world.forge.run(canaryId, runId, { conclusion: arm === 'candidate' ? 'failure' : 'success' })
    await world.engine.gather(canaryId, runId)
  }
  await world.settle()
}

/** 1.0.1 and 1.0.2 were superseded untested; 1.0.3 was taken back by a canary that checks in by itself. */
async function takenBack(): Promise<World> {
  const world = await createWorld()
  world.forge.repositories.get(canaryId)?.files.clear()
  world.forge.repositories.get('1')?.files.set('.github/slipway.yml', ownersFile)
  await checkIn(world, 1)
  for (const version of ['1.0.0', '1.0.1', '1.0.2', '1.0.3']) {
    await world.upload(`npm:demo@${version}`)
    world.clock.pass(1000)
  }
  for (const number of [1, 2]) {
    await checkIn(world, 10)
    await report(world, number, 10, 'fail')
  }
  expect(state(world).end?.kind).toBe('rolled-back')
  return world
}

it('a canary that checks in takes the tries of a search, after the rollback and after a restart', async () => {
  const world = await takenBack()
  expect(await checkIn(world, 11)).toEqual([])
  expect(await world.engine.run(state(world).id, bisect, maintainer)).toMatchObject({ ok: true })
  const before = state(world)
  for (let run = 20; state(world).searching.length > 0 && run < 30; run += 1) {
    const [task] = await checkIn(world, run)
    if (task === undefined) throw new Error('no try is handed out')
    expect(await checkIn(world, run)).toMatchObject([{ try: task.try }])
    expect(await checkIn(world, run + 100)).toEqual([])
    expect(await report(world, task.try, run + 100, 'fail')).toMatchObject({
      ok: false,
      refusal: { field: 'run' },
    })
    world.engine = await world.reopen()
    const bad = installed(world, task.try).candidate[0] === 'npm:demo@1.0.2'
    expect(await report(world, task.try, run, bad ? 'fail' : 'pass')).toMatchObject({ ok: true })
  }
  const { bisect: search } = state(world).canaries[canaryId] ?? {}
  expect(search?.found).toEqual({ answer: 'found', releases: ['npm:demo@1.0.2'] })
  expect(search?.suspects.map(({ release }) => release)).toEqual(['npm:demo@1.0.1', 'npm:demo@1.0.2', newest])
  expect(state(world)).toMatchObject({
    end: before.end,
    stageIndex: before.stageIndex,
    progressAt: before.progressAt,
  })
  expect(await checkIn(world, 40)).toEqual([])
})

it('a search that nobody answers ends by itself', async () => {
  const world = await takenBack()
  await world.engine.run(state(world).id, bisect, maintainer)
  world.clock.pass(600 * minute)
  await world.engine.tick()
  expect(state(world).searching).toEqual([])
  expect(state(world).canaries[canaryId]?.bisect?.found).toMatchObject({ answer: 'unclear' })
  await world.engine.tick()
  expect(state(world).transitions.filter(({ type }) => type === 'bisect-ended')).toHaveLength(1)
})

it('without the Action, the index and the conclusions of the runs speak for the arms of a search', async () => {
  const world = await createWorld()
  world.forge.repositories.get(canaryId)?.files.set('.github/workflows/ci.yml', 'jobs: {}')
  for (const version of ['1.0.0', '1.0.1', '1.0.3']) {
    await world.upload(`npm:demo@${version}`)
    world.clock.pass(1000)
  }
  for (const number of [1, 2]) await runApart(world, number)
  expect(state(world).end?.kind).toBe('rolled-back')
  await world.engine.run(state(world).id, bisect, maintainer)
  await world.settle()
  for (const number of [1_000_001, 1_000_002]) await runApart(world, number)
  expect(state(world).canaries[canaryId]?.bisect?.found).toEqual({
    answer: 'found',
    releases: ['npm:demo@1.0.1'],
  })
  expect(
    effectsWanted(state(world), world.clock.now(), sha256Of).filter(({ kind }) => kind === 'dispatch'),
  ).toEqual([])
})
