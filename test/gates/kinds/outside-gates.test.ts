import { describe, expect, it } from 'vitest'
import type { AdvisoryFact, CheckFact, GateFacts, HttpFact } from '../../../src/gates/evidence.ts'
import { HTTP_PASS_LASTS_MS, hostOf } from '../../../src/gates/kinds/http.ts'
import { BASELINE, CANDIDATE, counts, HOUR, MINUTE, NOON } from '../../rollout/builders.ts'
import { ask } from '../gate-builders.ts'

function checks(facts: readonly Partial<CheckFact>[]): GateFacts['checks'] {
  const full = facts.map(
    (fact) => ({ name: 'ci', state: 'success', url: null, observedAt: NOON, ...fact }) as const,
  )
  return Object.fromEntries(full.map((fact) => [fact.name, fact]))
}

const failure = { at: NOON + MINUTE, message: 'Resource not accessible by integration' }

describe('the checks gate', () => {
  const required = (change: Partial<GateFacts>, names = ['ci', 'lint']) => {
    const { answer, sentence } = ask({ checks: { required: names } }, change)
    return `${answer}: ${sentence}`
  }

  it.each<readonly [string, Partial<GateFacts>, string]>([
    [
      'nothing seen',
      {},
      'wait: Waiting for the checks ci, lint of commit abc1234 to be reported, since 2026-11-20 12:00 UTC.',
    ],
    [
      'one seen',
      { checks: checks([{}]) },
      'wait: Waiting for the check lint of commit abc1234 to be reported, since 2026-11-20 12:00 UTC.',
    ],
    [
      'one runs',
      { checks: checks([{}, { name: 'lint', state: 'pending' }]) },
      'wait: Waiting for the check lint of commit abc1234 to succeed, seen running 2026-11-20 12:00 UTC.',
    ],
    [
      'one runs, one unseen',
      { checks: checks([{ state: 'pending' }]) },
      'wait: Waiting for the check ci of commit abc1234 to succeed, seen running 2026-11-20 12:00 UTC, and for the check lint of commit abc1234 to be reported, since 2026-11-20 12:00 UTC.',
    ],
    [
      'all succeed',
      { checks: checks([{}, { name: 'lint' }]) },
      'pass: The checks ci, lint of commit abc1234 succeeded, seen 2026-11-20 12:00 UTC.',
    ],
    [
      'one failed',
      { checks: checks([{ state: 'failure' }]) },
      'hold: Waiting until the check ci of commit abc1234 succeeds; seen failed 2026-11-20 12:00 UTC.',
    ],
    [
      'failed beats running',
      { checks: checks([{ state: 'pending' }, { name: 'lint', state: 'failure' }]) },
      'hold: Waiting until the check lint of commit abc1234 succeeds; seen failed 2026-11-20 12:00 UTC.',
    ],
    [
      'another check failed',
      { checks: checks([{}, { name: 'lint' }, { name: 'bench', state: 'failure' }]) },
      'pass: The checks ci, lint of commit abc1234 succeeded, seen 2026-11-20 12:00 UTC.',
    ],
    [
      'no commit',
      { commit: null, checks: checks([{}, { name: 'lint' }]) },
      'hold: The commit of the release is not known, so the checks ci, lint cannot be read; a person must advance past it.',
    ],
    [
      'a look failed',
      { checkSearch: { at: null, failure } },
      'wait: Waiting for the checks ci, lint of commit abc1234 to be reported, since 2026-11-20 12:00 UTC. The look at 2026-11-20 12:01 UTC failed (Resource not accessible by integration); it is tried again.',
    ],
    [
      'a look failed, a newer one worked',
      {
        checkSearch: { at: null, failure },
        checks: checks([{ state: 'pending', observedAt: NOON + 2 * MINUTE }]),
      },
      'wait: Waiting for the check ci of commit abc1234 to succeed, seen running 2026-11-20 12:02 UTC, and for the check lint of commit abc1234 to be reported, since 2026-11-20 12:00 UTC.',
    ],
  ])('%s', (_, change, said) => {
    expect(required(change)).toBe(said)
  })

  it('is not led by what objects inherit', () => {
    expect(required({}, ['constructor'])).toMatch(/^wait: .*constructor/)
  })
})

