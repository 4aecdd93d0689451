import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Arm, Outcome } from '../../../src/gates/evidence.ts'
import type { Command, CommandBody } from '../../../src/rollout/deciding/command.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import {
  armResult,
  BASELINE,
  CANDIDATE,
  canary,
  ID,
  MINUTE,
  NOON,
  startedStory,
  system,
} from '../builders.ts'
import { keepsFirstAnswer, notesArrival } from '../laws/broken-hearts.ts'
import { withoutVersions } from '../without-versions.ts'
import { type Heart, heart } from '../world.ts'

const seed = Number(process.env.LAWS_SEED ?? Math.floor(Math.random() * 2 ** 31))
const timeoutMs = 240_000

const arm = fc.constantFrom<Arm>('candidate', 'baseline')
const few = fc.integer({ min: 1, max: 3 })

/** Results that often claim the same place with other content: re-runs, second reports, forged ones. */
const result: fc.Arbitrary<CommandBody> = fc
  .record({
    canary: fc.constantFrom('101', '102', '999'),
    try: fc.integer({ min: 0, max: 6 }),
    leg: fc.constantFrom('default', 'windows', '__proto__', 'constructor'),
    arm,
    outcome: fc.constantFrom<Outcome>('pass', 'fail', 'infra', 'timed-out', 'cancelled'),
    runAttempt: few,
    observedAt: fc.integer({ min: NOON, max: NOON + 90 * MINUTE }),
  })
  .map(({ outcome, runAttempt, observedAt, ...place }) => ({
    type: 'recordResult',
    fact: {
      ...place,
      result: armResult(outcome, {
        runAttempt,
        observedAt,
        installed: [place.arm === 'candidate' ? CANDIDATE : BASELINE],
      }),
    },
  }))

/** Checks, advisories, http answers and states of canaries, often told twice for the same moment. */
const outside: fc.Arbitrary<CommandBody> = fc
  .record({
    at: few.map((minutes) => NOON + minutes),
    word: fc.constantFrom('ci', 'constructor'),
    release: fc.constantFrom(CANDIDATE, BASELINE, 'npm:other@1.0.0'),
    state: fc.constantFrom('pending', 'success', 'failure'),
    answer: fc.constantFrom('pass', 'wait', 'hold', 'fail'),
    stageIndex: fc.integer({ min: -1, max: 3 }),
    condition: fc.constantFrom('ok', 'archived', 'workflow-missing'),
    canary: fc.constantFrom('101', '102', '999'),
    open: fc.boolean(),
    kind: fc.constantFrom(
      'check',
      'checks-read-failed',
      'advisories-read',
      'advisories-read-failed',
      'release-read',
      'advisory',
      'http-answer',
      'canary-state',
    ),
  })
  .map(({ kind, at, word, ...one }): CommandBody => {
    const advisory = {
      id: word,
      release: one.release,
      summary: word,
      severity: null,
      url: null,
      open: one.open,
    }
    const answer = { stageIndex: one.stageIndex, answer: one.answer, sentence: word, at, since: NOON }
    const signals = {
      check: { kind: 'check', check: { name: word, state: one.state, url: null, observedAt: at } },
      'checks-read-failed': { kind: 'checks-read-failed', at, message: word },
      'advisories-read': { kind: 'advisories-read', at },
      'advisories-read-failed': { kind: 'advisories-read-failed', at, message: word },
      'release-read': { kind: 'release-read', at, isThere: one.open },
      advisory: { kind: 'advisory', advisory: { ...advisory, observedAt: at } },
      'http-answer': { kind: 'http-answer', answer },
      'canary-state': { kind: 'canary-state', canary: one.canary, state: one.condition, at, message: word },
    } as const
    return { type: 'recordSignal', signal: signals[kind] }
  })

