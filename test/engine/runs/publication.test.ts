import { describe, expect, it } from 'vitest'
import type { PackageRecord } from '../../../src/ports/package-store.ts'
import { createWorld, fileRecord, hostFile, maintainer, policyOf, publisher, type World } from '../world.ts'

/** 1.0.0 is released and 1.1.0 at 50 %. */
async function atHalf(): Promise<World> {
  const world = await createWorld({ owned: false })
  await world.upload('npm:demo@1.0.0')
  const policy = policyOf({
    stages: [
      { name: 'canaries', percent: 0, bake: '1s' },
      { name: 'half', percent: 50, bake: '1h' },
      { percent: 100, bake: '1h' },
    ],
    gates: {},
  })
  const who = {
    actor: { kind: 'token', id: 'o', name: 'o', owner: 'o', as: 'olga', scopes: ['operate'] },
    reason: '',
  } as const
  await world.engine.reserve({ releases: ['npm:demo@1.1.0'], policy, restart: false, origin: null, who })
  await world.upload('npm:demo@1.1.0')
  world.clock.pass(2000)
  await world.engine.tick()
  expect(world.engine.find('npm:demo@1.1.0')?.stageIndex).toBe(1)
  return world
}

async function change(world: World, to: (record: PackageRecord) => PackageRecord): Promise<void> {
  const record = await world.stores.packages.get('npm:demo')
  if (record === null) throw new Error('no package')
  await world.stores.packages.put({ ...to(record), revision: record.revision + 1 }, record.revision)
}

const withdrawn = (record: PackageRecord, version: string, why: string): PackageRecord => {
  const known = record.versions[version]
  if (known === undefined) throw new Error(`no ${version}`)
  return { ...record, versions: { ...record.versions, [version]: { ...known, withdrawn: why } } }
}

const phase = (world: World, release = 'npm:demo@1.1.0') =>
  world.engine.explain(world.engine.find(release) ?? (null as never)).phase

describe('what a publisher does to a hosted candidate', () => {
  it('is heard at once, and again when it is taken back', async () => {
    const world = await atHalf()
    await change(world, (record) => withdrawn(record, '1.1.0', 'use 1.0'))
    await world.engine.publicationChanged('npm:demo')
    expect(phase(world)).toBe('held')
    await change(world, (record) => ({
      ...record,
      versions: { ...record.versions, '1.1.0': { ...record.versions['1.1.0'], withdrawn: null } as never },
    }))
    await world.engine.publicationChanged('npm:demo')
    expect(phase(world)).toBe('rolling')
  })

  it('is heard by the next process when the one that took it died in between', async () => {
    const world = await atHalf()
    await change(world, (record) => ({ ...record, status: { kind: 'quarantined', reason: 'malware' } }))
    const next = await world.reopen()
    await expect.poll(() => next.find('npm:demo@1.1.0')?.end?.kind).toBe('rolled-back')
  })

  it('writes nothing while nobody says anything', async () => {
    const world = await atHalf()
    const before = world.engine.find('npm:demo@1.1.0')?.version
    await world.engine.publicationChanged('npm:demo')
    await world.engine.publicationChanged('npm:demo')
    expect(world.engine.find('npm:demo@1.1.0')?.version).toBe(before)
  })
})

describe('a release under another tag than latest', () => {
  it('stands at 0 % from its first event, and climbs when latest is set to it', async () => {
    const world = await createWorld({ owned: false })
    await world.upload('npm:demo@1.0.0')
    await change(world, (record) => ({ ...record, tags: { latest: '1.0.0' } }))
    const state = await world.upload('npm:demo@1.1.0')
    expect(state?.publications['npm:demo@1.1.0']).toMatchObject({ latestBelow: '1.0.0' })
    world.clock.pass(86_400_000)
    await world.engine.tick()
    expect(world.engine.find('npm:demo@1.1.0')?.stageIndex).toBe(0)
    await change(world, (record) => ({ ...record, tags: { latest: '1.1.0' } }))
    await world.engine.publicationChanged('npm:demo')
    await world.engine.tick()
    expect(world.engine.find('npm:demo@1.1.0')?.stageIndex).toBe(1)
  })
})

