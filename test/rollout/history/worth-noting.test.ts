import { describe, expect, it } from 'vitest'
import type { PullRequestRef } from '../../../src/rollout/history/event.ts'
import { CANDIDATE, startedStory } from '../builders.ts'

/** A rollout whose dependents tell of pull requests; `told` gives how many events each telling made. */
function listening() {
  const story = startedStory()
  let at = 0
  const look = (change: Partial<PullRequestRef> = {}): PullRequestRef => ({
    repositoryId: '2',
    repository: 'acme/a',
    number: 4,
    bump: { release: CANDIDATE, private: false },
    status: 'open',
    observedAt: ++at,
    ...change,
  })
  const tell = (...pullRequests: readonly PullRequestRef[]): number => {
    const before = story.events.length
    story.run({ type: 'recordSignal', signal: { kind: 'pull-requests', pullRequests } })
    return story.events.length - before
  }
  return { story, look, tell }
}

describe('what dependents tell of their pull requests', () => {
  it('is an event the first time only', () => {
    const { look, tell } = listening()
    const pushes = Array.from({ length: 50 }, () => tell(look()))
    expect([tell(look({ repository: 'acme/renamed' })), tell(look({ repository: 'acme/renamed' }))]).toEqual([
      1, 0,
    ])
    expect(pushes.reduce((sum, events) => sum + events, 0)).toBe(1)
  })

  it('ends where one comes and goes forever; a merge still counts, once', () => {
    const { story, look, tell } = listening()
    const turns = Array.from({ length: 100 }, (_, turn) => tell(look({ status: turn % 2 ? 'left' : 'open' })))
    expect(turns.reduce((sum, events) => sum + events, 0)).toBe(10)
    expect(tell(look({ status: 'merged' }))).toBe(1)
    expect(tell(look({ status: 'merged', repository: 'acme/renamed' }))).toBe(0)
    expect(story.live.pullRequests.map(({ status }) => status)).toEqual(['merged'])
  })

  it('is kept for 30 of one repository and 5000 of all; those of the release itself all count', () => {
    const { story, look, tell } = listening()
    expect(tell(...Array.from({ length: 40 }, (_, number) => look({ number })))).toBe(1)
    expect(story.live.pullRequests).toHaveLength(30)
    expect(tell(look({ number: 99 }))).toBe(0)
    tell(...Array.from({ length: 6000 }, (_, id) => look({ repositoryId: `other-${id}` })))
    expect(story.live.pullRequests).toHaveLength(5000)
    expect(tell({ repositoryId: '1', repository: 'acme/demo-lib', number: 3 })).toBe(1)
    expect(story.live.pullRequests).toHaveLength(5001)
  })
})
