import { describe, expect, it } from 'vitest'
import type { ExposureFact } from '../../../src/gates/exposure-fact.ts'
import { fleetOf, lateCluster, mayTakeUp } from '../../../src/rollout/fleet/fleet.ts'
import { failedSentence, fleetSentence } from '../../../src/rollout/fleet/fleet-words.ts'
import { counts, HOUR, NOON } from '../builders.ts'

const table = (...facts: readonly Partial<ExposureFact>[]) =>
  Object.fromEntries(
    facts.map((fact, index) => [`${index}`.padStart(3, 'k'), counts({ cluster: 'm-a', ...fact })]),
  )

describe('a fleet', () => {
  it('is counted by machines, whatever the number of their reports and percents', () => {
    const facts = table(
      { runs: 4 },
      { basisPoints: 1000 },
      { cluster: 'm-b', arm: 'baseline' },
      { cluster: 'm-c', ring: 'early', drawn: false },
      { cluster: 'm-d', ring: 'early', drawn: false, failures: 1 },
      { cluster: 'm-e', runs: 0 },
      { cluster: 'repository', failures: 1 },
    )
    expect(fleetOf(facts)).toMatchObject({ machines: 4, running: 2, failed: 1 })
    expect(fleetSentence(fleetOf(facts))).toBe(
      'Of 4 machines that report, 2 run it: 50 % of the fleet (ring early 1 of 2, 1 failed; no ring 1 of 2). Its test failed on one machine, which went back to what it had; no other machine takes it up while that is so.',
    )
    expect(fleetSentence(fleetOf({}))).toBe('')
    expect(failedSentence(0)).toBe('')
  })

  it('counts a failure that came late to the machine that it is of', () => {
    const facts = table({ runs: 4 }, { cluster: lateCluster('m-a'), drawn: false, failures: 1 })
    expect(fleetOf(facts)).toMatchObject({ machines: 1, running: 0, failed: 1 })
  })

  const claim = (cluster: string, since = NOON) => ({ cluster, runs: 0, since })
  it.each([
    ['the first one goes', table(), 'm-a', 0, 'yes'],
    ['another one waits for it', table(claim('m-b')), 'm-a', 0, 'wait'],
    ['whoever asked first may ask again', table(claim('m-a'), claim('m-b')), 'm-a', 0, 'yes'],
    ['a claim ends with the machine that made it', table(claim('m-b', NOON - 3 * HOUR)), 'm-a', 0, 'yes'],
    ['once one has passed all may go', table({ cluster: 'm-b' }, claim('m-c')), 'm-a', 0, 'yes'],
    [
      'nobody goes once one failed',
      table({ cluster: 'm-b', failures: 1 }, { cluster: 'm-c' }),
      'm-a',
      0,
      'failed',
    ],
    ['unless somebody says so', table({ cluster: 'm-b', failures: 1 }, { cluster: 'm-c' }), 'm-a', 1, 'yes'],
    [
      'what fails with the baseline says nothing',
      table({ cluster: 'm-b', arm: 'baseline', failures: 1 }),
      'm-a',
      0,
      'yes',
    ],
    [
      'repositories are no machines',
      table({ cluster: 'r', failures: 1 }, { cluster: 'r', runs: 0 }),
      'm-a',
      0,
      'yes',
    ],
  ] as const)('%s', (_, facts, cluster, failures, answer) => {
    expect(mayTakeUp(facts, { cluster, failures }, NOON + HOUR)).toBe(answer)
  })
})
