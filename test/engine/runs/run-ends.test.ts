import { describe, expect, it } from 'vitest'
import { broken, gone } from '../fake-forge.ts'
import { canaryId, createWorld, stateOf, type World } from '../world.ts'

const release = 'npm:demo@1.1.0'

/** How a run can end, and what each end says: of one arm that had a run of its own, and of both in one run without a report. */
const ends = [
  ['success', 'pass', 'infra'],
  ['failure', 'fail', 'infra'],
  ['neutral', 'infra', 'infra'],
  ['cancelled', 'cancelled', 'infra'],
  ['skipped', 'infra', 'infra'],
  ['timed_out', 'timed-out', 'infra'],
  ['action_required', 'infra', 'infra'],
  ['stale', 'infra', 'infra'],
  ['startup_failure', 'infra', 'infra'],
  ['no conclusion', 'infra', 'infra'],
  ['a word that GitHub has not yet', 'infra', 'infra'],
  ['deleted', 'nothing', 'nothing'],
  ['never', 'nothing', 'nothing'],
  ['nobody knows: GitHub does not answer', 'nothing', 'nothing'],
] as const
type End = (typeof ends)[number][0]

/** 1.1.0 waits at stage 0 with its canary started: one run for each arm, or one for both. */
async function waiting(how: 'apart' | 'together'): Promise<World> {
  const world = await createWorld()
  if (how === 'apart')
    world.forge.repositories.get(canaryId)?.files.set('.github/workflows/ci.yml', 'jobs: {}')
  await world.upload('npm:demo@1.0.0')
  world.clock.pass(1000)
  await world.upload(release)
  return world
}

const tryOne = (world: World) => stateOf(world, release).canaries[canaryId]?.tries[1]

/** The run of these arms ends so; then everything that waits for it has had its time. */
async function endsSo(world: World, end: End): Promise<void> {
  for (const dispatch of Object.values(tryOne(world)?.dispatches ?? {})) {
    const runId = dispatch.runId ?? 0
    const under = { status: 'in_progress', conclusion: null } as const
    const conclusion = end === 'no conclusion' ? null : end
    world.forge.run(canaryId, runId, end === 'never' ? under : { conclusion })
    if (end === 'deleted') world.forge.failing = (call) => (call.startsWith('run') ? gone : null)
    if (end.startsWith('nobody')) world.forge.failing = (call) => (call.startsWith('run') ? broken : null)
    await world.engine.gather(canaryId, runId).catch(() => {})
  }
  for (let minutes = 0; minutes < 30 && tryOne(world)?.legs.default === undefined; minutes += 1) {
    world.clock.pass(60_000)
    await world.engine.tick()
  }
}

const outcomes = (world: World) => {
  const { candidate, baseline } = tryOne(world)?.legs.default ?? {}
  return [candidate?.outcome ?? 'nothing', baseline?.outcome ?? 'nothing']
}

describe('a run that ends with', () => {
  it.each(ends)('%s: each arm by itself is %s', async (end, apart) => {
    const world = await waiting('apart')
    await endsSo(world, end)
    expect(outcomes(world)).toEqual([apart, apart])
  })

  it.each(ends)('%s and no report: both arms say what a lost report says', async (end, _, together) => {
    const world = await waiting('together')
    await endsSo(world, end)
    expect(outcomes(world)).toEqual([together, together])
  })

  // Nothing was fetched under the nonces: no end alone takes a release back or lets it pass.
  it.each(ends)('%s: by itself it neither takes back nor lets pass', async (end) => {
    for (const how of ['apart', 'together'] as const) {
      const world = await waiting(how)
      await endsSo(world, end)
      world.clock.pass(10_000)
      await world.engine.tick()
      const { end: over, stageIndex } = stateOf(world, release)
      expect([how, over, stageIndex]).toEqual([how, null, 0])
      const comparison = world.engine.explain(stateOf(world, release)).canaries[0]?.comparison
      expect(comparison?.decided).toBe(false)
      // What nobody heard of is started again; the gate waits for it as long as its policy says.
      if (outcomes(world).includes('nothing')) expect(comparison?.kind).toBe('pending')
    }
  })
})
