import { describe, expect, it } from 'vitest'
import { compare, compareLegs } from '../../../src/gates/canaries/comparison.ts'
import type {
  ArmResult,
  CanaryFacts,
  ComparisonKind,
  Outcome,
  RosterEntry,
  TryFacts,
} from '../../../src/gates/evidence.ts'
import {
  armResult,
  BASELINE,
  CANDIDATE,
  canariesRule,
  canary,
  DAY,
  HOUR,
  MINUTE,
  member,
  NOON,
} from '../../rollout/builders.ts'

/** `FP` is one try: candidate failed, baseline passed. `.` no answer, `i` infra, `t` timed out, `c` cancelled. */
type Letters = string

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  P: 'pass',
  F: 'fail',
  i: 'infra',
  t: 'timed-out',
  c: 'cancelled',
}

function aTry(number: number, letters: Letters, leg = 'default', change: Partial<ArmResult> = {}): TryFacts {
  const outcomes = { candidate: OUTCOMES[letters[0] ?? ''], baseline: OUTCOMES[letters[1] ?? ''] }
  const { candidate, baseline } = outcomes
  const arms = {
    ...(candidate && {
      candidate: armResult(candidate, { installed: [CANDIDATE], runId: number, ...change }),
    }),
    ...(baseline && { baseline: armResult(baseline, { installed: [BASELINE], runId: number }) }),
  }
  const dispatch = { arm: 'both', at: NOON, runId: number, url: null, failure: null } as const
  const legs = Object.keys(arms).length > 0 ? { [leg]: arms } : {}
  // The run of a named leg is over here, unless a test says that more may come.
  return { number, dispatches: { both: dispatch }, legs, ...(leg === 'default' ? {} : { ended: true }) }
}

function facts(
  tries: readonly TryFacts[],
  change: Partial<CanaryFacts> = {},
  entry: Partial<RosterEntry> = {},
): CanaryFacts {
  const byNumber = Object.fromEntries(tries.map((one) => [one.number, one]))
  return {
    entry: canary(entry),
    firstTry: 1,
    roundStartedAt: NOON,
    tries: byNumber,
    waiver: null,
    state: null,
    ...change,
  }
}

const judge = (canaryFacts: CanaryFacts, now = NOON + MINUTE) =>
  compare(canaryFacts, [member], canariesRule(), now)
const said = (canaryFacts: CanaryFacts, now?: number) => {
  const { kind, wantsTry } = judge(canaryFacts, now)
  return [kind, wantsTry]
}
const broken = (letters: Letters, times: number): Letters[] => Array.from({ length: times }, () => letters)
const tries = (...letters: readonly Letters[]) => facts(letters.map((one, index) => aTry(index + 1, one)))

describe('a run of several legs that ended without a report', () => {
  const silent = aTry(1, 'ii')

  it('does not keep a canary waiting for a leg that no later try has', () => {
    const later = aTry(2, 'PP', 'node 22')
    expect(said(facts([silent, later]))).toEqual(['same-pass', null])
    const late = { ...silent, legs: { ...silent.legs, ...aTry(1, 'PP', 'node 22').legs } }
    expect(said(facts([late]))).toEqual(['same-pass', null])
  })

  it('still stands for itself where nothing else is known, and says nothing where it does', () => {
    expect(said(facts([silent]))).toEqual(['pending', 2])
    expect(said(facts([aTry(1, 'FP'), aTry(2, 'FP'), aTry(3, 'FP', 'node 22')]))).toEqual(['pending', 4])
  })
})

