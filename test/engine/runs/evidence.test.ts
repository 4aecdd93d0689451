import { describe, expect, it } from 'vitest'
import type { CanaryReport } from '../../../src/engine/runs/canary-report.ts'
import { broken } from '../fake-forge.ts'
import { canaryId, createWorld, reportOf, stateOf, system, type World, worldAtStageZero } from '../world.ts'

const passes = { candidate: 'pass', baseline: 'pass' } as const
const fails = { candidate: 'fail', baseline: 'pass' } as const
const minute = 60_000

describe('a report', () => {
  it.each<{
    why: string
    change: (report: CanaryReport) => Partial<CanaryReport>
    field: string
    says: string
  }>([
    {
      why: 'of an unknown rollout',
      change: () => ({ rollout: 'ro-aaaaaaaaaaaaaaaa' }),
      field: 'rollout',
      says: 'There is no such rollout',
    },
    {
      why: 'of a repository that is no canary',
      change: ({ identity }) => ({ identity: { ...identity, repositoryId: '99' } }),
      field: 'canary',
      says: 'This repository is no canary of the rollout',
    },
    {
      why: 'with a nonce that was never given out',
      change: () => ({ nonce: 'a'.repeat(32) }),
      field: 'nonce',
      says: 'The nonce does not belong to this canary and try',
    },
    {
      why: 'with the nonce of another try',
      change: () => ({ try: 2 }),
      field: 'nonce',
      says: 'The nonce does not belong to this canary and try',
    },
    {
      why: 'of another run than the dispatched one',
      change: ({ identity }) => ({ identity: { ...identity, runId: 666 } }),
      field: 'run',
      says: 'Another run was started for this try. run: got 666, expected run 101',
    },
    { why: 'without legs', change: () => ({ legs: [] }), field: 'legs', says: 'The report is empty' },
  ])('$why is refused and changes nothing', async ({ change, field, says }) => {
    const { world, state } = await worldAtStageZero()
    const before = state()
    const report = reportOf(world, before, passes)
    const outcome = await world.engine.report({ ...report, ...change(report) })
    expect(outcome).toMatchObject({ ok: false, refusal: { field, message: expect.stringContaining(says) } })
    expect(state()).toBe(before)
  })

  it('counts once: the same again changes nothing, another content is refused', async () => {
    const { world, state } = await worldAtStageZero()
    const report = reportOf(world, state(), passes)
    expect(await world.engine.report(report)).toMatchObject({ ok: true, changed: true })
    expect(await world.engine.report(report)).toMatchObject({ ok: true, changed: false })
    world.clock.pass(minute)
    expect(await world.engine.report(report)).toMatchObject({ ok: true, changed: false })
    const before = state()
    const other = await world.engine.report(reportOf(world, state(), fails))
    expect(other).toMatchObject({
      ok: false,
      refusal: { reason: 'conflict', message: expect.stringContaining('The nonce is already used') },
    })
    expect(state()).toBe(before)
  })

  it('has no more legs than a matrix can, in all its parts together', async () => {
    const { world, state } = await worldAtStageZero()
    const [leg] = reportOf(world, state(), passes).legs
    const legs = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({ arms: leg?.arms ?? {}, leg: `leg ${from + index}` }))
    const send = (some: CanaryReport['legs']) => {
      return world.engine.report({ ...reportOf(world, state(), passes), legs: some })
    }
    expect(await send(legs(0, 200))).toMatchObject({ ok: true })
    expect(await send(legs(200, 57))).toMatchObject({ ok: false, refusal: { field: 'legs', value: '257' } })
    expect(await send(legs(200, 56))).toMatchObject({ ok: true })
  })

  it('after the end is refused', async () => {
    const { world, state } = await worldAtStageZero()
    const report = reportOf(world, state(), passes)
    await world.engine.run(state().id, { type: 'abandon' }, system)
    expect(await world.engine.report(report)).toMatchObject({
      ok: false,
      refusal: { reason: 'permanent', message: expect.stringContaining('The rollout is over (abandoned)') },
    })
  })

  it('counts only releases of the rollout as installed', async () => {
    const { world, state } = await worldAtStageZero()
    const report = reportOf(world, state(), fails)
    const forged = report.legs.map((leg) => ({
      ...leg,
      arms: {
        candidate: { outcome: 'fail' as const, installed: ['npm:other@1.0.0'], commit: 'c0ffee', detail: '' },
        baseline: {
          outcome: 'pass' as const,
          installed: ['npm:demo@1.0.0', 'npm:demo@1.0.0', 'npm:x@1.0.0'],
          commit: 'c0ffee',
          detail: '',
        },
      },
    }))
    await world.engine.report({ ...report, legs: forged })
    const arms = state().canaries[canaryId]?.tries[1]?.legs.default
    expect(arms?.candidate?.installed).toEqual([])
    expect(arms?.baseline?.installed).toEqual(['npm:demo@1.0.0'])
    const comparison = world.engine.explain(state()).canaries[0]?.comparison
    expect(comparison).toMatchObject({ kind: 'not-exercised', decided: false })
    expect(state().end).toBeNull()
  })

  it('of a run whose number the forge did not name is bound by its nonce', async () => {
    const world = await createWorld()
    world.effector.answer = (effect, context) => {
      if (effect.kind !== 'dispatch') return null
      const dispatch = { arm: effect.arm, at: context.now, runId: null, url: null, failure: null }
      const signal = { kind: 'dispatched', canary: effect.canary, try: effect.try, dispatch } as const
      return { ok: true, place: {}, signals: [signal] }
    }
    await world.upload('npm:demo@1.0.0')
    const state = await world.upload('npm:demo@1.1.0')
    if (state === null) throw new Error('no rollout')
    expect(await world.engine.report(reportOf(world, state, passes, { runId: 777 }))).toMatchObject({
      ok: true,
    })
  })
})