describe('a package of which nothing is offered any more', () => {
  it('is not new: its next release takes a ladder that a person approves, and shows nobody before', async () => {
    const world = await createWorld({ owned: false })
    await world.upload('npm:demo@1.0.0')
    await change(world, (record) => withdrawn(record, '1.0.0', 'broken'))
    const state = await world.upload('npm:demo@1.0.1')
    expect(state?.members).toEqual([{ candidate: 'npm:demo@1.0.1', baseline: 'npm:demo@1.0.0' }])
    expect(state?.policy?.profile).toBe('rapid')
    expect(state?.policySource?.detail).toContain('nothing else of the package is offered any more')
    world.clock.pass(86_400_000)
    await world.engine.tick()
    expect(phase(world, 'npm:demo@1.0.1')).toBe('held')
    const id = state?.id ?? ''
    expect(await world.engine.run(id, { type: 'approve' }, maintainer)).toMatchObject({ ok: true })
    await world.engine.tick()
    expect(world.engine.find(id)?.stageIndex).toBe(1)
  })

  it('and of which everything is blocked is not new either', async () => {
    const world = await createWorld({ owned: false })
    const first = await world.upload('npm:demo@1.0.0')
    await world.engine.run(first?.id ?? '', { type: 'block' }, maintainer)
    const state = await world.upload('npm:demo@1.0.1')
    expect(state?.end).toBeNull()
    expect(state?.members[0]?.baseline).toBe('npm:demo@1.0.0')
  })

  it('and of which everything was unpublished is not new either', async () => {
    const world = await createWorld({ owned: false })
    await world.upload('npm:demo@1.0.0')
    await change(world, (record) => ({ ...record, versions: {}, unpublished: { '1.0.0': 1 } }))
    const state = await world.upload('npm:demo@1.0.1')
    expect([state?.end, state?.members[0]?.baseline]).toEqual([null, 'npm:demo@1.0.0'])
  })

  it('gives up what was unpublished before it began, and names who', async () => {
    const world = await createWorld({ owned: false })
    await world.upload('npm:demo@1.0.0')
    await world.upload('npm:demo@1.1.0', { announce: false })
    await change(world, ({ versions: { '1.1.0': _, ...versions }, ...record }) => {
      return { ...record, versions, unpublished: { '1.1.0': 1 } }
    })
    await world.engine.publicationChanged('npm:demo')
    const state = world.engine.find('npm:demo@1.1.0')
    expect(state).toMatchObject({ startedAt: null, end: { kind: 'abandoned' } })
    expect(state?.transitions.at(-1)?.reason).toBe('Its publisher unpublished npm:demo@1.1.0.')
  })

  it('on PyPI begins no release that is yanked before it begins', async () => {
    const world = await createWorld({ owned: false })
    await world.upload('pypi:demo@1.0.0')
    world.clock.pass(3_600_000)
    await world.engine.tick()
    await world.engine.admitUpload({
      release: 'pypi:demo@1.1.0',
      file: { name: 'a', sha256: 'a' },
      who: publisher,
    })
    await hostFile(world.stores, 'pypi:demo@1.1.0', fileRecord('a', world.clock.now()))
    const record = await world.stores.packages.get('pypi:demo')
    if (record !== null)
      await world.stores.packages.put(
        { ...withdrawn(record, '1.1.0', 'oops'), revision: record.revision + 1 },
        record.revision,
      )
    world.clock.pass(3_600_000)
    await world.engine.tick()
    expect(
      world.engine.startProblem(world.engine.find('pypi:demo@1.1.0')?.id ?? '')?.refusal.message,
    ).toContain('Its publisher withdrew pypi:demo@1.1.0.')
  })
})