describe('what the tries of a canary say together', () => {
  const table: readonly (readonly [string, readonly Letters[], ComparisonKind, number | null])[] = [
    ['nothing yet: the first try is wanted', [], 'pending', 1],
    ['a run is under way', ['..'], 'pending', null],
    ['one arm is still missing', ['P.'], 'pending', null],
    ['both pass', ['PP'], 'same-pass', null],
    ['only the candidate passes', ['PF'], 'fixed', null],
    ['a failing candidate is tried again', ['FP'], 'pending', 2],
    ['and again', ['FP', 'FP'], 'pending', 3],
    ['and is a regression when it fails in every try', ['FP', 'FP', 'FP'], 'regressed', null],
    ['a pass in between is flaky', ['FP', 'FP', 'PP'], 'newly-flaky', null],
    ['both fail: tried again', ['FF'], 'pending', 2],
    ['both fail in every try', ['FF', 'FF', 'FF'], 'same-fail', null],
    ['both fail, then both pass', ['FF', 'PP'], 'same-pass', null],
    ['the candidate recovers, the baseline does not', ['FF', 'PF'], 'fixed', null],
    [
      'a flaky baseline does not excuse a candidate that never passes',
      ['FP', 'FF', 'FP'],
      'newly-flaky',
      null,
    ],
    ['a broken run is replaced', ['i.'], 'pending', null],
    ['a broken candidate arm is replaced', ['iP'], 'pending', 2],
    ['a cancelled one too', ['cP'], 'pending', 2],
    ['a baseline that broke is replaced', ['Pi'], 'pending', 2],
    ['a replaced try does not count', ['FP', 'iP', 'FP', 'FP'], 'regressed', null],
    ['after two that broke the third waits', ['iP', 'iP'], 'pending', null],
    ['one that could be judged begins the waits anew', ['iP', 'iP', 'FP', 'iP'], 'pending', 5],
    ['not without end', broken('iP', 19), 'infra', null],
    ['not without end for the baseline', broken('Pi', 19), 'no-baseline', null],
    ['too few judged tries are no regression', ['FP', 'FP', ...broken('iP', 17)], 'infra', null],
    ['the last try fails and too few were judged', [...broken('iP', 17), 'FP', 'FP'], 'infra', null],
    ['the candidate ran out of time', ['tP'], 'timed-out', null],
    ['the baseline ran out of time', ['Pt'], 'no-baseline', null],
  ]
  it.each(table)('%s', (_, letters, kind, wantsTry) => {
    expect(said(tries(...letters))).toEqual([kind, wantsTry])
  })

  it('does not depend on tries of an earlier round', () => {
    const old = [1, 2, 3].map((number) => aTry(number, 'FP'))
    expect(said(facts(old, { firstTry: 4 }))).toEqual(['pending', 4])
    expect(said(facts([...old, aTry(4, 'PP')], { firstTry: 4 }))).toEqual(['same-pass', null])
  })

  it('counts only arms that ran the same, known commit', () => {
    const other = facts([aTry(1, 'FP', 'default', { commit: 'beef' })])
    expect(said(other)).toEqual(['pending', 2])
    expect(
      judge(facts(Array.from({ length: 19 }, (_, n) => aTry(n + 1, 'FP', 'default', { commit: null }))))
        .sentence,
    ).toBe('could not be judged: too few of its tries could be judged')
  })

  it('counts no try of which no commit is known', () => {
    const one = aTry(1, 'PP', 'default', { commit: null })
    const leg = one.legs.default
    if (leg?.baseline === undefined) throw new Error('no baseline')
    const legs = { default: { ...leg, baseline: { ...leg.baseline, commit: null } } }
    expect(said(facts([{ ...one, legs }]))).toEqual(['pending', 2])
  })

  it.each([
    ['the candidate was locked out', { installed: [BASELINE] }],
    ['nothing is shown to be installed', { installed: [] }],
  ])('is not exercised when %s', (_, change) => {
    expect(said(facts([aTry(1, 'PP', 'default', change)]))).toEqual(['not-exercised', null])
  })

  it('is not exercised when the baseline arm had the candidate', () => {
    const one = aTry(1, 'PP')
    const leg = one.legs.default
    if (leg?.baseline === undefined) throw new Error('no baseline')
    const baseline = { ...leg.baseline, installed: [CANDIDATE] }
    expect(said(facts([{ ...one, legs: { default: { ...leg, baseline } } }]))).toEqual([
      'not-exercised',
      null,
    ])
  })

  it('has no baseline when all it uses is new', () => {
    const releases = [member, { candidate: 'npm:other@1.0.0', baseline: null }]
    const one = facts([aTry(1, 'PP', 'default', { installed: ['npm:other@1.0.0'] })])
    expect(compare(one, releases, canariesRule(), NOON).kind).toBe('no-baseline')
  })
})

