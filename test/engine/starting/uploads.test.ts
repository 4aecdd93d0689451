import { describe, expect, it } from 'vitest'
import type { PackageStore } from '../../../src/ports/package-store.ts'
import {
  createWorld,
  events,
  maintainer,
  publisher,
  sha256Of,
  stateOf,
  system,
  type World,
} from '../world.ts'

const minute = 60_000
const fileOf = (name: string) => ({ name, sha256: sha256Of(name) })

async function withFirstWheel(): Promise<World> {
  const world = await createWorld()
  await world.upload('pypi:demo@1.0.0', { name: 'demo-1.0.0.whl' })
  const releases = ['pypi:demo@1.0.0']
  await world.engine.start({ releases, policy: null, restart: false, origin: null, who: publisher })
  return world
}

describe('uploads', () => {
  it('the rollout exists before the file does', async () => {
    const world = await withFirstWheel()
    const admitted = await world.engine.admitUpload({
      release: 'pypi:demo@1.1.0',
      file: fileOf('demo-1.1.0.whl'),
      who: publisher,
    })
    expect(admitted).toMatchObject({ ok: true, state: { startedAt: null, end: null } })
    expect(await world.stores.events.read(stateOf(world, 'pypi:demo@1.1.0').id)).toHaveLength(1)
    expect((await world.stores.packages.get('pypi:demo'))?.versions['1.1.0']).toBeUndefined()
  })

  it('many files at once make one rollout', async () => {
    const world = await withFirstWheel()
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        world.engine.admitUpload({
          release: 'pypi:demo@1.1.0',
          file: fileOf(`demo-1.1.0-${index}.whl`),
          who: publisher,
        }),
      ),
    )
    expect(world.engine.rolloutsOf('pypi:demo')).toHaveLength(2)
  })

  it('a PyPI release begins when no file came for the settle time, counted from the last', async () => {
    const world = await withFirstWheel()
    await world.upload('pypi:demo@1.1.0', { name: 'demo-1.1.0.whl' })
    world.clock.pass(14 * minute)
    await world.engine.tick()
    await world.upload('pypi:demo@1.1.0', { name: 'demo-1.1.0.tar.gz' })
    world.clock.pass(14 * minute)
    await world.engine.tick()
    expect(stateOf(world, 'pypi:demo@1.1.0').startedAt).toBeNull()
    world.clock.pass(minute)
    await world.engine.tick()
    expect(stateOf(world, 'pypi:demo@1.1.0').startedAt).toBe(world.clock.now())
  })

  it('a release that was announced before its files came begins soon after the last, from its tag', async () => {
    const world = await withFirstWheel()
    const origin = { repositoryId: '1', repository: 'acme/lib', commit: 'abc', tag: 'r7', installationId: 3 }
    const releases = ['pypi:demo@1.1.0']
    const early = await world.engine.start({ releases, policy: null, restart: false, origin, who: system })
    expect(early).toMatchObject({ ok: false, refusal: { reason: 'temporary' } })
    await world.upload('pypi:demo@1.1.0', { name: 'demo-1.1.0.whl' })
    world.clock.pass(20_000)
    await world.engine.tick()
    await world.upload('pypi:demo@1.1.0', { name: 'demo-1.1.0.tar.gz' })
    world.clock.pass(20_000)
    await world.engine.tick()
    expect(stateOf(world, 'pypi:demo@1.1.0').startedAt).toBeNull()
    world.clock.pass(10_000)
    await world.engine.tick()
    expect(stateOf(world, 'pypi:demo@1.1.0')).toMatchObject({ startedAt: world.clock.now(), origin })
  })

  it('a PyPI release begins at an advance, for those who may', async () => {
    const world = await withFirstWheel()
    await world.upload('pypi:demo@1.1.0', { name: 'demo-1.1.0.whl' })
    const { id } = stateOf(world, 'pypi:demo@1.1.0')
    const advance = { type: 'advance', to: null, files: [] } as const
    const reader = { actor: { kind: 'person', login: 'rita', permission: 'read' }, reason: 'go' } as const
    expect(await world.engine.run(id, advance, reader)).toMatchObject({ ok: false })
    expect(stateOf(world, id).startedAt).toBeNull()
    expect(await world.engine.run(id, advance, maintainer)).toMatchObject({ ok: true, changed: true })
    expect(stateOf(world, id)).toMatchObject({ startedAt: world.clock.now(), stageIndex: 0 })
  })

  it('one that breaks the settling of uploads does not keep the others back', async () => {
    const world = await createWorld({ owned: false })
    for (const id of ['npm:a', 'npm:b']) {
      await world.upload(`${id}@1.0.0`)
      await world.upload(`${id}@1.1.0`, { announce: false })
    }
    const packages: PackageStore = {
      ...world.stores.packages,
      get: async (id) => {
        if (id === 'npm:a') throw new Error('a broken row')
        return world.stores.packages.get(id)
      },
    }
    const engine = await world.reopen({ packages, effector: null })
    await engine.tick()
    expect(engine.find('npm:a@1.1.0')?.startedAt).toBeNull()
    expect(engine.find('npm:b@1.1.0')?.startedAt).toBe(world.clock.now())
  })

  it('a reservation without files does not begin by itself', async () => {
    const world = await withFirstWheel()
    await world.engine.admitUpload({ release: 'pypi:demo@1.1.0', file: fileOf('a.whl'), who: publisher })
    world.clock.pass(60 * minute)
    await world.engine.tick()
    expect(stateOf(world, 'pypi:demo@1.1.0').startedAt).toBeNull()
  })

  it('after stage 0 another file is refused by name, the identical one is fine', async () => {
    const world = await withFirstWheel()
    await world.upload('pypi:demo@1.1.0', { name: 'demo-1.1.0.whl' })
    const releases = ['pypi:demo@1.1.0']
    await world.engine.start({ releases, policy: null, restart: false, origin: null, who: publisher })
    await world.upload('pypi:demo@1.1.0', { name: 'demo-1.1.0.tar.gz' })
    const state = stateOf(world, 'pypi:demo@1.1.0')
    const advanced = await world.engine.run(state.id, { type: 'advance', to: null, files: [] }, maintainer)
    expect(advanced).toMatchObject({ ok: true, state: { stageIndex: 1 } })
    expect(stateOf(world, state.id).sealedFiles?.map((file) => file.name)).toEqual([
      'demo-1.1.0.tar.gz',
      'demo-1.1.0.whl',
    ])
    const admit = (file: { name: string; sha256: string }) =>
      world.engine.admitUpload({ release: 'pypi:demo@1.1.0', file, who: publisher })
    expect(await admit(fileOf('demo-1.1.0.whl'))).toMatchObject({ ok: true })
    expect(await admit({ name: 'demo-1.1.0.whl', sha256: 'b'.repeat(64) })).toMatchObject({ ok: false })
    expect(await admit(fileOf('demo-1.1.0-late.whl'))).toMatchObject({
      ok: false,
      refusal: {
        field: 'file',
        message: expect.stringContaining('The file list is closed. file: got "demo-1.1.0-late.whl"'),
      },
    })
  })

  it('refuses somebody who may not publish before anything is stored', async () => {
    const world = await withFirstWheel()
    const who = {
      actor: { kind: 'token', id: 't', name: 't', owner: 'ops', as: null, scopes: ['read'] },
      reason: '',
    } as const
    const admitted = await world.engine.admitUpload({
      release: 'pypi:demo@1.1.0',
      file: fileOf('a.whl'),
      who,
    })
    expect(admitted).toMatchObject({ ok: false, refusal: { reason: 'needs-approval' } })
    expect(world.engine.find('pypi:demo@1.1.0')).toBeNull()
  })

  it('a first release of PyPI begins like others, and is then whole', async () => {
    const world = await createWorld()
    for (const name of ['demo-1.0.0.whl', 'demo-1.0.0.tar.gz'])
      await world.upload('pypi:demo@1.0.0', { name })
    expect(await events(world, 'pypi:demo@1.0.0')).toEqual(['reserved'])
    world.clock.pass(15 * 60_000)
    await world.engine.tick()
    expect(await events(world, 'pypi:demo@1.0.0')).toEqual(['reserved', 'started', 'sealed', 'completed'])
    expect(stateOf(world, 'pypi:demo@1.0.0').sealedFiles?.map(({ name }) => name)).toHaveLength(2)
  })
})

