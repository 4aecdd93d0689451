import { describe, expect, it } from 'vitest'
import type { GateFacts } from '../../../src/gates/evidence.ts'
import type { ExposureFact } from '../../../src/gates/exposure-fact.ts'
import type { ExposureRule, Stage } from '../../../src/gates/policy.ts'
import { counts, DAY, HOUR, NOON } from '../../rollout/builders.ts'
import { ask } from '../gate-builders.ts'

const rule: ExposureRule = {
  minRuns: 59,
  maxHarmBasisPoints: 500,
  confidencePercent: 95,
  onInconclusive: { kind: 'advance-after', afterMs: 7 * DAY },
}

/** Repositories of one arm at one percent, four runs each; the first ones fail always. */
function repositories(arm: 'candidate' | 'baseline', many: number, failing: number, change = {}) {
  return Array.from({ length: many }, (_, index) =>
    counts({ cluster: `${arm} ${index}`, arm, runs: 4, failures: index < failing ? 4 : 0, ...change }),
  )
}

const table = (facts: readonly ExposureFact[]): GateFacts['exposures'] =>
  Object.fromEntries(facts.map((fact) => [`${fact.cluster}/${fact.basisPoints}/${fact.arm}`, fact]))

interface Asked {
  readonly candidate?: readonly [many: number, failing: number]
  readonly baseline?: readonly [many: number, failing: number]
  readonly more?: readonly ExposureFact[]
  readonly rule?: Partial<ExposureRule>
  readonly stage?: Partial<Stage>
  readonly now?: number
  readonly automatic?: boolean
}

/** What the gate says at 50 %, an hour after the stage began and its bake ended. */
function said(asked: Asked): string {
  const at = { basisPoints: asked.stage?.basisPoints ?? 5000 }
  const facts = [
    ...repositories('candidate', ...(asked.candidate ?? [0, 0]), at),
    ...repositories('baseline', ...(asked.baseline ?? [0, 0]), at),
    ...(asked.more ?? []),
  ]
  const change = { exposures: table(facts), automaticRollback: asked.automatic ?? true }
  const gates = { exposure: { ...rule, ...asked.rule } }
  const answer = ask(gates, change, asked.now ?? NOON + HOUR, { basisPoints: 5000, ...asked.stage })
  return `${answer.answer}: ${answer.sentence}`
}