describe('deadlines', () => {
  it('gives a started run the time of its canary', () => {
    expect(said(tries('..'), NOON + 30 * MINUTE - 1)).toEqual(['pending', null])
    // A machine that never came, or was lost with all it did: another one may come.
    expect(said(tries('..'), NOON + 30 * MINUTE)).toEqual(['pending', 2])
    expect(said(tries('F.'), NOON + 30 * MINUTE)).toEqual(['no-baseline', null])
    expect(said(tries('i.'), NOON + 30 * MINUTE)).toEqual(['timed-out', null])
  })

  it('outlasts an outage of the runners: each further try waits twice as long, up to the deadline of the gate', () => {
    const waited = (times: number) => {
      const outage = tries(...broken('iP', times))
      const heard = Math.max(
        ...Object.values(outage.tries).map(({ legs }) => legs.default?.candidate?.observedAt ?? 0),
      )
      const started = (minutes: number) => said(outage, heard + minutes * MINUTE)[1] === times + 1
      return Array.from({ length: 400 }, (_, minutes) => minutes).find(started) ?? null
    }
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9].map(waited)).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 128])
    const never = tries(...broken('iP', 12))
    expect(said(never, NOON + 6 * HOUR - 1)).toEqual(['pending', null])
    expect(said(never, NOON + 6 * HOUR)).toEqual(['infra', null])
    expect(judge(tries('iP', 'iP'), NOON).sentence).toBe(
      'waiting for its answer, at most until 2026-11-20 18:00 UTC; its last 2 runs broke, the next is started at 2026-11-20 12:02 UTC',
    )
  })

  it('gives a run that nobody dispatched the time of the gate', () => {
    const pulled = facts([], {}, { mode: 'pull' })
    expect(said(pulled, NOON + 6 * HOUR - 1)).toEqual(['pending', 1])
    expect(said(pulled, NOON + 6 * HOUR)).toEqual(['timed-out', null])
  })

  it('starts no further try after the time of the gate', () => {
    expect(said(tries('FP'), NOON + 6 * HOUR)).toEqual(['timed-out', null])
    expect(said(tries('iP'), NOON + 6 * HOUR)).toEqual(['infra', null])
  })

  it('still counts what arrives late', () => {
    expect(said(tries('PP'), NOON + 7 * HOUR)).toEqual(['same-pass', null])
  })

  it('begins anew with a round', () => {
    const retried = facts([aTry(1, '..')], { firstTry: 2, roundStartedAt: NOON + 6 * HOUR })
    expect(said(retried, NOON + 7 * HOUR)).toEqual(['pending', 2])
  })
})

describe('starting runs', () => {
  const failed = { arm: 'both', at: NOON, runId: null, url: null, failure: 'no such workflow' } as const

  it('takes a run that could not be started for infra, at once and for good', () => {
    const one = facts([{ number: 1, dispatches: { both: failed }, legs: {} }])
    expect(said(one)).toEqual(['infra', null])
    expect(judge(one).sentence).toBe('could not be judged: the run could not be started: no such workflow')
  })

  it('keeps what ran nevertheless', () => {
    expect(said(facts([{ ...aTry(1, 'PP'), dispatches: { both: failed } }]))).toEqual(['same-pass', null])
    const baseline = { ...failed, arm: 'baseline' } as const
    expect(said(facts([{ ...aTry(1, 'P.'), dispatches: { baseline } }]))).toEqual(['infra', null])
  })

  it('wants a try until each of its arms is started', () => {
    const dispatch = { arm: 'candidate', at: NOON, runId: 1, url: null, failure: null } as const
    const half = facts([{ number: 1, dispatches: { candidate: dispatch }, legs: {} }], {}, { arms: 'apart' })
    expect(said(half)).toEqual(['pending', 1])
    const whole = facts(
      [
        {
          number: 1,
          dispatches: { candidate: dispatch, baseline: { ...dispatch, arm: 'baseline' } },
          legs: {},
        },
      ],
      {},
      { arms: 'apart' },
    )
    expect(said(whole)).toEqual(['pending', null])
  })

  it('wants a pulled try until something of it is reported', () => {
    const dispatches = {}
    expect(said(facts([{ number: 1, dispatches, legs: {} }], {}, { mode: 'pull' }))).toEqual(['pending', 1])
    expect(said(facts([{ ...aTry(1, 'P.'), dispatches }], {}, { mode: 'pull' }))).toEqual(['pending', null])
  })
})

