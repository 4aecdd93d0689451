import { describe, expect, it } from 'vitest'
import type { CommandBody } from '../../../src/rollout/deciding/command.ts'
import { explain } from '../../../src/rollout/explaining/explain.ts'
import {
  armResult,
  BASELINE,
  CANDIDATE,
  canary,
  completedStory,
  DAY,
  HOUR,
  MINUTE,
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
  tickBeside,
  writer,
} from '../builders.ts'

const said = (story: Story, freeze: Parameters<typeof explain>[2] = null) => {
  const { phase, percent, sentence, next } = explain(story.live, story.now, freeze)
  return {
    phase,
    percent,
    sentence,
    next: next.sentence,
    at: next.at,
  }
}

/** Three tries in which the candidate fails and the baseline passes. */
function regressed(change: Parameters<typeof startedStory>[0] = {}): Story {
  const story = startedStory(change)
  for (const number of [1, 2, 3]) story.results(...pair('fail', 'pass', { try: number }))
  return story
}

describe('why a rollout is where it is, in a sentence, and what happens next', () => {
  const stories: readonly (readonly [string, () => Story])[] = [
    [
      'reserved',
      () => {
        const story = new Story()
        story.run(reserveBody)
        return story
      },
    ],
    ['started', () => startedStory()],
    [
      'all gates pass',
      () => {
        const story = startedStory().results(...pair('pass', 'pass'))
        story.now += HOUR
        return story
      },
    ],
    [
      'at the last stage',
      () => {
        const story = startedStory().results(...pair('pass', 'pass'))
        for (let n = 0; n < 3; n += 1) story.tick(HOUR)
        return story
      },
    ],
    [
      'held for evidence',
      () => {
        const story = startedStory().results(...pair('timed-out', 'pass'))
        story.tick()
        return story
      },
    ],
    [
      'held for an hour',
      () => {
        const story = startedStory()
        story.run({ type: 'hold', durationMs: HOUR }, writer, 'lunch')
        story.tick()
        return story
      },
    ],
    ['about to be taken back', () => regressed()],
    [
      'paused with a reason',
      () => {
        const story = startedStory()
        story.run({ type: 'pause' }, namedOperator, 'looking')
        return story
      },
    ],
    [
      'paused without',
      () => {
        const story = startedStory()
        story.run({ type: 'pause' }, operator)
        return story
      },
    ],
    ['completed', () => completedStory()],
    ['a first release', () => startedStory({ members: [{ candidate: CANDIDATE, baseline: null }] })],
    [
      'rolled back by itself',
      () => {
        const story = regressed()
        story.tick()
        return story
      },
    ],
    [
      'rolled back by hand',
      () => {
        const story = startedStory()
        story.run({ type: 'rollBack', installable: true, newerCompleted: null }, writer)
        return story
      },
    ],
    [
      'superseded',
      () => {
        const story = startedStory()
        story.run(tickBeside('outrun'))
        return story
      },
    ],
    [
      'abandoned',
      () => {
        const story = startedStory()
        story.run({ type: 'abandon' }, maintainer, 'no longer needed')
        return story
      },
    ],
  ]

  it('reads well in every situation', () => {
    const lines = stories.map(([name, tell]) => {
      const { phase, percent, sentence, next } = said(tell())
      return `${name} (${phase}, ${percent} %)\n  ${sentence}\n  ${next}`
    })
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "reserved (staged, 0 %)
        Reserved; nothing is visible before it starts.
        It begins when its files are here: npm at once; PyPI when it is started, released on GitHub, or no further file has come for a while.
      started (staged, 0 %)
        At 0 % since 2026-11-20 12:00 UTC. Baking for 1 h, until 2026-11-20 13:00 UTC. Waiting for acme/app (no answer yet), at most until 2026-11-20 18:00 UTC.
        When the gates pass it goes to 5 %, by 2026-11-20 18:00 UTC if nothing fails.
      all gates pass (staged, 0 %)
        At 0 % since 2026-11-20 12:00 UTC; every gate passes.
        At the next tick it goes to 5 %.
      at the last stage (rolling, 100 %)
        At 100 % since 2026-11-20 15:00 UTC. Baking for 1 h, until 2026-11-20 16:00 UTC.
        When the gates pass it completes, by 2026-11-20 16:00 UTC if nothing fails.
      held for evidence (held, 0 %)
        Held at 0 % since 2026-11-20 12:00 UTC. Required and undecided: acme/app (timed-out); a person must retry or waive.
        New evidence or a person must clear the hold; it goes to 5 % after that.
      held for an hour (held, 0 %)
        Held at 0 % since 2026-11-20 12:00 UTC. wanda asked to wait until 2026-11-20 13:00 UTC (lunch).
        The hold ends at 2026-11-20 13:00 UTC; it goes to 5 % after that.
      about to be taken back (staged, 0 %)
        At 0 % since 2026-11-20 12:00 UTC. 1 required canary regressed: acme/app (regressed).
        It is rolled back at once.
      paused with a reason (paused, 0 %)
        At 0 % since 2026-11-20 12:00 UTC; paused by token ops as olga at 2026-11-20 12:00 UTC: looking
        It goes on when somebody resumes it.
      paused without (paused, 0 %)
        At 0 % since 2026-11-20 12:00 UTC; paused by token ops at 2026-11-20 12:00 UTC.
        It goes on when somebody resumes it.
      completed (completed, 100 %)
        Completed at 2026-11-20 16:00 UTC: visible to all.
        Nothing more happens by itself.
      a first release (completed, 100 %)
        Visible to all since 2026-11-20 12:00 UTC: there is no earlier release to go back to.
        Nothing more happens by itself.
      rolled back by itself (rolled-back, 0 %)
        Rolled back automatically at 2026-11-20 12:00 UTC: 1 required canary regressed: acme/app (regressed).
        Nothing more happens by itself.
      rolled back by hand (rolled-back, 0 %)
        Rolled back at 2026-11-20 12:00 UTC.
        Nothing more happens by itself.
      superseded (superseded, 0 %)
        ro-bbbbbbbbbbbbbbbb carries on for npm:demo-lib@1.1.0 since 2026-11-20 12:00 UTC.
        Nothing more happens by itself.
      abandoned (abandoned, 0 %)
        Abandoned at 2026-11-20 12:00 UTC: no longer needed
        Nothing more happens by itself."
    `)
  })

  it('names a freeze, except where nothing is raised any more', () => {
    const freeze = { until: NOON + DAY, rollbacks: 3 }
    const story = startedStory().results(...pair('pass', 'pass'))
    story.now += HOUR
    expect(said(story, freeze).at).toBe(freeze.until)
    expect(said(story, freeze).next).toBe(
      'The package is frozen until 2026-11-21 12:00 UTC; it goes to 5 % after that.',
    )
    for (let stages = 0; stages < 3; stages += 1) story.tick(HOUR)
    expect(said(story, freeze).next).toBe(
      'When the gates pass it completes, by 2026-11-20 17:00 UTC if nothing fails.',
    )
  })
})

describe('the whole tree', () => {
  it('shows every stage with its times', () => {
    const story = startedStory().results(...pair('pass', 'pass'))
    expect(story.tick(HOUR)).toContain('stage-entered')
    const rows = explain(story.live, story.now).stages.map((one) => [
      one.name,
      one.percent,
      one.state,
      one.enteredAt,
      one.bakeUntil,
    ])
    expect(rows).toEqual([
      ['canaries', 0, 'passed', NOON, null],
      ['early', 5, 'current', NOON + HOUR, NOON + 2 * HOUR],
      ['quarter', 25, 'ahead', null, null],
      ['all', 100, 'ahead', null, null],
    ])
    const done = explain(completedStory().live, NOON).stages
    expect(done.every(({ state, bakeUntil }) => state === 'passed' && bakeUntil === null)).toBe(true)
    const waiting = new Story()
    waiting.run({ ...reserveBody, policy: policy(), policySource: { kind: 'request', detail: '' } })
    expect(explain(waiting.live, NOON).stages[0]?.state).toBe('ahead')
  })

  it('shows every canary, its newest run and its last words', () => {
    const story = regressed()
    const [shown] = explain(story.live, story.now).canaries
    expect(shown).toMatchObject({
      label: 'acme/app',
      admission: 'required',
      tries: 3,
      url: 'https://github.test/acme/app/actions/runs/7',
      since: NOON + MINUTE,
      detail: 'the log',
      comparison: { kind: 'regressed', decided: true },
    })
    expect(explain(story.live, story.now).coverage).toEqual({ decided: 1, admitted: 1, percent: 100 })
  })

  it('shows a run that is under way, and one that could not be started', () => {
    const dispatch = (change: object): CommandBody => ({
      type: 'recordSignal',
      signal: {
        kind: 'dispatched',
        canary: '101',
        try: 1,
        dispatch: {
          arm: 'both',
          at: NOON + MINUTE,
          runId: 9,
          url: 'https://run/9',
          failure: null,
          ...change,
        },
      },
    })
    const running = startedStory()
    running.run(dispatch({}))
    expect(explain(running.live, NOON).canaries[0]).toMatchObject({
      url: 'https://run/9',
      since: NOON + MINUTE,
      detail: '',
    })
    const failed = startedStory()
    failed.run(dispatch({ runId: null, url: null, failure: 'no such workflow' }))
    expect(explain(failed.live, NOON).canaries[0]).toMatchObject({ url: null, detail: 'no such workflow' })
  })

  it('falls back to the link of the baseline arm', () => {
    const story = startedStory()
    const result = armResult('pass', { installed: [BASELINE], url: 'https://run/b' })
    story.run({
      type: 'recordResult',
      fact: { canary: '101', try: 1, leg: 'default', arm: 'baseline', result },
    })
    expect(explain(story.live, NOON).canaries[0]?.url).toBe('https://run/b')
  })

  it('gives no id of a private canary elsewhere: not its own, not in its comparison, not of a gate', () => {
    const roster = [
      canary({ id: '70700707', repo: 'acme/secret', private: true }),
      canary({ id: '70700708', repo: 'acme/open' }),
    ]
    const { live } = startedStory({ roster })
    const ids = (reader: string | null) => {
      const { canaries, gates } = explain(live, NOON, null, reader)
      const subjects = gates.flatMap((verdict) => (verdict.gate === 'canaries' ? verdict.subjects : []))
      return [canaries.map(({ id }) => id), canaries.map(({ comparison }) => comparison.canary), subjects]
    }
    const shown = ['private canary 1', '70700708']
    expect(ids(null)).toEqual([shown, shown, shown])
    expect(JSON.stringify(explain(live, NOON))).not.toContain('70700707')
    const own = ['70700707', '70700708']
    expect(ids('70700707')).toEqual([own, own, own])
  })

  it('keeps private canaries private, except at home', () => {
    const roster = [
      canary({ repo: 'acme/secret', private: true }),
      canary({ id: '1', repo: 'acme/demo-lib', private: true }),
    ]
    const story = regressed({ roster })
    const explanation = explain(story.live, story.now)
    expect(explanation.canaries).toMatchObject([
      { label: 'acme/demo-lib' },
      { label: 'private canary 2', url: null, detail: '' },
    ])
    expect(JSON.stringify(explanation)).not.toContain('secret')
    expect(JSON.stringify(explanation)).not.toContain('the log')
  })

  it.each([
    ['a broken run', (story: Story) => story.results(...pair('infra', 'infra', { leg: 'acme-internal' }))],
    [
      'a regression on a leg',
      (story: Story) => {
        for (const number of [1, 2, 3])
          story.results(...pair('fail', 'pass', { try: number, leg: 'acme-internal' }))
      },
    ],
    [
      'a dispatch that failed',
      (story: Story) => {
        const dispatch = {
          arm: 'both',
          at: NOON,
          runId: null,
          url: null,
          failure: 'POST acme-internal',
        } as const
        story.run({ type: 'recordSignal', signal: { kind: 'dispatched', canary: '101', try: 1, dispatch } })
      },
    ],
  ])('keeps the words of a private canary private: %s', (_, happens) => {
    const roster = [canary({ repo: 'acme/secret', private: true })]
    // Held instead of rolled back, so that it is still asked what stands in the way.
    const story = startedStory({
      roster,
      policy: policy({ rollback: { automatic: false, freezeAfter: null } }),
    })
    happens(story)
    story.now += 7 * HOUR
    story.tick()
    const explanation = explain(story.live, story.now)
    expect(explanation.canaries[0]?.label).toBe('private canary 1')
    expect(JSON.stringify(explanation)).not.toMatch(/internal|secret|the log/)
  })

  it('judges what has ended as of its end', () => {
    const story = startedStory()
    story.run({ type: 'abandon' }, writer)
    expect(explain(story.live, NOON + 9 * DAY)).toEqual(explain(story.live, NOON))
  })

  it('shows no canaries where no stage asks for them', () => {
    const story = startedStory({ policy: policy({ stages: [stage(), stage({ basisPoints: 10_000 })] }) })
    expect(explain(story.live, NOON)).toMatchObject({ canaries: [], coverage: { percent: 100 } })
  })

  it('asks the rule of the next stage that has one', () => {
    const { stages } = policy()
    const story = startedStory({ policy: policy({ stages: [stage(), ...stages.slice(1)] }) })
    expect(explain(story.live, NOON).canaries[0]?.comparison).toMatchObject({ kind: 'pending', wantsTry: 1 })
  })
})
