import { expect, it } from 'vitest'
import { opens, passes, releases, told, usualFile, usualRules } from '../story.ts'

const canaries = { 'acme/app': 'pass' } as const

it('superseded by a newer release', async () => {
  const story = {
    file: usualFile,
    canaries,
    steps: [releases('pypi:demo@1.1.0'), passes('15m'), releases('pypi:demo@1.2.0'), passes('15m')],
  }
  expect(await told(story)).toMatchInlineSnapshot(`
    "-- pypi:demo@1.0.0 is published

    -- pypi:demo@1.1.0 is published
    acme/lib#1: Release pypi:demo@1.1.0 — staged

    -- 15m pass
    acme/lib#1: Release pypi:demo@1.1.0 — rolling out
      > **The candidate is now visible to 50 % of users.**
      >
      > Why: All gates of stage canaries pass.
      >
      > Next: When the gates pass it goes to 100 %, by 2026-03-02 21:18 UTC if nothing fails. When: 2026-03-02 21:18 UTC (in 12 hours).
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.

    -- pypi:demo@1.2.0 is published
    acme/lib#2: Release pypi:demo@1.2.0 — staged

    -- 15m pass
    acme/lib#2: Release pypi:demo@1.2.0 — rolling out
      > **The candidate is now visible to 50 % of users.**
      >
      > Why: All gates of stage canaries pass.
      >
      > Next: When the gates pass it goes to 100 %, by 2026-03-02 21:35 UTC if nothing fails. When: 2026-03-02 21:35 UTC (in 12 hours).
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.

    == acme/lib#1, open: Release pypi:demo@1.1.0 — rolling out [slipway, slipway:rolling]
      **\`pypi:demo@1.1.0\`: rolling out, visible to 50 % of users.** At 50 % since 2026-03-02 09:18 UTC. Baking for 12 h, until 2026-03-02 21:18 UTC.

      \`[##########----------]\` 50 % of users

      canaries 0 % → **half 50 %** → 100 %

      ### What happens next

      When the gates pass it goes to 100 %, by 2026-03-02 21:18 UTC if nothing fails. When: 2026-03-02 21:18 UTC (in 11 hours 43 minutes).

      ### Other live releases

      - \`pypi:demo@1.2.0\` is rolling at 50 %, beside it.

      ### Gates

      - bake **waits**: Baking for 12 h, until 2026-03-02 21:18 UTC. Looks again: 2026-03-02 21:18 UTC (in 11 hours 43 minutes).
      - canaries **passes**: 100 % of the canaries' weight is decided (1 of 1), no regression counts.
      - blockers **passes**: No open issue is labelled release-blocker.

      ### Canaries

      1 passes with both. 1 of 1 admitted by weight are decided (100 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | passes with both (required) | pass, pass | [1 try](https://github.test/acme/app/actions/runs/70000001) | 2026-03-02 09:02 UTC |

    == acme/lib#2, open: Release pypi:demo@1.2.0 — rolling out [slipway, slipway:rolling]
      **\`pypi:demo@1.2.0\`: rolling out, visible to 50 % of users.** At 50 % since 2026-03-02 09:35 UTC. Baking for 12 h, until 2026-03-02 21:35 UTC.

      \`[##########----------]\` 50 % of users

      canaries 0 % → **half 50 %** → 100 %

      ### What happens next

      When the gates pass it goes to 100 %, by 2026-03-02 21:35 UTC if nothing fails. When: 2026-03-02 21:35 UTC (in 12 hours).

      ### Other live releases

      - \`pypi:demo@1.1.0\` is rolling at 50 %, beside it.

      ### Gates

      - bake **waits**: Baking for 12 h, until 2026-03-02 21:35 UTC. Looks again: 2026-03-02 21:35 UTC (in 12 hours).
      - canaries **passes**: 100 % of the canaries' weight is decided (1 of 1), no regression counts.
      - blockers **passes**: No open issue is labelled release-blocker.

      ### Canaries

      1 passes with both. 1 of 1 admitted by weight are decided (100 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | passes with both (required) | pass, pass | [1 try](https://github.test/acme/app/actions/runs/70000002) | 2026-03-02 09:19 UTC |"
  `)
})

