import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PullRequestRef } from '../../../src/rollout/history/event.ts'
import { joinPullRequests, joinShownTo } from '../../../src/rollout/history/join-dependents.ts'
import { CANDIDATE, startedStory } from '../builders.ts'

const state = startedStory().live
const status = fc.constantFrom('open' as const, 'merged' as const, 'left' as const)
const ref = fc.record({
  repositoryId: fc.constantFrom('2', '3'),
  repository: fc.constantFrom('acme/a', 'acme/renamed'),
  number: fc.integer({ min: 1, max: 2 }),
  bump: fc.constant({ release: CANDIDATE, private: false }),
  status,
  observedAt: fc.integer({ min: 0, max: 3 }),
})

describe('looks at pull requests', () => {
  it('in any order and repeated leave the same (law 5)', () => {
    fc.assert(
      fc.property(fc.array(ref, { maxLength: 8 }), fc.func(fc.integer()), (looks, rank) => {
        const inOrder = looks.reduce((now, look) => joinPullRequests(now, [look]), state)
        const mixed = [...looks, ...looks].sort((a, b) => rank(a) - rank(b))
        expect(mixed.reduce((now, look) => joinPullRequests(now, [look]), state).pullRequests).toEqual(
          inOrder.pullRequests,
        )
      }),
    )
  })

  it('the last look stays, and a merge whatever comes later', () => {
    const look = (change: Partial<PullRequestRef>): PullRequestRef => ({
      repositoryId: '2',
      repository: 'acme/a',
      number: 4,
      bump: { release: CANDIDATE, private: false },
      status: 'open',
      observedAt: 5,
      ...change,
    })
    const stays = (...looks: readonly PullRequestRef[]) =>
      looks.reduce((now, one) => joinPullRequests(now, [one]), state).pullRequests[0]?.status
    expect(stays(look({}), look({ status: 'left', observedAt: 4 }))).toBe('open')
    expect(stays(look({ status: 'merged' }), look({ status: 'open', observedAt: 6 }))).toBe('merged')
    expect(stays(look({ status: 'merged' }), look({ status: 'open' }))).toBe('merged')
  })
})

describe('those who met a release', () => {
  it('are kept once each, in any order', () => {
    const refs = ['9', '3', '5'].map((id) => ({ repositoryId: id, repository: `acme/${id}` }))
    const one = joinShownTo(state, refs)
    const renamed = { repositoryId: '5', repository: 'acme/0' }
    expect(one.shownTo.map(({ repositoryId }) => repositoryId)).toEqual(['3', '5', '9'])
    expect(joinShownTo(one, [...refs, renamed])).toBe(one)
    expect(joinShownTo(joinShownTo(state, [renamed]), refs).shownTo).toEqual(one.shownTo)
  })
})
