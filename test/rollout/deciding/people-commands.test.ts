import { describe, expect, it } from 'vitest'
import type { Actor } from '../../../src/rollout/history/actor.ts'
import {
  canary,
  completedStory,
  DAY,
  HOUR,
  maintainer,
  NOON,
  namedOperator,
  operator,
  pair,
  policy,
  reserveBody,
  Story,
  stage,
  startedStory,
  stranger,
  system,
  writer,
} from '../builders.ts'

const dependent: Actor = { kind: 'dependent', login: 'dora', canary: '101' }

describe('approve', () => {
  const gated = (by: 'write' | 'maintain' | 'admin') =>
    startedStory({
      policy: policy({ stages: [stage({ gates: { approval: { by } } }), stage({ basisPoints: 10_000 })] }),
    })

  it('clears the gate', () => {
    const story = gated('maintain')
    expect(story.tick(HOUR)).toEqual(['held'])
    expect(story.run({ type: 'approve' }, maintainer)).toEqual(['approved'])
    expect(story.run({ type: 'approve' }, maintainer)).toEqual([])
    expect(story.run({ type: 'approve' }, namedOperator)).toEqual(['approved'])
    expect(story.tick()).toEqual(['released', 'sealed', 'stage-entered'])
  })

  it.each([
    ['write', writer, true],
    ['maintain', namedOperator, true],
    ['maintain', writer, 'approve is not yours to do'],
    ['admin', namedOperator, 'expected admin permission'],
    ['maintain', operator, 'approve must be decided by a named person. as: got nothing, expected the name'],
    ['write', system, 'approve must be decided by a named person.'],
  ] as const)('needs %s and a name: %#', (by, actor, expected) => {
    const story = gated(by)
    if (expected === true) expect(story.run({ type: 'approve' }, actor)).toEqual(['approved'])
    else expect(story.refused({ type: 'approve' }, actor)).toContain(expected)
  })

  it('is refused where nobody asked', () => {
    expect(startedStory().refused({ type: 'approve' }, maintainer)).toBe(
      'This stage asks for no approval. stage: got "canaries", expected a stage with an approval gate; the policy has none.',
    )
    const later = stage({ name: 'half', basisPoints: 5000, gates: { approval: { by: 'maintain' } } })
    const stages = [stage(), later, stage({ basisPoints: 10_000 })]
    expect(startedStory({ policy: policy({ stages }) }).refused({ type: 'approve' }, maintainer)).toContain(
      'expected a stage with an approval gate: half.',
    )
    const waiting = new Story()
    waiting.run(reserveBody)
    expect(waiting.refused({ type: 'approve' }, maintainer)).toContain('has not started')
  })
})

describe('waive', () => {
  const held = () => startedStory().results(...pair('timed-out', 'pass'))

  it('lets a comparison pass, for as long as it stays the same', () => {
    const story = held()
    expect(story.run({ type: 'waive', canary: 'Acme/App' }, writer, 'known outage')).toEqual(['waived'])
    expect(story.run({ type: 'waive', canary: '101' }, writer, 'again')).toEqual([])
    expect(story.tick(HOUR)).toEqual(['sealed', 'stage-entered'])
    story.results(...pair('fail', 'pass', { try: 2 }))
    expect(story.tick()).toEqual([])
    expect(story.live.heldSince).toBeNull()
  })

  it('does not outlive a retry, even where the new round says the same', () => {
    const story = startedStory()
    story.now += 6 * HOUR
    expect(story.tick()).toEqual(['held'])
    story.run({ type: 'waive', canary: '101' }, writer, 'known outage')
    story.run({ type: 'retryCanary', canary: '101' }, writer)
    expect(story.tick()).toEqual(['released'])
    expect(story.tick(6 * HOUR)).toEqual(['held'])
  })

  it.each([
    [
      'an unknown canary',
      '404',
      'It is no canary of this rollout. canary: got "404", expected one of acme/app.',
    ],
    ['an inherited name', 'constructor', 'It is no canary of this rollout.'],
  ])('refuses %s', (_, name, message) => {
    expect(held().refused({ type: 'waive', canary: name }, writer, 'why')).toContain(message)
  })

  it('refuses where there is nothing to waive', () => {
    const passing = startedStory().results(...pair('pass', 'pass'))
    expect(passing.refused({ type: 'waive', canary: '101' }, writer, 'why')).toBe(
      'There is nothing to waive: it passes as with the baseline. canary: got "101", expected a canary whose comparison stands in the way.',
    )
    expect(startedStory().refused({ type: 'waive', canary: '101' }, writer, 'why')).toContain(
      'nothing to waive',
    )
    const none = startedStory({ roster: [] })
    expect(none.refused({ type: 'waive', canary: '101' }, writer, 'why')).toContain(
      'expected nothing: the rollout has no canaries',
    )
    const waiting = new Story()
    waiting.run(reserveBody)
    expect(waiting.refused({ type: 'waive', canary: '101' }, writer, 'why')).toContain('has not started')
  })

  it('needs a name and a reason', () => {
    expect(held().refused({ type: 'waive', canary: '101' }, operator, 'why')).toContain('named person')
    expect(held().refused({ type: 'waive', canary: '101' }, writer)).toContain('waive needs a reason')
  })
})