describe('rolling back after completion', () => {
  async function completed(): Promise<World> {
    const world = await createWorld({ forge: false })
    await world.upload('npm:demo@1.0.0')
    await world.upload('npm:demo@1.1.0')
    const { id } = stateOf(world, 'npm:demo@1.1.0')
    await world.engine.run(id, { type: 'advance', to: 10_000, files: [] }, maintainer)
    await world.engine.run(id, { type: 'advance', to: null, files: [] }, maintainer)
    expect(stateOf(world, id).end?.kind).toBe('completed')
    return world
  }
  // What the caller says does not count: the engine looks itself.
  const rollBack = { type: 'rollBack', installable: true, newerCompleted: null } as const

  it('works while the baseline can be installed', async () => {
    const world = await completed()
    const { id } = stateOf(world, 'npm:demo@1.1.0')
    expect(await world.engine.run(id, { ...rollBack, installable: false }, maintainer)).toMatchObject({
      ok: true,
      state: { end: { kind: 'rolled-back' } },
    })
  })

  it('is refused when the baseline was withdrawn', async () => {
    const world = await completed()
    const record = await world.stores.packages.get('npm:demo')
    const baseline = record?.versions['1.0.0']
    if (record == null || baseline === undefined) throw new Error('no baseline')
    const versions = { ...record.versions, '1.0.0': { ...baseline, withdrawn: 'bad' } }
    await world.stores.packages.put({ ...record, versions, revision: record.revision + 1 }, record.revision)
    const { id } = stateOf(world, 'npm:demo@1.1.0')
    expect(await world.engine.run(id, rollBack, maintainer)).toMatchObject({
      ok: false,
      refusal: { reason: 'blocked', message: expect.stringContaining('The baseline is gone') },
    })
  })

  it('is refused when a newer final of the line completed', async () => {
    const world = await completed()
    await world.upload('npm:demo@1.1.1')
    const newer = stateOf(world, 'npm:demo@1.1.1')
    await world.engine.run(newer.id, { type: 'advance', to: 10_000, files: [] }, maintainer)
    await world.engine.run(newer.id, { type: 'advance', to: null, files: [] }, maintainer)
    const { id } = stateOf(world, 'npm:demo@1.1.0')
    expect(await world.engine.run(id, rollBack, maintainer)).toMatchObject({
      ok: false,
      refusal: { message: expect.stringContaining('npm:demo@1.1.1') },
    })
  })
})
