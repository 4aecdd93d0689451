import { describe, expect, it } from 'vitest'
import type { NaturalRun } from '../../../src/engine/runs/natural-run.ts'
import { canaryId, createWorld, reportOf, stateOf, system, type World } from '../world.ts'

const hour = 3_600_000
const day = 24 * hour

/** One rollout in which the baseline passes first and fails then, at the same commit. */
async function waver(world: World, version: string): Promise<void> {
  const id = `npm:demo@${version}`
  await world.upload(id)
  for (const baseline of ['pass', 'fail'] as const) {
    await world.settle()
    await world.engine.report(reportOf(world, stateOf(world, id), { candidate: 'fail', baseline }))
  }
  world.clock.pass(hour)
}

describe('a canary whose own tests fail by chance', () => {
  it('goes into quarantine by its history, is run twice, and comes back when the bad days are long ago', async () => {
    const world = await createWorld()
    await world.upload('npm:demo@1.0.0')
    for (const version of ['1.1.0', '1.2.0', '1.3.0']) await waver(world, version)
    const known = (version: string) => stateOf(world, `npm:demo@${version}`).canaries[canaryId]
    expect(known('1.1.0')?.entry.flakiness).toBeUndefined()
    expect(known('1.2.0')?.entry.flakiness).toEqual({ pairs: 1, flips: 1 })

    await world.upload('npm:demo@1.4.0')
    const latest = () => stateOf(world, 'npm:demo@1.4.0')
    // Two runs in each of three rollouts, all of one commit with 1.0.0: passed, failed, passed, …
    expect(known('1.4.0')?.entry.flakiness).toEqual({ pairs: 5, flips: 5 })
    const dispatches = () => world.effector.dispatches().filter((key) => key.startsWith(latest().id))
    await world.settle()
    expect(dispatches()).toHaveLength(1)
    await world.engine.report(reportOf(world, latest(), { candidate: 'pass', baseline: 'pass' }))
    await world.settle()
    expect(dispatches()).toHaveLength(2)
    await world.engine.report(reportOf(world, latest(), { candidate: 'fail', baseline: 'pass' }))
    await world.settle()
    expect(dispatches()).toHaveLength(2)
    const { canaries, coverage } = world.engine.explain(latest())
    expect(canaries[0]?.comparison).toMatchObject({ kind: 'quarantined', decided: false })
    expect(coverage).toEqual({ decided: 0, admitted: 0, percent: 100 })
    expect(latest().end).toBeNull()

    world.clock.pass(91 * day)
    await world.upload('npm:demo@1.5.0')
    expect(known('1.5.0')?.entry.flakiness).toBeUndefined()
  })
})

const observing = `
canaries:
  - { for: "npm:demo", mode: observe }
`
const commit = 'a'.repeat(40)

let lastRun = 0
function runOf(
  installed: string,
  outcome: NaturalRun['outcome'],
  change: Partial<NaturalRun> = {},
): NaturalRun {
  lastRun += 1
  return {
    repositoryId: canaryId,
    runId: lastRun,
    runAttempt: 1,
    workflowRef: 'acme/app/.github/workflows/ci.yml@refs/heads/main',
    commit,
    outcome,
    packages: ['npm:demo'],
    installed: [`npm:demo@${installed}`],
    ...change,
  }
}

async function observedWorld() {
  const world = await createWorld()
  world.forge.repositories.get(canaryId)?.files.set('.github/slipway.yml', observing)
  await world.upload('npm:demo@1.0.0')
  await world.upload('npm:demo@1.1.0')
  const state = () => stateOf(world, 'npm:demo@1.1.0')
  const comparison = () => world.engine.explain(state()).canaries[0]?.comparison
  return { world, state, comparison }
}

