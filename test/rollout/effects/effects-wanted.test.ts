import { describe, expect, it } from 'vitest'
import type { CommandBody } from '../../../src/rollout/deciding/command.ts'
import { effectsWanted } from '../../../src/rollout/effects/effects-wanted.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import {
  CANDIDATE,
  canary,
  completedStory,
  counts,
  DAY,
  HOUR,
  ID,
  MINUTE,
  maintainer,
  NOON,
  pair,
  policy,
  reserveBody,
  Story,
  sha256Hex,
  stage,
  startBody,
  startedStory,
  writer,
} from '../builders.ts'

const wanted = (story: { live: RolloutState }, now = NOON) => effectsWanted(story.live, now, sha256Hex)
const keys = (story: { live: RolloutState }, now = NOON) => wanted(story, now).map(({ key }) => key)
const digestOf = (story: Story, now = NOON) =>
  wanted(story, now).flatMap((effect) => (effect.kind === 'tracking-issue' ? [effect.digest] : []))[0]

const dispatched = (story: Story, number: number, arm: 'both' | 'candidate' | 'baseline' = 'both') => {
  const dispatch = { arm, at: story.now, runId: 7, url: null, failure: null }
  story.run({ type: 'recordSignal', signal: { kind: 'dispatched', canary: '101', try: number, dispatch } })
}

