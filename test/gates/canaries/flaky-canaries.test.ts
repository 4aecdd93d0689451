import { describe, expect, it } from 'vitest'
import { compare, judge } from '../../../src/gates/canaries/comparison.ts'
import type { CanaryFacts } from '../../../src/gates/evidence.ts'
import { flakeModelOf, triesFor } from '../../../src/gates/statistics/flake-model.ts'
import {
  canariesRule,
  canary,
  DAY,
  HOUR,
  maintainer,
  member,
  NOON,
  pair,
  startedStory,
} from '../../rollout/builders.ts'
import { type Answer, ask, PASS, REGRESSED, tested } from '../gate-builders.ts'

const flaky = { pairs: 14, flips: 9 }

describe('the flake model', () => {
  it.each<readonly [pairs: number, flips: number, percent: number, tries: number, quarantined: boolean]>([
    [1, 0, 4.6, 3, false],
    [40, 0, 1, 2, false],
    [200, 0, 0.2, 2, false],
    [10, 1, 5.1, 3, false],
    [20, 4, 9, 4, false],
    [20, 7, 15.5, 5, false],
    [3, 3, 18.1, 5, false],
    [4, 4, 22.1, 5, true],
    [14, 9, 28.6, 5, true],
    [100, 100, 50, 5, true],
  ])(
    '%i pairs, %i flips, so %d percent flakes, %i tries, quarantined: %s',
    (pairs, flips, percent, tries, quarantined) => {
      const model = flakeModelOf({ pairs, flips })
      expect(model).toMatchObject({ tries, quarantined })
      expect((model?.flakeRate ?? 0) * 100).toBeCloseTo(percent, 1)
      const weight = quarantined ? 0 : 1 - (model?.flakeRate ?? 0) ** tries
      expect(model?.failureWeight).toBeCloseTo(weight)
      // What counts is hardly ever chance: once in 3000 rollouts at most.
      if (!quarantined) expect(1 - (model?.failureWeight ?? 0)).toBeLessThanOrEqual(1 / 3000)
    },
  )

  it('leaves the number of tries to the policy where nothing is known, and never lowers it', () => {
    expect(flakeModelOf(undefined)).toBeNull()
    expect(flakeModelOf({ pairs: 0, flips: 0 })).toBeNull()
    expect(triesFor(3, undefined)).toBe(3)
    expect(triesFor(3, { pairs: 200, flips: 0 })).toBe(3)
    expect(triesFor(3, { pairs: 20, flips: 7 })).toBe(5)
    expect(triesFor(8, { pairs: 20, flips: 7 })).toBe(8)
    expect(triesFor(3, flaky)).toBe(2)
  })
})

const said = (one: CanaryFacts, now = NOON + HOUR) => compare(one, [member], canariesRule(), now)

describe('a canary with a history', () => {
  it('is asked for as many tries as its flakes need, and says how likely chance is', () => {
    const history = { flakiness: { pairs: 20, flips: 4 } }
    expect(said(tested(REGRESSED, history))).toMatchObject({ kind: 'pending', wantsTry: 4 })
    const four = said(tested([...REGRESSED, ...REGRESSED.slice(0, 1)], history))
    expect(four).toMatchObject({ kind: 'regressed', wantsTry: null })
    expect(four.sentence).toBe(
      'the baseline passed and the candidate failed in every one of 4 tries; by chance it does so once in 15000 rollouts',
    )
  })

  it('may report as many tries as it is asked for', () => {
    const history = canary({ flakiness: { pairs: 20, flips: 7 } })
    const story = startedStory({ roster: [history] })
    for (let number = 1; number <= 21; number += 1) story.results(...pair('fail', 'pass', { try: number }))
    const [fact] = pair('fail', 'pass', { try: 22 })
    if (fact === undefined) throw new Error('no fact')
    expect(story.refused({ type: 'recordResult', fact })).toContain('a try from 1 to 21')
    expect(story.tick()).toEqual(['rolled-back'])
  })
})

