import { describe, expect, it } from 'vitest'
import type { Actor } from '../../../src/rollout/history/actor.ts'
import { phaseOf } from '../../../src/rollout/history/phase.ts'
import {
  BASELINE,
  CANDIDATE,
  completedStory,
  DAY,
  HOUR,
  ID,
  maintainer,
  NOON,
  namedOperator,
  operator,
  pair,
  reserveBody,
  Story,
  startedStory,
  system,
  writer,
} from '../builders.ts'

const files = [{ release: CANDIDATE, name: 'demo-lib-1.1.0.tgz', sha256: 'ab'.repeat(32) }]

const rollBack = { type: 'rollBack', installable: true, newerCompleted: null } as const

const next = { type: 'advance', to: null, files } as const

describe('advance', () => {
  it('needs nobody where every gate passes', () => {
    const story = startedStory().results(...pair('pass', 'pass'))
    story.now += HOUR
    expect(story.run(next, writer)).toEqual(['sealed', 'stage-entered'])
    expect(story.events.at(-1)).toMatchObject({ index: 1, forced: false })
  })

  it.each([
    ['a writer', writer, 'go', true],
    ['a named token', namedOperator, 'go', true],
    ['a shared token', operator, 'go', 'advance must be decided by a named person. as: got nothing'],
    [
      'a blank name',
      { ...namedOperator, as: ' ' } as Actor,
      'go',
      'advance must be decided by a named person.',
    ],
    ['the server', system, 'go', 'advance must be decided by a named person.'],
    ['no reason', writer, ' ', 'advance needs a reason. reason: got " ", expected why, in a few words.'],
  ] as const)('past a bake: %s', (_, actor, reason, expected) => {
    const story = startedStory()
    if (expected === true) {
      expect(story.run(next, actor, reason)).toEqual(['sealed', 'stage-entered'])
      expect(story.events.at(-1)).toMatchObject({ forced: true, reason })
      return
    }
    expect(story.refused(next, actor, reason)).toContain(expected)
    expect(story.live.stageIndex).toBe(0)
  })

  it('past a hold needs maintain', () => {
    const story = startedStory().results(...pair('timed-out', 'pass'))
    expect(story.tick()).toEqual(['held'])
    expect(story.refused(next, writer, 'go')).toContain('expected maintain permission')
    expect(story.run(next, maintainer, 'go')).toEqual(['released', 'sealed', 'stage-entered'])
    expect(phaseOf(story.live)).toBe('rolling')
  })

  it('never goes past a failing gate', () => {
    const story = startedStory()
    for (const number of [1, 2, 3]) story.results(...pair('fail', 'pass', { try: number }))
    expect(story.refused(next, maintainer, 'go')).toBe(
      '1 required canary regressed: acme/app (regressed). advance: got "past a failing gate", expected a waiver or a retry of what failed.',
    )
  })

  it('raises nothing in a freeze, whoever asks, and still completes', () => {
    const freeze = { until: NOON + DAY, rollbacks: 3 }
    const story = startedStory().results(...pair('pass', 'pass'))
    expect(story.refused({ ...next, freeze }, maintainer, 'go')).toBe(
      `The package is frozen after 3 rollbacks. advance: got "${ID}", expected an advance after 2026-11-21 12:00 UTC.`,
    )
    story.run({ ...next, to: 10_000 }, maintainer, 'go')
    expect(story.run({ ...next, freeze }, maintainer, 'go')).toEqual(['completed'])
  })

  it('passes stages in order up to `to`', () => {
    const story = startedStory()
    expect(story.run({ ...next, to: 2500 }, maintainer, 'go')).toEqual([
      'sealed',
      'stage-entered',
      'stage-entered',
    ])
    expect(story.live.stageIndex).toBe(2)
    expect(story.run({ ...next, to: 2500 }, maintainer, 'go')).toEqual([])
    expect(story.refused({ ...next, to: 500 }, maintainer, 'go')).toBe(
      'That stage is behind. to: got 5, expected one of 25, 100 percent.',
    )
    expect(story.refused({ ...next, to: 5000 }, maintainer, 'go')).toContain(
      'There is no such stage. to: got 50',
    )
  })

  it('completes at the last stage', () => {
    const story = startedStory()
    story.run({ ...next, to: 10_000 }, maintainer, 'go')
    expect(story.run(next, maintainer, 'done')).toEqual(['completed'])
  })

  it('waits for the pause to end', () => {
    const story = startedStory()
    story.run({ type: 'pause' }, writer)
    expect(story.refused(next, maintainer, 'go')).toBe(
      `The rollout is paused. advance: got "${ID}", expected resume first.`,
    )
  })

  it('needs a rollout that has started', () => {
    const story = new Story()
    story.run(reserveBody)
    expect(story.refused(next, maintainer, 'go')).toContain('The rollout has not started.')
  })
})

describe('pause and resume', () => {
  it('stop and go on, once', () => {
    const story = startedStory().results(...pair('pass', 'pass'))
    expect(story.run({ type: 'resume' }, writer)).toEqual([])
    expect(story.run({ type: 'pause' }, writer)).toEqual(['paused'])
    expect(story.run({ type: 'pause' }, writer)).toEqual([])
    expect(story.tick(2 * HOUR)).toEqual([])
    expect(phaseOf(story.live)).toBe('paused')
    expect(story.run({ type: 'resume' }, writer)).toEqual(['resumed'])
    expect(story.tick()).toEqual(['sealed', 'stage-entered'])
  })

  it('do not stop a rollback', () => {
    const story = startedStory()
    story.run({ type: 'pause' }, writer)
    for (const number of [1, 2, 3]) story.results(...pair('fail', 'pass', { try: number }))
    expect(story.tick()).toEqual(['rolled-back'])
  })

  it('need a live rollout', () => {
    const story = completedStory()
    expect(story.refused({ type: 'pause' }, writer)).toContain('is over (completed)')
    expect(story.refused({ type: 'resume' }, writer)).toContain('is over (completed)')
  })
})

describe('rollback', () => {
  it('takes the candidate back at once, also after completion', () => {
    const story = startedStory()
    expect(story.run(rollBack, writer, 'broken')).toEqual(['rolled-back'])
    const done = completedStory()
    expect(done.live.end?.kind).toBe('completed')
    expect(done.run(rollBack, writer)).toEqual(['rolled-back'])
  })

  it.each([
    [
      { installable: false },
      `The baseline is gone. baseline: got ["${BASELINE}"], expected a baseline that can be installed.`,
    ],
    [{ newerCompleted: 'npm:demo-lib@1.2.0' }, 'A newer release has completed since.'],
  ])('after completion is refused with %j', (change, message) => {
    const story = completedStory()
    expect(story.refused({ ...rollBack, ...change }, writer)).toContain(message)
    expect(phaseOf(story.live)).toBe('completed')
  })

  it('of an ended rollout is refused, one that has not begun is called off', () => {
    const story = startedStory()
    story.run(rollBack, writer)
    expect(story.refused(rollBack, writer)).toContain('The rollout is over (rolled-back). rollout: got')
    const waiting = new Story()
    waiting.run(reserveBody)
    waiting.run(rollBack, writer)
    expect(phaseOf(waiting.live)).toBe('abandoned')
  })
})
