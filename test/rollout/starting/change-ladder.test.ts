import { describe, expect, it } from 'vitest'
import { policyFromRequest } from '../../../src/config/policy/resolve-policy.ts'
import type { ContentsFinding } from '../../../src/gates/contents/contents-facts.ts'
import { changeOf, onLadderOfChange } from '../../../src/rollout/starting/change-ladder.ts'
import { likeRunning, onUrgentLadder } from '../../../src/rollout/starting/urgent-ladder.ts'
import { HOUR, MINUTE, NOON, source, startedStory } from '../builders.ts'

function resolved(json: object) {
  const read = policyFromRequest(json)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return read.policy
}

const profile = { major: 'cautious', patch: 'rapid' }
const byKind = resolved({ profile, gates: {} })

const memberOf = (before: string | null, after: string, id = 'npm:demo-lib') => ({
  candidate: `${id}@${after}`,
  baseline: before === null ? null : `${id}@${before}`,
})

describe('the ladder of a kind of change', () => {
  it.each([
    ['1.0.0', '1.0.1', 'patch'],
    ['1.0.0', '1.1.0', 'minor'],
    ['1.0.0', '2.0.0', 'major'],
    ['0.1.0', '0.2.0', 'major'],
    [null, '1.0.1', 'major'],
  ])('after %s, %s is a %s change by its number', (before, after, change) => {
    expect(changeOf([memberOf(before, after)])).toBe(change)
  })

  it('of a train is the greatest of its members', () => {
    const members = [memberOf('1.0.0', '1.0.1'), memberOf('3.0', '3.1', 'pypi:b')]
    expect(changeOf(members)).toBe('minor')
  })

  it('is the profile named for the kind, standard where none is', () => {
    const profiles = (['major', 'minor', 'patch'] as const).map(
      (kind) => onLadderOfChange(byKind, kind).profile,
    )
    expect(profiles).toEqual(['cautious', 'standard', 'rapid'])
    expect(onLadderOfChange(resolved({ profile: 'rapid' }), 'major')).toEqual(resolved({ profile: 'rapid' }))
  })

  it('goes away with the urgent ladder, which is one for all', () => {
    const urgent = onUrgentLadder(resolved({ profile, urgent: { profile: 'rapid' } }))
    expect([urgent.profile, urgent.byChange, urgent.change]).toEqual(['rapid', undefined, undefined])
  })

  it('is what a policy that is sent again is compared with', () => {
    const running = { policy: onLadderOfChange(byKind, 'patch'), policySource: source }
    expect(likeRunning(running, { policy: byKind, source }).policy).toEqual(running.policy)
  })
})

describe('files that show more than the number', () => {
  const patch = { ...memberOf('1.0.0', '1.0.1') }
  const finding = (code: string, level: ContentsFinding['level']): ContentsFinding => ({
    code,
    level,
    what: ['a'],
    more: 0,
    sentence: `${code}.`,
    usedBy: [],
  })

  function begun(findings: readonly ContentsFinding[]) {
    const policy = onLadderOfChange(byKind, 'patch')
    const story = startedStory({ members: [patch], policy, roster: [], compares: true })
    const contents = {
      release: patch.candidate,
      baseline: patch.baseline ?? '',
      change: 'patch',
      files: [],
      unread: [],
      at: NOON,
    } as const
    story.run({ type: 'recordSignal', signal: { kind: 'contents', contents: { ...contents, findings } } })
    return story
  }

  it('take the ladder of a major change, before anybody sees the release', () => {
    const story = begun([finding('name-removed', 'ask')])
    expect(story.tick(MINUTE)).toEqual(['regraded'])
    expect([story.live.policy?.profile, story.live.policy?.change]).toEqual(['cautious', 'major'])
    expect(story.events.at(-1)?.reason).toBe(
      'Its files show a major change, its number a patch one: it takes the profile cautious.',
    )
    expect(story.tick()).toEqual(['held'])
  })

  it.each([
    ['nothing is found', []],
    ['what is found breaks nobody', [finding('dependency-added', 'say')]],
  ])('leave the ladder alone where %s', (_, findings) => {
    const story = begun(findings)
    expect(story.tick(MINUTE)).toEqual([])
    expect(story.live.policy?.profile).toBe('rapid')
    expect(story.tick(HOUR)).toEqual(['sealed', 'stage-entered'])
  })
})