describe('a canary in quarantine', () => {
  it.each<readonly [string, readonly Answer[], number | null]>([
    ['nothing yet', [], 1],
    ['one pass', PASS, 2],
    ['one failure', [['fail', 'pass']], 2],
    ['two failures', REGRESSED.slice(0, 2), null],
    ['two passes', [...PASS, ...PASS], null],
  ])('after %s is undecided and runs twice', (_, answers, wantsTry) => {
    const { kind, decided, wantsTry: wanted, sentence } = said(tested(answers, { flakiness: flaky }))
    expect({ kind, decided, wanted }).toEqual({ kind: 'quarantined', decided: false, wanted: wantsTry })
    expect(sentence).toBe(
      'is in quarantine, because its own tests fail by chance: 9 of 14 pairs of equal runs disagreed. It counts for nothing; every rollout runs it twice to see whether it has settled',
    )
  })

  it('is not run again after the deadline, nor while it cannot be run', () => {
    const once = tested(PASS, { flakiness: flaky })
    expect(said(once, NOON + 7 * HOUR).wantsTry).toBeNull()
    const state = { state: 'archived', at: NOON, message: 'the repository is archived' } as const
    expect(said({ ...once, state })).toMatchObject({ kind: 'quarantined', wantsTry: null })
  })

  it('cannot be waived: its answer counts for nothing anyway', () => {
    const one = tested(REGRESSED.slice(0, 2), { flakiness: flaky })
    const { evidence } = said(one)
    const waiver = { by: 'mia', reason: 'known', at: NOON, expiresAt: NOON + DAY, evidence }
    expect(judge({ ...one, waiver }, [member], canariesRule(), NOON).kind).toBe('quarantined')
    const story = startedStory({ roster: [canary({ flakiness: flaky })] })
    const refused = story.refused({ type: 'waive', canary: '101' }, maintainer, 'known')
    expect(refused).toContain('There is nothing to waive: it is in quarantine')
  })

  it('keeps its numbers from readers outside of a private repository', () => {
    const { sentence } = compare(tested(PASS, { flakiness: flaky }), [member], canariesRule(), NOON, true)
    expect(sentence).toBe(
      'is in quarantine, because its own tests fail by chance. It counts for nothing; every rollout runs it twice to see whether it has settled',
    )
  })

  it('neither stops nor carries a release, and is named', () => {
    const out = tested(REGRESSED.slice(0, 2), { flakiness: flaky, id: '102', repo: 'acme/flaky', weight: 9 })
    const gates = (change = {}) => ({ canaries: canariesRule(change) })
    expect(ask(gates(), { canaries: { 101: tested(PASS), 102: out } })).toMatchObject({
      answer: 'pass',
      sentence:
        "100 % of the canaries' weight is decided (1 of 1), no regression counts. Left out: acme/flaky (quarantined).",
    })
    expect(ask(gates({ minCanaries: 1 }), { canaries: { 102: out } })).toMatchObject({
      answer: 'hold',
      sentence: 'Needs at least 1 admitted canary, and there are 0. Left out: acme/flaky (quarantined).',
    })
    // Nobody is left who could say anything: that is no yes.
    expect(ask(gates(), { canaries: { 102: out } })).toMatchObject({
      answer: 'hold',
      sentence:
        'Every admitted canary is in quarantine, so nothing is tested; a person must advance. Left out: acme/flaky (quarantined).',
    })
    // A sound required canary beside it is still enough to roll back.
    expect(ask(gates(), { canaries: { 101: tested(REGRESSED), 102: out } }).answer).toBe('fail')
  })

  it('gets a say again when its history allows it', () => {
    const history = { flakiness: { pairs: 30, flips: 9 } }
    const five: readonly Answer[] = [...REGRESSED, ...REGRESSED.slice(0, 2)]
    expect(ask({ canaries: canariesRule() }, { canaries: { 101: tested(five, history) } }).answer).toBe(
      'fail',
    )
  })

  it('does not end the rollout when it fails', () => {
    const story = startedStory({ roster: [canary({ flakiness: flaky })] })
    story.results(...pair('fail', 'pass'), ...pair('fail', 'pass', { try: 2 }))
    expect(story.tick(2 * HOUR)).not.toContain('rolled-back')
    story.run({ type: 'rollBack', installable: true, newerCompleted: null }, maintainer, 'enough')
  })
})

