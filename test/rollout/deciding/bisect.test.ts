import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../../../src/rollout/deciding/evaluate.ts'
import { effectsWanted } from '../../../src/rollout/effects/effects-wanted.ts'
import { explain } from '../../../src/rollout/explaining/explain.ts'
import type { ResultFact } from '../../../src/rollout/history/event.ts'
import { basisPointsOf, isLive, phaseOf } from '../../../src/rollout/history/phase.ts'
import { canaryTask, registryTask } from '../../../src/rollout/starting/canary-request.ts'
import {
  BASELINE,
  CANDIDATE,
  canary,
  maintainer,
  member,
  NOON,
  pair,
  policy,
  type Story,
  sha256Hex,
  startedStory,
  stranger,
  writer,
} from '../builders.ts'
import { moves, play } from '../laws/histories.ts'
import { isOfSearch, searchFacts } from '../laws/search-moves.ts'

const MIDDLE = ['npm:demo-lib@1.0.1', 'npm:demo-lib@1.0.2']
const bisect = (between: readonly string[] = MIDDLE, name = 'acme/app') =>
  ({ type: 'bisectCanary', canary: name, between }) as const

/** Taken back, because acme/app regressed. */
function regressed(change: Parameters<typeof startedStory>[0] = {}): Story {
  const story = startedStory(change)
  for (const number of [1, 2, 3]) story.results(...pair('fail', 'pass', { try: number }))
  story.tick()
  return story
}

const facts = (story: Story) => {
  const found = story.live.canaries['101']
  if (found === undefined) throw new Error('there is no canary')
  return found
}
const searchOfIt = (story: Story) => explain(story.live, story.now).canaries[0]?.bisect

/** Answers the wanted tries until the search has its answer. */
function answerAll(story: Story, bad: (release: string) => boolean): void {
  for (let step = 0; step < 30 && story.live.searching.length > 0; step += 1) {
    const [effect] = effectsWanted(story.live, story.now, sha256Hex).filter(({ kind }) => kind === 'dispatch')
    if (effect?.kind !== 'dispatch') throw new Error('no run is wanted')
    const number = effect.try
    const release =
      canaryTask(story.live, { canary: '101', try: number, arm: 'both', nonce: 'n' }, 'u').releases[0] ?? ''
    for (const fact of searchFacts(
      facts(story),
      number,
      [bad(release) ? 'fail' : 'pass', 'pass'],
      story.now,
    )) {
      story.run({ type: 'recordResult', fact })
    }
    story.tick()
  }
}

