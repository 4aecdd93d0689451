import { describe, expect, it } from 'vitest'
import type { CommandBody } from '../../../src/rollout/deciding/command.ts'
import type { Actor } from '../../../src/rollout/history/actor.ts'
import { groupKeysOf, phaseOf } from '../../../src/rollout/history/phase.ts'
import {
  CANDIDATE,
  canary,
  counts,
  DAY,
  HOUR,
  ID,
  maintainer,
  member,
  NOON,
  operator,
  pair,
  policy,
  publisher,
  reserveBody,
  Story,
  source,
  stage,
  startBody,
  startedStory,
  stranger,
} from '../builders.ts'

const files = [{ release: CANDIDATE, name: 'demo-lib-1.1.0.tgz', sha256: 'ab'.repeat(32) }]

const rollBack = { type: 'rollBack', installable: true, newerCompleted: null } as const

const next = { type: 'advance', to: null, files } as const

const dependent: Actor = { kind: 'dependent', login: 'dora', canary: '101' }

const bodies: readonly CommandBody[] = [
  startBody,
  { type: 'join', candidate: member.candidate },
  { type: 'seal', files },
  { type: 'recordResult', fact: pair('pass', 'pass')[0] ?? raise() },
  { type: 'recordExposure', fact: counts() },
  { type: 'approve' },
  next,
  { type: 'pause' },
  { type: 'resume' },
  rollBack,
  { type: 'waive', canary: '101' },
  { type: 'hold', durationMs: HOUR },
  { type: 'retryCanary', canary: '101' },
  { type: 'abandon' },
  { type: 'block' },
]

function raise(): never {
  throw new Error('no fact')
}

describe('every command', () => {
  it.each(bodies.map((body) => [body.type, body] as const))('%s needs a rollout', (_, body) => {
    expect(new Story().refused(body, maintainer, 'why')).toMatch(/^There is no such rollout\. rollout: got /)
  })

  it.each(
    bodies
      .filter(({ type }) => !['hold', 'approve'].includes(type))
      .map((body) => [body.type, body] as const),
  )('%s is refused to strangers', (type, body) => {
    const story = startedStory()
    const message = story.refused(body, stranger, 'why')
    expect(message).toContain(`${type} is not yours to do. actor: got "sam (read)", expected `)
    expect(story.refused(body, dependent, 'why')).toContain('is not yours to do')
  })

  it('needs a time', () => {
    const story = startedStory()
    story.now = Number.NaN
    expect(story.refused({ type: 'pause' }, maintainer)).toBe(
      'The time is no time. at: got NaN, expected integer milliseconds since the epoch.',
    )
  })
})

