import { describe, expect, it } from 'vitest'
import { staleLooks } from '../../../src/rollout/deciding/stale-looks.ts'
import { effectsWanted } from '../../../src/rollout/effects/effects-wanted.ts'
import { isLive } from '../../../src/rollout/history/phase.ts'
import { policy, stage, startedStory } from '../builders.ts'

const gates = { blockers: { labels: ['regression'] }, checks: { required: ['ci'] } }
const minute = 60_000

/** A rollout whose bake is over, with looks of so many minutes ago. */
function seen(blockersAgo: number, checksAgo: number) {
  const stages = [stage({ gates, bakeMs: minute }), stage({ basisPoints: 10_000, gates })]
  const story = startedStory({ policy: policy({ stages }) })
  const now = (story.state?.stageEnteredAt ?? 0) + 60 * minute
  const signals = [
    { kind: 'blockers-searched', labels: ['regression'], at: now - blockersAgo * minute },
    { kind: 'check', check: { name: 'ci', state: 'success', url: null, observedAt: now - 50 * minute } },
    { kind: 'checks-read', at: now - checksAgo * minute },
  ] as const
  for (const signal of signals) story.run({ type: 'recordSignal', signal })
  const { state } = story
  if (state === null || !isLive(state)) throw new Error('it is live')
  const kinds = effectsWanted(state, now, (text) => text).map(({ kind }) => kind)
  return { stale: staleLooks(state, now), kinds }
}

describe('what is read once more before a stage is left', () => {
  it.each([
    [1, 1, []],
    [20, 1, ['blockers']],
    [1, 20, ['checks']],
    [20, 20, ['blockers', 'checks']],
  ])('after looks of %i and %i minutes ago: %j', (blockersAgo, checksAgo, looks) => {
    const { stale, kinds } = seen(blockersAgo, checksAgo)
    expect(stale).toEqual(looks)
    expect(kinds.includes('find-blockers')).toBe(looks.includes('blockers'))
    expect(kinds.includes('read-checks')).toBe(looks.includes('checks'))
  })
})