describe('hold', () => {
  const hold = (durationMs: number) => ({ type: 'hold', durationMs }) as const

  it('stops raises until it ends', () => {
    const story = startedStory().results(...pair('pass', 'pass'))
    expect(story.run(hold(2 * HOUR), dependent, 'our release day')).toEqual(['hold-placed'])
    expect(story.run(hold(2 * HOUR), dependent)).toEqual([])
    expect(story.tick(HOUR)).toEqual(['held'])
    expect(story.live.heldBecause).toEqual([
      'dora of acme/app asked to wait until 2026-11-20 14:00 UTC (our release day).',
    ])
    expect(story.tick(HOUR)).toEqual(['released', 'sealed', 'stage-entered'])
  })

  it('is given to a dependent once, and for 72 hours at most', () => {
    const story = startedStory()
    expect(story.refused(hold(72 * HOUR + 1), dependent)).toContain('expected at most 72 h.')
    story.run(hold(72 * HOUR), dependent)
    expect(story.refused(hold(HOUR), dependent)).toBe(
      'This canary has asked for time once already. canary: got "101", expected one hold for each canary in a rollout.',
    )
    expect(story.run(hold(30 * DAY), writer)).toEqual(['hold-placed'])
    expect(story.run(hold(DAY), writer)).toEqual(['hold-placed'])
  })

  it.each([0, -1, 0.5, Number.NaN, 31 * DAY])('of %d ms is refused', (durationMs) => {
    expect(startedStory().refused(hold(durationMs), maintainer)).toContain(
      'The hold has no fitting length. duration: got',
    )
  })

  it('is for admitted canaries only', () => {
    const story = startedStory({ roster: [canary({ admission: 'none' })] })
    const message = 'Only admitted canaries may ask for time.'
    expect(story.refused(hold(HOUR), dependent)).toContain(message)
    expect(story.refused(hold(HOUR), { ...dependent, canary: '999' } as Actor)).toContain(message)
    expect(story.refused(hold(HOUR), stranger)).toContain('hold is not yours to do')
    const waiting = new Story()
    waiting.run(reserveBody)
    expect(waiting.refused(hold(HOUR), maintainer)).toContain('has not started')
  })
})

describe('retry', () => {
  it('begins a new round: what was said before no longer counts', () => {
    const story = startedStory().results(...pair('timed-out', 'pass'))
    expect(story.run({ type: 'retryCanary', canary: '101' }, writer)).toEqual(['canary-retried'])
    expect(story.live.canaries['101']).toMatchObject({ firstTry: 2, roundStartedAt: NOON })
    story.results(...pair('pass', 'pass', { try: 2 }))
    expect(story.tick(HOUR)).toEqual(['sealed', 'stage-entered'])
  })

  it('needs a canary and a live rollout', () => {
    expect(startedStory().refused({ type: 'retryCanary', canary: 'x' }, writer)).toContain(
      'It is no canary of this rollout.',
    )
    expect(completedStory().refused({ type: 'retryCanary', canary: '101' }, writer)).toContain('is over')
  })
})
