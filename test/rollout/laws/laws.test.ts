import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Heart, heart, type World } from '../world.ts'
import * as broken from './broken-hearts.ts'
import { type Move, moves, play } from './histories.ts'
import { type Law, law1, law2, law3, law4, law6, law7, law10 } from './laws.ts'

/** `LAWS_SEED` repeats a run; every failure prints its own seed and the shrunk history too. */
const seed = Number(process.env.LAWS_SEED ?? Math.floor(Math.random() * 2 ** 31))
const runs = Number(process.env.LAWS_RUNS ?? 300)
const settings = { seed, numRuns: runs } as const
/** Generous: the machine may be busy with something else. */
const timeoutMs = 240_000

/** All laws look at the same histories, so each is played once. */
const played = new Map<string, World>()
function playOnce(history: readonly Move[]): World {
  const key = JSON.stringify(history)
  const world = played.get(key) ?? play(history)
  played.set(key, world)
  return world
}

const LAWS: readonly (readonly [string, Law, readonly Heart[]])[] = [
  [
    '1: percent only rises, drops to 0 or is lowered by a person, a stage a tick',
    law1,
    [broken.skipsStages, broken.hurries, broken.lowersAlone, broken.lowersForNobody],
  ],
  ['2: gates pass, or a named person with a reason', law2, [broken.takesTokensForPeople, broken.hidesForce]],
  ['3: an ended rollout never gains exposure', law3, [broken.wakesTheDead]],
  [
    '4: roll back before hold before wait before advance',
    law4,
    [broken.ignoresSilence, broken.ignoresUnsearched],
  ],
  ['6: replay gives the same state and the same decisions', law6, [broken.remembersOutside()]],
  ['7: who sees it keeps seeing it', law7, [broken.resalts, broken.drawsAnewWhenLowered]],
  ['10: one confirmed regression rolls back', law10, [broken.pausesRollbacks, broken.holdsRollbacks]],
]

describe(`the laws over ${runs} histories each (LAWS_SEED=${seed})`, () => {
  console.log(`laws: LAWS_SEED=${seed}`)

  it.each(LAWS)(
    'law %s',
    (_, law) => {
      fc.assert(
        fc.property(moves, (history) => {
          const violation = law(playOnce(history), heart)
          if (violation !== null) throw new Error(violation)
        }),
        settings,
      )
    },
    timeoutMs,
  )

  it.each(LAWS)(
    'law %s, and a heart that breaks it is caught',
    (_, law, hearts) => {
      for (const wrong of hearts) {
        const { failed, error } = caught(law, wrong)
        expect({ failed, error }).toEqual({ failed: true, error: null })
      }
    },
    timeoutMs,
  )
})

/** Whether the law notices; an exception inside a broken heart would be no proof. */
function caught(law: Law, wrong: Heart): { failed: boolean; error: unknown } {
  let error: unknown = null
  const property = fc.property(moves, (history) => {
    try {
      return law(play(history, wrong), wrong) === null
    } catch (thrown) {
      error = thrown
      throw thrown
    }
  })
  // Some mistakes show in few histories; the search ends with the first.
  const { failed } = fc.check(property, { ...settings, numRuns: Math.max(runs, 3000), endOnFailure: true })
  return { failed, error }
}
