import { expect, it } from 'vitest'
import { basisPointsOf } from '../../../src/rollout/history/phase.ts'
import { createWorld, fileRecord, hostFile, maintainer, policyOf, publisher, stateOf } from '../world.ts'

const release = 'pypi:demo@1.1.0'
const late = { name: 'demo-1.1.0-cp313-manylinux_aarch64.whl', sha256: 'b'.repeat(64) }
const rollBack = { type: 'rollBack', installable: true, newerCompleted: null } as const

it('a wheel that was forgotten comes in when its release is taken back and begun again, and only then', async () => {
  const world = await createWorld({ forge: false, owned: false })
  const { engine } = world
  const start = (id: string, restart: boolean) =>
    engine.start({ releases: [id], policy: null, restart, origin: null, who: maintainer })
  const admit = async () => {
    const admitted = await engine.admitUpload({ release, file: late, who: publisher })
    return admitted.ok ? 'taken' : admitted.refusal.message
  }
  await world.upload('pypi:demo@1.0.0', { name: 'demo-1.0.0-py3-none-any.whl' })
  await start('pypi:demo@1.0.0', false)
  const policy = policyOf({
    stages: [
      { percent: 0, bake: '1h' },
      { percent: 100, bake: '1h' },
    ],
    gates: {},
  })
  const operator = {
    actor: { kind: 'token', id: 'o', name: 'o', owner: 'o', as: 'olga', scopes: ['operate'] },
    reason: '',
  } as const
  await engine.reserve({ releases: [release], policy, restart: false, origin: null, who: operator })
  await world.upload(release, { name: 'demo-1.1.0-py3-none-any.whl' })
  await start(release, false)
  await engine.run(stateOf(world, release).id, { type: 'advance', to: null, files: [] }, maintainer)
  expect(basisPointsOf(stateOf(world, release))).toBe(10_000)

  expect(await admit()).toContain(
    'expected one of demo-1.1.0-py3-none-any.whl, the file once the release is taken back (slipway rollback) and begun again (slipway start --restart --files), before its first raise, a post release such as 1.1.0.post1, or a new version.',
  )
  await engine.run(stateOf(world, release).id, rollBack, maintainer)
  expect(await admit()).toContain(
    'expected the file once the release is begun again (slipway start --restart --files), before its first raise, a post release',
  )
  const first = stateOf(world, release).id
  expect(await start(release, true)).toMatchObject({ ok: true })
  expect(stateOf(world, release)).toMatchObject({ restartOf: first, sealedFiles: null, stageIndex: 0 })
  expect(await admit()).toBe('taken')
  await hostFile(world.stores, release, { ...fileRecord(late.name, world.clock.now()), sha256: late.sha256 })
  await engine.run(stateOf(world, release).id, { type: 'advance', to: null, files: [] }, maintainer)
  expect(stateOf(world, release).sealedFiles?.map(({ name }) => name)).toEqual([
    late.name,
    'demo-1.1.0-py3-none-any.whl',
  ])
})