describe('the exposure gate', () => {
  it.each<readonly [string, Asked, string]>([
    [
      'nothing seen',
      {},
      'wait: 0 of at least 59 runs with the candidate are in: no repository with the candidate, no repository with the baseline; waiting until 2026-11-27 12:00 UTC, then it goes on without.',
    ],
    [
      'few runs',
      { candidate: [1, 0], baseline: [2, 0] },
      'wait: 4 of at least 59 runs with the candidate are in: 0 % failed in 1 repository (4 runs) with the candidate, 0 % failed in 2 repositories (8 runs) with the baseline; waiting until 2026-11-27 12:00 UTC, then it goes on without.',
    ],
    [
      'as many failures as before',
      { candidate: [40, 4], baseline: [40, 4] },
      'wait: A rise of failures by 5 points is neither shown nor ruled out at 95 %: 10 % failed in 40 repositories (160 runs) with the candidate, 10 % failed in 40 repositories (160 runs) with the baseline; waiting until 2026-11-27 12:00 UTC, then it goes on without.',
    ],
    [
      'no failures in many repositories',
      { candidate: [150, 0], baseline: [150, 0] },
      'pass: A rise of failures by 5 points is ruled out at 95 %: 0 % failed in 150 repositories (600 runs) with the candidate, 0 % failed in 150 repositories (600 runs) with the baseline.',
    ],
    [
      'less than the least runs',
      { candidate: [150, 0], baseline: [150, 0], rule: { minRuns: 601 } },
      'wait: 600 of at least 601 runs with the candidate are in: 0 % failed in 150 repositories (600 runs) with the candidate, 0 % failed in 150 repositories (600 runs) with the baseline; waiting until 2026-11-27 12:00 UTC, then it goes on without.',
    ],
    [
      'a rise',
      { candidate: [20, 10], baseline: [20, 1] },
      'fail: Ordinary runs fail more often with the candidate, shown at 95 %: 50 % failed in 20 repositories (80 runs) with the candidate, 5 % failed in 20 repositories (80 runs) with the baseline.',
    ],
    [
      'a rise, and nothing rolls back by itself',
      { candidate: [20, 10], baseline: [20, 1], automatic: false },
      'hold: Ordinary runs fail more often with the candidate, shown at 95 %: 50 % failed in 20 repositories (80 runs) with the candidate, 5 % failed in 20 repositories (80 runs) with the baseline.',
    ],
    [
      'a rise at a confidence that asks for more',
      { candidate: [20, 10], baseline: [20, 1], rule: { confidencePercent: 99.99, minRuns: 1 } },
      'wait: A rise of failures by 5 points is neither shown nor ruled out at 99.99 %: 50 % failed in 20 repositories (80 runs) with the candidate, 5 % failed in 20 repositories (80 runs) with the baseline; waiting until 2026-11-27 12:00 UTC, then it goes on without.',
    ],
    [
      'patience at its end',
      { candidate: [1, 0], now: NOON + 7 * DAY, rule: { maxHarmBasisPoints: 100 } },
      'pass: Goes on without proof from ordinary runs. 4 of at least 59 runs with the candidate are in: 0 % failed in 1 repository (4 runs) with the candidate, no repository with the baseline.',
    ],
    [
      'hold, the bake not over',
      { rule: { onInconclusive: { kind: 'hold' } }, stage: { bakeMs: 2 * HOUR } },
      'wait: 0 of at least 59 runs with the candidate are in: no repository with the candidate, no repository with the baseline; waiting until 2026-11-20 14:00 UTC, then it holds.',
    ],
    [
      'hold, the bake over',
      {
        candidate: [20, 1],
        baseline: [1, 0],
        rule: { onInconclusive: { kind: 'hold' }, maxHarmBasisPoints: 100 },
        stage: { basisPoints: 9000 },
      },
      'hold: A rise of failures by 1 point is neither shown nor ruled out at 95 %: 5 % failed in 20 repositories (80 runs) with the candidate, 0 % failed in 1 repository (4 runs) with the baseline; more runs or a person can clear it.',
    ],
    [
      'roll back, the bake over',
      { rule: { onInconclusive: { kind: 'roll-back' } } },
      'fail: No proof from ordinary runs in time. 0 of at least 59 runs with the candidate are in: no repository with the candidate, no repository with the baseline.',
    ],
    [
      'roll back, and nothing rolls back by itself',
      { rule: { onInconclusive: { kind: 'roll-back' } }, automatic: false },
      'hold: 0 of at least 59 runs with the candidate are in: no repository with the candidate, no repository with the baseline; more runs or a person can clear it.',
    ],
    [
      '0 %',
      { baseline: [30, 0], stage: { basisPoints: 0 } },
      'pass: At 0 % nobody gets the candidate by chance, so there is nothing to compare yet.',
    ],
    [
      '100 %',
      { more: repositories('candidate', 1, 0, { basisPoints: 500 }), stage: { basisPoints: 10_000 } },
      'pass: At 100 % nobody gets the baseline any more, so there is nothing left to compare; until now: 0 % failed in 1 repository (4 runs) with the candidate, no repository with the baseline.',
    ],
    [
      'harm seen before 100 %',
      {
        more: [
          ...repositories('candidate', 20, 12, { basisPoints: 2500 }),
          ...repositories('baseline', 60, 3, { basisPoints: 2500 }),
        ],
        stage: { basisPoints: 10_000 },
      },
      'fail: Ordinary runs fail more often with the candidate, shown at 95 %: 60 % failed in 20 repositories (80 runs) with the candidate, 5 % failed in 60 repositories (240 runs) with the baseline.',
    ],
    [
      'shares of repositories that the percent does not give',
      { candidate: [4, 4], baseline: [60, 0] },
      'hold: 4 reports with the candidate and 60 with the baseline do not fit the percents of the ladder, so ordinary runs cannot be compared; a person must find out which runs are missing.',
    ],
  ])('%s', (_, asked, expected) => expect(said(asked)).toBe(expected))

  it('is not convinced by two repositories, however many runs they fail', () => {
    const percents = [500, 1000, 2500, 5000]
    const busy = percents.flatMap((basisPoints) => repositories('candidate', 2, 2, { basisPoints }))
    expect(said({ more: busy, rule: { onInconclusive: { kind: 'hold' } } })).toMatch(/^hold: 8 of/)
  })

  it('says of the same facts what is true of each stage, rule and moment', () => {
    const exposures = table([
      ...repositories('candidate', 20, 12, { basisPoints: 2500, runs: 3, failures: 3 }),
      ...repositories('baseline', 60, 0, { basisPoints: 2500, runs: 3 }),
    ])
    const at = (basisPoints: number, now: number) =>
      ask({ exposure: rule }, { exposures }, now, { basisPoints }).answer
    expect(at(2500, NOON)).toBe('wait')
    expect(at(2500, NOON + 6 * HOUR)).toBe('fail')
    expect(at(2500, NOON)).toBe('wait')
    expect(at(5000, NOON)).toBe('fail')
    const half = { basisPoints: 5000 }
    const clean = table([
      ...repositories('candidate', 150, 0, half),
      ...repositories('baseline', 150, 0, half),
    ])
    const tolerating = (maxHarmBasisPoints: number) =>
      ask({ exposure: { ...rule, maxHarmBasisPoints } }, { exposures: clean }, NOON + HOUR, half).answer
    expect([tolerating(500), tolerating(10), tolerating(500)]).toEqual(['pass', 'wait', 'pass'])
  })

  it('does not look at what groups and open observations say', () => {
    const chosen = repositories('candidate', 20, 20, { basisPoints: 5000, drawn: false })
    const open = repositories('candidate', 20, 20, { basisPoints: 5000, runs: 3, failures: 3 })
    expect(said({ more: chosen })).toMatch(/^wait: 0 of/)
    expect(said({ more: open })).toMatch(/^wait: 0 of/)
    // Six hours after its first run an observation is closed with the runs it has.
    const later = { more: open, baseline: [20, 0], now: NOON + 6 * HOUR } as const
    expect(said(later)).toMatch(/^fail: .* 100 % failed in 20 repositories/)
  })
})