describe('reserve', () => {
  const other = policy({ profile: 'rapid' })
  const given = { policy: other, policySource: source } as const

  it('hides the release before its first byte', () => {
    const story = new Story()
    expect(story.run(reserveBody, publisher)).toEqual(['reserved'])
    expect(phaseOf(story.live)).toBe('staged')
    expect(story.live.members).toEqual([{ candidate: CANDIDATE, baseline: null }])
  })

  it('repeated changes nothing', () => {
    const story = new Story()
    story.run({ ...reserveBody, ...given })
    expect(story.run(reserveBody)).toEqual([])
    expect(story.run({ ...reserveBody, ...given })).toEqual([])
  })

  it('replaces the policy at stage 0, and admits the roster anew', () => {
    const rules = [{ repo: 'acme/*', required: false, weight: 3 }]
    const story = startedStory()
    const again = { ...reserveBody, policy: policy({ canaries: rules }), policySource: source }
    expect(story.run(again, operator)).toEqual(['policy-replaced'])
    expect(story.live.canaries['101']?.entry).toMatchObject({ admission: 'advisory', weight: 3 })
  })

  it.each([
    ['evidence', (story: Story) => story.results(...pair('pass', 'pass'))],
    ['an approval', (story: Story) => story.run({ type: 'approve' }, maintainer)],
    ['counts', (story: Story) => story.run({ type: 'recordExposure', fact: counts({ basisPoints: 0 }) })],
    ['a raise', (story: Story) => story.run(next, maintainer, 'go')],
    ['the end', (story: Story) => story.run({ type: 'abandon' })],
  ])('keeps the policy after %s', (_, happen) => {
    const gates = { approval: { by: 'maintain' } } as const
    const own = policy({ stages: [stage({ gates }), stage({ basisPoints: 10_000 })] })
    const story = startedStory({ policy: own })
    happen(story)
    expect(story.refused({ ...reserveBody, ...given }, operator)).toBe(
      'The rollout runs under another policy. policy: got "rapid", expected the same policy, or another one at stage 0 before any evidence.',
    )
  })

  it('takes no policy that shows a group files that may still come', () => {
    const groups = { testers: ['tester-1'] }
    const shown = policy({
      stages: [stage({ groups: ['testers'] }), stage({ basisPoints: 10_000 })],
      groups,
    })
    const again = { ...reserveBody, policy: shown, policySource: source } as const
    const begun = startedStory()
    expect(begun.live.sealedFiles).toBeNull()
    expect(begun.refused(again, operator)).toContain('The file list is open. policy: got ')
    expect(groupKeysOf(begun.live)).toEqual(new Set())
    begun.run({ type: 'seal', files })
    expect(begun.run(again, operator)).toEqual(['policy-replaced'])
    const waiting = new Story()
    waiting.run(reserveBody)
    expect(waiting.run(again, operator)).toEqual(['policy-replaced'])
  })

  it('takes a policy only from those who operate', () => {
    expect(startedStory().refused({ ...reserveBody, ...given }, publisher)).toContain(
      'reserve is not yours to do',
    )
  })

  it.each([
    [{ id: 'ro-1' }, 'id: got "ro-1", expected ro- and 16 of a-z and 2-7.'],
    [{ releases: [] }, 'releases: got [], expected one or more, each once.'],
    [{ releases: [CANDIDATE, CANDIDATE] }, 'expected one or more, each once.'],
    [{ policy: other }, 'policySource: got null, expected a source with a policy, only.'],
    [
      { ...given, policy: policy({ stages: [] }) },
      'stages: got [], expected basis points that rise from 0 to 10000.',
    ],
  ])('refuses %j', (change, message) => {
    const story = new Story()
    expect(story.refused({ ...reserveBody, ...change })).toContain(message)
    expect(story.state).toBeNull()
  })

  it('refuses an id that belongs to something else', () => {
    expect(startedStory().refused({ ...reserveBody, releases: ['npm:other@1.0.0'] })).toBe(
      `The id belongs to other releases. releases: got ["npm:other@1.0.0"], expected ${CANDIDATE}.`,
    )
  })
})

describe('start', () => {
  it('repeated changes nothing', () => {
    expect(startedStory().run(startBody)).toEqual([])
  })

  it('completes a first release at once, and it cannot be rolled back', () => {
    const story = startedStory({ members: [{ candidate: CANDIDATE, baseline: null }] })
    expect(story.live.end).toMatchObject({ kind: 'completed', direct: true })
    expect(story.refused(rollBack, maintainer)).toBe(
      `A first release has nothing to go back to. rollout: got "${ID}", expected block, to refuse it everywhere.`,
    )
  })

  const two = [canary(), canary()]
  const ladder = (...points: readonly number[]) =>
    policy({ stages: points.map((basisPoints) => stage({ basisPoints })) })
  it.each([
    [{ members: [{ candidate: 'npm:x@1.0.0', baseline: null }] }, 'Other releases were reserved.'],
    [
      { roster: two },
      'A canary is on the roster twice. roster: got ["101","101"], expected every repository once.',
    ],
    [
      { freeze: { until: NOON + DAY, rollbacks: 3 } },
      'frozen after 3 rollbacks. start: got ["npm:demo-lib@1.1.0"], expected a start after 2026-11-21 12:00 UTC.',
    ],
    [{ policy: ladder(0, 500) }, 'stages: got [0,500], expected basis points that rise from 0 to 10000.'],
    [{ policy: ladder(500, 10_000) }, 'The ladder is no ladder.'],
    [{ policy: ladder(0, 500, 200, 10_000) }, 'The ladder is no ladder.'],
    [{ policy: ladder(0, 0.5, 10_000) }, 'The ladder is no ladder.'],
    [
      { policy: policy({ stages: [stage({ bakeMs: -1 }), stage({ basisPoints: 10_000 })] }) },
      'stages[0].bake: got -1, expected whole milliseconds, 0 or more.',
    ],
    [
      { policy: policy({ stages: [stage({ bakeLeastMs: 2 * HOUR }), stage({ basisPoints: 10_000 })] }) },
      'stages[0].bake.least: got 7200000, expected whole milliseconds, at most the bake.',
    ],
    [
      { policy: policy({ stages: [stage({ groups: ['us'] }), stage({ basisPoints: 10_000 })] }) },
      'stages[0].groups: got "us", expected a name under groups.',
    ],
  ])('refuses %#', (change, message) => {
    const story = new Story()
    story.run(reserveBody)
    expect(story.refused({ ...startBody, ...change })).toContain(message)
    expect(story.live.startedAt).toBeNull()
  })

  it('is refused after the end', () => {
    const story = new Story()
    story.run(reserveBody)
    story.run({ type: 'abandon' })
    expect(story.refused(startBody)).toContain('The rollout is over (abandoned).')
  })
})

