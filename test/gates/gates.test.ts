import { describe, expect, it } from 'vitest'
import { admit } from '../../src/gates/admission.ts'
import { canaryLabels } from '../../src/gates/canary-label.ts'
import { evaluateGates, strongest } from '../../src/gates/evaluate-gates.ts'
import type { BlockerFact, CanaryFacts, GateFacts, Outcome, RosterEntry } from '../../src/gates/evidence.ts'
import { permits } from '../../src/gates/permission.ts'
import type { CanariesRule, Stage, StageGates } from '../../src/gates/policy.ts'
import {
  armResult,
  BASELINE,
  CANDIDATE,
  canariesRule,
  canary,
  HOUR,
  member,
  NOON,
  stage,
} from '../rollout/builders.ts'

type Answer = readonly [Outcome, Outcome]

/** A canary whose tries gave these answers, candidate first. */
function tested(answers: readonly Answer[], change: Partial<RosterEntry> = {}): CanaryFacts {
  const tries = answers.map(([candidate, baseline], index) => ({
    number: index + 1,
    dispatches: {},
    legs: {
      default: {
        candidate: armResult(candidate, { installed: [CANDIDATE] }),
        baseline: armResult(baseline, { installed: [BASELINE] }),
      },
    },
  }))
  const byNumber = Object.fromEntries(tries.map((one) => [one.number, one]))
  return { entry: canary(change), firstTry: 1, roundStartedAt: NOON, tries: byNumber, waiver: null }
}

const PASS: readonly Answer[] = [['pass', 'pass']]
const REGRESSED: readonly Answer[] = [
  ['fail', 'pass'],
  ['fail', 'pass'],
  ['fail', 'pass'],
]
const FLAKY: readonly Answer[] = [
  ['fail', 'pass'],
  ['pass', 'pass'],
]
const RED: readonly Answer[] = [
  ['fail', 'fail'],
  ['fail', 'fail'],
  ['fail', 'fail'],
]
const OUT: readonly Answer[] = [['timed-out', 'pass']]

function gateFacts(change: Partial<GateFacts> = {}): GateFacts {
  return {
    releases: [member],
    stageIndex: 0,
    stageEnteredAt: NOON,
    startedAt: NOON,
    automaticRollback: true,
    canaries: {},
    blockers: {},
    approvals: [],
    holds: [],
    ...change,
  }
}

function ask(gates: StageGates, change: Partial<GateFacts> = {}, now = NOON + HOUR, at: Partial<Stage> = {}) {
  const { answer, verdicts } = evaluateGates(stage({ gates, ...at }), gateFacts(change), now, '1')
  return { answer, sentence: verdicts.at(-1)?.sentence, until: verdicts.at(-1)?.until ?? null }
}

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

describe('the bake', () => {
  it('waits until the stage has lasted long enough', () => {
    expect(ask({}, {}, NOON + HOUR - 1)).toEqual({
      answer: 'wait',
      sentence: 'Baking for 1 h, until 2026-11-20 13:00 UTC.',
      until: NOON + HOUR,
    })
    expect(ask({}, {}, NOON + HOUR)).toMatchObject({
      answer: 'pass',
      sentence: 'Baked for 1 h, since 2026-11-20 12:00 UTC.',
    })
  })
})

describe('the blockers gate', () => {
  const gates = { blockers: { labels: ['regression', 'release-blocker'] } }
  const blocker = (change: Partial<BlockerFact> = {}) => {
    const fact = {
      issue: 'acme/lib#1',
      title: 't',
      labels: ['regression'],
      open: true,
      observedAt: NOON,
      ...change,
    }
    return { [fact.issue]: fact }
  }
  it.each([
    ['no issue', {}, 'pass', 'No open issue is labelled regression or release-blocker.'],
    [
      'a closed one',
      blocker({ open: false }),
      'pass',
      'No open issue is labelled regression or release-blocker.',
    ],
    [
      'another label',
      blocker({ labels: ['bug'] }),
      'pass',
      'No open issue is labelled regression or release-blocker.',
    ],
    [
      'an open one',
      blocker(),
      'hold',
      'Waiting until acme/lib#1 is closed or loses the label regression or release-blocker; last seen open 2026-11-20 12:00 UTC.',
    ],
    [
      'two open ones',
      { ...blocker({ issue: 'acme/lib#2' }), ...blocker() },
      'hold',
      'Waiting until acme/lib#1, acme/lib#2 are closed or lose the label regression or release-blocker; last seen open 2026-11-20 12:00 UTC.',
    ],
  ])('%s', (_, blockers, answer, sentence) => {
    expect(ask(gates, { blockers })).toMatchObject({ answer, sentence })
  })
})