describe('a matrix', () => {
  const legs = (one: Letters, two: Letters, number = 1): TryFacts => {
    const [left, right] = [aTry(number, one, 'linux'), aTry(number, two, 'windows')]
    return { ...left, legs: { ...left.legs, ...right.legs } }
  }

  it.each([
    ['PP', 'PP', 'same-pass', null],
    ['PP', 'FP', 'pending', 2],
    ['PP', 'iP', 'pending', 2],
    ['PP', 'tP', 'timed-out', null],
    ['PF', 'PP', 'fixed', null],
  ] as const)('%s and %s say %s', (one, two, kind, wantsTry) => {
    expect(said(facts([legs(one, two)]))).toEqual([kind, wantsTry])
  })

  it('is not decided by the legs that happen to be fast', () => {
    const { ended: _, ...open } = aTry(1, 'PP', 'linux')
    const sayAt = (one: TryFacts, now?: number) => said(facts([one]), now)
    expect(sayAt(open)).toEqual(['pending', null])
    expect(sayAt({ ...open, expectedLegs: 2 })).toEqual(['pending', null])
    expect(sayAt({ ...open, expectedLegs: 1 })).toEqual(['same-pass', null])
    expect(sayAt({ ...open, ended: true })).toEqual(['same-pass', null])
    // At its own deadline what is known speaks; a leg that is known to be missing is missed.
    expect(sayAt(open, NOON + HOUR)).toEqual(['same-pass', null])
    expect(sayAt({ ...open, expectedLegs: 2 }, NOON + HOUR)).toEqual(['pending', 2])
    expect(sayAt({ ...open, expectedLegs: 2, ended: true })).toEqual(['pending', 2])
    const last = aTry(canariesRule().tries + 16, 'PP', 'linux')
    expect(judge(facts([{ ...last, expectedLegs: 3 }]))).toMatchObject({
      kind: 'infra',
      decided: false,
      wantsTry: null,
      sentence: 'could not be judged: 2 of its 3 legs gave no report',
    })
  })

  it('starts no second run while legs of the first still answer', () => {
    const { ended: _, ...open } = legs('PP', 'FP')
    expect(said(facts([{ ...open, expectedLegs: 3 }]))).toEqual(['pending', null])
    const { ended: __, ...half } = legs('P.', 'FP')
    expect(said(facts([{ ...half, expectedLegs: 3 }]))).toEqual(['pending', null])
    expect(said(facts([{ ...open, expectedLegs: 2 }]))).toEqual(['pending', 2])
  })

  it('tells each leg by itself, with how its arms ended last', () => {
    const all = facts([legs('PP', 'FP'), legs('PP', 'FF', 2)])
    expect(compareLegs(all, [member], canariesRule(), NOON + MINUTE)).toEqual([
      { leg: 'linux', kind: 'same-pass', candidate: 'pass', baseline: 'pass', url: expect.anything() },
      { leg: 'windows', kind: 'pending', candidate: 'fail', baseline: 'fail', url: expect.anything() },
    ])
    expect(compareLegs(tries('FP'), [member], canariesRule(), NOON + MINUTE)).toEqual([])
    expect(compareLegs(facts([]), [member], canariesRule(), NOON + MINUTE)).toEqual([])
  })

  it('counts its worst leg and names it', () => {
    const all = facts([1, 2, 3].map((number) => legs('PP', 'FP', number)))
    expect(judge(all)).toMatchObject({ kind: 'regressed', decided: true })
    expect(judge(all).sentence).toBe(
      'the baseline passed and the candidate failed on windows in every one of 3 tries',
    )
  })

  it('reads names that objects inherit as what they are', () => {
    expect(said(facts([aTry(1, 'PP', 'constructor')]))).toEqual(['same-pass', null])
    expect(said(facts([aTry(1, 'PP'), aTry(2, 'PP', 'toString')]))).toEqual(['same-pass', null])
  })
})

describe('a waiver', () => {
  const regressed = tries('FP', 'FP', 'FP')
  const waiver = {
    by: 'mia',
    reason: 'known',
    at: NOON,
    expiresAt: NOON + DAY,
    evidence: judge(regressed).evidence,
  }

  it('decides its comparison until it expires', () => {
    expect(judge({ ...regressed, waiver })).toMatchObject({ kind: 'waived', decided: true, wantsTry: null })
    expect(judge({ ...regressed, waiver }, NOON + DAY).kind).toBe('regressed')
    expect(judge({ ...regressed, waiver }).sentence).toBe('waived by mia until 2026-11-21 12:00 UTC: known')
  })

  it('is void when the evidence changes', () => {
    const more = tries('FP', 'FP', 'FP', 'FP')
    expect(judge({ ...more, waiver }).kind).toBe('regressed')
  })
})

describe('sentences', () => {
  it.each([
    [tries('FP'), 'waiting for its answer, at most until 2026-11-20 18:00 UTC'],
    [tries('PP'), 'passes as with the baseline'],
    [tries('PF'), 'passes, where the baseline fails'],
    [tries('FF', 'FF', 'FF'), 'fails, and fails with the baseline too'],
    [tries('FP', 'PP'), 'the candidate failed in some tries where the baseline passed'],
    [tries('tP'), 'gave no answer in time'],
    [tries('Pt'), 'has nothing to compare with: the baseline arm could not be judged'],
    [
      facts([aTry(1, 'PP', 'default', { installed: [] })]),
      'says nothing about the candidate: the candidate was not installed',
    ],
  ])('%#', (canaryFacts, sentence) => {
    expect(judge(canaryFacts).sentence).toBe(sentence)
  })

  it('counts a single try in the singular', () => {
    const sentence = compare(tries('FP'), [member], canariesRule({ tries: 1 }), NOON).sentence
    expect(sentence).toBe('the baseline passed and the candidate failed in every one of 1 try')
  })
})
