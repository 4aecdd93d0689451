/** A release that somebody deletes, and a tag that moves, of which no webhook tells. */
import { beforeEach, describe, expect, it } from 'vitest'
import { createGithubEffector } from '../../../src/github/effects/effector.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { createWorld, ownerId, ownersFile, reportOf, stateOf, type World } from '../../engine/world.ts'
import { createPaperForge } from '../paper-forge.ts'

const minute = 60_000
const hour = 60 * minute

let world: World
beforeEach(async () => {
  world = await createWorld()
  Object.assign(world.forge.forge, createPaperForge().writing)
  const files = { '.github/slipway.yml': ownersFile.replaceAll('bake: 1s', 'bake: 1h') }
  world.forge.add(ownerId, 'acme/lib', files)
  lib().tags.set('v1.0.0', 'a'.repeat(40)).set('v1.1.0', 'b'.repeat(40))
  const effector = createGithubEffector({ forge: world.forge.forge, publicUrl: 'https://slipway.test/' })
  world.engine = await world.reopen({ effector })
  await world.upload('npm:demo@1.0.0')
  world.clock.pass(1000)
})

function lib() {
  const found = world.forge.repositories.get(ownerId)
  if (found === undefined) throw new Error('the library is gone')
  return found
}

const state = (): RolloutState => stateOf(world, 'npm:demo@1.1.0')
const explained = () => world.engine.explain(state())

async function pass(ms: number): Promise<void> {
  world.clock.pass(ms)
  await world.engine.tick()
  await world.engine.reconcile()
  await world.engine.tick()
}

/** 1.1.0 at stage 0 with a canary that it passes. */
async function uploaded(): Promise<void> {
  await world.upload('npm:demo@1.1.0')
  await world.settle()
  await world.engine.report(reportOf(world, state(), { candidate: 'pass', baseline: 'pass' }))
}

describe('without a webhook', () => {
  it('the release that is deleted holds before the next raise, and lets go when it is back', async () => {
    await uploaded()
    expect(state().releaseLook.seen).toBe(true)
    await pass(hour)
    expect(explained()).toMatchObject({ phase: 'rolling', percent: 50 })
    lib().withoutRelease.add('v1.1.0')
    await pass(51 * minute)
    expect(explained()).toMatchObject({ phase: 'held', percent: 50 })
    expect(explained().sentence).toContain('The release v1.1.0 was deleted on GitHub')
    await pass(2 * hour)
    expect(explained()).toMatchObject({ phase: 'held', percent: 50 })
    lib().withoutRelease.delete('v1.1.0')
    await pass(6 * hour)
    await pass(1)
    expect(explained()).toMatchObject({ phase: 'rolling', percent: 100 })
  })

  it('the tag that moves, or goes, is told once and holds nothing', async () => {
    await uploaded()
    lib().tags.set('v1.1.0', 'c'.repeat(40))
    await pass(51 * minute)
    expect(explained()).toMatchObject({ phase: 'staged' })
    expect(explained().notes).toEqual([expect.stringContaining('The tag v1.1.0 was moved to cccccccccccc')])
    await pass(9 * minute)
    expect(explained()).toMatchObject({ phase: 'rolling', percent: 50 })
    lib().tags.delete('v1.1.0')
    await pass(51 * minute)
    expect(explained().notes).toEqual([expect.stringContaining('The tag v1.1.0 was deleted')])
    const told = (await world.engine.history(state().id)).filter(
      (event) => event.type === 'signal-recorded' && event.signal.kind === 'forge-release',
    )
    expect(told).toHaveLength(2)
  })

  it('a tag that never had a release is missed by nobody', async () => {
    lib().withoutRelease.add('v1.1.0')
    await uploaded()
    await pass(hour)
    await pass(hour)
    expect(explained()).toMatchObject({ phase: 'rolling', percent: 100 })
    expect(state()).toMatchObject({ forgeRelease: null, releaseLook: { seen: false } })
  })

  it.each(['forbidden', 'broken'] as const)('a forge that does not say (%s) holds nothing', async (kind) => {
    await uploaded()
    world.forge.failing = (call) =>
      call.startsWith('release ') ? { kind, message: 'no', retryAt: null } : null
    await pass(51 * minute)
    await pass(9 * minute)
    expect(explained()).toMatchObject({ phase: 'rolling', percent: 50 })
    expect(state().forgeRelease).toBeNull()
  })

  it('is asked a few times, not all the time', async () => {
    await uploaded()
    const asked = () => world.forge.calls.filter((call) => call.startsWith('release ')).length
    expect(asked()).toBe(1)
    for (let minutes = 0; minutes < 60; minutes += 1) await pass(minute)
    expect(asked()).toBe(2)
  })
})
