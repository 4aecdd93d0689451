import { describe, expect, it } from 'vitest'
import type { PublicationFact } from '../../../src/gates/publication-fact.ts'
import { freezeOf } from '../../../src/rollout/deciding/freeze.ts'
import { basisPointsOf, phaseOf } from '../../../src/rollout/history/phase.ts'
import {
  CANDIDATE,
  DAY,
  HOUR,
  maintainer,
  pair,
  policy,
  type Story,
  startedStory,
  system,
  tickBody,
  writer,
} from '../builders.ts'

/** At 5 %. */
function climbing(): Story {
  const story = startedStory().results(...pair('pass', 'pass'))
  story.tick(HOUR)
  return story
}

function say(story: Story, change: Partial<PublicationFact>): readonly string[] {
  const none = {
    release: CANDIDATE,
    standing: 'offered',
    because: '',
    withAll: false,
    latestBelow: null,
  } as const
  const publication = { ...none, observedAt: story.now, ...change }
  story.run({ type: 'recordSignal', signal: { kind: 'publication', publication } }, system)
  return story.run(tickBody)
}

const dismiss = (code: string) => ({ type: 'dismiss', code }) as const

describe('a candidate that its publisher withdraws while it is live', () => {
  it('is taken back at once, also while it is paused, and says who did it', () => {
    const story = climbing()
    story.run({ type: 'pause' }, writer)
    expect(say(story, { standing: 'yanked', because: 'it breaks' })).toEqual(['rolled-back'])
    expect(basisPointsOf(story.live)).toBe(0)
    expect(story.events.at(-1)).toMatchObject({
      automatic: true,
      reason: expect.stringMatching(/^Its publisher yanked npm:demo-lib@1\.1\.0 at .*: it breaks$/),
    })
  })

  it('says nothing of releases that break: it does not count for a freeze', () => {
    const story = climbing()
    say(story, { standing: 'gone' })
    const rule = policy({ rollback: { automatic: true, freezeAfter: { count: 1, windowMs: DAY } } })
    expect(freezeOf([story.live], 'npm:demo-lib', rule, story.now)).toBeNull()
  })

  it('holds while that is not believed yet, and goes on when it is back', () => {
    const story = climbing()
    expect(say(story, { standing: 'doubted' })).toEqual(['held'])
    expect(story.tick(DAY)).toEqual([])
    expect(basisPointsOf(story.live)).toBe(500)
    expect(say(story, { standing: 'offered', observedAt: story.now })).toEqual(['released', 'stage-entered'])
  })

  it('holds when it is deprecated alone, until a person with maintain permission decides', () => {
    const story = climbing()
    expect(say(story, { standing: 'deprecated', because: 'use 1.0' })).toEqual(['held'])
    expect(story.tick(DAY)).toEqual([])
    expect(story.refused(dismiss('deprecated'), writer, 'old news')).toContain('not yours')
    expect(story.refused(dismiss('deprecated'), maintainer)).toContain('reason')
    expect(story.refused(dismiss('latest-moved'), maintainer, 'x')).toContain('Nothing of this code')
    expect(story.run(dismiss('deprecated'), maintainer, 'old news')).toEqual(['dismissed'])
    expect(story.run(dismiss('deprecated'), maintainer, 'old news')).toEqual([])
    expect(story.tick()).toEqual(['released', 'stage-entered'])
    expect(say(story, { standing: 'deprecated', because: 'it leaks', observedAt: story.now })).toEqual([
      'held',
    ])
  })

  it('goes on when its publisher gives the whole package up', () => {
    const story = climbing()
    expect(say(story, { standing: 'deprecated', withAll: true })).toEqual([])
    expect(story.tick(HOUR)).toEqual(['stage-entered'])
  })

  it('takes no word about a release that is not its candidate', () => {
    const story = climbing()
    const publication = { release: 'npm:demo-lib@1.0.0', standing: 'yanked' } as const
    const rest = { because: '', withAll: false, latestBelow: null, observedAt: story.now }
    const signal = { kind: 'publication', publication: { ...publication, ...rest } } as const
    expect(story.refused({ type: 'recordSignal', signal })).toContain('no candidate')
  })

  it('keeps the last word, whatever order words arrive in', () => {
    const [earlier, later] = [climbing(), climbing()]
    const at = earlier.now
    say(earlier, { standing: 'doubted', observedAt: at })
    say(earlier, { standing: 'offered', observedAt: at + 1 })
    say(later, { standing: 'offered', observedAt: at + 1 })
    say(later, { standing: 'doubted', observedAt: at })
    expect(earlier.live.publications).toEqual(later.live.publications)
    expect(phaseOf(later.live)).toBe('rolling')
  })
})

describe('a final above its publisher’s latest', () => {
  it('gathers evidence at 0 % as long as it takes, and climbs when latest is set to it', () => {
    const story = startedStory()
    say(story, { latestBelow: '1.0.0' })
    story.results(...pair('pass', 'pass'))
    expect(story.tick(10 * DAY)).toEqual([])
    expect([phaseOf(story.live), basisPointsOf(story.live)]).toEqual(['staged', 0])
    expect(say(story, { latestBelow: null, observedAt: story.now })).toEqual(['sealed', 'stage-entered'])
  })

  it('holds when latest moves below it on its way', () => {
    const story = climbing()
    expect(say(story, { latestBelow: '1.0.0' })).toEqual(['held'])
    expect(story.run(dismiss('latest-moved'), maintainer, 'it was a mistake')).toEqual(['dismissed'])
    expect(story.tick(HOUR)).toEqual(['released', 'stage-entered'])
  })
})
