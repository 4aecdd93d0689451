import { describe, expect, it } from 'vitest'
import { bucketOf } from '../../../src/cohort/bucket.ts'
import { explain } from '../../../src/rollout/explaining/explain.ts'
import type { Actor } from '../../../src/rollout/history/actor.ts'
import { basisPointsOf, phaseOf, seesCandidate } from '../../../src/rollout/history/phase.ts'
import {
  CANDIDATE,
  completedStory,
  HOUR,
  ID,
  MINUTE,
  maintainer,
  NOON,
  namedOperator,
  operator,
  pair,
  policy,
  reserveBody,
  Story,
  sha256,
  stage,
  startedStory,
  stranger,
  writer,
} from '../builders.ts'

const files = [{ release: CANDIDATE, name: 'demo-lib-1.1.0.tgz', sha256: 'ab'.repeat(32) }]
const stop = { type: 'lower', to: 0 } as const
const resume = { type: 'resume' } as const
const advance = (to: number | null) => ({ type: 'advance', to, files }) as const

const ladder = [0, 500, 2500, 5000, 10_000].map((basisPoints) =>
  stage({ name: `${basisPoints / 100} %`, basisPoints, bakeMs: 12 * HOUR }),
)

/** At 50 %, where a person brought it. */
function atHalf(change: Parameters<typeof policy>[0] = {}): Story {
  const story = startedStory({ roster: [], policy: policy({ stages: ladder, ...change }) })
  story.run(advance(5000), maintainer, 'go')
  return story
}

const keys = Array.from({ length: 300 }, (_, number) => `key-${number}`)
const seenBy = ({ live }: Story) =>
  keys.filter((key) => seesCandidate(live, CANDIDATE, key, bucketOf(sha256, live.salt, key)))

describe('stop', () => {
  it('takes it from everybody at once, is no end, and says so', () => {
    const story = atHalf()
    story.now = NOON + MINUTE
    expect(story.run(stop, writer, 'errors after the update')).toEqual(['lowered'])
    expect([phaseOf(story.live), basisPointsOf(story.live), seenBy(story)]).toEqual(['paused', 0, []])
    const { sentence, next } = explain(story.live, story.now)
    expect({ sentence, next }).toMatchInlineSnapshot(`
      {
        "next": {
          "at": null,
          "sentence": "When somebody resumes it, it goes on from 0 % by the gates, with the same users; stages up to 50 % bake 1 h each. Somebody with maintain permission may advance it to a percent at once.",
        },
        "sentence": "Stopped by wanda (write) at 2026-11-20 12:01 UTC; it was at 50 %: errors after the update. Nobody gets it without asking for it.",
      }
    `)
  })

  it('goes on from there when resumed: the same users, an hour a stage up to where it was', () => {
    const story = atHalf()
    const before = seenBy(story)
    story.run(stop, writer, 'errors')
    expect(story.tick(30 * 24 * HOUR)).toEqual([])
    expect(story.run(resume, writer)).toEqual(['resumed'])
    // However long it was stopped, nobody saw it meanwhile.
    expect(story.tick(HOUR - 1)).toEqual([])
    expect(story.tick(1)).toEqual(['stage-entered'])
    expect(story.tick(HOUR - 1)).toEqual([])
    expect(story.tick(1)).toEqual(['stage-entered'])
    expect(story.tick(HOUR)).toEqual(['stage-entered'])
    expect([basisPointsOf(story.live), seenBy(story)]).toEqual([5000, before])
    expect(story.tick(HOUR)).toEqual(['stage-entered'])
    // Above where it was, the ladder's own time counts again.
    expect(basisPointsOf(story.live)).toBe(10_000)
    expect(story.tick(HOUR)).toEqual([])
    expect(story.tick(11 * HOUR)).toEqual(['completed'])
  })

  it('bakes as the ladder says where the policy hurries nothing', () => {
    const story = atHalf({ pace: { ...policy().pace, catchUpMs: null } })
    story.run(stop, writer, 'errors')
    story.run(resume, writer)
    expect(story.tick(HOUR)).toEqual([])
    expect(story.tick(11 * HOUR)).toEqual(['stage-entered'])
  })

  it('never makes a stage longer than the ladder does', () => {
    const quick = ladder.map((rung) => ({ ...rung, bakeMs: 5 * MINUTE }))
    const story = atHalf({ stages: quick })
    story.run(stop, writer, 'errors')
    story.run(resume, writer)
    expect(story.tick(5 * MINUTE)).toEqual(['stage-entered'])
  })

  it('twice is once; where nobody sees it, it only stops raises', () => {
    const story = atHalf()
    story.run(stop, writer, 'errors')
    expect(story.run(stop, maintainer, 'errors')).toEqual([])
    const staged = startedStory()
    expect(staged.run(stop, writer, 'errors')).toEqual(['paused'])
  })

  it('keeps what it had when it is stopped again on the way up', () => {
    const story = atHalf()
    story.run(stop, writer, 'errors')
    story.run(resume, writer)
    story.tick(HOUR)
    story.run(stop, writer, 'again')
    expect(story.live.loweredFrom).toBe(5000)
  })

  it('leaves it to the gates to take it back', () => {
    const story = startedStory()
    story.run(advance(500), maintainer, 'go')
    story.run(stop, writer, 'errors')
    for (const number of [1, 2, 3]) story.results(...pair('fail', 'pass', { try: number }))
    expect(story.tick()).toEqual(['rolled-back'])
  })
})

