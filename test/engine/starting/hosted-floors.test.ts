import { describe, expect, it } from 'vitest'
import type { ReleaseId } from '../../../src/versions/release.ts'
import { maintainer, stateOf, type World } from '../world.ts'
import { entry, own, pass, percentOf, settleMs, trainWorld } from './train-world.ts'

const names = ['npm:app', 'npm:core', 'pypi:lib']
const apart = `releases:\n${names.map((name) => entry(name, null)).join('')}`

/** What a release cannot do without, written as its manifest says it, before its rollout begins. */
async function needs(
  made: World,
  release: ReleaseId,
  manifest: Readonly<Record<string, unknown>>,
): Promise<void> {
  const id = release.slice(0, release.lastIndexOf('@'))
  const version = release.slice(id.length + 1)
  const record = await made.stores.packages.get(id)
  const known = record?.versions[version]
  if (record === null || known === undefined) throw new Error(`${release} is not hosted`)
  const versions = { ...record.versions, [version]: { ...known, manifest } }
  await made.stores.packages.put({ ...record, versions, revision: record.revision + 1 }, record.revision)
}

async function uploadNeeding(made: World, release: ReleaseId, manifest: Readonly<Record<string, unknown>>) {
  await made.upload(release, { announce: false })
  await needs(made, release, manifest)
  await pass(made, 900_001)
}

describe('a release that only a rolling one gives what it needs', () => {
  it('is raised no further than that, and says why', async () => {
    const made = await trainWorld(names, apart)
    await made.upload('npm:core@1.1.0')
    await uploadNeeding(made, 'npm:app@1.1.0', { dependencies: { core: '^1.1.0' } })
    const pause = { type: 'lower', to: 0 } as const
    expect((await made.engine.run(stateOf(made, 'npm:core@1.1.0').id, pause, maintainer)).ok).toBe(true)
    for (let step = 0; step < 3; step += 1) await pass(made, 10_001)
    expect([percentOf(made, 'npm:core@1.1.0'), percentOf(made, 'npm:app@1.1.0')]).toEqual([0, 0])
    const { notes } = made.engine.explain(stateOf(made, 'npm:app@1.1.0'))
    expect(notes.join(' ')).toContain(
      'npm:app@1.1.0 needs npm:core@^1.1.0, of which npm:core@1.1.0 fits, at 0 %',
    )
    await made.engine.run(stateOf(made, 'npm:core@1.1.0').id, { type: 'resume' }, maintainer)
    for (let step = 0; step < 3; step += 1) await pass(made, 10_001)
    expect([percentOf(made, 'npm:core@1.1.0'), percentOf(made, 'npm:app@1.1.0')]).toEqual([50, 50])
    expect(stateOf(made, 'npm:app@1.1.0').salt).toBe(stateOf(made, 'npm:core@1.1.0').salt)
  })

  it('also of another owner, and of PyPI', async () => {
    const made = await trainWorld(names, apart)
    made.forge.add('9', 'other/base', {
      '.github/slipway.yml': `releases:\n${entry('pypi:base', null)}`,
    })
    await own(made, 'pypi:base', '9', 'other/base')
    await made.upload('pypi:base@1.0')
    await pass(made, 900_001)
    await made.upload('pypi:base@1.1')
    await pass(made, 900_001)
    await uploadNeeding(made, 'pypi:lib@1.1.0', { requires_dist: ['base>=1.1'] })
    const floor = stateOf(made, 'pypi:base@1.1')
    await made.engine.run(floor.id, { type: 'rollBack', installable: true, newerCompleted: null }, maintainer)
    for (let step = 0; step < 4; step += 1) await pass(made, 10_001)
    expect(stateOf(made, 'pypi:base@1.1').end?.kind).toBe('rolled-back')
    expect(percentOf(made, 'pypi:lib@1.1.0')).toBe(0)
    // Nobody takes back a rollout that is not theirs by taking back their own.
    expect(stateOf(made, 'pypi:lib@1.1.0').end).toBeNull()
  })

  it('is whole with it where both are of one train', async () => {
    const made = await trainWorld(['npm:app', 'npm:core'])
    await made.upload('npm:core@1.1.0', { announce: false })
    await uploadNeedingNow(made, 'npm:app@1.1.0', { dependencies: { core: '^1.1.0' } })
    expect(stateOf(made, 'npm:app@1.1.0')).toMatchObject({ floors: [], members: { length: 2 } })
    await pass(made, settleMs)
    expect(percentOf(made, 'npm:app@1.1.0')).toBe(50)
  })
})

async function uploadNeedingNow(
  made: World,
  release: ReleaseId,
  manifest: Readonly<Record<string, unknown>>,
) {
  await made.upload(release, { announce: false })
  await needs(made, release, manifest)
  await pass(made, 1)
}
