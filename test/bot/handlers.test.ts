import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canaryId, fileRecord, hostFile, ownerId, publisher, sha256Of, stateOf } from '../engine/world.ts'
import { type BotWorld, createBotWorld, hookRepository } from './bot-world.ts'

let bot: BotWorld
beforeEach(async () => {
  bot = await createBotWorld()
})
afterEach(() => bot.close())

const release = (tag: string, change: object = {}) => ({
  action: 'published',
  release: { tag_name: tag, draft: false, prerelease: false, target_commitish: 'main', ...change },
  repository: hookRepository(),
  installation: { id: 1 },
})

describe('a published release', () => {
  /** A wheel that is stored and waits for its start. */
  async function wheel(version: string): Promise<void> {
    const id = `pypi:demo@${version}`
    const name = `demo-${version}-py3-none-any.whl`
    await bot.world.engine.admitUpload({
      release: id,
      file: { name, sha256: sha256Of(name) },
      who: publisher,
    })
    await hostFile(bot.world.stores, id, fileRecord(name, bot.world.clock.now()))
    await bot.world.engine.uploaded(id, { release: id, name, sha256: sha256Of(name) }, publisher)
    await bot.world.settle()
  }

  beforeEach(async () => {
    await wheel('1.0.0')
    await bot.deliver('release', release('v1.0.0'))
    await wheel('1.1.0')
  })

  it('starts the rollout of the package with that version, with the tag as its origin', async () => {
    expect(stateOf(bot.world, 'pypi:demo@1.1.0').startedAt).toBeNull()
    bot.world.forge.repositories.get(ownerId)?.tags.set('v1.1.0', 'c0ffee')
    await bot.deliver('release', release('v1.1.0'))
    const state = stateOf(bot.world, 'pypi:demo@1.1.0')
    expect(state.startedAt).not.toBeNull()
    expect(state.origin).toMatchObject({
      repositoryId: ownerId,
      repository: 'acme/lib',
      tag: 'v1.1.0',
      commit: 'c0ffee',
    })
  })

  it('waits in the inbox while GitHub cannot say what the policy is', async () => {
    bot.world.forge.failing = (call) =>
      call.startsWith('file') ? { kind: 'broken', message: '502', retryAt: null } : null
    await bot.deliver('release', release('v1.1.0'))
    expect(stateOf(bot.world, 'pypi:demo@1.1.0').startedAt).toBeNull()
    bot.world.forge.failing = () => null
    bot.world.clock.pass(3_600_000)
    await bot.deliver('ping', {})
    expect(stateOf(bot.world, 'pypi:demo@1.1.0')).toMatchObject({ origin: { tag: 'v1.1.0' } })
  })

  it('delivered twice starts once', async () => {
    await bot.deliver('release', release('v1.1.0'))
    const { version } = stateOf(bot.world, 'pypi:demo@1.1.0')
    await bot.deliver('release', release('v1.1.0'))
    expect(stateOf(bot.world, 'pypi:demo@1.1.0').version).toBe(version)
  })

  it.each([
    ['of a repository that owns nothing', { ...release('v1.1.0'), repository: hookRepository('99') }],
    ['of a draft', release('v1.1.0', { draft: true })],
    ['of another package', release('other@1.1.0')],
    ['of a version that is not here', release('v1.2.0')],
    ['whose action is another', { ...release('v1.1.0'), action: 'edited' }],
  ])('%s starts nothing', async (_, payload) => {
    await bot.deliver('release', payload)
    expect(stateOf(bot.world, 'pypi:demo@1.1.0').startedAt).toBeNull()
    expect(bot.world.engine.find('pypi:demo@1.2.0')).toBeNull()
  })
})

describe('issues', () => {
  const change = (action: string, labels: readonly string[], fields: object = {}) => ({
    action,
    issue: {
      number: 12,
      title: 'It breaks @everyone',
      state: 'open',
      updated_at: '2026-11-20T12:00:00Z',
      labels: labels.map((name) => ({ name })),
      ...fields,
    },
    repository: hookRepository(),
  })
  const blocker = () => bot.state().blockers['1#12']

  it('with a blocking label are recorded, and closed again', async () => {
    await bot.deliver('issues', change('labeled', ['regression']))
    expect(blocker()).toMatchObject({ open: true, labels: ['regression'], title: 'It breaks @everyone' })
    await bot.deliver(
      'issues',
      change('closed', ['regression'], { state: 'closed', updated_at: '2026-11-20T12:01:00Z' }),
    )
    expect(blocker()).toMatchObject({ open: false })
  })

  it('that lose their label or are deleted no longer block', async () => {
    await bot.deliver('issues', change('opened', ['release-blocker']))
    await bot.deliver('issues', change('unlabeled', [], { updated_at: '2026-11-20T12:01:00Z' }))
    expect(blocker()).toMatchObject({ labels: [] })
    await bot.deliver('issues', change('deleted', [], { updated_at: '2026-11-20T12:01:00Z' }))
    expect(blocker()).toMatchObject({ open: false })
  })

  it('are known by the id of their repository: under a new name it is the same issue', async () => {
    await bot.deliver('issues', change('labeled', ['regression']))
    const renamed = { ...hookRepository(), full_name: 'acme/library' }
    const later = { state: 'closed', updated_at: '2026-11-20T12:01:00Z' }
    await bot.deliver('issues', { ...change('closed', ['regression'], later), repository: renamed })
    expect(Object.values(bot.state().blockers)).toMatchObject([{ issue: 'acme/library#12', open: false }])
  })

  it('that were recorded by name are closed all the same', async () => {
    const known = { issue: 'acme/lib#12', title: 'x', labels: ['regression'], open: true, observedAt: 1 }
    const signal = { kind: 'blocker', blocker: known } as const
    const who = { actor: { kind: 'system' }, reason: '' } as const
    await bot.world.engine.run(bot.state().id, { type: 'recordSignal', signal }, who)
    await bot.deliver('issues', change('closed', ['regression'], { state: 'closed' }))
    expect(Object.values(bot.state().blockers)).toMatchObject([{ issue: 'acme/lib#12', open: false }])
  })

  it('in the wrong order end as the newest says', async () => {
    await bot.deliver(
      'issues',
      change('closed', ['regression'], { state: 'closed', updated_at: '2026-11-20T12:01:00Z' }),
    )
    await bot.deliver('issues', change('opened', ['regression']))
    expect(blocker()).toMatchObject({ open: false })
  })

  it.each([
    ['without such a label', change('opened', ['question'])],
    ['of another repository', { ...change('labeled', ['regression']), repository: hookRepository(canaryId) }],
    ['that only change their text', change('edited', ['regression'])],
  ])('%s change nothing', async (_, payload) => {
    const { version } = bot.state()
    await bot.deliver('issues', payload)
    expect(bot.state().version).toBe(version)
  })
})

describe('a finished run', () => {
  it('is fetched when it belongs to a canary, and what it says in the webhook does not count', async () => {
    const run = bot.state().canaries[canaryId]?.tries[1]?.dispatches.both?.runId ?? 0
    const delivery = (id: number) => ({
      action: 'completed',
      workflow_run: { id, conclusion: 'success' },
      repository: hookRepository(canaryId),
    })
    await bot.deliver('workflow_run', delivery(424_242))
    expect(bot.world.forge.calls).not.toContain('run acme/app 424242')
    await bot.deliver('workflow_run', delivery(run))
    expect(bot.world.forge.calls).toContain(`run acme/app ${run}`)
  })
})