describe('the advisories gate', () => {
  const advisory = (change: Partial<AdvisoryFact> = {}): AdvisoryFact => ({
    id: 'GHSA-1',
    release: CANDIDATE,
    summary: 'reads what it should not',
    severity: 'high',
    url: null,
    open: true,
    observedAt: NOON,
    ...change,
  })
  const asked = (facts: readonly AdvisoryFact[], automaticRollback = true) => {
    const advisories = Object.fromEntries(facts.map((fact) => [`${fact.id} ${fact.release}`, fact]))
    const { answer, sentence } = ask({ advisories: { block: false } }, { advisories, automaticRollback })
    return `${answer}: ${sentence}`
  }

  it.each<readonly [string, readonly AdvisoryFact[], boolean, string]>([
    ['none', [], true, 'pass: No advisory names the candidate.'],
    [
      'names the candidate',
      [advisory()],
      true,
      `fail: GHSA-1 (high) names ${CANDIDATE}, known since 2026-11-20 12:00 UTC.`,
    ],
    [
      'nothing rolls back by itself',
      [advisory({ severity: null })],
      false,
      `hold: GHSA-1 names ${CANDIDATE}, known since 2026-11-20 12:00 UTC. Waiting until it is withdrawn, or somebody rolls back.`,
    ],
    [
      'two of them',
      [advisory({ id: 'GHSA-2' }), advisory()],
      false,
      `hold: GHSA-1 (high) names ${CANDIDATE}, known since 2026-11-20 12:00 UTC; GHSA-2 (high) names ${CANDIDATE}, known since 2026-11-20 12:00 UTC. Waiting until they are withdrawn, or somebody rolls back.`,
    ],
    ['withdrawn', [advisory({ open: false })], true, 'pass: No advisory names the candidate.'],
    [
      'names the baseline only',
      [advisory({ release: BASELINE })],
      true,
      'pass: No advisory names the candidate.',
    ],
    [
      'names both',
      [advisory(), advisory({ release: BASELINE })],
      true,
      'pass: GHSA-1 names the baseline too, so going back would not help.',
    ],
    [
      'named the baseline once',
      [advisory(), advisory({ release: BASELINE, open: false })],
      true,
      `fail: GHSA-1 (high) names ${CANDIDATE}, known since 2026-11-20 12:00 UTC.`,
    ],
    [
      'another one names the baseline',
      [advisory(), advisory({ id: 'GHSA-0', release: BASELINE })],
      true,
      `fail: GHSA-1 (high) names ${CANDIDATE}, known since 2026-11-20 12:00 UTC.`,
    ],
    [
      'two that name both',
      [
        advisory({ id: 'B' }),
        advisory({ id: 'B', release: BASELINE }),
        advisory({ id: 'A' }),
        advisory({ id: 'A', release: BASELINE }),
      ],
      true,
      'pass: A, B name the baseline too, so going back would not help.',
    ],
  ])('%s', (_, facts, automatic, said) => {
    expect(asked(facts, automatic)).toBe(said)
  })
})

