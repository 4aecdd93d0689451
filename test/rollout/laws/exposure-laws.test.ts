import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Exposure, exposuresOf } from '../../../src/catalog/views/exposure.ts'
import { aPackage, aVersion } from '../../catalog/sample.ts'
import { heart, type World } from '../world.ts'
import { type ExposureLaw, neverLowered, onlyByItsOwn, type Shown, shownOf } from './exposure-laws.ts'
import { type Move, moves, play } from './histories.ts'
import { PACKAGES } from './history-moves.ts'

const seed = Number(process.env.LAWS_SEED ?? Math.floor(Math.random() * 2 ** 31))
const runs = Number(process.env.LAWS_RUNS ?? 100)
const timeoutMs = 240_000

/** What rollouts say of a package; broken ones say something else. */
type Tell = (exposures: readonly Exposure[]) => readonly Exposure[]

const asItIs: Tell = (exposures) => exposures

function shownIn(world: World, tell: Tell): Shown {
  const all = PACKAGES.flatMap((id) => {
    const records = (world.versions[id] ?? []).map(({ version, withdrawn }) =>
      aVersion(version, { withdrawn: withdrawn ? 'yanked' : null }),
    )
    return [...shownOf(aPackage(id, records), tell(exposuresOf(id, world.rolloutsOf(id))))]
  })
  return new Map(all)
}

function violation(history: readonly Move[], law: ExposureLaw, tell: Tell): string | null {
  let found: string | null = null
  let before: Shown | null = null
  let seen = 0
  let index = 0
  play(history, heart, (world) => {
    const after = shownIn(world, tell)
    const events = world.steps
      .slice(seen)
      .flatMap(({ rollout, decision }) =>
        decision.ok ? decision.events.map(({ type }) => ({ rollout, type })) : [],
      )
    const withdrawn = history[index]?.kind === 'withdraw'
    const rolloutsOf = (id: string) => world.rolloutsOf(id)
    if (found === null && before !== null) found = law({ before, after, events, withdrawn, rolloutsOf })
    seen = world.steps.length
    index += 1
    before = after
  })
  return found
}

/** The baseline of a candidate is thrown away when it is no longer there: the candidate takes its place. */
const forgetsBaselines: Tell = (exposures) =>
  exposures.filter(({ end, live }) => live || end !== 'completed').map((one) => ({ ...one, baseline: null }))

/** An older live release goes as soon as a newer one has begun. */
const supersedesAtOnce: Tell = (exposures) => {
  const newest = exposures.find(({ live, basisPoints }) => live && basisPoints > 0)
  return exposures.filter((one) => !one.live || one.full || newest === undefined || one === newest)
}

const LAWS: readonly (readonly [string, ExposureLaw, Tell])[] = [
  ['12: nobody sees a candidate but by its own steps', onlyByItsOwn, forgetsBaselines],
  ['13: what is raised lowers nobody', neverLowered, supersedesAtOnce],
]

describe(`the laws of several live releases over ${runs} histories each (LAWS_SEED=${seed})`, () => {
  it.each(LAWS)(
    'law %s',
    (_, law) => {
      console.log(`exposure laws: LAWS_SEED=${seed}`)
      const property = fc.property(moves, (history) => {
        const broken = violation(history, law, asItIs)
        if (broken !== null) throw new Error(broken)
      })
      fc.assert(property, { seed, numRuns: runs })
    },
    timeoutMs,
  )

  it.each(LAWS)(
    'law %s, and what breaks it is caught',
    (_, law, tell) => {
      const property = fc.property(moves, (history) => violation(history, law, tell) === null)
      expect(fc.check(property, { seed, numRuns: 20 * runs, endOnFailure: true }).failed).toBe(true)
    },
    timeoutMs,
  )
})