const signal: fc.Arbitrary<CommandBody> = fc.oneof(
  fc
    .record({
      try: few,
      arm: fc.constantFrom<Arm | 'both'>('candidate', 'baseline', 'both'),
      at: few,
      run: few,
      broken: fc.boolean(),
    })
    .map((one): CommandBody => {
      const failure = one.broken ? 'no workflow' : null
      const dispatch = {
        arm: one.arm,
        at: NOON + one.at,
        runId: one.broken ? null : one.run,
        url: null,
        failure,
      }
      return { type: 'recordSignal', signal: { kind: 'dispatched', canary: '101', try: one.try, dispatch } }
    }),
  fc.record({ try: few, arm, release: fc.constantFrom(CANDIDATE, BASELINE) }).map(
    (one): CommandBody => ({
      type: 'recordSignal',
      signal: { kind: 'fetched', canary: '102', at: NOON, ...one },
    }),
  ),
  fc
    .record({
      issue: fc.constantFrom('a/b#1', 'a/b#2'),
      title: fc.constantFrom('x', 'y'),
      open: fc.boolean(),
      at: few,
    })
    .map(({ at, ...one }): CommandBody => {
      const blocker = { ...one, labels: ['regression'], observedAt: NOON + at }
      return { type: 'recordSignal', signal: { kind: 'blocker', blocker } }
    }),
  fc
    .record({ try: few, expected: fc.option(fc.integer({ min: 1, max: 3 })), ended: fc.boolean() })
    .map((one): CommandBody => ({ type: 'recordSignal', signal: { kind: 'legs', canary: '101', ...one } })),
  fc
    .record({
      state: fc.constantFrom('ok' as const, 'archived' as const),
      at: few,
      message: fc.constantFrom('', 'x'),
    })
    .map(
      (one): CommandBody => ({
        type: 'recordSignal',
        signal: { kind: 'canary-state', canary: '101', ...one },
      }),
    ),
  fc
    .record({ labels: fc.subarray(['regression', 'stop', 'constructor']), at: few, failed: fc.boolean() })
    .map(({ labels, at, failed }): CommandBody => {
      const failure = { kind: 'blocker-search-failed', at: NOON + at, message: labels.join() } as const
      return { type: 'recordSignal', signal: failed ? failure : { kind: 'blockers-searched', labels, at: 0 } }
    }),
  outside,
  fc
    .array(
      fc.record({
        repositoryId: fc.constantFrom('1', '2'),
        repository: fc.constantFrom('a/b', 'c/d'),
        number: few,
      }),
    )
    .map(
      (pullRequests): CommandBody => ({
        type: 'recordSignal',
        signal: { kind: 'pull-requests', pullRequests },
      }),
    ),
)

const exposure: fc.Arbitrary<CommandBody> = fc
  .record({
    cluster: fc.constantFrom('k', '__proto__'),
    arm,
    basisPoints: fc.constantFrom(0, 500, 700),
    drawn: fc.boolean(),
    runs: fc.nat(5),
    failures: fc.nat(5),
    since: few,
  })
  .map((fact) => ({ type: 'recordExposure', fact }))

/** The same evidence twice: as it came, and shuffled with repetitions. */
const orders = fc
  .array(fc.oneof({ weight: 4, arbitrary: result }, { weight: 2, arbitrary: signal }, exposure), {
    minLength: 2,
    maxLength: 14,
    size: 'max',
  })
  // As from storage: fast-check's records have no prototype, JSON's do.
  .map((evidence): readonly CommandBody[] => JSON.parse(JSON.stringify(evidence)))
  .chain((evidence) =>
    fc.record({
      evidence: fc.constant(evidence),
      shuffled: fc
        .array(fc.constantFrom(...evidence), { maxLength: 6 })
        .chain((again) =>
          fc.shuffledSubarray([...evidence, ...again], { minLength: evidence.length + again.length }),
        ),
    }),
  )

const begin = startedStory({
  roster: [canary({ id: '101' }), canary({ id: '102', arms: 'apart', mode: 'pull' })],
}).live

function after(evidence: readonly CommandBody[], under: Heart): RolloutState {
  return evidence.reduce(
    (state, body, index) => step(state, { ...body, at: NOON + index, actor: system, reason: '' }, under),
    begin,
  )
}

function step(state: RolloutState, command: Command, { decide, evolve }: Heart): RolloutState {
  const decision = decide(command, state)
  if (!decision.ok) return state
  return decision.events.reduce((before, event) => evolve(ID, before, event), state)
}

/** Law 5: same state, and the same answer of the tick that follows. */
function holds(
  { evidence, shuffled }: { evidence: readonly CommandBody[]; shuffled: readonly CommandBody[] },
  under: Heart,
) {
  const [left, right] = [after(evidence, under), after(shuffled, under)]
  const tick: Command = {
    type: 'tick',
    at: NOON + 2 * 60 * MINUTE,
    actor: system,
    reason: '',
    freeze: null,
    files: [],
  }
  return (
    isDeepStrictEqual(withoutVersions(left), withoutVersions(right)) &&
    isDeepStrictEqual(under.decide(tick, left), under.decide(tick, right))
  )
}

describe(`law 5: between two ticks any order and repetition of evidence gives the same state (LAWS_SEED=${seed})`, () => {
  it(
    'holds for 1000 sets of evidence',
    () => {
      console.log(`law 5: LAWS_SEED=${seed}`)
      fc.assert(
        fc.property(orders, (both) => holds(both, heart)),
        { seed, numRuns: 1000 },
      )
    },
    timeoutMs,
  )

  it.each([
    ['keeps the first answer', keepsFirstAnswer],
    ['notes arrivals', notesArrival],
  ])(
    'catches a heart that %s',
    (_, wrong) => {
      expect(
        fc.check(
          fc.property(orders, (both) => holds(both, wrong)),
          { seed, numRuns: 1000 },
        ).failed,
      ).toBe(true)
    },
    timeoutMs,
  )

  it('means something: at least half of the evidence is accepted', () => {
    const all = fc.sample(orders, { seed, numRuns: 1000 }).flatMap(({ evidence }) => evidence)
    const accepted = all.filter(
      (body) => heart.decide({ ...body, at: NOON, actor: system, reason: '' }, begin).ok,
    )
    expect(accepted.length / all.length).toBeGreaterThan(0.5)
  })
})
