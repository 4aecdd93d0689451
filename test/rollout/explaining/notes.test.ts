import { describe, expect, it } from 'vitest'
import { explain } from '../../../src/rollout/explaining/explain.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { completedStory, DAY, maintainer, NOON, type Story, startedStory } from '../builders.ts'

const notesOf = ({ live, now }: Story, world: readonly RolloutState[] = []) =>
  explain(live, now, null, null, world).notes

describe('a tag that says something else than when the files came', () => {
  const seen = (commit: string | null, tag = 'v1.1.0') => {
    const story = startedStory()
    const standing = commit === null ? ('deleted' as const) : ('there' as const)
    const forgeRelease = { standing, tag, commit, observedAt: NOON }
    story.run({ type: 'recordSignal', signal: { kind: 'forge-release', forgeRelease } })
    return notesOf(story)
  }

  it.each([
    ['moved', 'feedbeefcafe0001', 'The tag v1.1.0 was moved to feedbeefcafe, seen at 2026-11-20 12:00 UTC'],
    ['deleted', null, 'The tag v1.1.0 was deleted, seen at 2026-11-20 12:00 UTC'],
  ])('%s: is said, with the commit that the files are from', (_, commit, words) => {
    expect(seen(commit)).toEqual([`${words}; the files of this rollout are from abc123, and stay.`])
  })

  it('is not said where it is as it was, nor of another tag', () => {
    expect(seen('abc123')).toEqual([])
    expect(seen(null, 'v1.0.9')).toEqual([])
  })
})

describe('a line whose releases never complete', () => {
  /** Releases of one line, a day apart; those of these versions ended as said. */
  function line(ends: readonly ('given-up' | 'completed')[]): { last: Story; world: RolloutState[] } {
    const before = ends.map((end, index) => {
      const story = end === 'completed' ? completedStory() : startedStory()
      if (end === 'given-up') story.run({ type: 'abandon' }, maintainer, 'the next one came')
      const at = NOON - (ends.length - index) * DAY
      return {
        ...story.live,
        id: `ro-${String(index).padStart(16, '0')}`,
        startedAt: at,
        members: [{ candidate: `npm:demo-lib@1.1.${index}`, baseline: 'npm:demo-lib@1.0.0' }],
      } as RolloutState
    })
    const last = startedStory({
      members: [{ candidate: `npm:demo-lib@1.1.${ends.length}`, baseline: 'npm:demo-lib@1.0.0' }],
    })
    return { last, world: [last.live, ...before.toReversed()] }
  }

  it('is told what would let one complete', () => {
    const { last, world } = line(['completed', 'given-up', 'given-up', 'given-up'])
    expect(notesOf(last, world)).toEqual([
      'The last 3 releases of this line of npm:demo-lib never completed, because the next one came first: a faster profile, onNewer: pipeline (each release has its own clock), a wider line, or more time between releases would let one complete.',
    ])
  })

  it.each([
    ['two in a row', ['completed', 'given-up', 'given-up']],
    ['one completed among them', ['given-up', 'given-up', 'completed', 'given-up']],
  ] as const)('is not told after %s', (_, ends) => {
    const { last, world } = line(ends)
    expect(notesOf(last, world)).toEqual([])
  })

  it('is told of the rollouts before it only, and while it goes on', () => {
    const { last, world } = line(['given-up', 'given-up', 'given-up'])
    last.run({ type: 'abandon' }, maintainer, 'enough')
    expect(notesOf(last, [last.live, ...world.slice(1)])).toEqual([])
  })
})
