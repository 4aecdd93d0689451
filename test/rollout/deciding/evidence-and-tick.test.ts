import { describe, expect, it } from 'vitest'
import { explain } from '../../../src/rollout/explaining/explain.ts'
import { phaseOf } from '../../../src/rollout/history/phase.ts'
import {
  BASELINE,
  CANDIDATE,
  canary,
  completedStory,
  counts,
  DAY,
  HOUR,
  MINUTE,
  maintainer,
  NOON,
  pair,
  policy,
  reserveBody,
  Story,
  stage,
  startBody,
  startedStory,
  writer,
} from '../builders.ts'

const files = [{ release: CANDIDATE, name: 'demo-lib-1.1.0.tgz', sha256: 'ab'.repeat(32) }]

function raise(): never {
  throw new Error('no fact')
}

describe('evidence', () => {
  const [fact = raise()] = pair('pass', 'pass')
  const dispatch = { arm: 'both', at: NOON, runId: 7, url: null, failure: null } as const

  it.each([
    [
      'an unknown canary',
      { ...fact, canary: '999' },
      'It is no canary of this rollout. canary: got "999", expected the id of a canary on the roster.',
    ],
    [
      'a try that nobody wanted',
      { ...fact, try: 20 },
      'No such try was wanted. try: got 20, expected a try from 1 to 19.',
    ],
    ['try 0', { ...fact, try: 0 }, 'No such try was wanted.'],
    ['a leg without a name', { ...fact, leg: '' }, 'leg: got "", expected 1 to 200 characters.'],
    ['a leg with a very long name', { ...fact, leg: 'x'.repeat(201) }, 'The leg has no usable name.'],
  ])('of %s is refused', (_, strange, message) => {
    const story = startedStory()
    const before = story.live
    expect(story.refused({ type: 'recordResult', fact: strange })).toContain(message)
    expect(story.live).toBe(before)
  })

  it('is stored once and never moves the phase', () => {
    const story = startedStory()
    expect(story.run({ type: 'recordResult', fact })).toEqual(['result-recorded'])
    expect(story.run({ type: 'recordResult', fact })).toEqual([])
    expect(phaseOf(story.live)).toBe('staged')
  })

  it('is refused before the start and after the end', () => {
    const waiting = new Story()
    waiting.run(reserveBody)
    expect(waiting.refused({ type: 'recordResult', fact })).toContain('The rollout has not started.')
    expect(completedStory().refused({ type: 'recordResult', fact })).toBe(
      'The rollout is over (completed). canary: got "101", expected evidence while the rollout is live.',
    )
  })

  it('of what happened around it is stored after the end too', () => {
    const done = completedStory()
    const signal = { kind: 'dispatched', canary: '101', try: 1, dispatch } as const
    expect(done.run({ type: 'recordSignal', signal })).toEqual(['signal-recorded'])
    expect(done.run({ type: 'recordSignal', signal })).toEqual([])
    expect(done.live.end?.kind).toBe('completed')
  })

  it.each([
    [{ kind: 'dispatched', canary: 'x', try: 1, dispatch } as const, 'It is no canary'],
    [
      { kind: 'fetched', canary: '101', try: 99, arm: 'baseline', release: BASELINE, at: NOON } as const,
      'No such try',
    ],
    [
      { kind: 'fetched', canary: '101', try: 1, arm: 'baseline', release: 'npm:x@1.0.0', at: NOON } as const,
      'The release does not belong to it. release: got "npm:x@1.0.0"',
    ],
  ])('refuses strange signals: %#', (signal, message) => {
    expect(startedStory().refused({ type: 'recordSignal', signal })).toContain(message)
  })

  it.each([
    [1, 2],
    [1, -1],
    [0.5, 0],
    [5, 0],
  ])('refuses %d runs with %d failures', (runs, failures) => {
    const fact = counts({ runs, failures })
    expect(startedStory().refused({ type: 'recordExposure', fact })).toContain('The counts are no counts.')
  })

  it('keeps the greater counts', () => {
    const story = startedStory()
    const record = (runs: number, failures: number) =>
      story.run({ type: 'recordExposure', fact: counts({ runs, failures }) })
    expect(
      [record(3, 1), record(2, 2), record(3, 1), record(3, 2), record(4, 0)].map(({ length }) => length),
    ).toEqual([1, 0, 0, 1, 1])
    expect(story.live.exposures['k/500/candidate']).toMatchObject({ runs: 4, failures: 0 })
    expect(
      completedStory().refused({
        type: 'recordExposure',
        fact: counts(),
      }),
    ).toContain('is over')
  })
})

