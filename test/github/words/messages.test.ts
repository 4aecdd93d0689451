import { describe, expect, it } from 'vitest'
import { replaceBlock, wrapBlock } from '../../../src/github/words/issue-block.ts'
import {
  issueLabels,
  issueState,
  issueText,
  issueTitle,
  longestBlock,
  pullRequestText,
  transitionText,
} from '../../../src/github/words/messages.ts'
import { canary, explanation, hour, links, noon, transition } from '../explanations.ts'

const regression = explanation({
  phase: 'rolled-back',
  percent: 0,
  sentence: 'acme/app regressed: its tests pass with 1.0.0 and fail with 1.1.0 in every try.',
  next: { sentence: 'Nothing happens by itself any more.', at: null },
  gates: [],
  canaries: [
    canary({ id: '1', label: 'acme/site' }),
    canary({
      id: '2',
      label: 'acme/app',
      kind: 'regressed',
      tries: 3,
      detail: 'FAIL total is 3\nexpected 4',
    }),
  ],
  history: [
    transition({ version: 9, type: 'rolled-back', basisPoints: 2500, reason: 'acme/app regressed.' }),
  ],
})

describe('the tracking issue', () => {
  it('says where the rollout is, why, what comes next and what people can do', () => {
    expect(issueText(explanation(), links, noon)).toMatchInlineSnapshot(`
      "**\`npm:demo@1.1.0\`: rolling out, visible to 25 % of users.** The stage at 25 % bakes until 12:24.

      \`[#####---------------]\` 25 % of users

      canaries 0 % → 5 % → **25 %** → 50 % → 100 %

      ### What happens next

      The stage at 50 % begins when the bake is over. When: 2026-11-20 12:24 UTC (in 24 minutes).

      ### Gates

      - bake **waits**: Bakes for 24 more minutes. Looks again: 2026-11-20 12:24 UTC (in 24 minutes).
      - canaries **passes**: All canaries pass.

      ### Canaries

      1 passes with both. 1 of 1 admitted by weight are decided (100 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | passes with both (required) | pass, pass | [1 try](https://github.com/acme/app/actions/runs/7) | 2026-11-20 11:50 UTC |

      ### How to stop it or skip ahead

      - Take it from everybody at once, until somebody resumes: \`/slipway stop <reason>\`
      - Take it back for good: \`/slipway rollback <reason>\`
      - Stop raising, keep who sees it: \`/slipway pause <reason>\`
      - Skip ahead one stage: \`/slipway advance <reason>\` (past a hold this needs maintain permission)
      - Ignore one canary result: \`/slipway waive <canary> <reason>\`; run it again: \`/slipway retry <canary>\`
      - Everything else: \`/slipway help\`

      ### Releases

      - \`npm:demo@1.1.0\`, before it \`npm:demo@1.0.0\`

      <details><summary>History (2)</summary>

      | When | What | By | Why |
      | --- | --- | --- | --- |
      | 2026-11-20 12:00 UTC | The candidate is now visible to 25 % of users | Slipway | Every gate of the stage passes. |
      | 2026-11-20 10:00 UTC | The rollout began | Slipway | Published. |

      </details>

      [Rollout ro-aaaaaaaaaaaaaaaa](https://slipway.test/rollouts/ro-aaaaaaaaaaaaaaaa). Written 2026-11-20 12:00 UTC; times in brackets count from then. Slipway rewrites this part; what you write outside of it stays."
    `)
  })

  it('shows a regression with its log after a rollback', () => {
    expect(issueText(regression, links, noon)).toMatchInlineSnapshot(`
      "**\`npm:demo@1.1.0\`: rolled back, visible to 0 % of users.** acme/app regressed: its tests pass with 1.0.0 and fail with 1.1.0 in every try.

      \`[--------------------]\` 0 % of users

      canaries 0 % → 5 % → 25 % (as far as it got) → 50 % → 100 %

      ### What happens next

      Nothing happens by itself any more.

      ### Canaries

      1 regressed, 1 passes with both. 1 of 1 admitted by weight are decided (100 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | regressed (required) | pass, **fail** | [3 tries](https://github.com/acme/app/actions/runs/7) | 2026-11-20 11:50 UTC |
      | \`acme/site\` | passes with both (required) | pass, pass | [1 try](https://github.com/acme/app/actions/runs/7) | 2026-11-20 11:50 UTC |

      \`acme/app\`: The baseline passed and the candidate failed in every try.

      <details><summary>Last lines of the failing run</summary>

      \`\`\`text
      FAIL total is 3
      expected 4
      \`\`\`

      </details>

      ### How to stop it or skip ahead

      Nothing moves any more. Exact pins keep resolving unless the release was blocked. Publish a fixed version to go on.

      ### Releases

      - \`npm:demo@1.1.0\`, before it \`npm:demo@1.0.0\`

      <details><summary>History (1)</summary>

      | When | What | By | Why |
      | --- | --- | --- | --- |
      | 2026-11-20 12:00 UTC | The release was taken back: nobody sees it without asking for it | Slipway | acme/app regressed. |

      </details>

      [Rollout ro-aaaaaaaaaaaaaaaa](https://slipway.test/rollouts/ro-aaaaaaaaaaaaaaaa). Written 2026-11-20 12:00 UTC; times in brackets count from then. Slipway rewrites this part; what you write outside of it stays."
    `)
  })

  it.each([
    ['staged', 'staged', 'open'],
    ['held', 'on hold', 'open'],
    ['rolled-back', 'rolled back', 'open'],
    ['completed', 'completed', 'closed'],
    ['superseded', 'superseded', 'closed'],
  ] as const)('is titled and labelled by phase %s', (phase, words, state) => {
    const at = explanation({ phase })
    expect(issueTitle(at)).toBe(`Release npm:demo@1.1.0 — ${words}`)
    expect(issueLabels(at)).toEqual(['slipway', `slipway:${phase}`])
    expect(issueState(at)).toBe(state)
  })

  it('names a train by its first member', () => {
    const releases = ['npm:a@1.0.0', 'npm:b@1.0.0', 'npm:c@1.0.0'].map((candidate) => ({
      candidate,
      baseline: null,
    }))
    expect(issueTitle(explanation({ releases }))).toBe('Release npm:a@1.0.0 and 2 more — rolling out')
  })

  it.each([200, 10_000])(
    'stays below what GitHub takes with %i canaries and hostile text everywhere',
    (count) => {
      const hostile = '@everyone closes #1 | `x` <!-- slipway:end --> '.repeat(40)
      const canaries = Array.from({ length: count }, (_, index) =>
        canary({
          id: String(index),
          label: `acme/${'x'.repeat(90)}-${index}`,
          kind: 'regressed',
          detail: hostile.repeat(20),
        }),
      )
      const history = Array.from({ length: 300 }, (_, version) => transition({ version, reason: hostile }))
      const text = issueText(explanation({ canaries, history, sentence: hostile }), links, noon)
      expect(text.length).toBeLessThanOrEqual(longestBlock)
      expect(wrapBlock('ro-aaaaaaaaaaaaaaaa', text).length).toBeLessThan(65_536)
      expect(text).toContain('How to stop it or skip ahead')
    },
  )

  it('shows 200 canaries with the regressed ones open, the others folded and counted', () => {
    const kinds = ['regressed', 'newly-flaky', 'timed-out', 'pending'] as const
    const canaries = Array.from({ length: 200 }, (_, index) =>
      canary({
        id: String(index),
        label: `acme/app-${index}`,
        kind: kinds[index] ?? 'same-pass',
        admission: index === 150 ? 'none' : 'required',
      }),
    )
    const text = issueText(explanation({ canaries }), links, noon)
    expect(text).toContain(
      '1 regressed, 1 newly flaky, 1 timed out, 1 pending, 196 passes with both. 1 of 1 admitted',
    )
    const open = text.slice(text.indexOf('### Canaries'), text.indexOf('<details>'))
    expect(open.match(/acme\/app-\d+/g)).toEqual(['acme/app-0', 'acme/app-1', 'acme/app-2'])
    expect([...text.matchAll(/<summary>(.*?)<\/summary>/g)].map((match) => match[1])).toEqual([
      '1 under way',
      '195 passes with both',
      '1 not admitted; it counts for nothing',
      'History (2)',
    ])
    expect(text.length).toBeLessThan(longestBlock)
  })

  it('shows the matrix of a canary that regressed in one leg', () => {
    const leg = (name: string, kind: 'regressed' | 'same-pass') => ({
      leg: name,
      kind,
      candidate: kind === 'regressed' ? ('fail' as const) : ('pass' as const),
      baseline: 'pass' as const,
      url: 'https://github.com/acme/app/actions/runs/7',
    })
    const legs = [leg('ubuntu | 24', 'same-pass'), leg('windows', 'regressed')]
    const text = issueText(explanation({ canaries: [canary({ kind: 'regressed', legs })] }), links, noon)
    expect(text).toContain('| `acme/app` | regressed, 1 of 2 legs (required) |')
    expect(text).toContain(
      '| `windows` | regressed | pass | fail | [run](https://github.com/acme/app/actions/runs/7) |',
    )
    expect(text).toContain('| `ubuntu / 24` | passes with both |')
  })

  it('counts the canaries that it does not show, and says where they are', () => {
    const canaries = Array.from({ length: 1000 }, (_, index) =>
      canary({ id: String(index), label: `acme/app-${index}` }),
    )
    expect(issueText(explanation({ canaries }), links, noon)).toMatch(
      /Not shown: \d+ passes with both\. \[All of them\]\(https:\/\/slipway\.test\/rollouts\//,
    )
  })
})

it('speaks in plain words', () => {
  const all = [issueText(explanation(), links, noon), issueText(regression, links, noon)].join(' ')
  expect(all).not.toMatch(/!|\p{Extended_Pictographic}/u)
})

describe('the part between the markers', () => {
  const id = 'ro-aaaaaaaaaaaaaaaa'
  const old = `Hello.\n\n${wrapBlock(id, 'old')}\n\nMy notes: keep.`

  it('is replaced and what people wrote around it stays', () => {
    expect(replaceBlock(old, id, 'new')).toBe(`Hello.\n\n${wrapBlock(id, 'new')}\n\nMy notes: keep.`)
  })

  it.each([
    ['no markers', 'only my words', `${wrapBlock(id, 'new')}\n\nonly my words`],
    ['an empty body', '', wrapBlock(id, 'new')],
    ['a lost end', `<!-- slipway:begin ${id} -->\nold\nmine`, `${wrapBlock(id, 'new')}\n\nold\nmine`],
  ])('is put first with %s, and nothing is lost', (_, body, expected) => {
    expect(replaceBlock(body, id, 'new')).toBe(expected)
  })

  it('never ends up twice', () => {
    const twice = `${old}\n\n${wrapBlock(id, 'copied')}`
    const text = replaceBlock(twice, id, 'new')
    expect(text.match(/slipway:begin/g)).toHaveLength(1)
    expect(text.match(/slipway:end/g)).toHaveLength(1)
    expect(text).toContain('My notes: keep.')
  })
})

describe('a transition comment', () => {
  it('says what changed, why, what is next and what to do', () => {
    expect(transitionText(explanation(), 3, noon)).toMatchInlineSnapshot(`
      "**The candidate is now visible to 25 % of users.**

      Why: Every gate of the stage passes.

      Next: The stage at 50 % begins when the bake is over. When: 2026-11-20 12:24 UTC (in 24 minutes).

      What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back."
    `)
  })

  it('shows the evidence of a rollback', () => {
    expect(transitionText(regression, 9, noon)).toMatchInlineSnapshot(`
      "**The release was taken back: nobody sees it without asking for it.**

      Why: acme/app regressed.

      \`acme/app\`: The baseline passed and the candidate failed in every try.

      <details><summary>Last lines of the failing run</summary>

      \`\`\`text
      FAIL total is 3
      expected 4
      \`\`\`

      </details>

      What to do: fix it and publish a new version. Unpinned installs get the release before it again; exact pins still install this one."
    `)
  })

  it('names who paused without calling them', () => {
    const paused = transition({
      version: 5,
      type: 'paused',
      actor: { kind: 'person', login: 'ana', permission: 'write' },
      reason: 'wait for @bob, see #12 (comment 9)',
    })
    const text = transitionText(explanation({ phase: 'paused', history: [paused] }), 5, noon)
    expect(text).toMatchInlineSnapshot(`
      "**The rollout was paused: 25 % of users still get the release by \`ana\`.**

      Why: wait for @&#8203;bob, see #&#8203;12 (comment 9)

      Next: The stage at 50 % begins when the bake is over. When: 2026-11-20 12:24 UTC (in 24 minutes).

      What to do: \`/slipway resume\` goes on. Who gets it keeps getting it: \`/slipway stop <reason>\` takes it from them, \`/slipway rollback <reason>\` for good."
    `)
    expect(text).not.toMatch(/@bob|#12/)
  })

  it('does not claim the present for an old transition', () => {
    const history = [transition({ version: 3 }), transition({ version: 4, basisPoints: 5000 })]
    expect(transitionText(explanation({ history }), 3, noon + hour)).not.toContain('Next:')
  })

  it('is not written for an event that is no transition', () => {
    expect(transitionText(explanation(), 77, noon)).toBeNull()
  })
})

describe('the pull request comment', () => {
  it('says where the release is', () => {
    const withIssue = { ...links, trackingIssue: 'https://github.com/acme/lib/issues/4' }
    expect(pullRequestText(explanation(), withIssue, noon)).toMatchInlineSnapshot(`
      "This pull request is part of \`npm:demo@1.1.0\` (rolling out). 25 % of users get it on an unpinned install.

      The stage at 25 % bakes until 12:24.

      Next: The stage at 50 % begins when the bake is over. When: 2026-11-20 12:24 UTC (in 24 minutes).

      More in [the tracking issue](https://github.com/acme/lib/issues/4). Written 2026-11-20 12:00 UTC."
    `)
  })

  it.each([
    ['staged', 'nobody gets it yet'],
    ['held', 'stays at 25 %'],
    ['paused', 'paused it at 25 %'],
    ['completed', 'Everybody gets it'],
    ['rolled-back', 'taken back'],
    ['superseded', 'newer release'],
    ['abandoned', 'abandoned'],
  ] as const)('has words for %s', (phase, words) => {
    expect(pullRequestText(explanation({ phase }), links, noon)).toContain(words)
  })
})
