import { describe, expect, it } from 'vitest'
import {
  CANDIDATE,
  completedStory,
  HOUR,
  maintainer,
  pair,
  reserveBody,
  Story,
  startedStory,
  tickBeside,
  writer,
} from '../builders.ts'

describe('superseding, abandon and block', () => {
  const by = 'ro-bbbbbbbbbbbbbbbb'

  it('completes what is at 100 % with nothing against it when a newer one has completed, and takes the rest back', () => {
    const done = startedStory().results(...pair('pass', 'pass'))
    for (let stages = 0; stages < 3; stages += 1) done.tick(HOUR)
    expect(done.live.stageIndex).toBe(3)
    expect(done.run(tickBeside('outrun'))).toEqual(['completed'])
    expect(done.run(tickBeside('outrun'))).toEqual([])
    const early = startedStory()
    expect(early.run(tickBeside('outrun'))).toEqual(['superseded'])
    expect(early.live.end).toMatchObject({ kind: 'superseded', supersededBy: by })
  })

  it.each([
    ['paused', (story: Story) => story.run({ type: 'pause' }, writer)],
    ['held', (story: Story) => story.run({ type: 'hold', durationMs: HOUR }, writer)],
  ])('supersedes at 100 %% what is %s', (_, happen) => {
    const story = startedStory().results(...pair('pass', 'pass'))
    for (let stages = 0; stages < 3; stages += 1) story.tick(HOUR)
    happen(story)
    story.tick()
    expect(story.run(tickBeside('outrun'))).toEqual(['superseded'])
  })

  it('abandons once', () => {
    const story = startedStory()
    expect(story.run({ type: 'abandon' }, writer)).toEqual(['abandoned'])
    expect(story.run({ type: 'abandon' }, writer)).toEqual([])
    expect(completedStory().refused({ type: 'abandon' }, writer)).toContain('is over (completed)')
  })

  it('blocks at any time and ends what is under way', () => {
    const waiting = new Story()
    waiting.run(reserveBody)
    expect(waiting.run({ type: 'block' }, maintainer)).toEqual(['blocked', 'abandoned'])
    expect(startedStory().run({ type: 'block' }, maintainer)).toEqual(['blocked', 'rolled-back'])
    const done = completedStory()
    expect(done.run({ type: 'block' }, maintainer)).toEqual(['blocked'])
    expect(done.run({ type: 'block' }, maintainer)).toEqual([])
    expect(done.live.blocked).toEqual([CANDIDATE])
  })
})