describe('the http gate', () => {
  const url = 'https://gate.example.com/may-go?token=s3cret'
  const asked = (fact: Partial<HttpFact> | null, now = NOON + HOUR, change: Partial<GateFacts> = {}) => {
    const full = {
      stageIndex: 0,
      answer: 'pass',
      sentence: 'all quiet',
      at: NOON + HOUR,
      since: NOON,
      ...fact,
    } as const
    const http = fact === null ? {} : { [full.stageIndex]: full }
    const { answer, sentence } = ask({ http: { url, timeoutMs: 1000 } }, { http, ...change }, now, {
      bakeMs: 0,
    })
    return `${answer}: ${sentence}`
  }

  it.each<readonly [string, Parameters<typeof asked>, string]>([
    [
      'no answer yet',
      [null],
      'wait: Waiting for the answer of gate.example.com since 2026-11-20 12:00 UTC; it is asked every 15 min.',
    ],
    [
      'an answer for another stage',
      [{ stageIndex: 1 }],
      'wait: Waiting for the answer of gate.example.com since 2026-11-20 12:00 UTC; it is asked every 15 min.',
    ],
    ['yes', [{}], 'pass: gate.example.com says yes (all quiet), since 2026-11-20 12:00 UTC.'],
    [
      'yes without a word',
      [{ sentence: '' }],
      'pass: gate.example.com says yes, since 2026-11-20 12:00 UTC.',
    ],
    [
      'a yes just before it is too old',
      [{ at: NOON }, NOON + HTTP_PASS_LASTS_MS - 1],
      'pass: gate.example.com says yes (all quiet), since 2026-11-20 12:00 UTC.',
    ],
    [
      'a yes that is too old',
      [{ at: NOON }, NOON + HTTP_PASS_LASTS_MS],
      'wait: Waiting for a new answer of gate.example.com: its yes is of 2026-11-20 12:00 UTC.',
    ],
    [
      'wait',
      [{ answer: 'wait' }],
      'wait: gate.example.com says wait (all quiet), since 2026-11-20 12:00 UTC; it is asked every 15 min.',
    ],
    [
      'hold',
      [{ answer: 'hold' }],
      'hold: gate.example.com says hold (all quiet), since 2026-11-20 12:00 UTC; it is asked every 15 min.',
    ],
    [
      'a hold does not age',
      [{ answer: 'hold', at: NOON }, NOON + 24 * HOUR],
      'hold: gate.example.com says hold (all quiet), since 2026-11-20 12:00 UTC; it is asked every 15 min.',
    ],
    ['no', [{ answer: 'fail' }], 'fail: gate.example.com says no (all quiet), since 2026-11-20 12:00 UTC.'],
    [
      'no where nothing rolls back by itself',
      [{ answer: 'fail' }, NOON + HOUR, { automaticRollback: false }],
      'hold: gate.example.com says no (all quiet), since 2026-11-20 12:00 UTC.',
    ],
  ])('%s', (_, given, said) => {
    expect(asked(...given)).toBe(said)
    expect(said).not.toContain('s3cret')
  })

  it('names host and port only', () => {
    expect(hostOf('https://me:pw@gate.example.com:8443/x')).toBe('gate.example.com:8443')
    expect(hostOf('no address')).toBe('the http gate')
  })
})

describe('a bake in runs', () => {
  const runs = (count: number, baseline = 0): GateFacts['exposures'] => ({
    'k/500/candidate': counts({ runs: count }),
    'k/500/baseline': counts({ arm: 'baseline', runs: baseline }),
  })
  const asked = (exposures: GateFacts['exposures'], now: number, runsAtEntry = 0, bakeMs = HOUR) => {
    const { answer, sentence, until } = ask({}, { exposures, runsAtEntry }, now, { bakeMs, bakeRuns: 40 })
    return `${answer} until ${until}: ${sentence}`
  }

  it.each<readonly [string, Parameters<typeof asked>, string]>([
    [
      'time and runs missing',
      [runs(9), NOON],
      'wait until null: Baking for 1 h and for 40 runs with the candidate, until 2026-11-20 13:00 UTC at the earliest; 20 % of the runs are there.',
    ],
    [
      'time missing',
      [runs(40), NOON],
      `wait until ${NOON + HOUR}: Baking for 1 h and for 40 runs with the candidate, until 2026-11-20 13:00 UTC.`,
    ],
    [
      'runs missing',
      [runs(39), NOON + HOUR],
      'wait until null: Baking since 2026-11-20 12:00 UTC, until 40 runs with the candidate are there; 90 % of the runs are there.',
    ],
    [
      'both there',
      [runs(40), NOON + HOUR],
      'pass until null: Baked for 1 h and for 40 runs with the candidate, since 2026-11-20 12:00 UTC.',
    ],
    [
      'runs with the baseline do not count',
      [runs(0, 400), NOON + HOUR],
      'wait until null: Baking since 2026-11-20 12:00 UTC, until 40 runs with the candidate are there; 0 % of the runs are there.',
    ],
    [
      'nor those of earlier stages',
      [runs(79), NOON + HOUR, 40],
      'wait until null: Baking since 2026-11-20 12:00 UTC, until 40 runs with the candidate are there; 90 % of the runs are there.',
    ],
    [
      'no time asked for',
      [runs(40), NOON, 0, 0],
      'pass until null: Baked for 0 ms and for 40 runs with the candidate, since 2026-11-20 12:00 UTC.',
    ],
  ])('%s', (_, given, said) => {
    expect(asked(...given)).toBe(said)
  })
})
