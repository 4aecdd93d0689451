import { describe, expect, it } from 'vitest'
import type { EffectOutcome } from '../../../src/ports/effector.ts'
import type { Signal } from '../../../src/rollout/history/event.ts'
import { createWorld, maintainer, ownerId, ownersFile, stateOf, system, type World } from '../world.ts'

const MINUTE = 60_000
const release = 'npm:demo@1.1.0'
const advisory = { id: 'GHSA-1', affected: '>=1.1.0', summary: 'leaks', url: null, severity: 'high' }

async function worldWith(gates: string): Promise<World> {
  const world = await createWorld()
  const file = ownersFile.replace('      canaries: { tries: 2, timeout: 1h }', `      ${gates}`)
  world.forge.repositories.get(ownerId)?.files.set('.github/slipway.yml', file)
  await world.upload('npm:demo@1.0.0')
  return world
}

const done = (...signals: Signal[]): EffectOutcome => ({ ok: true, place: {}, signals })

async function pass(world: World, ms: number): Promise<void> {
  world.clock.pass(ms)
  await world.engine.tick()
  await world.settle()
}

describe('advisories in the engine', () => {
  it('take a candidate back as soon as one names it, and block it where the policy says so', async () => {
    const world = await worldWith('advisories: { block: true }')
    await world.upload(release)
    await pass(world, 1000)
    expect(stateOf(world, release)).toMatchObject({ stageIndex: 1, end: null })
    await world.stores.advisories.setAdvisories('npm:demo', [advisory])
    await world.engine.advisoriesChanged('npm:demo')
    const state = stateOf(world, release)
    expect(state).toMatchObject({ end: { kind: 'rolled-back', automatic: true }, blocked: [release] })
    expect(
      world.engine
        .explain(state)
        .history.slice(-2)
        .map(({ type, reason }) => `${type}: ${reason}`),
    ).toEqual([
      `rolled-back: GHSA-1 (high) names ${release}, known since ${time(world)}.`,
      'blocked: The policy blocks what an advisory names: GHSA-1.',
    ])
  })

  it('count for what begins later, and let go when they are withdrawn', async () => {
    const world = await worldWith('advisories: true\n    rollback: { automatic: false }')
    await world.stores.advisories.setAdvisories('npm:demo', [advisory])
    await world.upload(release)
    await world.settle()
    await pass(world, 1000)
    expect(stateOf(world, release)).toMatchObject({
      stageIndex: 0,
      heldBecause: [expect.stringContaining('GHSA-1')],
    })
    await world.stores.advisories.setAdvisories('npm:demo', [])
    await world.engine.advisoriesChanged('npm:demo')
    expect(stateOf(world, release)).toMatchObject({ stageIndex: 1, heldSince: null, blocked: [] })
  })

  it('that name the baseline too change nothing', async () => {
    const world = await worldWith('advisories: true')
    await world.upload(release)
    await world.stores.advisories.setAdvisories('npm:demo', [{ ...advisory, affected: '*' }])
    await world.engine.advisoriesChanged('npm:demo')
    await pass(world, 1000)
    expect(stateOf(world, release)).toMatchObject({ stageIndex: 1, end: null })
  })

  it('are told by the next process when one ended before it could', async () => {
    const world = await worldWith('advisories: true')
    await world.upload(release)
    await world.stores.advisories.setAdvisories('npm:demo', [advisory])
    world.engine = await world.reopen()
    await world.settle()
    await pass(world, 10)
    expect(stateOf(world, release).end).toMatchObject({ kind: 'rolled-back' })
  })
})

describe('checks and http gates in the engine', () => {
  it('read checks again and again until all have succeeded', async () => {
    const world = await worldWith('checks: { required: [ci] }')
    let state: 'pending' | 'success' = 'pending'
    const looks: string[] = []
    world.effector.answer = (effect, { now }) => {
      if (effect.kind !== 'read-checks') return null
      looks.push(effect.digest)
      return done(
        { kind: 'check', check: { name: 'ci', state, url: null, observedAt: now } },
        { kind: 'checks-read', at: now },
      )
    }
    await world.upload(release)
    await world.settle()
    await pass(world, 9 * MINUTE)
    await world.engine.reconcile()
    expect([looks, stateOf(world, release).stageIndex]).toEqual([['0:after null'], 0])
    state = 'success'
    await pass(world, 2 * MINUTE)
    await world.engine.reconcile()
    expect([looks, stateOf(world, release).stageIndex]).toEqual([
      ['0:after null', expect.stringMatching(/^0:after \d+$/)],
      1,
    ])
  })

  it('ask an http gate at each stage and every 15 minutes, and never jump two stages after a long sleep', async () => {
    const world = await worldWith('http: { url: "https://gate.example/" }')
    const asked: number[] = []
    world.effector.answer = (effect, { now }) => {
      if (effect.kind !== 'ask-http') return null
      asked.push(effect.stage)
      const answer = asked.length === 1 ? 'wait' : 'pass'
      return done({
        kind: 'http-answer',
        answer: { stageIndex: effect.stage, answer, sentence: '', at: now, since: now },
      })
    }
    await world.upload(release)
    await world.settle()
    await pass(world, 14 * MINUTE)
    await world.engine.reconcile()
    expect([asked, stateOf(world, release).stageIndex]).toEqual([[0], 0])
    world.clock.pass(24 * 60 * MINUTE)
    await world.engine.reconcile()
    await world.settle()
    expect([asked, stateOf(world, release).stageIndex]).toEqual([[0, 0, 1], 1])
  })

  it('keep what a person went past in the history', async () => {
    const world = await worldWith('checks: { required: [ci] }')
    await world.upload(release)
    const { id } = stateOf(world, release)
    expect(await world.engine.run(id, { type: 'advance', to: null, files: [] }, system)).toMatchObject({
      ok: false,
    })
    expect(await world.engine.run(id, { type: 'advance', to: null, files: [] }, maintainer)).toMatchObject({
      ok: true,
    })
    expect(world.engine.explain(stateOf(world, release)).history.at(-1)).toMatchObject({
      type: 'stage-entered',
      actor: { login: 'ada' },
      reason: 'looks good',
      overrode: [
        { gate: 'bake', answer: 'wait' },
        { gate: 'checks', answer: 'wait' },
      ],
    })
  })
})

function time(world: World): string {
  return `${new Date(world.clock.now()).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
