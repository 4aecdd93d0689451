import { expect, it } from 'vitest'
import { canaryId, maintainer, reportOf } from '../engine/world.ts'
import { createPaperWorld } from './paper-world.ts'

it('a repository that met the release through the index only is told when it is taken back', async () => {
  const site = '66'
  const told = await createPaperWorld({
    [site]: ['other/site', {}],
    '67': ['other/away', {}],
    '68': ['other/quiet', { '.github/slipway.yml': 'notices: false\n' }],
  })
  const { world } = told
  await world.upload('npm:demo@1.1.0')
  await world.engine.report(reportOf(world, told.state(), { candidate: 'pass', baseline: 'pass' }))
  await told.pass(1000)
  await told.pass(1000)
  expect(told.state()).toMatchObject({ stageIndex: 2, end: null })
  for (const [index, repositoryId] of [site, '68'].entries()) {
    await world.engine.recordRun({
      repositoryId,
      runId: index + 1,
      runAttempt: 1,
      workflowRef: 'other/site/.github/workflows/ci.yml@refs/heads/main',
      commit: null,
      outcome: 'success',
      packages: ['npm:demo'],
      installed: ['npm:demo@1.1.0'],
    })
  }
  const rollBack = { type: 'rollBack', installable: true, newerCompleted: null } as const
  await world.engine.run(told.state().id, rollBack, { ...maintainer, reason: 'it loses data' })
  await told.pass(1)

  expect(told.state().shownTo.map(({ repository }) => repository)).toEqual(['other/site', 'other/quiet'])
  const applied = await world.stores.effects.list(`${told.state().id}/notice/`)
  expect(applied.map(({ key, place }) => [key.split('/')[2], place.notice !== undefined]).sort()).toEqual([
    [canaryId, true],
    [site, true],
    ['68', false],
  ])
  const notices = told.written().filter((text) => text.includes('its own runs met it through the index'))
  expect(notices).toHaveLength(1)
  expect(notices[0]).toContain('`npm install demo@1.0.0`')
  // Neither what was said nor what was stored holds a key.
  const keys = [site, '67', '68'].map((id) => world.engine.keyOf(id))
  const stored = JSON.stringify([await world.engine.history(told.state().id), applied, told.written()])
  for (const key of keys) expect(stored).not.toContain(key)
})
