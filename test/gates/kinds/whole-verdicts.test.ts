import { describe, expect, it } from 'vitest'
import { observedTries } from '../../../src/gates/canaries/observed-tries.ts'
import { evaluateGates } from '../../../src/gates/evaluate-gates.ts'
import type { CanaryFacts, GateFacts } from '../../../src/gates/evidence.ts'
import { awaitsChecks } from '../../../src/gates/kinds/checks.ts'
import type { Stage } from '../../../src/gates/policy.ts'
import type { Verdict } from '../../../src/gates/verdict.ts'
import { armResult, BASELINE, CANDIDATE, counts, HOUR, MINUTE, NOON, stage } from '../../rollout/builders.ts'
import { gateFacts, PASS, tested } from '../gate-builders.ts'

const advisory = {
  id: 'GHSA-1',
  release: CANDIDATE,
  summary: 's',
  severity: null,
  url: null,
  open: true,
  observedAt: NOON,
} as const
const check = { name: 'ci', state: 'success', url: null, observedAt: NOON } as const
const blocker = { issue: 'acme/lib#4', title: 't', labels: ['regression'], open: true, observedAt: NOON }
const approval = { by: 'ada', permission: 'maintain', stageIndex: 0, at: NOON, reason: 'read it' } as const
const asked = { stageIndex: 0, since: NOON, at: NOON + HOUR }
const answered = { ...asked, answer: 'pass', sentence: 'fine' } as const
const http = { url: 'https://gate.test/x', timeoutMs: 1000 }
const always = { notBetween: [], timezone: 'UTC' }

function verdictOf(
  gate: Verdict['gate'],
  at: Partial<Stage>,
  change: Partial<GateFacts>,
  now = NOON + HOUR,
): Omit<Verdict, 'sentence'> | undefined {
  const { verdicts } = evaluateGates(stage(at), gateFacts(change), now, '1')
  const found = verdicts.find((one) => one.gate === gate)
  if (found === undefined) return undefined
  const { sentence: _, ...rest } = found
  return rest
}

describe('a whole verdict: gate, answer, until when, and who is behind it', () => {
  const none: readonly string[] = []
  it.each<
    readonly [
      string,
      Verdict['gate'],
      Partial<Stage>,
      Partial<GateFacts>,
      Verdict['answer'],
      readonly string[],
    ]
  >([
    ['bakes', 'bake', { bakeMs: 2 * HOUR }, {}, 'wait', none],
    ['bakes by runs too', 'bake', { bakeMs: 2 * HOUR, bakeRuns: 5 }, {}, 'wait', none],
    ['lacks runs', 'bake', { bakeRuns: 5 }, { exposures: { k: counts() } }, 'wait', none],
    ['baked', 'bake', {}, {}, 'pass', none],
    ['no advisory', 'advisories', { gates: { advisories: { block: true } } }, {}, 'pass', none],
    [
      'an advisory',
      'advisories',
      { gates: { advisories: { block: true } } },
      { advisories: { a: advisory, b: { ...advisory, id: 'GHSA-2' } } },
      'fail',
      [CANDIDATE],
    ],
    [
      'an advisory and no automatic rollback',
      'advisories',
      { gates: { advisories: { block: true } } },
      { advisories: { a: advisory }, automaticRollback: false },
      'hold',
      [CANDIDATE],
    ],
    ['not approved', 'approval', { gates: { approval: { by: 'write' } } }, {}, 'hold', none],
    [
      'approved',
      'approval',
      { gates: { approval: { by: 'write' } } },
      { approvals: [approval] },
      'pass',
      ['ada'],
    ],
    ['no check seen', 'checks', { gates: { checks: { required: ['ci'] } } }, {}, 'wait', ['ci']],
    [
      'checks succeeded',
      'checks',
      { gates: { checks: { required: ['ci'] } } },
      { checks: { ci: check } },
      'pass',
      none,
    ],
    [
      'a blocker',
      'blockers',
      { gates: { blockers: { labels: ['regression'] } } },
      { blockers: { a: blocker } },
      'hold',
      ['acme/lib#4'],
    ],
    [
      'a blocker with another label beside it',
      'blockers',
      { gates: { blockers: { labels: ['regression'] } } },
      { blockers: { a: { ...blocker, labels: ['docs', 'regression'] } } },
      'hold',
      ['acme/lib#4'],
    ],
    ['no blocker', 'blockers', { gates: { blockers: { labels: ['regression'] } } }, {}, 'pass', none],
    [
      'nowhere to look',
      'blockers',
      { gates: { blockers: { labels: ['regression'] } } },
      { repository: null },
      'pass',
      none,
    ],
    [
      'somebody asked to wait',
      'holds',
      {},
      { holds: [{ by: 'bo', canary: null, until: NOON + 2 * HOUR, reason: '' }] },
      'hold',
      ['bo'],
    ],
    ['an open window', 'window', { gates: { window: always } }, {}, 'pass', none],
    ['a server that agrees', 'http', { gates: { http } }, { http: { 0: answered } }, 'pass', ['gate.test']],
  ])('%s', (_, gate, at, change, answer, subjects) => {
    expect(verdictOf(gate, at, change)).toMatchObject({ gate, answer, subjects })
  })

  it('says until when it looks again, and not where that is nothing of time alone', () => {
    const bakes = (at: Partial<Stage>) => verdictOf('bake', { bakeMs: 2 * HOUR, ...at }, {})?.until
    expect(bakes({})).toBe(NOON + 2 * HOUR)
    expect(bakes({ bakeRuns: 5 })).toBeNull()
    const holds = [{ by: 'bo', canary: null, until: NOON + 2 * HOUR, reason: '' }]
    expect(verdictOf('holds', {}, { holds })?.until).toBe(NOON + 2 * HOUR)
  })
})

