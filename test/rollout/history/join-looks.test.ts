import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinLikeness } from '../../../src/rollout/history/join-likeness.ts'
import { joinOrigin, joinRead, joinSearch } from '../../../src/rollout/history/join-looks.ts'
import { joinForgeRelease, joinPublication } from '../../../src/rollout/history/join-publication.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { CANDIDATE, startedStory } from '../builders.ts'

const state: RolloutState = {
  ...startedStory().live,
  origin: { repositoryId: '1', repository: 'acme/lib', commit: null, tag: null, installationId: null },
}
const at = fc.integer({ min: 1, max: 3 })
const text = fc.constantFrom('a', 'b')

const publication = fc.record({
  release: fc.constant(CANDIDATE),
  standing: fc.constantFrom('offered', 'deprecated', 'doubted', 'yanked', 'gone', 'quarantined'),
  because: text,
  withAll: fc.boolean(),
  latestBelow: fc.constantFrom(null, '1.0.0'),
  observedAt: at,
})
const forgeRelease = fc.record({
  standing: fc.constantFrom('there', 'deleted'),
  tag: text,
  commit: fc.constantFrom(null, 'c1', 'c2'),
  observedAt: at,
})
const origin = fc.record({ kind: fc.constant('origin'), commit: text, tag: fc.option(text), at })
const likeness = fc.record({
  older: fc.constantFrom('npm:demo-lib@1.0.1', 'npm:demo-lib@1.0.2'),
  alike: fc.boolean(),
  because: text,
  observedAt: at,
})
const search = fc.record({
  kind: fc.constant('blockers-searched'),
  labels: fc.uniqueArray(fc.constantFrom('bug', 'blocker')),
  at,
})

/** Law 5: in any order, and some of it twice, the same is left. */
function holds<Fact>(
  facts: fc.Arbitrary<Fact>,
  join: (state: RolloutState, fact: Fact) => RolloutState,
): void {
  const all = fc.tuple(fc.array(facts, { maxLength: 8 }), fc.func(fc.integer()))
  const property = fc.property(all, ([seen, rank]) => {
    const mixed = [...seen, ...seen].sort((left, right) => rank(left) - rank(right))
    expect(mixed.reduce(join, state)).toEqual(seen.reduce(join, state))
  })
  fc.assert(property)
}

describe('looks from outside are joined (law 5)', () => {
  it('what a publisher says', () => holds(publication, joinPublication))
  it('the release and the tag on the forge', () => holds(forgeRelease, joinForgeRelease))
  it('how like an older release it is', () => holds(likeness, joinLikeness))
  it('the commit', () => holds(origin, joinOrigin))
  it('searches for blockers', () => holds(search, joinSearch))
  it('reads of checks', () => holds(at, (state, time) => joinRead(state, 'checkSearch', time)))
  it('reads of advisories', () => holds(at, (state, time) => joinRead(state, 'advisorySearch', time)))
})
