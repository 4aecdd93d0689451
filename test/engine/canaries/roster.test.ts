import { describe, expect, it } from 'vitest'
import { broken, gone } from '../fake-forge.ts'
import { canaryId, createWorld, dependentsFile, ownersFile, reportOf, stateOf, type World } from '../world.ts'

describe('the roster', () => {
  const start = async (prepare: (world: World) => void) => {
    const world = await createWorld()
    prepare(world)
    await world.upload('npm:demo@1.0.0')
    await world.upload('npm:demo@1.1.0')
    return { world, state: stateOf(world, 'npm:demo@1.1.0') }
  }
  const admissions = (state: ReturnType<typeof stateOf>) =>
    Object.values(state.canaries).map(
      ({ entry }) => `${entry.repo} ${entry.mode === 'absent' ? 'absent' : entry.admission}`,
    )

  it('lists who offers, admits only whom the policy names, and leaves out broken files', async () => {
    const { world, state } = await start((prepared) => {
      prepared.forge.add('3', 'stranger/app', { '.github/slipway.yml': dependentsFile })
      prepared.forge.add('4', 'acme/silent')
      prepared.forge.add('5', 'acme/broken', { '.github/slipway.yml': 'canaries: 7' })
      prepared.forge.add('6', 'acme/other', {
        '.github/slipway.yml': 'canaries: [{ for: "npm:else", workflow: ci.yml }]',
      })
    })
    expect(admissions(state)).toEqual(['acme/app required', 'stranger/app none'])
    expect(world.effector.dispatches()).toHaveLength(1)
    expect(world.log.map((line) => line.message).join('\n')).toContain('acme/broken')
  })

  it('is not made while an admitted repository cannot be asked: the start waits, the upload stays hidden', async () => {
    const { world, state } = await start((prepared) => {
      prepared.forge.failing = (call) => (call.startsWith('file acme/app') ? broken : null)
    })
    expect(state).toMatchObject({ startedAt: null, end: null })
    world.forge.failing = () => null
    await world.engine.tick()
    expect(stateOf(world, state.id).startedAt).toBeNull()
    world.clock.pass(30_000)
    await world.engine.tick()
    expect(stateOf(world, state.id).startedAt).toBe(world.clock.now())
    expect(admissions(stateOf(world, state.id))).toEqual(['acme/app required'])
  })

  it('does not name a private repository that cannot be asked to everybody', async () => {
    const { world, state } = await start((prepared) => {
      Object.assign(prepared.forge.repositories.get(canaryId) ?? {}, { private: true })
      prepared.forge.failing = (call) => (call.startsWith('file acme/app') ? broken : null)
    })
    expect(state.startedAt).toBeNull()
    const said = JSON.stringify(world.engine.explain(state))
    expect(said).toContain('a private dependent')
    expect(said).not.toContain('acme/app')
  })

  it('goes on without a repository that is gone, and without one that would not be admitted', async () => {
    const { state } = await start((prepared) => {
      prepared.forge.add('3', 'stranger/app', { '.github/slipway.yml': dependentsFile })
      prepared.forge.failing = (call) =>
        call.startsWith('file acme/app') ? gone : call.startsWith('file stranger/app') ? broken : null
    })
    expect(state.startedAt).not.toBeNull()
    expect(admissions(state)).toEqual(['acme/app absent'])
  })

  it('keeps a canary whose workflow is missing, so that its failure is shown', async () => {
    const { state } = await start((prepared) => {
      prepared.forge.repositories.get(canaryId)?.files.delete('.github/workflows/ci.yml')
    })
    expect(state.canaries[canaryId]?.entry.arms).toBe('together')
  })

  it('does not admit anybody by the offer alone', async () => {
    const { state } = await start((prepared) => {
      const owner = prepared.forge.repositories.get('1')
      owner?.files.set('.github/slipway.yml', ownersFile.replace('repo: acme/app', 'repo: acme/elsewhere'))
    })
    expect(admissions(state)).toEqual(['acme/app none', 'acme/elsewhere absent'])
  })

  it('keeps whom the policy requires by name and who offers nothing: that holds, whatever time passes', async () => {
    const { world, state } = await start((prepared) => {
      prepared.forge.repositories.get(canaryId)?.files.delete('.github/slipway.yml')
    })
    world.clock.pass(30 * 24 * 3_600_000)
    await world.engine.tick()
    const held = stateOf(world, state.id)
    expect(held).toMatchObject({ stageIndex: 0, heldSince: expect.any(Number) })
    expect(world.engine.explain(held).sentence).toContain(
      'Required and not offered: acme/app (not-exercised). Its people have to add `canaries: [{ for: "npm:demo", mode: dispatch, workflow: … }]` to their .github/slipway.yml, and this release be restarted; or somebody waives it.',
    )
    const who = {
      actor: { kind: 'person', login: 'ana', permission: 'maintain' },
      reason: 'next time',
    } as const
    expect(await world.engine.run(held.id, { type: 'waive', canary: 'acme/app' }, who)).toMatchObject({
      ok: true,
    })
    await world.engine.tick()
    expect(stateOf(world, state.id)).toMatchObject({ stageIndex: 1, heldSince: null })
  })
})

it.each([
  [true, false, ''],
  [true, true, 'expected 1, got 2'],
  [false, false, 'expected 1, got 2'],
])(
  'the log of a canary (private: %s) in a store that keeps private logs (%s) is %j',
  async (isPrivate, keepPrivateLogs, detail) => {
    const world = await createWorld({ settings: { keepPrivateLogs } })
    const app = world.forge.repositories.get(canaryId)
    if (app === undefined) throw new Error('acme/app is gone')
    world.forge.repositories.set(canaryId, { ...app, private: isPrivate })
    await world.upload('npm:demo@1.0.0')
    world.clock.pass(1000)
    await world.upload('npm:demo@1.1.0')
    await world.settle()
    const state = stateOf(world, 'npm:demo@1.1.0')
    expect(
      await world.engine.report(reportOf(world, state, { candidate: 'fail', baseline: 'pass' })),
    ).toMatchObject({ ok: true })
    const results = (await world.engine.history(state.id)).flatMap((event) =>
      event.type === 'result-recorded' && event.fact.arm === 'candidate' ? [event.fact.result] : [],
    )
    expect(results.map((result) => [result.outcome, result.detail])).toEqual([['fail', detail]])
  },
)