describe('the tick', () => {
  it('is for the clock alone', () => {
    expect(startedStory().refused({ type: 'tick', freeze: null, files: [] }, maintainer)).toBe(
      'Only the clock ticks. actor: got "person", expected the server itself.',
    )
  })

  it('does nothing before the start', () => {
    const story = new Story()
    story.run(reserveBody)
    expect(story.tick(30 * DAY)).toEqual([])
  })

  it('closes the file list once', () => {
    const story = startedStory().results(...pair('pass', 'pass'))
    story.run({ type: 'seal', files })
    expect(story.tick(HOUR)).toEqual(['stage-entered'])
    expect(story.live.sealedFiles).toEqual(files)
  })

  it('raises nothing in a freeze, but goes on completing and rolling back', () => {
    const freeze = { until: NOON + 2 * DAY, rollbacks: 3 }
    const frozen = { type: 'tick', freeze, files } as const
    const story = startedStory().results(...pair('pass', 'pass'))
    story.now += HOUR
    expect(story.run(frozen)).toEqual([])
    for (let stages = 0; stages < 3; stages += 1) story.tick(HOUR)
    story.now += HOUR
    expect(story.run(frozen)).toEqual(['completed'])
    const bad = startedStory()
    for (const number of [1, 2, 3]) bad.results(...pair('fail', 'pass', { try: number }))
    expect(bad.run(frozen)).toEqual(['rolled-back'])
  })

  it('holds where the policy leaves rolling back to people', () => {
    const story = startedStory({ policy: policy({ rollback: { automatic: false, freezeAfter: null } }) })
    for (const number of [1, 2, 3]) story.results(...pair('fail', 'pass', { try: number }))
    expect(story.tick()).toEqual(['held'])
    expect(story.tick()).toEqual([])
    expect(phaseOf(story.live)).toBe('held')
  })

  it('is released when the reason is gone', () => {
    const story = startedStory().results(...pair('pass', 'pass'))
    const blocker = { issue: 'a/b#1', title: 't', labels: ['regression'], open: true, observedAt: NOON }
    story.run({ type: 'recordSignal', signal: { kind: 'blocker', blocker } })
    expect(story.tick()).toEqual(['held'])
    const closed = { ...blocker, open: false, observedAt: NOON + MINUTE }
    story.run({ type: 'recordSignal', signal: { kind: 'blocker', blocker: closed } })
    expect(story.tick()).toEqual(['released'])
    expect(story.live).toMatchObject({ heldSince: null, heldBecause: [] })
  })

  it.each([
    ['taken off and put on', [[], ['regression']]],
    ['put on and taken off', [['regression'], []]],
  ])('holds where a label was %s in one second, because nobody can tell the order', (_, looks) => {
    const story = startedStory().results(...pair('pass', 'pass'))
    for (const labels of looks) {
      const blocker = { issue: 'a/b#1', title: 't', labels, open: true, observedAt: NOON }
      story.run({ type: 'recordSignal', signal: { kind: 'blocker', blocker } })
    }
    expect(story.tick(HOUR)).toEqual(['held'])
  })

  it('waits until somebody looked for blockers that were open before the start, and says so', () => {
    const story = new Story()
    story.run(reserveBody)
    story.run(startBody)
    story.results(...pair('pass', 'pass'))
    expect(story.tick(2 * HOUR)).toEqual([])
    const says = () => explain(story.live, story.now)
    expect(says()).toMatchObject({ phase: 'staged', percent: 0 })
    expect(says().sentence).toBe(
      'At 0 % since 2026-11-20 12:00 UTC. Waiting until the open issues of acme/demo-lib are looked up for the label regression.',
    )
    expect(says().next).toEqual({ sentence: 'When the gates pass it goes to 5 %.', at: null })
    const failed = { kind: 'blocker-search-failed', at: story.now, message: '403: no' } as const
    story.run({ type: 'recordSignal', signal: failed })
    expect(story.tick()).toEqual([])
    expect(says().sentence).toContain('The look at 2026-11-20 14:00 UTC failed (403: no); it is tried again.')
    story.run({ type: 'recordSignal', signal: { kind: 'blockers-searched', labels: ['other'], at: 0 } })
    expect(story.tick()).toEqual([])
    story.run({ type: 'recordSignal', signal: { kind: 'blockers-searched', labels: ['regression'], at: 0 } })
    expect(story.tick()).toEqual(['sealed', 'stage-entered'])
  })

  it('completes a held rollout when the hold ends', () => {
    const story = startedStory().results(...pair('pass', 'pass'))
    for (let stages = 0; stages < 3; stages += 1) story.tick(HOUR)
    story.run({ type: 'hold', durationMs: 2 * HOUR }, writer)
    expect(story.tick(HOUR)).toEqual(['held'])
    expect(story.tick(HOUR)).toEqual(['released', 'completed'])
  })

  it('abandons what has not moved for long, unless it can move now', () => {
    const silent = startedStory({ policy: policy({ abandonAfterMs: DAY }) })
    expect(silent.tick(DAY)).toEqual(['held'])
    expect(silent.tick(DAY - MINUTE)).toEqual([])
    silent.now = NOON + 2 * DAY + MINUTE
    expect(silent.tick()).toEqual(['abandoned'])
    expect(silent.events.at(-1)?.reason).toBe('Nothing has moved for 24 h.')
    const slept = startedStory({ policy: policy({ abandonAfterMs: DAY }) }).results(...pair('pass', 'pass'))
    expect(slept.tick(5 * DAY)).toEqual(['sealed', 'stage-entered'])
  })

  it('is not kept open by the results of somebody who was not admitted', () => {
    const roster = [canary(), canary({ id: '7', admission: 'none', weight: 0 })]
    const story = startedStory({ roster, policy: policy({ abandonAfterMs: DAY }) })
    story.tick(DAY)
    story.results(
      ...pair('pass', 'pass', { canary: '7' }).map((fact) => {
        return { ...fact, result: { ...fact.result, observedAt: NOON + 36 * HOUR } }
      }),
    )
    story.now = NOON + 2 * DAY + MINUTE
    expect(story.tick()).toEqual(['abandoned'])
  })

  it('counts results and running bakes as movement, and abandons what stays paused', () => {
    const slow = policy({
      abandonAfterMs: DAY,
      stages: [stage({ bakeMs: 3 * DAY }), stage({ basisPoints: 10_000 })],
    })
    expect(startedStory({ policy: slow }).tick(2 * DAY)).toEqual([])
    const story = startedStory({ policy: policy({ abandonAfterMs: DAY }) })
    story.run({ type: 'pause' }, writer)
    for (const [index, fact] of pair('pass', 'pass').entries()) {
      const observedAt = NOON + (index + 5) * HOUR
      story.run({ type: 'recordResult', fact: { ...fact, result: { ...fact.result, observedAt } } })
    }
    expect(story.tick(DAY + HOUR)).toEqual([])
    expect(story.tick(6 * HOUR)).toEqual(['abandoned'])
  })
})
