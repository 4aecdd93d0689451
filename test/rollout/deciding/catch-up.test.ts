import { describe, expect, it } from 'vitest'
import { basisPointsOf } from '../../../src/rollout/history/phase.ts'
import {
  canariesRule,
  HOUR,
  maintainer,
  operator,
  pair,
  policy,
  stage,
  startedStory,
  stranger,
  tickBody,
  writer,
} from '../builders.ts'

const ladder = [0, 500, 2500, 5000, 10_000].map((basisPoints) => stage({ basisPoints, bakeMs: 12 * HOUR }))
const slow = policy({ stages: ladder })
const catchUp = (reached: number) =>
  ({ type: 'catchUp', surroundings: { standing: { kind: 'leads' }, reached } }) as const

describe('catch-up', () => {
  it('bakes an hour a stage up to what an older live release came to, and no further', () => {
    const story = startedStory({ roster: [], policy: slow })
    expect(story.run(catchUp(2500), writer, 'only the version changed')).toEqual(['catch-up-allowed'])
    for (const percent of [5, 25, 50]) {
      expect(story.tick(HOUR)).toContain('stage-entered')
      expect(basisPointsOf(story.live)).toBe(percent * 100)
    }
    expect(story.tick(HOUR)).toEqual([])
    expect(story.tick(11 * HOUR)).toEqual(['stage-entered'])
  })

  describe('by itself', () => {
    /** At 0 %, beside an older live release at 25 % that it is like, or not. */
    function beside(alike: boolean, isTried = true) {
      const gates = { canaries: canariesRule() }
      const stages = ladder.map((one) => ({ ...one, gates }))
      const roster = isTried ? {} : { roster: [] }
      const story = startedStory({ policy: policy({ stages }), ...roster })
      if (isTried) story.results(...pair('pass', 'pass'))
      const older = 'npm:demo-lib@1.0.9'
      const likeness = {
        older,
        alike,
        because: alike ? '' : 'somebody else published it',
        observedAt: story.now,
      }
      story.run({ type: 'recordSignal', signal: { kind: 'likeness', likeness } })
      const surroundings = {
        standing: { kind: 'leads' },
        reached: 2500,
        reachedAlike: alike ? 2500 : 0,
      } as const
      const tick = (ms: number) => {
        story.now += ms
        return story.run({ ...tickBody, surroundings })
      }
      return { story, tick }
    }

    it('bakes an hour a stage up to what the older one came to, once a canary passed', () => {
      const { story, tick } = beside(true)
      tick(12 * HOUR)
      for (const percent of [25, 50]) {
        expect(tick(HOUR)).toEqual(['stage-entered'])
        expect(basisPointsOf(story.live)).toBe(percent * 100)
      }
      expect(tick(HOUR)).toEqual([])
      expect(tick(11 * HOUR)).toEqual(['stage-entered'])
    })

    it('does not hurry what differs, nor what no canary tried', () => {
      const different = beside(false)
      different.tick(12 * HOUR)
      expect(different.tick(HOUR)).toEqual([])
      const untried = beside(true, false)
      untried.tick(12 * HOUR)
      expect(basisPointsOf(untried.story.live)).toBe(500)
      expect(untried.tick(HOUR)).toEqual([])
    })
  })

  it('twice is once', () => {
    const story = startedStory({ roster: [], policy: slow })
    story.run(catchUp(2500), writer, 'alike')
    expect(story.run(catchUp(2500), maintainer, 'alike')).toEqual([])
  })

  it.each([
    ['a reader', 2500, stranger, 'x', 'catchUp is not yours to do.'],
    ['a shared token', 2500, operator, 'x', 'catch-up must be decided by a named person.'],
    ['no reason', 2500, writer, '', 'catch-up needs a reason.'],
    [
      'nothing older',
      0,
      writer,
      'x',
      'There is nothing to catch up with. catchUp: got 0, expected an older live release',
    ],
  ] as const)('is refused: %s', (_, reached, actor, reason, expected) => {
    const story = startedStory({ roster: [], policy: slow })
    expect(story.refused(catchUp(reached), actor, reason)).toContain(expected)
    expect(story.live.catchUpTo).toBe(0)
  })

  it('is off where the policy says never', () => {
    const never = { ...slow, pace: { ...slow.pace, catchUpMs: null } }
    const story = startedStory({ roster: [], policy: never })
    expect(story.refused(catchUp(2500), writer, 'x')).toContain('The policy lets nothing catch up.')
  })
})