describe('the approval gate', () => {
  const gates = { approval: { by: 'maintain' } } as const
  const approval = { by: 'mia', permission: 'maintain', stageIndex: 0, at: NOON, reason: '' } as const
  it.each([
    [
      'nobody',
      [],
      'hold',
      'Waiting for the approval of somebody with maintain permission, since 2026-11-20 12:00 UTC.',
    ],
    ['somebody with too little', [{ ...approval, permission: 'write' as const }], 'hold', undefined],
    ['somebody for another stage', [{ ...approval, stageIndex: 1 }], 'hold', undefined],
    ['a maintainer', [approval], 'pass', 'Approved by mia at 2026-11-20 12:00 UTC.'],
    ['an admin', [{ ...approval, permission: 'admin' as const }], 'pass', undefined],
  ])('approved by %s', (_, approvals, answer, sentence) => {
    const found = ask(gates, { approvals })
    expect(found.answer).toBe(answer)
    if (sentence !== undefined) expect(found.sentence).toBe(sentence)
  })
})

describe('holds', () => {
  const hold = { by: 'dora', canary: '101', until: NOON + 2 * HOUR, reason: 'our release' }
  it('hold until the last of them ends', () => {
    const holds = [hold, { by: 'mia', canary: null, until: NOON + 3 * HOUR, reason: '' }]
    expect(ask({}, { holds, canaries: { '101': tested(PASS) } })).toEqual({
      answer: 'hold',
      sentence:
        'dora of acme/app asked to wait until 2026-11-20 14:00 UTC (our release); mia asked to wait until 2026-11-20 15:00 UTC.',
      until: NOON + 3 * HOUR,
    })
    expect(ask({}, { holds }, NOON + 3 * HOUR).answer).toBe('pass')
  })
  it('says little about a canary that is gone', () => {
    expect(ask({}, { holds: [hold] }).sentence).toContain('dora of a canary asked')
  })
})

describe('all gates of a stage', () => {
  it.each([
    [['pass', 'wait', 'hold', 'fail'], 'fail'],
    [['pass', 'wait', 'hold'], 'hold'],
    [['pass', 'wait'], 'wait'],
    [['pass'], 'pass'],
    [[], 'pass'],
  ] as const)('%j together say %s', (answers, expected) => {
    expect(strongest(answers.map((answer) => ({ answer })))).toBe(expected)
  })
})

describe('permissions, admission and labels', () => {
  it('higher permissions include lower ones', () => {
    expect(permits('maintain', 'write')).toBe(true)
    expect(permits('write', 'write')).toBe(true)
    expect(permits('triage', 'write')).toBe(false)
  })

  it.each([
    ['acme/app', { admission: 'required', weight: 2 }],
    ['ACME/App', { admission: 'required', weight: 2 }],
    ['acme/other', { admission: 'advisory', weight: 1 }],
    ['acmeish/app', { admission: 'none', weight: 0 }],
  ])('%s is admitted as %j', (repo, expected) => {
    const rules = [
      { repo: 'acme/app', required: true, weight: 2 },
      { repo: 'Acme/*', required: false, weight: 1 },
    ]
    expect(admit(rules, repo)).toEqual(expected)
  })

  it('numbers private canaries, and names them at home', () => {
    const entry = (id: string, secret: boolean) => ({
      ...tested([]),
      entry: canary({ id, repo: `acme/r${id}`, private: secret }),
    })
    const canaries = { '1': entry('1', true), '2': entry('2', false), '3': entry('3', true) }
    expect([...canaryLabels(canaries, null).values()]).toEqual([
      'private canary 1',
      'acme/r2',
      'private canary 2',
    ])
    expect([...canaryLabels(canaries, '1').values()]).toEqual(['acme/r1', 'acme/r2', 'private canary 2'])
  })
})
