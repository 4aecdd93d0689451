import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  allTries,
  isBisectTry,
  lastBisectTry,
  nextFirstTry,
  type Search,
  searchDeadline,
  searchOf,
  storeTry,
  suspectOf,
  tryOf,
} from '../../../src/gates/canaries/bisect.ts'
import type { BisectFacts, CanaryFacts, Outcome } from '../../../src/gates/evidence.ts'
import { armResult, canariesRule, HOUR, NOON } from '../../rollout/builders.ts'
import { REGRESSED, tested } from '../gate-builders.ts'

const rule = canariesRule({ tries: 2 })

/** A canary that regressed, with a search over these releases; the last of a line is the candidate. */
function searched(kind: BisectFacts['kind'], names: readonly string[]): CanaryFacts {
  const suspects = names.map((release) => ({
    release,
    baseline: kind === 'line' ? 'npm:a@1.0.0' : `${release.split('@')[0]}@1.0.0`,
  }))
  const canary = tested(REGRESSED)
  const bisect = {
    kind,
    suspects,
    firstTry: nextFirstTry(canary),
    startedAt: NOON,
    tries: {},
    found: null,
  }
  return { ...canary, bisect }
}

/** A try of the search with both arms' answers, candidate first. */
function answered(
  canary: CanaryFacts,
  number: number,
  [candidate, baseline]: readonly Outcome[],
): CanaryFacts {
  const suspect = suspectOf(canary, number)
  if (suspect === null) throw new Error(`try ${number} tests nothing`)
  const arms = {
    candidate: armResult(candidate ?? 'pass', { installed: [suspect.release] }),
    baseline: armResult(baseline ?? 'pass', { installed: [suspect.baseline] }),
  }
  return storeTry(canary, { number, dispatches: {}, legs: { default: arms } })
}

type Behaviour = (release: string) => readonly Outcome[]

/** Runs the search to its end; `tested` are the releases in the order in which they came. */
function runSearch(kind: BisectFacts['kind'], names: readonly string[], behave: Behaviour) {
  let canary = searched(kind, names)
  const order: string[] = []
  let now = NOON + 1
  for (let step = 0; step < 500; step += 1) {
    const search = searchOf(canary, rule, now) as Search
    if (search.found !== null) return { search, order, canary }
    if (search.wantsTry === null) {
      // Runs that broke one after the other are followed by a wait.
      now += 60_000
      continue
    }
    const { release = '' } = suspectOf(canary, search.wantsTry) ?? {}
    if (!order.includes(release)) order.push(release)
    canary = answered(canary, search.wantsTry, behave(release))
  }
  throw new Error('the search does not end')
}

const line = (count: number) => Array.from({ length: count }, (_, index) => `npm:a@1.${index + 1}.0`)

describe('a search in the versions of a line', () => {
  it('names the second of three', () => {
    const names = line(3)
    const { search, order } = runSearch('line', names, (release) =>
      release >= 'npm:a@1.2.0' ? ['fail', 'pass'] : ['pass', 'pass'],
    )
    expect(search.found).toEqual({ answer: 'found', releases: ['npm:a@1.2.0'] })
    expect(search.verdicts).toEqual(['good', 'bad', 'bad'])
    expect(order).toEqual(['npm:a@1.1.0', 'npm:a@1.2.0'])
  })

  it('finds any first bad release, and tests no more of them than halving takes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(39), (count, place) => {
        const first = place % count
        const names = line(count)
        const { search, order } = runSearch('line', names, (release) =>
          names.indexOf(release) >= first ? ['fail', 'pass'] : ['pass', 'pass'],
        )
        expect(search.found).toEqual({ answer: 'found', releases: [names[first]] })
        expect(order.length).toBeLessThanOrEqual(Math.ceil(Math.log2(count)) + 1)
        // The candidate is why there is a search, so it is never run again.
        expect(order).not.toContain(names.at(-1))
      }),
    )
  })

  it('passes over what cannot be judged and never names a good release', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('good', 'odd', 'bad'), { minLength: 1, maxLength: 20 }),
        (kinds) => {
          const names = line(kinds.length + 1)
          const cut = kinds.indexOf('bad')
          const kindOf = (release: string) => {
            const index = names.indexOf(release)
            if (index === kinds.length) return 'bad'
            if (kinds[index] === 'odd') return 'odd'
            return cut >= 0 && index >= cut ? 'bad' : 'good'
          }
          const { search } = runSearch('line', names, (release) => {
            if (kindOf(release) === 'odd') return ['fail', 'fail']
            return kindOf(release) === 'bad' ? ['fail', 'pass'] : ['pass', 'pass']
          })
          const { releases = [], answer } = search.found ?? {}
          const truth = cut < 0 ? kinds.length : cut
          expect(releases.map((release) => kindOf(release))).not.toContain('good')
          // What is odd may itself be the first bad one, but the first that was seen to be bad is always named.
          expect(releases).toContain(names[truth])
          expect(answer).toBe(releases.length === 1 ? 'found' : 'unclear')
        },
      ),
    )
  })

  it('needs as many tries as the policy asks for, and takes one pass for an answer', () => {
    let canary = searched('line', line(2))
    const first = nextFirstTry(tested([]))
    expect(searchOf(canary, rule, NOON)).toMatchObject({ wantsTry: first, current: 0, found: null })
    canary = answered(canary, first, ['fail', 'pass'])
    expect(searchOf(canary, rule, NOON)).toMatchObject({
      wantsTry: first + 1,
      verdicts: ['under-way', 'bad'],
    })
    expect(searchOf(answered(canary, first + 1, ['fail', 'pass']), rule, NOON)).toMatchObject({
      found: { answer: 'found', releases: ['npm:a@1.1.0'] },
    })
    expect(searchOf(answered(canary, first + 1, ['pass', 'pass']), rule, NOON)).toMatchObject({
      verdicts: ['skipped', 'bad'],
      found: { answer: 'unclear', releases: ['npm:a@1.1.0', 'npm:a@1.2.0'] },
    })
  })

  it('ends without an answer when its time is over', () => {
    const canary = searched('line', line(4))
    const { bisect } = canary
    if (bisect === undefined) throw new Error('there is no search')
    expect(searchDeadline(bisect, rule)).toBe(NOON + 3 * rule.timeoutMs)
    expect(searchOf(canary, rule, NOON + 3 * rule.timeoutMs)?.found).toEqual({
      answer: 'unclear',
      releases: line(4),
    })
  })

  it('is given up when no run can be started any more, but not for what was before it', () => {
    const canary = searched('line', line(3))
    const away = (at: number): CanaryFacts => ({
      ...canary,
      state: { state: 'workflow-missing', at, message: 'no such workflow' },
    })
    expect(searchOf(away(NOON - 1), rule, NOON)?.found).toBeNull()
    expect(searchOf(away(NOON + 1), rule, NOON + 2)?.found).toEqual({ answer: 'stopped', releases: line(3) })
  })
})