const SHA = 'a'.repeat(40)

describe('an observed canary', () => {
  const observe = canary({ mode: 'observe', timeoutMs: HOUR })
  const run = (
    arm: 'candidate' | 'baseline',
    outcome: 'pass' | 'fail',
    leg: string,
    commit = SHA,
    more = {},
  ) => {
    const facts = pair(outcome, outcome, { leg, ...more }).filter((fact) => fact.arm === arm)
    return facts.map((fact) => ({ ...fact, result: { ...fact.result, commit } }))
  }
  const story = () => startedStory({ roster: [observe] })
  const judged = (one: ReturnType<typeof story>, now = NOON + HOUR) =>
    said(one.live.canaries[101] ?? tested([]), now)

  it('waits for both arms at one commit and can be asked for nothing', () => {
    const one = story()
    expect(judged(one)).toMatchObject({ kind: 'pending', decided: false, wantsTry: null })
    one.results(...run('candidate', 'pass', 'ci.yml@aaa'), ...run('baseline', 'pass', 'ci.yml@bbb', 'b'))
    expect(judged(one)).toMatchObject({ kind: 'pending', decided: false })
    expect(judged(one, NOON + 7 * HOUR)).toMatchObject({ kind: 'not-exercised', decided: false })
    expect(judged(one, NOON + 7 * HOUR).sentence).toBe(
      'says nothing about the candidate: no commit ran with both versions; 1 ran with the candidate, 1 with the baseline',
    )
    expect(judged(story(), NOON + 7 * HOUR).sentence).toContain('none of its runs installed either version')
  })

  it('passes with one pair, also after the deadline', () => {
    const one = story()
    one.results(...run('candidate', 'pass', 'ci.yml@aaa'), ...run('baseline', 'pass', 'ci.yml@aaa'))
    expect(judged(one, NOON + 9 * HOUR)).toMatchObject({ kind: 'same-pass', decided: true })
  })

  it('is regressed after as many failing pairs as there are tries', () => {
    const one = story()
    for (const leg of ['ci.yml@a', 'ci.yml@b', 'test.yml@b']) {
      expect(judged(one).kind).not.toBe('regressed')
      one.results(...run('candidate', 'fail', leg), ...run('baseline', 'pass', leg))
    }
    expect(judged(one)).toMatchObject({ kind: 'regressed', decided: true })
    expect(one.tick()).toEqual(['rolled-back'])
  })

  it('says nothing by arms of different commits, or without its version installed', () => {
    const one = story()
    one.results(...run('candidate', 'fail', 'ci.yml@a'), ...run('baseline', 'pass', 'ci.yml@a', 'other'))
    expect(judged(one, NOON + 7 * HOUR)).toMatchObject({ kind: 'infra', decided: false })
    const empty = story()
    const bare = run('candidate', 'fail', 'ci.yml@a').map((fact) => ({
      ...fact,
      result: { ...fact.result, installed: [] },
    }))
    empty.results(...bare, ...run('baseline', 'pass', 'ci.yml@a'))
    expect(judged(empty)).toMatchObject({ kind: 'not-exercised', decided: false })
  })

  it('in quarantine is undecided, too', () => {
    const one = startedStory({ roster: [{ ...observe, flakiness: flaky }] })
    expect(judged(one)).toMatchObject({ kind: 'quarantined', decided: false, wantsTry: null })
  })
})
