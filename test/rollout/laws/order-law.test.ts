import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Command } from '../../../src/rollout/deciding/command.ts'
import type { RolloutId } from '../../../src/rollout/history/event.ts'
import { basisPointsOf, isLive, phaseOf } from '../../../src/rollout/history/phase.ts'
import { withoutVersions } from '../without-versions.ts'
import { type Heart, heart, type World } from '../world.ts'
import { keepsFirstAnswer, listensToOneAtATime, notesArrival } from './broken-hearts.ts'
import { moves, play } from './histories.ts'
import { pick, results } from './history-moves.ts'
import { signal } from './outside-signals.ts'

// Law 5 over several live releases: what is heard of one may come before, between and after what is heard of the
// others. `deciding/evidence-order.test.ts` holds it over all kinds of evidence of a single one.

const seed = Number(process.env.LAWS_SEED ?? Math.floor(Math.random() * 2 ** 31))
const runs = Number(process.env.LAWS_RUNS ?? 150)
const timeoutMs = 240_000

interface Heard {
  readonly rollout: RolloutId
  readonly command: Command
}

/** A history, what is heard after it, and the order in which the same comes a second time, some of it twice. */
const scenes = fc.record({
  history: moves,
  heard: fc.array(fc.record({ a: fc.nat(9999), b: fc.nat(9999) }), {
    minLength: 8,
    maxLength: 24,
    size: 'max',
  }),
  order: fc.array(fc.nat(9999), { minLength: 60, maxLength: 60 }),
})

type Scene = typeof scenes extends fc.Arbitrary<infer T> ? T : never

/** Evidence for whatever is live, as it comes in. */
function hear(world: World, heard: Scene['heard']): readonly Heard[] {
  const from = world.steps.length
  for (const { a, b } of heard) {
    const state = pick(world.live, a)
    if (state === undefined || !isLive(state)) continue
    if (a % 3 === 0) signal(world, state, b % 4 === 0 ? 'exposure' : 'signal', b)
    else results(world, state, b)
  }
  return world.steps.slice(from).map(({ rollout, command }) => ({ rollout, command }))
}

/** Everything at least once, in the order of random numbers. */
function shuffled(heard: readonly Heard[], order: readonly number[]): readonly Heard[] {
  const again = heard.filter((_, index) => (order[index] ?? 0) % 4 === 0)
  return [...heard, ...again]
    .map((one, index) => ({ one, at: order[(index * 7) % order.length] ?? 0 }))
    .sort((left, right) => left.at - right.at)
    .map(({ one }) => one)
}

const all = (world: World) => world.states.map((state) => withoutVersions(state))

function violation({ history, heard, order }: Scene, heartOf: () => Heart): string | null {
  const [left, right] = [play(history, heartOf()), play(history, heartOf())]
  const shown = left.states.map((state) => [phaseOf(state), basisPointsOf(state)])
  const evidence = hear(left, heard)
  for (const { rollout, command } of shuffled(evidence, order)) right.command(rollout, command)
  const now = left.states.map((state) => [phaseOf(state), basisPointsOf(state)])
  if (!isDeepStrictEqual(now, shown)) return 'evidence alone moved a rollout'
  if (!isDeepStrictEqual(all(left), all(right))) return 'another order is another state'
  for (const world of [left, right]) for (const { id } of world.live) world.tick(id)
  return isDeepStrictEqual(all(left), all(right)) ? null : 'the ticks after it decide otherwise'
}

describe(`law 5 over several live releases, ${runs} histories (LAWS_SEED=${seed})`, () => {
  it(
    'any order and repetition of evidence between two ticks gives the same state',
    () => {
      console.log(`law 5 of several: LAWS_SEED=${seed}`)
      const property = fc.property(scenes, (scene) => {
        const broken = violation(scene, () => heart)
        if (broken !== null) throw new Error(broken)
      })
      fc.assert(property, { seed, numRuns: runs })
    },
    timeoutMs,
  )

  it.each([
    ['keeps the first answer', () => keepsFirstAnswer],
    ['notes arrivals', () => notesArrival],
    ['hears one release at a time', listensToOneAtATime],
  ])(
    'a heart that %s is caught',
    (_, heartOf) => {
      const property = fc.property(scenes, (scene) => violation(scene, heartOf) === null)
      expect(fc.check(property, { seed, numRuns: 20 * runs, endOnFailure: true }).failed).toBe(true)
    },
    timeoutMs,
  )

  it('means something: most moments have evidence for several live releases', () => {
    const several = fc.sample(scenes, { seed, numRuns: 50 }).filter(({ history, heard }) => {
      const evidence = hear(play(history), heard)
      return new Set(evidence.map(({ rollout }) => rollout)).size > 1
    })
    expect(several.length).toBeGreaterThan(25)
  })
})