it('backport beside a live rollout', async () => {
  const story = {
    file: usualFile,
    canaries,
    steps: [
      releases('pypi:demo@2.0.0'),
      passes('15m'),
      releases('pypi:demo@1.0.1'),
      passes('15m'),
      passes('12h'),
      passes('24h'),
    ],
  }
  expect(await told(story)).toMatchInlineSnapshot(`
    "-- pypi:demo@1.0.0 is published

    -- pypi:demo@2.0.0 is published
    acme/lib#1: Release pypi:demo@2.0.0 — staged

    -- 15m pass
    acme/lib#1: Release pypi:demo@2.0.0 — rolling out
      > **The candidate is now visible to 50 % of users.**
      >
      > Why: All gates of stage canaries pass.
      >
      > Next: When the gates pass it goes to 100 %, by 2026-03-02 21:18 UTC if nothing fails. When: 2026-03-02 21:18 UTC (in 12 hours).
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.

    -- pypi:demo@1.0.1 is published
    acme/lib#2: Release pypi:demo@1.0.1 — staged

    -- 15m pass
    acme/lib#2: Release pypi:demo@1.0.1 — rolling out
      > **The candidate is now visible to 50 % of users.**
      >
      > Why: All gates of stage canaries pass.
      >
      > Next: When the gates pass it goes to 100 %, by 2026-03-02 21:35 UTC if nothing fails. When: 2026-03-02 21:35 UTC (in 12 hours).
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.

    -- 12h pass
      > **The candidate is now visible to 100 % of users.**
      >
      > Why: All gates of stage half pass.
      >
      > Next: When the gates pass it completes, by 2026-03-03 21:36 UTC if nothing fails. When: 2026-03-03 21:36 UTC (in 1 day).
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.
      > **The candidate is now visible to 100 % of users.**
      >
      > Why: All gates of stage half pass.
      >
      > Next: When the gates pass it completes, by 2026-03-03 21:36 UTC if nothing fails. When: 2026-03-03 21:36 UTC (in 1 day).
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.

    -- 24h pass
    acme/lib#1: Release pypi:demo@2.0.0 — completed
      > **The rollout is completed: everybody sees the release.**
      >
      > Why: All gates of stage 100 % pass.
      >
      > What to do: nothing. If it breaks something after all, \`/slipway rollback <reason>\` takes it back.
    acme/lib#2: Release pypi:demo@1.0.1 — completed
      > **The rollout is completed: everybody sees the release.**
      >
      > Why: All gates of stage 100 % pass.
      >
      > What to do: nothing. If it breaks something after all, \`/slipway rollback <reason>\` takes it back.

    == acme/lib#1, closed: Release pypi:demo@2.0.0 — completed [slipway, slipway:completed]
      **\`pypi:demo@2.0.0\`: completed, visible to 100 % of users.** Completed at 2026-03-03 21:37 UTC: visible to all.

      \`[####################]\` 100 % of users

      canaries 0 % → half 50 % → 100 %

      ### What happens next

      Nothing more happens by itself.

      ### Canaries

      1 passes with both. 1 of 1 admitted by weight are decided (100 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | passes with both (required) | pass, pass | [1 try](https://github.test/acme/app/actions/runs/70000001) | 2026-03-02 09:02 UTC |

    == acme/lib#2, closed: Release pypi:demo@1.0.1 — completed [slipway, slipway:completed]
      **\`pypi:demo@1.0.1\`: completed, visible to 100 % of users.** Completed at 2026-03-03 21:37 UTC: visible to all.

      \`[####################]\` 100 % of users

      canaries 0 % → half 50 % → 100 %

      ### What happens next

      Nothing more happens by itself.

      ### Canaries

      1 passes with both. 1 of 1 admitted by weight are decided (100 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | passes with both (required) | pass, pass | [1 try](https://github.test/acme/app/actions/runs/70000002) | 2026-03-02 09:19 UTC |"
  `)
})

