import { describe, expect, it } from 'vitest'
import { effectsWanted } from '../../../src/rollout/effects/effects-wanted.ts'
import {
  canariesRule,
  DAY,
  HOUR,
  ID,
  maintainer,
  NOON,
  policy,
  type Story,
  sha256Hex,
  stage,
  startBody,
  startedStory,
  tickBeside,
  writer,
} from '../builders.ts'

const reminded = ({ live }: Story, now: number) =>
  effectsWanted(live, now, sha256Hex)
    .filter(({ kind }) => kind === 'reminder')
    .map(({ key }) => key)

const WEEK = 7 * DAY

function paused(): Story {
  const story = startedStory()
  story.run({ type: 'pause' }, writer, 'wait')
  return story
}

function held(): Story {
  const story = startedStory()
  const blocker = { issue: 'a/b#1', title: 't', labels: ['regression'], open: true, observedAt: NOON }
  story.run({ type: 'recordSignal', signal: { kind: 'blocker', blocker } })
  story.tick()
  return story
}

/** Its own check never says anything. */
function undecided(): Story {
  const gates = { checks: { required: ['ci'] } }
  const stages = [0, 10_000].map((basisPoints) => stage({ basisPoints, gates }))
  return startedStory({ roster: [], policy: policy({ stages }) })
}

describe('a rollout that stands still', () => {
  it.each([
    ['paused', paused],
    ['held', held],
    ['undecided', undecided],
  ])('%s, is told once for each whole week, and only of the newest', (_, of) => {
    const story = of()
    const keys = [HOUR, WEEK - 1, WEEK, WEEK + DAY, 2 * WEEK - 1, 4 * WEEK].map((ms) =>
      reminded(story, NOON + ms),
    )
    const key = (week: number) => [`${ID}/reminder/${NOON}/${week}`]
    expect(keys).toEqual([[], [], key(1), key(1), key(1), key(4)])
  })

  it('is told anew when it stands still again', () => {
    const story = paused()
    story.now += WEEK
    story.run({ type: 'resume' }, writer, 'fine')
    story.run({ type: 'pause' }, writer, 'again')
    expect(reminded(story, story.now + DAY)).toEqual([])
    expect(reminded(story, story.now + WEEK)).toEqual([`${ID}/reminder/${story.now}/1`])
  })

  it.each<[what: string, story: () => Story]>([
    [
      'time decides',
      () =>
        startedStory({
          roster: [],
          policy: policy({
            stages: [0, 10_000].map((basisPoints) =>
              stage({ basisPoints, bakeMs: 90 * DAY, gates: { canaries: canariesRule() } }),
            ),
          }),
        }),
    ],
    [
      'its hold ends by itself',
      () => {
        const story = startedStory({ roster: [] })
        story.run({ type: 'hold', durationMs: 30 * DAY }, maintainer, 'later')
        story.tick()
        return story
      },
    ],
    [
      'a newer release is ahead of it',
      () => {
        const story = undecided()
        story.run(tickBeside('overtaken'))
        return story
      },
    ],
    [
      'it has ended',
      () => {
        const story = paused()
        story.run({ type: 'rollBack', installable: true, newerCompleted: null }, maintainer, 'it breaks')
        return story
      },
    ],
    [
      'there is no issue to say it on',
      () => {
        const story = startedStory({
          policy: policy({ notify: { pullRequests: true, trackingIssue: false, dependents: true } }),
        })
        story.run({ type: 'pause' }, writer, 'wait')
        return story
      },
    ],
    [
      'it belongs to no repository',
      () => {
        const story = startedStory({ ...startBody, origin: null })
        story.run({ type: 'pause' }, writer, 'wait')
        return story
      },
    ],
  ])('is not told of where %s', (_, of) => {
    expect(reminded(of(), NOON + 3 * WEEK)).toEqual([])
  })
})
