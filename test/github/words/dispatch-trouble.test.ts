import { beforeEach, describe, expect, it } from 'vitest'
import { createGithubEffector } from '../../../src/github/effects/effector.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { canaryId, createWorld, maintainer, stateOf, type World } from '../../engine/world.ts'
import { createPaperForge, type PaperForge } from '../paper-forge.ts'

let world: World
let paper: PaperForge

/** A real engine whose effects go through the real effector onto paper. */
beforeEach(async () => {
  world = await createWorld()
  paper = createPaperForge()
  Object.assign(world.forge.forge, paper.writing)
  const effector = createGithubEffector({ forge: world.forge.forge, publicUrl: 'https://slipway.test/' })
  world.engine = await world.reopen({ effector })
  await world.upload('npm:demo@1.0.0')
  world.clock.pass(1000)
})

const upload = () => world.upload('npm:demo@1.1.0')
const state = (): RolloutState => stateOf(world, 'npm:demo@1.1.0')

/** Ticks and reconciles until nothing moves. */
async function pass(ms: number, times = 1): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) {
    world.clock.pass(ms)
    await world.engine.tick()
    await world.settle()
  }
}

describe('a dispatch', () => {
  it.each([
    ['gone', 'no', 'workflow-missing', /there is no workflow ci.yml/],
    ['forbidden', 'no', 'app-removed', /actions: write/],
    ['invalid', "Workflow does not have 'workflow_dispatch' trigger", 'workflow-missing', /does not have/],
    ['forbidden', 'Repository was archived so is read-only.', 'archived', /is archived/],
    ['forbidden', 'This installation has been suspended', 'suspended', /App is suspended/],
    [
      'invalid',
      "Cannot trigger a 'workflow_dispatch' on a disabled workflow",
      'workflow-disabled',
      /is disabled/,
    ],
    ['forbidden', 'Actions has been disabled for this user.', 'actions-off', /turned off/],
  ] as const)(
    'that is %s (%s) is the state %s of the canary, until it is another',
    async (kind, why, is, said) => {
      paper.failing = { kind, message: why, retryAt: null }
      await upload()
      await pass(60_000, 3)
      const canary = () => state().canaries[canaryId]
      expect(canary()?.state).toMatchObject({ state: is, message: expect.stringMatching(said) })
      expect([canary()?.tries, paper.dispatched]).toEqual([{}, []])
      expect(state()).toMatchObject({ stageIndex: 0, heldSince: expect.any(Number) })
      paper.failing = null
      const repository = world.forge.repositories.get(canaryId)
      if (repository !== undefined) await world.engine.readOffers(repository)
      await pass(1000)
      expect(canary()?.state?.state).toBe('ok')
      expect(paper.dispatched).toHaveLength(1)
    },
  )

  it('to a repository that is gone is its state, and a retry asks again', async () => {
    paper.failing = { kind: 'gone', message: '404: not found', retryAt: null }
    const isOnRoster = () => world.engine.find('npm:demo@1.1.0')?.canaries[canaryId] !== undefined
    world.forge.failing = (call) =>
      /^repositor/.test(call) && isOnRoster() ? { kind: 'gone', message: '404', retryAt: null } : null
    await upload()
    await pass(1000)
    expect(state().canaries[canaryId]?.state?.state).toBe('app-removed')
    paper.failing = null
    world.forge.failing = () => null
    await world.engine.run(state().id, { type: 'retryCanary', canary: canaryId }, maintainer)
    await pass(1000)
    expect(state().canaries[canaryId]?.state).toBeNull()
    expect(paper.dispatched).toHaveLength(1)
  })
})