describe('since when', () => {
  const sentenceOf = (at: Partial<Stage>, change: Partial<GateFacts>) =>
    evaluateGates(stage(at), gateFacts(change), NOON + HOUR, '1').verdicts.at(-1)?.sentence

  it.each<readonly [string, Partial<Stage>, Partial<GateFacts>, string]>([
    [
      'the last look at failed checks',
      { gates: { checks: { required: ['a', 'b'] } } },
      {
        checks: {
          a: { ...check, name: 'a', state: 'failure' },
          b: { ...check, name: 'b', state: 'failure', observedAt: NOON + MINUTE },
        },
      },
      'seen failed 2026-11-20 12:01 UTC.',
    ],
    [
      'the last look at running checks',
      { gates: { checks: { required: ['a', 'b'] } } },
      {
        checks: {
          a: { ...check, name: 'a', state: 'pending' },
          b: { ...check, name: 'b', state: 'pending', observedAt: NOON + MINUTE },
        },
      },
      'seen running 2026-11-20 12:01 UTC.',
    ],
    [
      'the last look at succeeded checks',
      { gates: { checks: { required: ['a', 'b'] } } },
      {
        checks: { a: { ...check, name: 'a' }, b: { ...check, name: 'b', observedAt: NOON + MINUTE } },
      },
      'seen 2026-11-20 12:01 UTC.',
    ],
    [
      'the stage, not the start',
      { gates: { checks: { required: ['ci'] } } },
      { stageEnteredAt: NOON + MINUTE },
      'to be reported, since 2026-11-20 12:01 UTC.',
    ],
    [
      'the last look at blockers',
      { gates: { blockers: { labels: ['regression'] } } },
      { blockers: { a: blocker, b: { ...blocker, issue: 'acme/lib#5', observedAt: NOON + MINUTE } } },
      'last seen open 2026-11-20 12:01 UTC.',
    ],
    [
      'one run is enough to bake',
      { bakeRuns: 1 },
      { exposures: { k: counts() } },
      'Baked for 1 h and for 1 run with the candidate, since 2026-11-20 12:00 UTC.',
    ],
  ])('%s', (_, at, change, tail) => {
    const said = sentenceOf(at, change) ?? ''
    expect(said.slice(-tail.length)).toBe(tail)
  })
})

describe('another look at the checks', () => {
  const rule = { required: ['a', 'b'] }
  it.each([
    ['is needed while one was not seen', { a: check }, true],
    ['is needed while one runs', { a: check, b: { ...check, state: 'pending' } }, true],
    ['is not needed when all have succeeded', { a: check, b: check }, false],
  ] as const)('%s', (_, checks, needed) => {
    expect(awaitsChecks(rule, { checks })).toBe(needed)
  })
})

describe('the tries of an observed canary', () => {
  const arms = (candidateAt: number, baselineAt: number) => ({
    candidate: armResult('pass', { installed: [CANDIDATE], observedAt: candidateAt }),
    baseline: armResult('pass', { installed: [BASELINE], observedAt: baselineAt }),
  })
  const observed = (legs: CanaryFacts['tries'][number]['legs'], firstTry = 1): CanaryFacts => ({
    ...tested(PASS),
    firstTry,
    tries: { [firstTry]: { number: firstTry, dispatches: {}, legs } },
  })
  const times = (facts: CanaryFacts) =>
    observedTries(facts).map(({ number, ended, legs }) => [
      number,
      ended,
      legs.default?.candidate?.observedAt,
    ])

  it('come in the order in which both arms were there, numbered from the round on', () => {
    const late = arms(NOON, NOON + 3 * MINUTE)
    const soon = arms(NOON + 2 * MINUTE, NOON + MINUTE)
    expect(times(observed({ 'ci.yml@a': late, 'ci.yml@b': soon }, 4))).toEqual([
      [4, true, NOON + 2 * MINUTE],
      [5, true, NOON],
    ])
  })

  it('that were complete at once come in the order of their names', () => {
    const first = arms(NOON, NOON + MINUTE)
    const second = arms(NOON + MINUTE, NOON)
    expect(times(observed({ z: second, a: first }))).toEqual([
      [1, true, NOON],
      [2, true, NOON + MINUTE],
    ])
    expect(times(observed({ a: first, z: second }))).toEqual([
      [1, true, NOON],
      [2, true, NOON + MINUTE],
    ])
  })
})