describe('a canary that is only observed', () => {
  it('is asked for nothing, and decided by a commit that ran with both versions', async () => {
    const { world, state, comparison } = await observedWorld()
    expect(state().canaries[canaryId]?.entry.mode).toBe('observe')
    expect(world.effector.dispatches()).toEqual([])
    expect(await world.engine.recordRun(runOf('1.0.0', 'success'))).toBe(1)
    expect(comparison()).toMatchObject({ kind: 'pending', wantsTry: null })
    await world.engine.recordRun(runOf('1.1.0', 'failure', { outcome: 'cancelled' }))
    await world.engine.recordRun(runOf('1.1.0', 'success', { commit: 'b'.repeat(40) }))
    await world.engine.recordRun(runOf('1.1.0', 'success', { commit: null }))
    const other = 'acme/app/.github/workflows/lint.yml@refs/heads/main'
    await world.engine.recordRun(runOf('1.1.0', 'success', { workflowRef: other }))
    await world.engine.recordRun(
      runOf('1.1.0', 'failure', { installed: ['npm:demo@1.0.0', 'npm:demo@1.1.0'] }),
    )
    expect(comparison()).toMatchObject({ kind: 'pending', decided: false })
    expect(Object.keys(state().canaries[canaryId]?.tries[1]?.legs ?? {})).toEqual([
      'ci.yml@aaaaaaaaaaaa',
      'ci.yml@bbbbbbbbbbbb',
      'lint.yml@aaaaaaaaaaaa',
    ])
    await world.engine.recordRun(runOf('1.1.0', 'success'))
    expect(comparison()).toMatchObject({ kind: 'same-pass', decided: true })
  })

  it('rolls back when it fails with the candidate at as many commits as there are tries', async () => {
    const { world, state } = await observedWorld()
    for (const letter of ['a', 'b']) {
      const at = { commit: letter.repeat(40) }
      await world.engine.recordRun(runOf('1.0.0', 'success', at))
      expect(state().end).toBeNull()
      await world.engine.recordRun(runOf('1.1.0', 'failure', at))
    }
    expect(state().end).toMatchObject({ kind: 'rolled-back', automatic: true, regressions: [canaryId] })
    expect(await world.engine.recordRun(runOf('1.1.0', 'failure'))).toBe(0)
  })

  it('keeps a bounded number of commits', async () => {
    const { world, state } = await observedWorld()
    const told = Array.from({ length: 260 }, (_, index) =>
      runOf('1.0.0', 'success', {
        commit: index.toString(16).padStart(40, '0').split('').reverse().join(''),
      }),
    )
    for (const run of told) await world.engine.recordRun(run)
    expect(Object.keys(state().canaries[canaryId]?.tries[1]?.legs ?? {})).toHaveLength(256)
  })

  it('says why it is undecided when the gate has waited long enough', async () => {
    const { world, state, comparison } = await observedWorld()
    await world.engine.recordRun(runOf('1.0.0', 'success'))
    world.clock.pass(2 * hour)
    await world.engine.tick()
    expect(state().heldSince).not.toBeNull()
    expect(comparison()?.sentence).toContain('no commit ran with both versions')
    await world.engine.run(state().id, { type: 'abandon' }, system)
  })
})

describe('a run that a crash lost', () => {
  it('is counted when it is told again, and only then', async () => {
    const world = await createWorld()
    await world.upload('npm:demo@1.0.0')
    await world.upload('npm:demo@1.1.0')
    const runs = () => Object.values(stateOf(world, 'npm:demo@1.1.0').exposures).map((fact) => fact.runs)
    const run = runOf('1.0.0', 'success', { repositoryId: '777' })
    const { append } = world.stores.events
    world.stores.events.append = async () => {
      throw new Error('the process died')
    }
    await expect(world.engine.recordRun(run)).rejects.toThrow('the process died')
    world.stores.events.append = append
    expect(runs()).toEqual([])
    world.clock.pass(1000)
    expect(await world.engine.recordRun(run)).toBe(1)
    expect(await Promise.all([run, run].map((again) => world.engine.recordRun(again)))).toEqual([0, 0])
    expect(await world.engine.recordRun({ ...run, outcome: 'failure' })).toBe(0)
    expect(runs()).toEqual([1])
  })

  it('is not two runs when it is told twice at once', async () => {
    const world = await createWorld()
    await world.upload('npm:demo@1.0.0')
    await world.upload('npm:demo@1.1.0')
    const run = runOf('1.0.0', 'success', { repositoryId: '777' })
    const told = await Promise.all([run, run, run].map((one) => world.engine.recordRun(one)))
    expect(told.sort()).toEqual([0, 0, 1])
  })
})
