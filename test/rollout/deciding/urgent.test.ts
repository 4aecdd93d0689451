import { describe, expect, it } from 'vitest'
import { basisPointsOf } from '../../../src/rollout/history/phase.ts'
import {
  CANDIDATE,
  canariesRule,
  completedStory,
  HOUR,
  MINUTE,
  maintainer,
  operator,
  pair,
  policy,
  type Story,
  stage,
  startedStory,
  writer,
} from '../builders.ts'

const files = [{ release: CANDIDATE, name: 'demo-lib-1.1.0.tgz', sha256: 'ab'.repeat(32) }]
const gates = { canaries: canariesRule() }
const weekend = { notBetween: [{ from: 0, to: 10_079 }], timezone: 'UTC' }
const rung = (basisPoints: number, bakeMs: number, more = {}) =>
  stage({ name: `${basisPoints / 100} %`, basisPoints, bakeMs, gates: { ...gates, ...more } })

const withUrgent = policy({
  stages: [0, 500, 2500, 10_000].map((points) => rung(points, 24 * HOUR, { window: weekend })),
  urgent: {
    profile: 'rapid',
    stages: [
      rung(0, 15 * MINUTE, { approval: { by: 'maintain' } }),
      ...[1000, 5000, 10_000].map((points) => rung(points, 8 * HOUR)),
    ],
  },
})
const urgent = { type: 'urgent' } as const

function atFive(): Story {
  const story = startedStory({ policy: withUrgent })
  story.run({ type: 'advance', to: 500, files }, maintainer, 'go')
  return story
}

describe('urgent', () => {
  it('shows groups the candidate from the share at which the usual ladder shows it', () => {
    const [staged, five, quarter, all] = withUrgent.stages
    if (!staged || !five || !quarter || !all) throw new Error('four rungs')
    const stages = [staged, five, { ...quarter, groups: ['friends'] }, { ...all, groups: ['the board'] }]
    const story = startedStory({
      policy: { ...withUrgent, stages, groups: { friends: ['a'], 'the board': ['b'] } },
    })
    story.run(urgent, maintainer, 'it fixes a leak')
    const ladder = story.live.policy?.stages.map(({ basisPoints, groups }) => [basisPoints / 100, groups])
    expect(ladder).toEqual([
      [0, []],
      [10, []],
      [50, ['friends']],
      [100, ['the board']],
    ])
  })

  it('changes the rungs ahead and the bake of the present one, and nothing that is shown', () => {
    const story = atFive()
    expect(story.run(urgent, maintainer, 'it fixes a leak')).toEqual(['hurried'])
    expect(basisPointsOf(story.live)).toBe(500)
    const ladder = story.live.policy?.stages.map(({ basisPoints, bakeMs }) => [
      basisPoints / 100,
      bakeMs / HOUR,
    ])
    expect(ladder).toEqual([
      [0, 24],
      [5, 0.25],
      [10, 8],
      [50, 8],
      [100, 8],
    ])
    expect(story.live.policySource?.detail).toContain('its urgent ladder, as mia (maintain) said')
    expect(story.run(urgent, maintainer, 'again')).toEqual([])
  })

  it('waits for no window and lets no canary off', () => {
    const story = atFive()
    story.run(urgent, maintainer, 'it fixes a leak')
    expect(story.tick(HOUR)).toEqual([])
    story.results(...pair('pass', 'pass'))
    expect(story.tick()).toEqual(['stage-entered'])
    expect(basisPointsOf(story.live)).toBe(1000)
  })

  it('is the approval that the ladder may ask for before anybody sees it', () => {
    const story = startedStory({ policy: withUrgent }).results(...pair('pass', 'pass'))
    story.run(urgent, maintainer, 'it fixes a leak')
    expect(story.tick(15 * MINUTE)).toEqual(['sealed', 'stage-entered'])
  })

  it.each([
    ['a writer', writer, 'x', 'expected maintain permission'],
    ['a shared token', operator, 'x', 'urgent must be decided by a named person.'],
    ['no reason', maintainer, ' ', 'urgent needs a reason.'],
  ] as const)('is refused: %s', (_, actor, reason, expected) => {
    const story = atFive()
    expect(story.refused(urgent, actor, reason)).toContain(expected)
    expect(story.live.policy).toEqual(withUrgent)
  })

  it('needs a policy that has such a ladder', () => {
    expect(startedStory().refused(urgent, maintainer, 'x')).toBe(
      'Nothing in the policy is urgent. urgent: got "custom", expected a policy with an urgent ladder, such as urgent: { profile: rapid }.',
    )
  })

  it('is refused once the rollout is over', () => {
    expect(completedStory().refused(urgent, maintainer, 'x')).toContain('completed')
  })

  it('leaves the ladder as it is where the urgent one would not end', () => {
    const broken = { profile: 'rapid', stages: [rung(0, HOUR), rung(1000, -1), rung(10_000, HOUR)] } as const
    const story = startedStory({ policy: { ...withUrgent, urgent: broken } })
    expect(story.refused(urgent, maintainer, 'x')).toContain('The bake is no duration.')
    expect(story.live.policy?.stages).toHaveLength(4)
  })
})
