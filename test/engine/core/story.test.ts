import { describe, expect, it } from 'vitest'
import { basisPointsOf, phaseOf } from '../../../src/rollout/history/phase.ts'
import {
  breakDown,
  canaryId,
  climb,
  createWorld,
  events,
  maintainer,
  policyOf,
  publisher,
  reportOf,
  stateOf,
  system,
  worldAtStageZero,
} from '../world.ts'

describe('one release after the other', () => {
  it('a first release is complete with its first file, without canaries', async () => {
    const world = await createWorld()
    const state = await world.upload('npm:demo@1.0.0')
    expect(state?.end).toMatchObject({ kind: 'completed', direct: true })
    expect(state?.members).toEqual([{ candidate: 'npm:demo@1.0.0', baseline: null }])
    expect(await events(world, 'npm:demo@1.0.0')).toEqual(['reserved', 'started', 'sealed', 'completed'])
    expect(world.effector.applied).toEqual([])
  })

  it('the next one starts at stage 0 by itself, under the policy of the owner, and dispatches its canary', async () => {
    const { world, state } = await worldAtStageZero()
    expect(state().policySource).toEqual({ kind: 'file', detail: 'acme/lib@head:.github/slipway.yml' })
    expect(state().members).toEqual([{ candidate: 'npm:demo@1.1.0', baseline: 'npm:demo@1.0.0' }])
    expect(state().origin).toMatchObject({ repository: 'acme/lib', commit: 'head', tag: 'v1.1.0' })
    expect(Object.values(state().canaries).map(({ entry }) => entry)).toEqual([
      {
        id: canaryId,
        repo: 'acme/app',
        private: false,
        mode: 'dispatch',
        workflow: 'ci.yml',
        ref: null,
        arms: 'together',
        admission: 'required',
        weight: 1,
        timeoutMs: 600_000,
      },
    ])
    expect(world.effector.dispatches()).toEqual([`${state().id}/dispatch/${canaryId}:both/1`])
    expect(state().canaries[canaryId]?.tries[1]?.dispatches.both).toMatchObject({ runId: 101 })
    expect(basisPointsOf(state())).toBe(0)
  })

  it('a good release climbs the whole ladder, one stage a tick, and seals its files on leaving stage 0', async () => {
    const { world, state } = await worldAtStageZero()
    await climb(world, 'npm:demo@1.1.0', 1000, 3)
    expect(basisPointsOf(state())).toBe(0)
    const outcome = await world.engine.report(
      reportOf(world, state(), { candidate: 'pass', baseline: 'pass' }),
    )
    expect(outcome).toMatchObject({ ok: true, changed: true })
    await climb(world, 'npm:demo@1.1.0')
    expect(phaseOf(state())).toBe('completed')
    expect(state().sealedFiles).toEqual([
      { release: 'npm:demo@1.1.0', name: 'npm-demo-1-1-0.tgz', sha256: expect.any(String) },
    ])
    expect((await events(world, 'npm:demo@1.1.0')).filter((type) => type !== 'signal-recorded')).toEqual([
      'reserved',
      'started',
      'result-recorded',
      'result-recorded',
      'sealed',
      'stage-entered',
      'stage-entered',
      'completed',
    ])
    expect(world.effector.dispatches()).toHaveLength(1)
  })

  it('a regression rolls back in the same append as the result that proves it', async () => {
    const { world, state } = await worldAtStageZero()
    const fails = { candidate: 'fail', baseline: 'pass' } as const
    await world.engine.report(reportOf(world, state(), fails))
    expect(state().end).toBeNull()
    await world.settle()
    expect(world.effector.dispatches()).toHaveLength(2)
    const appends: string[][] = []
    world.engine.onChange(({ events: appended }) => appends.push(appended.map((event) => event.type)))
    await world.engine.report(reportOf(world, state(), fails))
    expect(appends).toEqual([['result-recorded', 'result-recorded', 'rolled-back']])
    expect(state().end).toMatchObject({ kind: 'rolled-back', automatic: true, regressions: [canaryId] })
    expect(basisPointsOf(state())).toBe(0)
    await world.settle()
    expect(world.effector.dispatches()).toHaveLength(2)
  })

  it('a newer release of the line overtakes the older one once it is past stage 0, under the same salt', async () => {
    const { world } = await worldAtStageZero()
    const older = stateOf(world, 'npm:demo@1.1.0')
    await world.upload('npm:demo@1.1.1')
    const newer = () => stateOf(world, 'npm:demo@1.1.1')
    expect(newer().salt).toBe(older.salt)
    expect(newer().members[0]?.baseline).toBe('npm:demo@1.0.0')
    expect(stateOf(world, older.id)).toMatchObject({ end: null, overtaken: null })
    const advance = { type: 'advance', to: null, files: [] } as const
    expect(await world.engine.run(newer().id, advance, maintainer)).toMatchObject({ ok: true })
    expect(newer()).toMatchObject({ stageIndex: 1, heldSince: null })
    expect(stateOf(world, older.id)).toMatchObject({ end: null, overtaken: { by: newer().id } })
    expect(await world.engine.run(older.id, advance, maintainer)).toMatchObject({
      ok: false,
      refusal: { reason: 'blocked', message: expect.stringContaining(newer().id) },
    })
    await world.engine.run(newer().id, { type: 'pause' }, maintainer)
    expect(stateOf(world, older.id).overtaken).toBeNull()
    await world.engine.run(newer().id, { type: 'resume' }, maintainer)
    for (const to of [10_000, null])
      await world.engine.run(newer().id, { type: 'advance', to, files: [] }, maintainer)
    expect(newer().end?.kind).toBe('completed')
    expect(stateOf(world, older.id).end).toMatchObject({ kind: 'superseded', supersededBy: newer().id })
  })

  it('a backport of another line rolls out beside', async () => {
    const { world } = await worldAtStageZero()
    const other = await world.upload('npm:demo@2.0.0')
    expect(other?.end).toBeNull()
    expect(stateOf(world, 'npm:demo@1.1.0').end).toBeNull()
    expect(await world.stores.events.claimedBy('line:npm:demo@2.0')).toBe(other?.id)
  })

  it('a pre-release needs no rollout', async () => {
    const { world } = await worldAtStageZero()
    const admitted = await world.engine.admitUpload({
      release: 'npm:demo@1.2.0-beta.1',
      file: { name: 'x.tgz', sha256: 'a'.repeat(64) },
      who: publisher,
    })
    expect(admitted).toEqual({ ok: true, state: null })
    await world.upload('npm:demo@1.2.0-beta.1')
    expect(world.engine.find('npm:demo@1.2.0-beta.1')).toBeNull()
    expect(stateOf(world, 'npm:demo@1.1.0').end).toBeNull()
  })
})