describe('the search for the first bad release of a line', () => {
  it('goes on after the release was taken back, is told in the history and names the release', () => {
    const story = regressed()
    const before = { phase: phaseOf(story.live), gates: explain(story.live, story.now).coverage }
    expect(before.phase).toBe('rolled-back')
    expect(story.run(bisect(), writer, 'which one?')).toEqual(['bisect-started'])
    expect(searchOfIt(story)?.sentence).toMatchInlineSnapshot(
      `"Testing npm:demo-lib@1.0.1 against npm:demo-lib@1.0.0. Under suspicion: npm:demo-lib@1.0.1, npm:demo-lib@1.0.2, npm:demo-lib@1.1.0."`,
    )
    answerAll(story, (release) => release === 'npm:demo-lib@1.0.2')
    const last = story.events.at(-1)
    expect(last).toMatchObject({ type: 'bisect-ended', answer: 'found', releases: ['npm:demo-lib@1.0.2'] })
    expect(last?.reason).toMatchInlineSnapshot(
      `"The first bad release is npm:demo-lib@1.0.2: acme/app fails with it, and passes with npm:demo-lib@1.0.1."`,
    )
    expect(searchOfIt(story)).toEqual({
      suspects: [
        { release: 'npm:demo-lib@1.0.1', verdict: 'good' },
        { release: 'npm:demo-lib@1.0.2', verdict: 'bad' },
        { release: CANDIDATE, verdict: 'bad' },
      ],
      sentence: last?.reason,
    })
    expect({ phase: phaseOf(story.live), gates: explain(story.live, story.now).coverage }).toEqual(before)
    expect(effectsWanted(story.live, story.now, sha256Hex).filter(({ kind }) => kind === 'dispatch')).toEqual(
      [],
    )
    // And once more, with tries of its own.
    expect(story.run(bisect(), writer)).toEqual(['bisect-started'])
    expect(searchOfIt(story)?.suspects.map(({ verdict }) => verdict)).toEqual([
      'under-way',
      'untested',
      'bad',
    ])
  })

  it('tests one release against the baseline, with or without a server', () => {
    const story = regressed()
    story.run(bisect(), writer)
    const attempt = { canary: '101', try: 1_000_101, arm: 'both', nonce: 'n' } as const
    expect(canaryTask(story.live, attempt, 'https://slipway.test').releases).toEqual(['npm:demo-lib@1.0.2'])
    expect(registryTask(story.live, attempt)).toMatchObject({ baselines: [BASELINE] })
    expect(canaryTask(story.live, { ...attempt, try: 1 }, '').releases).toEqual([CANDIDATE])
    expect(canaryTask(story.live, { ...attempt, canary: '7' }, '').releases).toEqual([CANDIDATE])
  })

  it('takes results of its tries only, also of releases that are no members', () => {
    const story = regressed()
    const [fact] = searchFacts(facts(story), 1_000_001, ['fail', 'pass'], NOON)
    if (fact === undefined) throw new Error('no fact')
    expect(story.refused({ type: 'recordResult', fact })).toContain('No such try was wanted')
    story.run(bisect(), writer)
    expect(story.refused({ type: 'recordResult', fact: { ...fact, try: 1_000_301 } })).toContain(
      'No such try',
    )
    const fetched = {
      kind: 'fetched',
      canary: '101',
      arm: 'candidate',
      at: NOON,
      release: MIDDLE[0] ?? '',
    } as const
    expect(story.run({ type: 'recordSignal', signal: { ...fetched, try: 1_000_001 } })).toEqual([
      'signal-recorded',
    ])
    const other = { ...fetched, try: 1_000_001, release: 'npm:demo-lib@1.0.3' }
    expect(story.refused({ type: 'recordSignal', signal: other })).toContain('does not belong to it')
    expect(story.refused({ type: 'recordResult', fact: { ...fact, try: 4 } })).toContain('is over')
  })

  it('says what is left when too little could be judged, and when it was given up', () => {
    const story = regressed()
    story.run(bisect(), writer)
    story.tick(400 * 3_600_000)
    expect(story.events.at(-1)?.reason).toMatchInlineSnapshot(
      `"The first bad release is one of npm:demo-lib@1.0.1, npm:demo-lib@1.0.2, npm:demo-lib@1.1.0; what lies between could not be judged on acme/app."`,
    )
    story.run(bisect(), writer)
    const gone = {
      kind: 'canary-state',
      canary: '101',
      state: 'archived',
      at: story.now,
      message: 'no',
    } as const
    story.run({ type: 'recordSignal', signal: gone })
    story.tick()
    expect(story.events.at(-1)?.reason).toMatchInlineSnapshot(
      `"acme/app cannot be tested now, so the search was given up; left are npm:demo-lib@1.0.1, npm:demo-lib@1.0.2, npm:demo-lib@1.1.0."`,
    )
  })

  it('names at most ten', () => {
    const story = regressed()
    story.run(bisect(Array.from({ length: 12 }, (_, index) => `npm:demo-lib@1.0.${index + 1}`)), writer)
    expect(searchOfIt(story)?.sentence).toContain('npm:demo-lib@1.0.10 and 3 more.')
  })
})

describe('the search in a train', () => {
  const other = { candidate: 'npm:core@2.0.0', baseline: 'npm:core@1.0.0' }
  const fresh = { candidate: 'npm:new@1.0.0', baseline: null }

  it.each([
    [
      'npm:core@2.0.0',
      'The bad release is npm:core@2.0.0: acme/app fails with it alone, with the baselines of the other packages.',
    ],
    [
      'none',
      'None of npm:demo-lib@1.1.0, npm:core@2.0.0 breaks acme/app alone, only together with others of them.',
    ],
  ])('tests one package at a time: %s', (bad, sentence) => {
    const story = regressed({ members: [member, other, fresh] })
    expect(story.run(bisect([]), writer)).toEqual(['bisect-started'])
    answerAll(story, (release) => release === bad)
    expect(story.events.at(-1)?.reason).toBe(sentence)
  })

  it('says which could not be judged', () => {
    const story = regressed({ members: [member, other] })
    story.run(bisect([]), writer)
    story.tick(400 * 3_600_000)
    expect(story.events.at(-1)?.reason).toBe(
      'None of the packages is shown to break acme/app alone; npm:demo-lib@1.1.0, npm:core@2.0.0 could not be judged.',
    )
  })
})