describe('a search in a train', () => {
  const names = ['npm:a@2.0.0', 'npm:b@2.0.0', 'npm:c@2.0.0']

  it.each([
    ['one breaks it alone', ['npm:b@2.0.0'], 'found', ['npm:b@2.0.0'], 2],
    ['none breaks it alone', [], 'together', names, 3],
  ] as const)('%s', (_, bad, answer, releases, runs) => {
    const { search, order } = runSearch('train', names, (release) =>
      bad.some((one) => one === release) ? ['fail', 'pass'] : ['pass', 'pass'],
    )
    expect(search.found).toEqual({ answer, releases })
    expect(order).toEqual(names.slice(0, runs))
  })

  it('says which could not be judged', () => {
    const { search } = runSearch('train', names, (release) =>
      release.startsWith('npm:a') ? ['infra', 'pass'] : ['pass', 'pass'],
    )
    expect(search.verdicts).toEqual(['skipped', 'good', 'good'])
    expect(search.found).toEqual({ answer: 'unclear', releases: ['npm:a@2.0.0'] })
  })
})

describe('tries of a search', () => {
  it('have numbers of their own, and a later search takes others', () => {
    const canary = searched('line', line(3))
    const first = canary.bisect?.firstTry ?? 0
    expect([isBisectTry(99), isBisectTry(first)]).toEqual([false, true])
    expect(nextFirstTry(canary)).toBe(lastBisectTry(canary) + 1)
    expect(suspectOf(canary, 1)).toBeNull()
    expect(suspectOf(tested([]), first)).toBeNull()
    expect(suspectOf(canary, lastBisectTry(canary) + 1)).toBeNull()
    expect([lastBisectTry(tested([])), searchOf(tested([]), rule, NOON)]).toEqual([0, null])
  })

  it('are kept apart from those that count', () => {
    const canary = answered(searched('line', line(3)), 1_000_001, ['fail', 'pass'])
    expect(canary.tries).toEqual(tested(REGRESSED).tries)
    expect(tryOf(canary, 1_000_001)?.legs.default?.candidate?.outcome).toBe('fail')
    expect(tryOf(canary, 1)).toBe(canary.tries[1])
    expect(allTries(canary)).toHaveLength(4)
    expect(allTries(tested(REGRESSED))).toHaveLength(3)
    // Without a search there is nothing that it could be a try of.
    expect(storeTry(tested([]), { number: 1_000_001, dispatches: {}, legs: {} })).toEqual(tested([]))
  })

  it('stand still once there is an answer', () => {
    const canary = searched('line', line(3))
    const found = { answer: 'found', releases: ['npm:a@1.2.0'] } as const
    const ended = canary.bisect === undefined ? canary : { ...canary, bisect: { ...canary.bisect, found } }
    expect(searchOf(ended, rule, NOON + HOUR)).toMatchObject({ found, wantsTry: null, current: null })
  })
})