it('abandon', async () => {
  const story = {
    file: usualFile,
    canaries,
    steps: [releases('pypi:demo@1.1.0'), opens('It breaks', 'release-blocker'), passes('15m'), passes('14d')],
  }
  expect(await told(story)).toMatchInlineSnapshot(`
    "-- pypi:demo@1.0.0 is published

    -- pypi:demo@1.1.0 is published
    acme/lib#1: Release pypi:demo@1.1.0 — staged

    -- somebody opens "It breaks", labelled release-blocker
    acme/lib#1: Release pypi:demo@1.1.0 — on hold
      > **The rollout is on hold at 0 %.**
      >
      > Why: Waiting until acme/lib#2 is closed or loses the label release-blocker; last seen open 2026-03-02 09:03 UTC.
      >
      > Next: New evidence or a person must clear the hold; it goes to 50 % after that.
      >
      > What to do: look at the gates and canaries in the issue above. New evidence clears the hold by itself; a maintainer can go on with \`/slipway advance <reason>\` or take it back with \`/slipway rollback <reason>\`.
    acme/lib#2: It breaks

    -- 15m pass

    -- 14d pass
    acme/lib#1: Release pypi:demo@1.1.0 — abandoned
      > **The rollout was abandoned: nobody sees the release without asking for it.**
      >
      > Why: Nothing has moved for 14 d.
      >
      > What to do: nothing for this release; the next one has a rollout of its own.

    == acme/lib#1, closed: Release pypi:demo@1.1.0 — abandoned [slipway, slipway:abandoned]
      **\`pypi:demo@1.1.0\`: abandoned, visible to 0 % of users.** Abandoned at 2026-03-16 09:20 UTC: Nothing has moved for 14 d.

      \`[--------------------]\` 0 % of users

      canaries 0 % (as far as it got) → half 50 % → 100 %

      ### What happens next

      Nothing more happens by itself.

      ### Canaries

      1 passes with both. 1 of 1 admitted by weight are decided (100 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | passes with both (required) | pass, pass | [1 try](https://github.test/acme/app/actions/runs/70000001) | 2026-03-02 09:02 UTC |"
  `)
})

it('two packages in one train', async () => {
  const member = (name: string) => `  - package: ${name}\n    train: demo${usualRules}`
  const story = {
    file: `releases:\n${member('pypi:demo')}${member('pypi:extras')}`,
    packages: ['pypi:demo', 'pypi:extras'],
    canaries,
    steps: [releases('pypi:demo@1.1.0', 'pypi:extras@1.1.0'), passes('15m'), passes('12h'), passes('24h')],
  }
  expect(await told(story)).toMatchInlineSnapshot(`
    "-- pypi:demo@1.0.0 and pypi:extras@1.0.0 are published

    -- pypi:demo@1.1.0 and pypi:extras@1.1.0 are published
    acme/lib#1: Release pypi:demo@1.1.0 and 1 more — staged

    -- 15m pass
    acme/lib#1: Release pypi:demo@1.1.0 and 1 more — rolling out
      > **The candidate is now visible to 50 % of users.**
      >
      > Why: All gates of stage canaries pass.
      >
      > Next: When the gates pass it goes to 100 %, by 2026-03-02 21:18 UTC if nothing fails. When: 2026-03-02 21:18 UTC (in 12 hours).
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.

    -- 12h pass
      > **The candidate is now visible to 100 % of users.**
      >
      > Why: All gates of stage half pass.
      >
      > Next: When the gates pass it completes, by 2026-03-03 21:19 UTC if nothing fails. When: 2026-03-03 21:19 UTC (in 1 day).
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.

    -- 24h pass
    acme/lib#1: Release pypi:demo@1.1.0 and 1 more — completed
      > **The rollout is completed: everybody sees the release.**
      >
      > Why: All gates of stage 100 % pass.
      >
      > What to do: nothing. If it breaks something after all, \`/slipway rollback <reason>\` takes it back.

    == acme/lib#1, closed: Release pypi:demo@1.1.0 and 1 more — completed [slipway, slipway:completed]
      **\`pypi:demo@1.1.0\`, \`pypi:extras@1.1.0\`: completed, visible to 100 % of users.** Completed at 2026-03-03 21:20 UTC: visible to all.

      \`[####################]\` 100 % of users

      canaries 0 % → half 50 % → 100 %

      ### What happens next

      Nothing more happens by itself.

      ### Canaries

      1 passes with both. 1 of 1 admitted by weight are decided (100 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | passes with both (required) | pass, pass | [1 try](https://github.test/acme/app/actions/runs/70000001) | 2026-03-02 09:02 UTC |"
  `)
})
