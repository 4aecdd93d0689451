import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { HOUR, pair, policy } from '../builders.ts'
import { World } from '../world.ts'

/** 1.0.0 is out; further releases are uploaded and started as named, one hour apart. */
export function aWorld(...versions: readonly string[]): World {
  const world = new World(() => policy())
  for (const version of ['1.0.0', ...versions]) {
    world.now += HOUR
    const rollout = world.upload(`npm:lib@${version}`)
    if (rollout === null) continue
    world.start([`npm:lib@${version}`])
    const signal = { kind: 'blockers-searched', labels: ['regression'], at: 0 } as const
    world.command(rollout, { type: 'recordSignal', signal })
  }
  return world
}

export function rolloutOf(world: World, version: string): RolloutState {
  const state = world
    .rolloutsOf('npm:lib')
    .find(({ members }) => members[0]?.candidate === `npm:lib@${version}`)
  if (state === undefined) throw new Error(`no rollout of ${version}`)
  return state
}

/** Every canary regresses in every try: the release is taken back by itself. */
export function breakDown(world: World, version: string): void {
  const { id, members } = rolloutOf(world, version)
  for (const number of [1, 2, 3]) {
    for (const fact of pair('fail', 'pass')) {
      const release = fact.arm === 'candidate' ? `npm:lib@${version}` : (members[0]?.baseline ?? '')
      for (const canary of ['101', '102', '103']) {
        const result = { ...fact.result, installed: [release] }
        world.command(id, { type: 'recordResult', fact: { ...fact, try: number, canary, result } })
      }
    }
  }
  world.tick(id)
}

/** Everything passes up to 100 %; the last bake is still running. */
export function climb(world: World, version: string): void {
  const { id } = rolloutOf(world, version)
  for (const fact of pair('pass', 'pass')) {
    const release =
      fact.arm === 'candidate' ? `npm:lib@${version}` : (rolloutOf(world, version).members[0]?.baseline ?? '')
    for (const canary of ['101', '102', '103']) {
      world.command(id, {
        type: 'recordResult',
        fact: { ...fact, canary, result: { ...fact.result, installed: [release] } },
      })
    }
  }
  for (let stages = 0; stages < 3; stages += 1) {
    world.now += HOUR
    world.tick(id)
  }
}

/** The last bake is over: it completes. */
export function finish(world: World, version: string): void {
  world.now += HOUR
  world.tick(rolloutOf(world, version).id)
}