describe('a search is refused', () => {
  it.each([
    ['without permission', regressed(), bisect(), stranger, /write permission/],
    [
      'for a canary nobody knows',
      regressed(),
      bisect(MIDDLE, 'x'),
      writer,
      /^It is no canary.*one of acme\/app/,
    ],
    [
      'where nothing regressed',
      startedStory().results(...pair('pass', 'pass')),
      bisect(),
      writer,
      /expected a canary that regressed/,
    ],
    [
      'with nothing between',
      regressed(),
      bisect([]),
      writer,
      /^Nothing lies between baseline \(npm:demo-lib@1\.0\.0\) and candidate\./,
    ],
    ['before the start', unstarted(), bisect(), writer, /has not started/],
  ] as const)('%s', (_, story, command, actor, message) => {
    expect(story.refused(command, actor)).toMatch(message)
    expect(story.live.searching).toEqual([])
  })

  it('on canaries whose runs are not ours to ask for', () => {
    const observed = startedStory({ roster: [canary({ mode: 'observe' })] })
    for (const number of [1, 2, 3]) observed.results(...pair('fail', 'pass', { try: number }))
    expect(observed.refused(bisect(), writer)).toMatch(/observed|expected a canary that regressed/)
    const outsider = startedStory({ roster: [canary({ admission: 'none' })] })
    for (const number of [1, 2, 3]) outsider.results(...pair('fail', 'pass', { try: number }))
    expect(outsider.refused(bisect(), writer)).toContain('not admitted')
  })

  it('but not when it is under way, nor for a waiver', () => {
    const story = startedStory({ policy: policy({ rollback: { automatic: false, freezeAfter: null } }) })
    for (const number of [1, 2, 3]) story.results(...pair('fail', 'pass', { try: number }))
    story.run({ type: 'waive', canary: '101' }, maintainer, 'known')
    expect(story.run(bisect(), writer)).toEqual(['bisect-started'])
    expect(story.run(bisect(), writer)).toEqual([])
  })
})

/** Reserved only. */
function unstarted(): Story {
  const story = startedStory()
  story.state = { ...story.live, startedAt: null, policy: null }
  return story
}

describe('laws', () => {
  it('law 5: any order and repetition of what a search brings gives the same state', () => {
    const outcome = fc.constantFrom('pass', 'fail', 'infra', 'cancelled') as fc.Arbitrary<'pass' | 'fail'>
    const answers = fc.array(fc.tuple(fc.constantFrom(1_000_001, 1_000_002, 1_000_101), outcome, outcome), {
      minLength: 2,
      maxLength: 6,
    })
    fc.assert(
      fc.property(answers, fc.array(fc.nat(99), { minLength: 12, maxLength: 12 }), (given, keys) => {
        const start = regressed()
        start.run(bisect(), writer)
        const evidence = given.flatMap(([number, candidate, baseline]) =>
          searchFacts(facts(start), number, [candidate, baseline], NOON),
        )
        const shuffled = evidence
          .map((fact, index) => [fact, keys[index] ?? 0] as const)
          .sort(([, left], [, right]) => left - right)
          .map(([fact]) => fact)
        const fold = (list: readonly ResultFact[]) => {
          const story = regressed()
          story.run(bisect(), writer)
          story.results(...list)
          story.tick()
          const { version, transitions, ...rest } = story.live
          return { ...rest, told: transitions.map(({ type, reason }) => [type, reason]) }
        }
        expect(fold([...shuffled, ...evidence])).toEqual(fold(evidence))
      }),
      { numRuns: 50 },
    )
  })

  it('a search never moves a rollout, and what it finds counts for no gate', () => {
    fc.assert(
      fc.property(moves, (history) => {
        for (const { command, before, after } of play(history).steps) {
          if (!isOfSearch(command) || before === null || after === null) continue
          expect([phaseOf(after), basisPointsOf(after), after.progressAt]).toEqual([
            phaseOf(before),
            basisPointsOf(before),
            before.progressAt,
          ])
          if (!isLive(before) || !isLive(after)) continue
          expect(evaluate(after, command.at)).toEqual(evaluate(before, command.at))
        }
      }),
      { numRuns: 60 },
    )
  })
})