describe('starting again', () => {
  const request = { releases: ['npm:demo@1.1.0'], policy: null, restart: false, origin: null, who: publisher }

  it('a repeated start changes nothing and asks the forge nothing', async () => {
    const { world, state } = await worldAtStageZero()
    const before = state()
    world.forge.calls.length = 0
    expect(await world.engine.start(request)).toEqual({ ok: true, state: before, changed: false })
    expect(world.forge.calls).toEqual([])
  })

  it('another policy replaces the first at stage 0 without evidence, and is a conflict after it', async () => {
    const { world, state } = await worldAtStageZero({ forge: false })
    const rapid = policyOf({ profile: 'rapid' })
    const replaced = await world.engine.start({ ...request, policy: rapid, who: maintainer })
    expect(replaced).toMatchObject({ ok: true, changed: true })
    expect(state().policy).toEqual(rapid)
    expect(await world.engine.start({ ...request, policy: rapid, who: maintainer })).toMatchObject({
      ok: true,
      changed: false,
    })
    await world.engine.run(state().id, { type: 'advance', to: null, files: [] }, maintainer)
    const late = await world.engine.start({
      ...request,
      policy: policyOf({ profile: 'cautious' }),
      who: maintainer,
    })
    expect(late).toMatchObject({ ok: false, refusal: { reason: 'conflict', field: 'policy' } })
    expect(state().policy).toEqual(rapid)
  })

  it('a rolled-back release restarts only when asked to, with maintain permission and a reason', async () => {
    const { world, state } = await worldAtStageZero()
    await world.engine.run(
      state().id,
      { type: 'rollBack', installable: false, newerCompleted: null },
      maintainer,
    )
    const first = state()
    expect(await world.engine.start(request)).toMatchObject({ ok: false, refusal: { field: 'restart' } })
    const asked = { ...request, restart: true }
    expect(await world.engine.start(asked)).toMatchObject({
      ok: false,
      refusal: { reason: 'needs-approval' },
    })
    expect(state().id).toBe(first.id)
    const done = await world.engine.start({ ...asked, who: maintainer })
    expect(done).toMatchObject({ ok: true, changed: true })
    expect(state().id).not.toBe(first.id)
    expect(state()).toMatchObject({ restartOf: first.id, end: null })
    expect(state().salt).not.toBe(first.salt)
    expect(world.engine.rolloutsOf('npm:demo').map((one) => one.id)).toEqual([
      state().id,
      first.id,
      stateOf(world, 'npm:demo@1.0.0').id,
    ])
  })

  it('any version may come after any other', async () => {
    const { world } = await worldAtStageZero()
    await world.upload('npm:demo@1.0.5')
    expect(stateOf(world, 'npm:demo@1.0.5')).toMatchObject({
      end: null,
      members: [{ baseline: 'npm:demo@1.0.0' }],
    })
    expect(stateOf(world, 'npm:demo@1.1.0').end).toBeNull()
  })

  it('what was called off before it began stays so, whatever comes after', async () => {
    const { world } = await worldAtStageZero()
    await world.upload('npm:demo@1.2.0', { announce: false })
    const { id } = stateOf(world, 'npm:demo@1.2.0')
    await world.engine.run(id, { type: 'rollBack', installable: true, newerCompleted: null }, maintainer)
    const again = { ...request, releases: ['npm:demo@1.2.0'] }
    expect(await world.engine.start(again)).toMatchObject({
      ok: false,
      refusal: { reason: 'needs-approval' },
    })
    const file = { name: 'x.tgz', sha256: 'a'.repeat(64) }
    expect(await world.engine.admitUpload({ release: 'npm:demo@1.2.0', file, who: publisher })).toMatchObject(
      { ok: false, refusal: { message: expect.stringContaining('was called off at') } },
    )
    expect(
      world.engine.rolloutsOf('npm:demo').filter((state) => state.members[0]?.candidate === 'npm:demo@1.2.0'),
    ).toHaveLength(1)
    expect(await world.engine.start({ ...again, restart: true, who: maintainer })).toMatchObject({ ok: true })
  })

  it('refuses a release id that is none, naming it', async () => {
    const world = await createWorld()
    const outcome = await world.engine.start({ ...request, releases: ['npm:demo'] })
    expect(outcome).toMatchObject({ ok: false, refusal: { reason: 'invalid', field: 'release' } })
    expect(world.engine.all()).toEqual([])
  })

  it('writes names in normal form, whatever was given', async () => {
    const world = await createWorld()
    const outcome = await world.engine.reserve({ ...request, releases: ['pypi:Demo_Lib@1.0'] })
    expect(outcome).toMatchObject({ ok: true, state: { members: [{ candidate: 'pypi:demo-lib@1.0' }] } })
  })

  it('and what is live already is raised by nobody while that lasts', async () => {
    const { world, state } = await worldAtStageZero()
    for (const version of ['2.0.0', '2.1.0', '2.2.0']) await breakDown(world, version)
    const advance = { type: 'advance', to: null, files: [] } as const
    const refused = await world.engine.run(state().id, advance, maintainer)
    expect(refused).toMatchObject({ ok: false, refusal: { reason: 'temporary' } })
    expect(state().stageIndex).toBe(0)
  })

  it('after three automatic rollbacks in a week the package is frozen: uploads stay hidden, no rollout begins', async () => {
    const { world } = await worldAtStageZero()
    for (const version of ['1.1.0', '1.2.0', '1.3.0']) await breakDown(world, version)
    const frozen = await world.upload('npm:demo@1.4.0')
    expect(frozen).toMatchObject({ startedAt: null, end: null })
    const refused = await world.engine.start({ ...request, releases: ['npm:demo@1.4.0'] })
    expect(refused).toMatchObject({ ok: false, refusal: { reason: 'temporary' } })
    world.clock.pass(7 * 24 * 60 * 60 * 1000)
    await world.engine.tick()
    expect(stateOf(world, 'npm:demo@1.4.0').startedAt).toBe(world.clock.now())
  })
})

