import { describe, expect, it } from 'vitest'
import { explain } from '../../../src/rollout/explaining/explain.ts'
import { basisPointsOf, phaseOf } from '../../../src/rollout/history/phase.ts'
import { HOUR, MINUTE, pair, startedStory, tickBody } from '../builders.ts'

describe('a rollout on its way', () => {
  it('climbs the ladder one stage a tick once every gate passes', () => {
    const story = startedStory()
    expect(phaseOf(story.live)).toBe('staged')
    expect(story.tick(2 * HOUR)).toEqual([])
    story.results(...pair('pass', 'pass'))
    expect(story.tick()).toEqual(['sealed', 'stage-entered'])
    expect(basisPointsOf(story.live)).toBe(500)
    expect(phaseOf(story.live)).toBe('rolling')
    expect(story.tick(30 * MINUTE)).toEqual([])
    expect(story.tick(30 * MINUTE)).toEqual(['stage-entered'])
    expect(story.tick(HOUR)).toEqual(['stage-entered'])
    expect(basisPointsOf(story.live)).toBe(10_000)
    expect(phaseOf(story.live)).toBe('rolling')
    expect(story.tick(HOUR)).toEqual(['completed'])
    expect(phaseOf(story.live)).toBe('completed')
    expect(story.run(tickBody)).toEqual([])
  })

  it('comes back by itself when a required canary regressed in every try', () => {
    const story = startedStory()
    for (const number of [1, 2, 3]) {
      expect(story.tick()).toEqual([])
      story.results(...pair('fail', 'pass', { try: number }))
    }
    expect(story.tick()).toEqual(['rolled-back'])
    expect(basisPointsOf(story.live)).toBe(0)
    const { sentence, phase } = explain(story.live, story.now)
    expect({ phase, sentence }).toMatchInlineSnapshot(`
      {
        "phase": "rolled-back",
        "sentence": "Rolled back automatically at 2026-11-20 12:00 UTC: 1 required canary regressed: acme/app (regressed).",
      }
    `)
  })
})