describe('nonces', () => {
  it('are found again, for tries that are known and the next one, and differ for every try', async () => {
    const { world, state } = await worldAtStageZero()
    const [first, second] = [1, 2].map((number) => world.engine.nonceOf(state().id, canaryId, number))
    expect(first).toMatch(/^[a-z2-7]{32}$/)
    expect(second).not.toBe(first)
    expect(world.engine.canaryOfNonce(state().id, first ?? '')).toEqual({ canary: canaryId, try: 1 })
    expect(world.engine.canaryOfNonce(state().id, second ?? '')).toEqual({ canary: canaryId, try: 2 })
    const far = world.engine.nonceOf(state().id, canaryId, 40)
    expect(world.engine.canaryOfNonce(state().id, far)).toBeNull()
    expect(world.engine.canaryOfNonce('ro-none', first ?? '')).toBeNull()
  })
})

/** The dependent's workflow does not use the Action: one run per arm. */
async function worldApart(): Promise<{ world: World; state: () => ReturnType<typeof stateOf> }> {
  const world = await createWorld()
  world.forge.repositories.get(canaryId)?.files.set('.github/workflows/ci.yml', 'jobs: {}')
  await world.upload('npm:demo@1.0.0')
  await world.upload('npm:demo@1.1.0')
  return { world, state: () => stateOf(world, 'npm:demo@1.1.0') }
}

describe('runs without the Action', () => {
  const runIdOf = (world: World, arm: 'candidate' | 'baseline') =>
    stateOf(world, 'npm:demo@1.1.0').canaries[canaryId]?.tries[1]?.dispatches[arm]?.runId ?? 0

  it('take their answer from the run, and what was installed from the fetches under the nonce', async () => {
    const { world, state } = await worldApart()
    expect(world.effector.dispatches()).toHaveLength(2)
    const nonce = world.engine.nonceOf(state().id, canaryId, 1)
    await world.engine.recordFetch(state().id, 'candidate', nonce, 'npm:demo@1.1.0')
    await world.engine.recordFetch(state().id, 'baseline', nonce, 'npm:demo@1.0.0')
    world.forge.run(canaryId, runIdOf(world, 'candidate'), { conclusion: 'failure' })
    world.forge.run(canaryId, runIdOf(world, 'baseline'), { conclusion: 'success' })
    await world.engine.gather(canaryId, runIdOf(world, 'candidate'))
    await world.engine.gather(canaryId, runIdOf(world, 'baseline'))
    const arms = state().canaries[canaryId]?.tries[1]?.legs.default
    expect(arms?.candidate).toMatchObject({
      outcome: 'fail',
      installed: ['npm:demo@1.1.0'],
      commit: 'c0ffee',
      runId: runIdOf(world, 'candidate'),
    })
    expect(arms?.baseline).toMatchObject({ outcome: 'pass', installed: ['npm:demo@1.0.0'] })
    await world.settle()
    expect(world.effector.dispatches()).toHaveLength(4)
  })

  it.each([
    ['success', 'pass'],
    ['failure', 'fail'],
    ['cancelled', 'cancelled'],
    ['timed_out', 'timed-out'],
    ['startup_failure', 'infra'],
    ['skipped', 'infra'],
    [null, 'infra'],
  ])('a run that ended with %s is %s', async (conclusion, outcome) => {
    const { world, state } = await worldApart()
    world.forge.run(canaryId, runIdOf(world, 'candidate'), { conclusion })
    await world.engine.gather(canaryId, runIdOf(world, 'candidate'))
    expect(state().canaries[canaryId]?.tries[1]?.legs.default?.candidate?.outcome).toBe(outcome)
  })

  it('that only ended green, with nothing fetched, prove nothing', async () => {
    const { world, state } = await worldApart()
    for (const arm of ['candidate', 'baseline'] as const) {
      world.forge.run(canaryId, runIdOf(world, arm), { conclusion: 'success' })
      await world.engine.gather(canaryId, runIdOf(world, arm))
    }
    expect(world.engine.explain(state()).canaries[0]?.comparison.kind).toBe('not-exercised')
  })

  it('a fetch under an unknown nonce is ignored, also a fetch of a stranger to the rollout', async () => {
    const { world, state } = await worldApart()
    const before = state()
    await world.engine.recordFetch(state().id, 'candidate', 'unknown', 'npm:demo@1.1.0')
    const nonce = world.engine.nonceOf(state().id, canaryId, 1)
    await world.engine.recordFetch(state().id, 'candidate', nonce, 'npm:other@1.0.0')
    expect(state()).toBe(before)
  })

  it('a run that names itself by the nonce in its title is found without a number', async () => {
    const world = await createWorld()
    world.forge.repositories.get(canaryId)?.files.set('.github/workflows/ci.yml', 'jobs: {}')
    world.effector.answer = (effect, context) => {
      if (effect.kind !== 'dispatch') return null
      const dispatch = { arm: effect.arm, at: context.now, runId: null, url: null, failure: null }
      const signal = { kind: 'dispatched', canary: effect.canary, try: effect.try, dispatch } as const
      return { ok: true, place: {}, signals: [signal] }
    }
    await world.upload('npm:demo@1.0.0')
    const state = await world.upload('npm:demo@1.1.0')
    const nonce = world.engine.nonceOf(state?.id ?? '', canaryId, 1)
    world.forge.run(canaryId, 900, { conclusion: 'failure', title: `slipway ${nonce} candidate` })
    world.forge.run(canaryId, 901, { conclusion: 'failure', title: 'somebody else' })
    await world.engine.gather(canaryId, 901)
    await world.engine.gather(canaryId, 900)
    const legs = stateOf(world, 'npm:demo@1.1.0').canaries[canaryId]?.tries[1]?.legs.default
    expect(legs?.candidate).toMatchObject({ runId: 900, outcome: 'fail' })
    expect(legs?.baseline).toBeUndefined()
  })
})

