import { evaluateGates } from '../../src/gates/evaluate-gates.ts'
import type { CanaryFacts, GateFacts, Outcome, RosterEntry } from '../../src/gates/evidence.ts'
import type { Stage, StageGates } from '../../src/gates/policy.ts'
import { armResult, BASELINE, CANDIDATE, canary, HOUR, member, NOON, stage } from '../rollout/builders.ts'

export type Answer = readonly [Outcome, Outcome]

/** A canary whose tries gave these answers, candidate first. */
export function tested(answers: readonly Answer[], change: Partial<RosterEntry> = {}): CanaryFacts {
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
  return {
    entry: canary(change),
    firstTry: 1,
    roundStartedAt: NOON,
    tries: byNumber,
    waiver: null,
    state: null,
  }
}

export const PASS: readonly Answer[] = [['pass', 'pass']]
export const REGRESSED: readonly Answer[] = [
  ['fail', 'pass'],
  ['fail', 'pass'],
  ['fail', 'pass'],
]
export const FLAKY: readonly Answer[] = [
  ['fail', 'pass'],
  ['pass', 'pass'],
]
export const RED: readonly Answer[] = [
  ['fail', 'fail'],
  ['fail', 'fail'],
  ['fail', 'fail'],
]
export const OUT: readonly Answer[] = [['timed-out', 'pass']]

export function gateFacts(change: Partial<GateFacts> = {}): GateFacts {
  return {
    releases: [member],
    stageIndex: 0,
    stageEnteredAt: NOON,
    unwatchedMs: 0,
    startedAt: NOON,
    automaticRollback: true,
    canaries: {},
    blockers: {},
    repository: 'acme/lib',
    blockerSearch: { labels: ['regression', 'release-blocker'], at: null, failure: null },
    commit: 'abc1234def',
    checks: {},
    checkSearch: { at: null, failure: null },
    advisorySearch: { at: null, failure: null },
    advisories: {},
    http: {},
    compares: false,
    contents: {},
    findingAnswers: [],
    exposures: {},
    runsAtEntry: 0,
    approvals: [],
    holds: [],
    publications: {},
    dismissals: [],
    forgeRelease: null,
    ...change,
  }
}

export function ask(
  gates: StageGates,
  change: Partial<GateFacts> = {},
  now = NOON + HOUR,
  at: Partial<Stage> = {},
) {
  const { answer, verdicts } = evaluateGates(stage({ gates, ...at }), gateFacts(change), now, '1')
  return { answer, sentence: verdicts.at(-1)?.sentence, until: verdicts.at(-1)?.until ?? null }
}
