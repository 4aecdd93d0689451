import { describe, expect, it } from 'vitest'
import { BASELINE, CANDIDATE, completedStory, HOUR, maintainer, pair, startedStory } from '../builders.ts'

const rebase = (baseline: string | null, candidate = CANDIDATE) =>
  ({ type: 'rebase', members: [{ candidate, baseline }] }) as const
const OLDER = 'npm:demo-lib@0.9.0'

describe('rebase', () => {
  it('compares with another release, keeps the percent, and waits for what is found with it', () => {
    const story = startedStory().results(...pair('pass', 'pass'))
    story.tick(HOUR)
    expect(story.run(rebase(OLDER))).toEqual(['rebased'])
    expect(story.live.members).toEqual([{ candidate: CANDIDATE, baseline: OLDER }])
    expect(story.live.stageIndex).toBe(1)
    expect(story.tick(HOUR)).toEqual([])
    expect(story.events.at(-1)).toMatchObject({
      reason: `${CANDIDATE} is compared with ${OLDER} now: its baseline is gone.`,
    })
  })

  it('changes nothing where the baseline is the one it has', () => {
    expect(startedStory().run(rebase(BASELINE))).toEqual([])
  })

  it('is nobody’s choice', () => {
    expect(startedStory().refused(rebase(OLDER), maintainer, 'I like it better')).toContain(
      'actor: got "person", expected the loss of a baseline',
    )
  })

  it.each([
    ['another candidate', rebase(OLDER, 'npm:demo-lib@1.2.0')],
    ['no baseline where there was one', rebase(null)],
    ['no members', { type: 'rebase', members: [] } as const],
    [
      'one member more',
      { type: 'rebase', members: [...rebase(OLDER).members, ...rebase(OLDER).members] } as const,
    ],
  ])('is refused: %s', (_, command) => {
    const story = startedStory()
    expect(story.refused(command)).toContain('These are other members.')
    expect(story.live.members).toEqual([{ candidate: CANDIDATE, baseline: BASELINE }])
  })

  it('gives no baseline to a candidate that had none', () => {
    const story = startedStory({ members: [{ candidate: CANDIDATE, baseline: null }] })
    expect(story.refused(rebase(OLDER))).not.toBe('')
    expect(story.live.members[0]?.baseline).toBeNull()
  })

  it('is refused once the rollout is over', () => {
    expect(completedStory().refused(rebase(OLDER))).toContain('completed')
  })
})