describe('gathering a run of both arms', () => {
  it('says that it ended without a report only after the report had its time', async () => {
    const { world, state } = await worldAtStageZero()
    world.forge.run(canaryId, 101, { conclusion: 'failure' })
    await world.engine.gather(canaryId, 101)
    expect(state().canaries[canaryId]?.tries[1]?.legs).toEqual({})
    world.clock.pass(10_000)
    await world.engine.tick()
    const arms = state().canaries[canaryId]?.tries[1]?.legs.default
    expect(arms?.candidate).toMatchObject({
      outcome: 'infra',
      detail: 'run ended without a report (failure)',
    })
    expect(arms?.baseline?.outcome).toBe('infra')
    await world.settle()
    expect(world.effector.dispatches()).toHaveLength(2)
  })

  it('adds nothing when the report came in time', async () => {
    const { world, state } = await worldAtStageZero()
    world.forge.run(canaryId, 101, {})
    await world.engine.gather(canaryId, 101)
    await world.engine.report(reportOf(world, state(), passes))
    const before = state().canaries
    world.clock.pass(10_000)
    await world.engine.tick()
    expect(state().canaries).toEqual(before)
  })

  it('takes the run as the truth: running, of another repository or unknown runs say nothing', async () => {
    const { world, state } = await worldAtStageZero()
    const before = state()
    world.forge.run(canaryId, 101, { status: 'in_progress', conclusion: null })
    await world.engine.gather(canaryId, 101)
    world.forge.run(canaryId, 101, { repositoryId: '99' })
    await world.engine.gather(canaryId, 101)
    world.forge.calls.length = 0
    await world.engine.gather(canaryId, 55)
    await world.engine.gather('99', 101)
    expect(world.forge.calls).toEqual([])
    world.clock.pass(10_000)
    await world.engine.tick()
    expect(state().canaries).toEqual(before.canaries)
  })

  it('asks again later when the forge does not answer', async () => {
    const { world, state } = await worldAtStageZero()
    world.forge.run(canaryId, 101, {})
    world.forge.failing = (call) => (call.startsWith('run') ? broken : null)
    await world.engine.gather(canaryId, 101)
    world.forge.failing = () => null
    world.clock.pass(30_000)
    await world.engine.tick()
    world.clock.pass(10_000)
    await world.engine.tick()
    expect(state().canaries[canaryId]?.tries[1]?.legs.default?.candidate?.outcome).toBe('infra')
  })

  it('asks once at the deadline before the silence counts', async () => {
    const { world, state } = await worldApart()
    const runId = state().canaries[canaryId]?.tries[1]?.dispatches.candidate?.runId ?? 0
    world.forge.run(canaryId, runId, { conclusion: 'failure' })
    world.clock.pass(10 * minute)
    world.forge.calls.length = 0
    await world.engine.tick()
    expect(state().canaries[canaryId]?.tries[1]?.legs.default?.candidate?.outcome).toBe('fail')
    const asked = world.forge.calls.filter((call) => call.startsWith('run')).length
    expect(asked).toBe(2)
    world.clock.pass(1000)
    await world.engine.tick()
    expect(world.forge.calls.filter((call) => call.startsWith('run'))).toHaveLength(asked)
  })
})