describe('join and seal', () => {
  const other = { candidate: 'npm:other@2.0.0', baseline: 'npm:other@1.0.0' }

  it('joins before it begins, and no later', () => {
    const waiting = new Story()
    waiting.run(reserveBody)
    expect(waiting.run({ type: 'join', candidate: other.candidate }, publisher)).toEqual(['joined'])
    expect(waiting.live.members[1]).toEqual({ candidate: other.candidate, baseline: null })
    expect(waiting.run({ type: 'join', candidate: other.candidate })).toEqual([])
    expect(startedStory().refused({ type: 'join', candidate: other.candidate })).toContain(
      'The rollout has begun; the release gets one of its own. member: got "npm:other@2.0.0"',
    )
  })

  it.each([
    ['a raise', (story: Story) => story.run(next, maintainer, 'go')],
    ['the file list is closed', (story: Story) => story.run({ type: 'seal', files })],
  ])('another build of a public version joins under the same baseline until %s', (_, happen) => {
    const [member] = startedStory().live.members
    const build = `${member?.candidate}+cpu`
    const story = startedStory()
    expect(story.run({ type: 'join', candidate: build })).toEqual(['joined'])
    expect(story.live.members[1]).toEqual({ candidate: build, baseline: member?.baseline })
    happen(story)
    expect(story.refused({ type: 'join', candidate: `${build}2` })).toContain('gets one of its own')
  })

  it('leaves with its train as part of another rollout', () => {
    const waiting = new Story()
    waiting.run(reserveBody)
    const absorb = { type: 'absorb', by: 'ro-bbbbbbbbbbbbbbbb' } as const
    expect(waiting.refused(absorb, publisher)).toContain('Only the train itself does that.')
    expect(waiting.run(absorb)).toEqual(['superseded'])
    expect(startedStory().refused(absorb)).toContain('It has begun.')
  })

  it('is refused after the end', () => {
    const story = startedStory()
    story.run({ type: 'abandon' })
    expect(story.refused({ type: 'join', candidate: other.candidate })).toContain('is over')
    expect(story.refused({ type: 'seal', files })).toContain('is over')
  })

  it('closes the file list once', () => {
    const story = startedStory()
    expect(story.run({ type: 'seal', files }, publisher)).toEqual(['sealed'])
    expect(story.run({ type: 'seal', files })).toEqual([])
    expect(story.refused({ type: 'seal', files: [] })).toBe(
      'The file list is closed. files: got [], expected demo-lib-1.1.0.tgz.',
    )
  })

  it('keeps the files in one order', () => {
    const story = startedStory()
    const more = ['b', 'a'].map((name) => ({ release: CANDIDATE, name, sha256: '' }))
    story.run({ type: 'seal', files: more })
    expect(story.live.sealedFiles?.map(({ name }) => name)).toEqual(['a', 'b'])
  })
})