describe('several packages together', () => {
  it('a reserved train starts as one when all its packages have files, and only then', async () => {
    const world = await createWorld({ forge: false })
    for (const name of ['a', 'b']) await world.upload(`npm:${name}@1.0.0`)
    const releases = ['npm:a@1.1.0', 'npm:b@1.1.0']
    const reserved = await world.engine.reserve({
      releases,
      policy: policyOf({ profile: 'rapid', train: 'both' }),
      restart: false,
      origin: null,
      who: publisher,
    })
    expect(reserved).toMatchObject({ ok: true, changed: true })
    const half = await world.upload('npm:a@1.1.0')
    expect(half).toMatchObject({ startedAt: null })
    const whole = await world.upload('npm:b@1.1.0')
    expect(whole?.id).toBe(half?.id)
    expect(whole?.startedAt).toBe(world.clock.now())
    expect(whole?.members.map((member) => member.baseline)).toEqual(['npm:a@1.0.0', 'npm:b@1.0.0'])
    expect(whole?.policySource?.kind).toBe('request')
  })

  it('a tick of nobody in particular changes nothing', async () => {
    const { world, state } = await worldAtStageZero()
    const before = state().version
    await world.engine.tick()
    await world.engine.tick()
    expect(state().version).toBe(before)
    expect(await world.engine.run('ro-none', { type: 'approve' }, system)).toMatchObject({
      ok: false,
      refusal: { reason: 'unknown', field: 'rollout' },
    })
  })
})