describe('what should be so outside', () => {
  it('is an issue, the first tries, pull requests, a check run and a deployment', () => {
    expect(keys(startedStory())).toEqual([
      `${ID}/read-release/v1.1.0/0`,
      `${ID}/dispatch/101:both/1`,
      `${ID}/tracking-issue/issue/0`,
      `${ID}/find-pull-requests/1/0`,
      `${ID}/find-update-pull-requests/dependents/0`,
      `${ID}/check-run/abc123/0`,
      `${ID}/deployment/0/0`,
    ])
  })

  it('is a look for the commit while none is known, again as time passes', () => {
    const story = startedStory({ origin: { ...startBody.origin, commit: null } })
    const look = (now: number) => wanted(story, now).find(({ kind }) => kind === 'find-origin')
    expect(look(NOON)).toMatchObject({ key: `${ID}/find-origin/1/0`, mode: 'standing' })
    expect(look(NOON + DAY)).not.toEqual(look(NOON))
    story.run({ type: 'recordSignal', signal: { kind: 'origin', commit: 'abc123', tag: 'v1.1.0', at: NOON } })
    expect(look(NOON)).toBeUndefined()
  })

  it('is a comparison of the files where somebody compares, with the baseline that there is', () => {
    const other = { candidate: 'npm:other@1.0.0', baseline: null }
    const members = [...startBody.members, other]
    const story = startedStory({ members, compares: true })
    const compared = (now = NOON) => wanted(story, now).filter(({ kind }) => kind === 'compare-contents')
    expect(compared().map(({ key }) => key)).toEqual([`${ID}/compare-contents/${CANDIDATE}/0`])
    // Its files are sealed, so nothing is compared again.
    expect(compared(NOON + HOUR)).toEqual(compared())
    expect(keys(startedStory({ members })).join()).not.toContain('compare-contents')
  })

  it('is nothing before the start and nothing for a first release', () => {
    const waiting = new Story()
    waiting.run(reserveBody)
    expect(keys(waiting)).toEqual([])
    expect(keys(startedStory({ members: [{ candidate: CANDIDATE, baseline: null }] }))).toEqual([])
  })

  it('asks for one dispatch an arm and try, and for the next one when the candidate failed', () => {
    const story = startedStory()
    dispatched(story, 1)
    expect(keys(story)).not.toContain(`${ID}/dispatch/101:both/1`)
    story.results(...pair('fail', 'pass'))
    expect(keys(story)).toContain(`${ID}/dispatch/101:both/2`)
    story.run({ type: 'retryCanary', canary: '101' }, writer)
    expect(keys(story)).toContain(`${ID}/dispatch/101:both/2`)
  })

  it('starts both arms where they run apart', () => {
    const story = startedStory({ roster: [canary({ arms: 'apart' })] })
    const runs = () => keys(story).filter((key) => key.includes('/dispatch/'))
    expect(runs()).toEqual([`${ID}/dispatch/101:candidate/1`, `${ID}/dispatch/101:baseline/1`])
    dispatched(story, 1, 'candidate')
    expect(runs()).toEqual([`${ID}/dispatch/101:baseline/1`])
  })

  it.each([
    ['a canary that nobody admitted', { roster: [canary({ admission: 'none', weight: 0 })] }],
    ['a canary that runs by itself', { roster: [canary({ mode: 'pull' })] }],
    [
      'a policy without canaries',
      { policy: policy({ stages: policy().stages.map((one) => ({ ...one, gates: {} })) }) },
    ],
  ] as const)('dispatches nothing for %s', (_, change) => {
    expect(wanted(startedStory(change)).filter(({ kind }) => kind === 'dispatch')).toEqual([])
  })

  it('dispatches nothing after the end, but says how it ended', () => {
    const story = startedStory()
    story.run({ type: 'abandon' }, writer, 'why')
    expect(keys(story)).toEqual([
      `${ID}/tracking-issue/issue/0`,
      `${ID}/transition-comment/3/0`,
      `${ID}/find-pull-requests/1/0`,
      `${ID}/check-run/abc123/0`,
      `${ID}/deployment/0/0`,
    ])
  })

  it('is only dispatches where no repository is known', () => {
    expect(keys(startedStory({ origin: null }))).toEqual([`${ID}/dispatch/101:both/1`])
  })

  it('is a look for blockers before all else, until one was made for every label of the policy', () => {
    const search = (story: Story) =>
      wanted(story).flatMap((effect) => (effect.kind === 'find-blockers' ? [effect.labels] : []))
    const gates = (...labels: string[]) => ({ blockers: { labels } })
    const stages = [
      stage({ gates: gates('stop', 'regression') }),
      stage({ basisPoints: 10_000, gates: gates('regression', 'late') }),
    ]
    const story = new Story()
    story.run(reserveBody)
    story.run({ ...startBody, policy: policy({ stages }) })
    expect(wanted(story)[0]).toMatchObject({ kind: 'find-blockers', mode: 'standing' })
    expect(search(story)).toEqual([['late', 'regression', 'stop']])
    story.run({
      type: 'recordSignal',
      signal: { kind: 'blockers-searched', labels: ['regression', 'stop'], at: 0 },
    })
    expect(search(story)).toEqual([['late', 'regression', 'stop']])
    story.run({ type: 'recordSignal', signal: { kind: 'blockers-searched', labels: ['late'], at: 0 } })
    expect(search(story)).toEqual([])
    story.run({ type: 'abandon' }, writer, 'why')
    expect(search(story)).toEqual([])
  })

  it('looks for no pull requests without a commit', () => {
    const origin = { ...startBody.origin, commit: null }
    expect(keys(startedStory({ origin }))).not.toContain(`${ID}/find-pull-requests/1/0`)
  })

  it('comments on pull requests of the owner and of dependents as the policy says', () => {
    const found = (notify: { pullRequests: boolean; trackingIssue: boolean; dependents: boolean }) => {
      const origin = { ...startBody.origin, commit: null }
      const story = startedStory({ policy: policy({ notify }), origin })
      const pullRequests = ['1', '2'].map((repositoryId) => ({ repositoryId, repository: 'a/b', number: 4 }))
      story.run({ type: 'recordSignal', signal: { kind: 'pull-requests', pullRequests } })
      return keys(story).filter((key) => !/\/(?:dispatch|find-origin|read-release)\//.test(key))
    }
    const [own, other] = [`${ID}/pull-request-comment/1#4/0`, `${ID}/pull-request-comment/2#4/0`]
    const issue = `${ID}/tracking-issue/issue/0`
    const search = `${ID}/find-update-pull-requests/dependents/0`
    expect(found({ pullRequests: true, trackingIssue: true, dependents: true })).toEqual([
      issue,
      search,
      own,
      other,
    ])
    expect(found({ pullRequests: false, trackingIssue: false, dependents: true })).toEqual([search, other])
    expect(found({ pullRequests: true, trackingIssue: false, dependents: false })).toEqual([own])
    expect(found({ pullRequests: false, trackingIssue: false, dependents: false })).toEqual([])
  })

  it('leaves alone pull requests that no longer bump to it, or were closed', () => {
    const story = startedStory()
    const bump = { release: CANDIDATE, private: false }
    const look = (status: 'open' | 'left' | 'merged', observedAt: number) => {
      const ref = { repositoryId: '2', repository: 'a/b', number: 4, bump, status, observedAt }
      story.run({ type: 'recordSignal', signal: { kind: 'pull-requests', pullRequests: [ref] } })
      return keys(story).includes(`${ID}/pull-request-comment/2#4/0`)
    }
    expect([look('open', 1), look('left', 2), look('open', 1), look('merged', 3)]).toEqual([
      true,
      false,
      false,
      true,
    ])
  })

  it('shows a new digest exactly when what people see has changed', () => {
    const story = startedStory()
    const before = digestOf(story)
    expect(digestOf(story, NOON + MINUTE)).toBe(before)
    story.run({ type: 'recordExposure', fact: counts() })
    expect(digestOf(story)).toBe(before)
    story.results(...pair('pass', 'pass'))
    const after = digestOf(story)
    expect(after).not.toBe(before)
    story.tick(HOUR)
    expect(digestOf(story, story.now)).not.toBe(after)
  })
})

describe('a check run and comments on pull requests', () => {
  const moves = (story: Story) =>
    wanted(story, story.now).flatMap((effect) => (effect.kind === 'check-run' ? [effect.digest] : []))[0]

  it('are written again when the rollout moves or a canary breaks, not at every result', () => {
    const story = startedStory({
      roster: ['101', '102', '103'].map((id) => canary({ id, repo: `acme/${id}` })),
    })
    const before = moves(story)
    story.results(...pair('pass', 'pass'))
    expect(moves(story)).toBe(before)
    expect(digestOf(story)).not.toBe(before)
    for (const number of [1, 2, 3]) story.results(...pair('fail', 'pass', { canary: '102', try: number }))
    const broken = moves(story)
    expect(broken).not.toBe(before)
    story.run({ type: 'pause' }, writer)
    expect(moves(story)).not.toBe(broken)
  })
})

describe('deployments', () => {
  const states = (story: Story) =>
    wanted(story, story.now).flatMap((effect) => (effect.kind === 'deployment' ? [effect.digest] : []))
  const onward = (change = {}) => {
    const story = startedStory(change).results(...pair('pass', 'pass'))
    story.tick(HOUR)
    story.tick(HOUR)
    return story
  }

  it('are one for each stage that was entered, and say how each ended', () => {
    expect(states(onward())).toEqual(['success', 'success', 'in_progress'])
    expect(states(completedStory())).toEqual(['success', 'success', 'success', 'success'])
    const back = onward()
    back.run({ type: 'rollBack', installable: true, newerCompleted: null }, maintainer, 'why')
    expect(states(back)).toEqual(['inactive', 'inactive', 'failure'])
    const left = onward()
    left.run({ type: 'abandon' }, maintainer, 'why')
    expect(states(left)).toEqual(['inactive', 'inactive', 'inactive'])
  })

  it('are none, and no check run, without a commit', () => {
    const story = startedStory({ origin: { ...startBody.origin, commit: null } })
    expect(wanted(story).filter(({ kind }) => ['deployment', 'check-run'].includes(kind))).toEqual([])
  })
})

describe('notices', () => {
  const noticed = (story: Story) =>
    wanted(story).flatMap((effect) => (effect.kind === 'notice' ? [effect.dependent.repository] : []))
  const signal = (story: Story, one: Extract<CommandBody, { type: 'recordSignal' }>['signal']) =>
    story.run({ type: 'recordSignal', signal: one })
  const bump = { release: CANDIDATE, private: false }
  const rollBack = { type: 'rollBack', installable: true, newerCompleted: null } as const

  function had(change = {}): Story {
    const roster = ['101', '102'].map((id) => canary({ id, repo: `acme/${id}` }))
    const story = startedStory({ roster, ...change })
    dispatched(story, 1)
    const refs = [
      { repositoryId: '7', repository: 'acme/merged', number: 1, bump, status: 'merged' as const },
      { repositoryId: '8', repository: 'acme/open', number: 2, bump, status: 'open' as const },
      { repositoryId: '1', repository: 'acme/demo-lib', number: 3 },
    ]
    signal(story, { kind: 'pull-requests', pullRequests: refs })
    const shown = ['9', '1'].map((repositoryId) => ({
      repositoryId,
      repository: `acme/shown-${repositoryId}`,
    }))
    signal(story, { kind: 'shown-to', dependents: shown })
    return story
  }

  it('go to every dependent that had it on, and only after a rollback', () => {
    const story = had()
    expect(noticed(story)).toEqual([])
    story.run(rollBack, maintainer, 'why')
    // 102 never ran it, an open pull request is told by its comment, the owner has the tracking issue.
    expect(noticed(story)).toEqual(['acme/101', 'acme/merged', 'acme/shown-9'])
    expect(keys(story).filter((key) => key.includes('/notice/'))).toHaveLength(3)
  })

  it('go to nobody after another end, or where the policy says so', () => {
    const left = had()
    left.run({ type: 'abandon' }, maintainer, 'why')
    expect(noticed(left)).toEqual([])
    const quiet = had({ policy: policy({ notify: { ...policy().notify, dependents: false } }) })
    quiet.run(rollBack, maintainer, 'why')
    expect(noticed(quiet)).toEqual([])
  })
})
