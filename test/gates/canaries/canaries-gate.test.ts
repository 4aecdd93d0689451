import { describe, expect, it } from 'vitest'
import type { CanaryFacts } from '../../../src/gates/evidence.ts'
import type { CanariesRule } from '../../../src/gates/policy.ts'
import { canariesRule, canary, HOUR, NOON } from '../../rollout/builders.ts'
import { ask, FLAKY, OUT, PASS, RED, REGRESSED, tested } from '../gate-builders.ts'

describe('the canaries gate', () => {
  const roster = (...all: readonly CanaryFacts[]) => ({
    canaries: Object.fromEntries(
      all.map((one, index) => {
        const id = String(101 + index)
        return [id, { ...one, entry: { ...one.entry, id, repo: `acme/c${index + 1}` } }]
      }),
    ),
  })
  const advisory = { admission: 'advisory' } as const
  const table: readonly (readonly [string, Partial<CanariesRule>, readonly CanaryFacts[], string, string])[] =
    [
      [
        'nobody is admitted',
        {},
        [tested(REGRESSED, { admission: 'none' })],
        'pass',
        'No canary is admitted, so nothing is tested.',
      ],
      [
        'too few are admitted',
        { minCanaries: 2 },
        [tested(PASS)],
        'hold',
        'Needs at least 2 admitted canaries, and there is 1.',
      ],
      [
        'nobody is admitted, but one is needed',
        { minCanaries: 1 },
        [],
        'hold',
        'Needs at least 1 admitted canary, and there are 0.',
      ],
      [
        'all pass',
        {},
        [tested(PASS), tested(PASS)],
        'pass',
        "100 % of the canaries' weight is decided (2 of 2), no regression counts.",
      ],
      [
        'a required one regressed',
        {},
        [tested(REGRESSED), tested(PASS)],
        'fail',
        '1 required canary regressed: acme/c1 (regressed).',
      ],
      [
        'as many regressed as are tolerated',
        { maxRegressions: 1 },
        [tested(REGRESSED), tested(PASS)],
        'pass',
        "100 % of the canaries' weight is decided (2 of 2), 1 regression tolerated.",
      ],
      [
        'more than that',
        { maxRegressions: 1 },
        [tested(REGRESSED), tested(REGRESSED)],
        'fail',
        '2 required canaries regressed, 1 tolerated: acme/c1 (regressed), acme/c2 (regressed).',
      ],
      [
        'an advisory one regressed',
        {},
        [tested(REGRESSED, advisory), tested(PASS)],
        'pass',
        "100 % of the canaries' weight is decided (2 of 2), 1 regression tolerated.",
      ],
      [
        'a required one is newly flaky',
        {},
        [tested(FLAKY)],
        'hold',
        'Newly flaky with the candidate: acme/c1 (newly-flaky); a person must retry or waive.',
      ],
      [
        'flaky ones may pass',
        { onNewlyFlaky: 'pass' },
        [tested(FLAKY)],
        'pass',
        "100 % of the canaries' weight is decided (1 of 1), no regression counts.",
      ],
      [
        'an advisory one is newly flaky',
        {},
        [tested(FLAKY, advisory)],
        'pass',
        "100 % of the canaries' weight is decided (1 of 1), no regression counts.",
      ],
      [
        'a required one is silent',
        {},
        [tested([]), tested(PASS)],
        'wait',
        'Waiting for acme/c1 (no answer yet), at most until 2026-11-20 18:00 UTC.',
      ],
      [
        'a required one cannot be judged',
        {},
        [tested(OUT), tested([])],
        'hold',
        'Required and undecided: acme/c1 (timed-out); a person must retry or waive.',
      ],
      [
        'advisory ones may still come',
        {},
        [tested([], advisory), tested(PASS)],
        'wait',
        "50 % of the canaries' weight is decided (1 of 2), 80 % needed; waiting at most until 2026-11-20 18:00 UTC.",
      ],
      [
        'just enough may still come',
        {},
        [tested([], advisory), tested(OUT, advisory), tested(PASS, { weight: 3 })],
        'wait',
        "60 % of the canaries' weight is decided (3 of 5), 80 % needed; waiting at most until 2026-11-20 18:00 UTC.",
      ],
      [
        'advisory ones will not come',
        {},
        [tested(OUT, advisory), tested(PASS)],
        'hold',
        "50 % of the canaries' weight is decided (1 of 2), 80 % needed; a person must retry or waive.",
      ],
      [
        'enough weight is decided',
        {},
        [tested([], advisory), tested(PASS, { weight: 4 })],
        'pass',
        "80 % of the canaries' weight is decided (4 of 5), no regression counts.",
      ],
      [
        'the harness is broken',
        {},
        [tested(RED), tested(RED), tested(RED)],
        'hold',
        'The test harness looks broken: no baseline passed in any of 3 canaries.',
      ],
      [
        'two red ones are no harness',
        {},
        [tested(RED), tested(RED)],
        'pass',
        "100 % of the canaries' weight is decided (2 of 2), no regression counts.",
      ],
      [
        'one passing baseline clears the harness',
        {},
        [tested(RED), tested(RED), tested(PASS)],
        'pass',
        "100 % of the canaries' weight is decided (3 of 3), no regression counts.",
      ],
    ]
  it.each(table)('%s', (_, rule, all, answer, sentence) => {
    expect(ask({ canaries: canariesRule(rule) }, roster(...all))).toMatchObject({ answer, sentence })
  })

  it('holds instead of failing where nothing is rolled back by itself', () => {
    const facts = { ...roster(tested(REGRESSED)), automaticRollback: false }
    expect(ask({ canaries: canariesRule() }, facts).answer).toBe('hold')
  })

  it('holds for silent ones after the deadline', () => {
    const facts = roster(tested([]))
    expect(ask({ canaries: canariesRule() }, facts, NOON + 6 * HOUR - 1).answer).toBe('wait')
    expect(ask({ canaries: canariesRule() }, facts, NOON + 6 * HOUR)).toMatchObject({
      answer: 'hold',
      until: null,
    })
  })

  it('names at most five', () => {
    const all = Array.from({ length: 7 }, () => tested(REGRESSED))
    expect(ask({ canaries: canariesRule() }, roster(...all)).sentence).toMatch(
      /^7 required .* acme\/c5 \(regressed\) and 2 more\.$/,
    )
  })

  it('never names a private one outside its own repository', () => {
    const secret = { ...tested(REGRESSED), entry: canary({ id: '9', repo: 'acme/secret', private: true }) }
    const sentence = ask({ canaries: canariesRule() }, { canaries: { '9': secret } }).sentence
    expect(sentence).toBe('1 required canary regressed: private canary 1 (regressed).')
    expect(sentence).not.toContain('secret')
  })
})
