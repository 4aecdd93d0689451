import { describe, expect, it } from 'vitest'
import { effectsWanted } from '../../../src/rollout/effects/effects-wanted.ts'
import {
  BASELINE,
  CANDIDATE,
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

/** A question about its files waits for an answer. */
function asked(): Story {
  const story = startedStory({ compares: true })
  const finding = {
    code: 'module-removed',
    level: 'ask',
    what: ['demo.old'],
    more: 0,
    sentence: 'Modules are gone: demo.old.',
    usedBy: [],
  } as const
  const contents = {
    release: CANDIDATE,
    baseline: BASELINE,
    change: 'minor',
    files: [],
    findings: [finding],
    unread: [],
    at: NOON,
  } as const
  story.run({ type: 'recordSignal', signal: { kind: 'contents', contents } })
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
    const key = (week: number) => [`${ID}/reminder/${NOON}/${week * 7}`]
    expect(keys).toEqual([[], [], key(1), key(1), key(1), key(4)])
  })

  it('is asked again after a day and three days where a question about its files waits', () => {
    const story = asked()
    const days = [0, 1, 2, 3, 6, 7, 20].map((day) => reminded(story, NOON + day * DAY + HOUR))
    const key = (day: number) => [`${ID}/reminder/${NOON}/${day}`]
    expect(days).toEqual([[], key(1), key(1), key(3), key(3), key(7), key(14)])
    story.run({ type: 'dismiss', code: 'module-removed' }, writer, 'it is meant')
    story.tick()
    expect(reminded(story, NOON + 4 * DAY)).toEqual([])
  })

  it('is told anew when it stands still again', () => {
    const story = paused()
    story.now += WEEK
    story.run({ type: 'resume' }, writer, 'fine')
    story.run({ type: 'pause' }, writer, 'again')
    expect(reminded(story, story.now + DAY)).toEqual([])
    expect(reminded(story, story.now + WEEK)).toEqual([`${ID}/reminder/${story.now}/7`])
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