describe('lower', () => {
  it('goes down to a stage and pauses there', () => {
    const story = atHalf()
    expect(story.run({ type: 'lower', to: 500 }, writer, 'slowly')).toEqual(['lowered'])
    expect([phaseOf(story.live), basisPointsOf(story.live)]).toEqual(['paused', 500])
    expect(explain(story.live, story.now).sentence).toContain(
      'lowered from 50 % by wanda (write) at 2026-11-20 12:00 UTC: slowly. 5 % of users still get it; stop takes it from them until somebody resumes.',
    )
  })

  it.each([
    ['a reader', 500, stranger, 'slowly', 'lower is not yours to do. actor: got "sam (read)"'],
    ['a shared token', 500, operator, 'slowly', 'lower must be decided by a named person. as: got nothing'],
    [
      'a shared token that stops',
      0,
      operator,
      'x',
      'stop must be decided by a named person. as: got nothing',
    ],
    ['no reason', 500, writer, ' ', 'lower needs a reason. reason: got " ", expected why, in a few words.'],
    ['a stop without reason', 0, writer, '', 'stop needs a reason.'],
    [
      'where it is',
      5000,
      writer,
      'x',
      'It is at 50 % already. to: got 50, expected one of 0, 5, 25 percent.',
    ],
    ['up', 10_000, writer, 'x', 'It is at 50 %, and lower goes down only. to: got 100'],
    [
      'between stages',
      700,
      writer,
      'x',
      'There is no stage with this percent. to: got 7, expected one of 0, 5, 25',
    ],
  ] as const)('is refused: %s', (_, to, actor: Actor, reason, expected) => {
    const story = atHalf()
    expect(story.refused({ type: 'lower', to }, actor, reason)).toContain(expected)
    expect([phaseOf(story.live), basisPointsOf(story.live)]).toEqual(['rolling', 5000])
  })

  it('takes a named token for a person', () => {
    expect(atHalf().run(stop, namedOperator, 'errors')).toEqual(['lowered'])
  })

  it('needs a rollout that has begun and not ended', () => {
    expect(completedStory().refused(stop, writer, 'errors')).toContain('is over (completed)')
    const waiting = new Story()
    waiting.run(reserveBody)
    expect(waiting.refused(stop, writer, 'errors')).toContain('expected a rollout that has started, for stop')
  })
})

describe('advance while it is stopped', () => {
  it('goes to the named percent at once, by somebody with maintain permission', () => {
    const story = atHalf()
    story.run(stop, writer, 'errors')
    expect(story.refused(advance(5000), writer, 'it was the cache')).toContain('expected maintain permission')
    expect(story.refused(advance(null), maintainer, 'go')).toBe(
      `The rollout is paused. advance: got "${ID}", expected resume, to go on by the gates, or advance to the percent of a stage with maintain permission.`,
    )
    expect(story.run(advance(5000), maintainer, 'it was the cache')).toEqual([
      'resumed',
      'stage-entered',
      'stage-entered',
      'stage-entered',
    ])
    expect([phaseOf(story.live), basisPointsOf(story.live)]).toEqual(['rolling', 5000])
  })

  it('goes past no gate that fails', () => {
    const story = startedStory()
    story.run(advance(500), maintainer, 'go')
    story.run(stop, writer, 'errors')
    for (const number of [1, 2, 3]) story.results(...pair('fail', 'pass', { try: number }))
    expect(story.refused(advance(500), maintainer, 'go')).toContain('regressed')
  })
})

describe('an approval', () => {
  it('counts for the time that it was given in, not after the stage was lowered to and entered again', () => {
    const asking = ladder.map((rung, index) =>
      index === 1 ? { ...rung, gates: { approval: { by: 'write' as const } } } : rung,
    )
    const story = startedStory({ roster: [], policy: policy({ stages: asking }) })
    story.tick(12 * HOUR)
    expect(story.run({ type: 'approve' }, writer)).toEqual(['approved'])
    story.now += MINUTE
    story.run(stop, writer, 'errors')
    story.run(resume, writer)
    story.tick(HOUR)
    expect(basisPointsOf(story.live)).toBe(500)
    expect(story.tick(12 * HOUR)).toEqual(['held'])
    expect(story.run({ type: 'approve' }, writer)).toEqual(['approved'])
    expect(story.tick()).toEqual(['released', 'stage-entered'])
  })
})
