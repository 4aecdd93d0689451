import { expect, it } from 'vitest'
import type { Outcome } from '../../../src/gates/evidence.ts'
import { canaryId, reportOf, type World, worldAtStageZero } from '../world.ts'

type Start = Awaited<ReturnType<typeof worldAtStageZero>>

/** One leg of the newest try's run reports: a job of the matrix with a report of its own. */
function reportLeg(
  { world, state }: Start,
  leg: string,
  candidate: Outcome,
  change: { of?: number; attempt?: number } = {},
) {
  const report = reportOf(world, state(), { candidate, baseline: 'pass' })
  const [plain] = report.legs
  return world.engine.report({
    ...report,
    identity: { ...report.identity, runAttempt: change.attempt ?? 1 },
    ...(change.of === undefined ? {} : { of: change.of }),
    legs: [{ leg, arms: plain?.arms ?? {} }],
  })
}
const canaryOf = (start: Start) => start.world.engine.explain(start.state()).canaries[0]
const kindOf = (start: Start) => canaryOf(start)?.comparison.kind
/** The run of the newest try completes, and its report is in flight no longer. */
async function complete(world: World, runId: number, attempt = 1) {
  world.forge.run(canaryId, runId, { conclusion: 'success', attempt })
  await world.engine.gather(canaryId, runId)
  world.clock.pass(10_000)
  await world.engine.tick()
  await world.settle()
}

it('several reports of one run are one try, which is decided when the last of them is there', async () => {
  const start = await worldAtStageZero()
  expect(await reportLeg(start, 'linux 22', 'pass', { of: 3 })).toMatchObject({ ok: true })
  expect(await reportLeg(start, 'linux 24', 'pass', { of: 3 })).toMatchObject({ ok: true })
  expect(kindOf(start)).toBe('pending')
  start.world.clock.pass(2000)
  await start.world.engine.tick()
  expect(start.state().stageIndex).toBe(0)
  await reportLeg(start, 'windows 24', 'pass', { of: 3 })
  expect(kindOf(start)).toBe('same-pass')
  expect(canaryOf(start)?.legs.map(({ leg, kind }) => `${leg} ${kind}`)).toEqual([
    'linux 22 same-pass',
    'linux 24 same-pass',
    'windows 24 same-pass',
  ])
})

it('one leg that fails in every try is the regression of the canary, whatever the others say', async () => {
  const start = await worldAtStageZero()
  for (let number = 1; number <= 2; number += 1) {
    await reportLeg(start, 'linux', 'pass', { of: 2 })
    expect(start.state().end).toBeNull()
    await reportLeg(start, 'windows', 'fail', { of: 2 })
    await start.world.settle()
  }
  expect(start.state().end).toMatchObject({ kind: 'rolled-back', regressions: [canaryId] })
  expect(canaryOf(start)?.legs).toMatchObject([
    { leg: 'linux', kind: 'same-pass', candidate: 'pass' },
    { leg: 'windows', kind: 'regressed', candidate: 'fail', baseline: 'pass' },
  ])
})

it('a run that does not say how many legs it has is waited for', async () => {
  const start = await worldAtStageZero()
  await reportLeg(start, 'linux', 'pass')
  expect(kindOf(start)).toBe('pending')
  await complete(start.world, 101)
  expect(kindOf(start)).toBe('same-pass')
})

it('a leg that never reports leaves the try without an answer, and another one is made', async () => {
  const start = await worldAtStageZero()
  await reportLeg(start, 'linux', 'pass', { of: 2 })
  await complete(start.world, 101)
  expect(kindOf(start)).toBe('pending')
  expect(start.world.effector.dispatches()).toHaveLength(2)
  for (const leg of ['linux', 'windows']) await reportLeg(start, leg, 'pass', { of: 2 })
  expect(kindOf(start)).toBe('same-pass')
})

it('a leg that is run again alone replaces its own answer only', async () => {
  const start = await worldAtStageZero()
  await reportLeg(start, 'linux', 'pass', { of: 2 })
  await reportLeg(start, 'windows', 'infra', { of: 2 })
  await reportLeg(start, 'windows', 'pass', { of: 2, attempt: 2 })
  const legs = start.state().canaries[canaryId]?.tries[1]?.legs
  expect([legs?.linux?.candidate?.runAttempt, legs?.windows?.candidate?.runAttempt]).toEqual([1, 2])
  expect(canaryOf(start)?.legs.map(({ kind }) => kind)).toEqual(['same-pass', 'same-pass'])
})

it.each([0, 257, 1.5])('a report of %s legs is refused', async (of) => {
  const start = await worldAtStageZero()
  const before = start.state()
  expect(await reportLeg(start, 'linux', 'pass', { of })).toMatchObject({
    ok: false,
    refusal: { field: 'of' },
  })
  expect(start.state()).toBe(before)
})
