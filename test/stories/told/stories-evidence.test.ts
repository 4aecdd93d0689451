import { expect, it } from 'vitest'
import { answer, passes, releases, says, told, usualFile } from '../story.ts'

it('happy path', async () => {
  const story = {
    file: usualFile,
    canaries: { 'acme/app': 'pass', 'acme/site': 'pass' },
    steps: [releases('pypi:demo@1.1.0'), passes('15m'), passes('12h'), passes('24h')],
    shows: 'whole',
  } as const
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

    -- 12h pass
      > **The candidate is now visible to 100 % of users.**
      >
      > Why: All gates of stage half pass.
      >
      > Next: When the gates pass it completes, by 2026-03-03 21:19 UTC if nothing fails. When: 2026-03-03 21:19 UTC (in 1 day).
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.

    -- 24h pass
    acme/lib#1: Release pypi:demo@1.1.0 — completed
      > **The rollout is completed: everybody sees the release.**
      >
      > Why: All gates of stage 100 % pass.
      >
      > What to do: nothing. If it breaks something after all, \`/slipway rollback <reason>\` takes it back.

    == acme/lib#1, closed: Release pypi:demo@1.1.0 — completed [slipway, slipway:completed]
      **\`pypi:demo@1.1.0\`: completed, visible to 100 % of users.** Completed at 2026-03-03 21:20 UTC: visible to all.

      \`[####################]\` 100 % of users

      canaries 0 % → half 50 % → 100 %

      ### What happens next

      Nothing more happens by itself.

      ### Canaries

      2 passes with both. 2 of 2 admitted by weight are decided (100 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | passes with both (required) | pass, pass | [1 try](https://github.test/acme/app/actions/runs/70000001) | 2026-03-02 09:02 UTC |
      | \`acme/site\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/site/actions/runs/70000002) | 2026-03-02 09:02 UTC |

      ### How to stop it or skip ahead

      If it breaks something after all, comment \`/slipway rollback <reason>\`. Exact pins keep resolving.

      ### Releases

      - \`pypi:demo@1.1.0\`, before it \`pypi:demo@1.0.0\`

      <details><summary>History (4)</summary>

      | When | What | By | Why |
      | --- | --- | --- | --- |
      | 2026-03-03 21:20 UTC | The rollout is completed: everybody sees the release | Slipway | All gates of stage 100 % pass. |
      | 2026-03-02 21:19 UTC | The candidate is now visible to 100 % of users | Slipway | All gates of stage half pass. |
      | 2026-03-02 09:18 UTC | The candidate is now visible to 50 % of users | Slipway | All gates of stage canaries pass. |
      | 2026-03-02 09:02 UTC | The rollout began | Slipway | release v1.1.0 was published on GitHub |

      </details>

      [Rollout ro-54wre7pdpokcxkwq](https://slipway.test/rollouts/ro-54wre7pdpokcxkwq). Written 2026-03-03 21:20 UTC; times in brackets count from then. Slipway rewrites this part; what you write outside of it stays."
  `)
})

it('regression', async () => {
  const story = {
    file: usualFile,
    canaries: { 'acme/app': 'fail', 'acme/site': 'pass' },
    steps: [releases('pypi:demo@1.1.0'), passes('15m')],
  } as const
  expect(await told(story)).toMatchInlineSnapshot(`
    "-- pypi:demo@1.0.0 is published

    -- pypi:demo@1.1.0 is published
    acme/lib#1: Release pypi:demo@1.1.0 — rolled back
      > **The release was taken back: nobody sees it without asking for it.**
      >
      > Why: 1 required canary regressed: acme/app (regressed).
      >
      > \`acme/app\`: the baseline passed and the candidate failed in every one of 2 tries.
      >
      > <details><summary>Last lines of the failing run</summary>
      >
      > \`\`\`text
      > FAILED tests/test_total.py::test_total on the candidate
      > assert 3 == 2
      > \`\`\`
      >
      > </details>
      >
      > What to do: fix it and publish a new version. Unpinned installs get the release before it again; exact pins still install this one.
    acme/app#1: pypi:demo@1.1.0 was taken back
    acme/site#1: pypi:demo@1.1.0 was taken back

    -- 15m pass

    == acme/lib#1, open: Release pypi:demo@1.1.0 — rolled back [slipway, slipway:rolled-back]
      **\`pypi:demo@1.1.0\`: rolled back, visible to 0 % of users.** Rolled back automatically at 2026-03-02 09:02 UTC: 1 required canary regressed: acme/app (regressed).

      \`[--------------------]\` 0 % of users

      canaries 0 % (as far as it got) → half 50 % → 100 %

      ### What happens next

      Nothing more happens by itself.

      ### Canaries

      1 regressed, 1 passes with both. 2 of 2 admitted by weight are decided (100 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | regressed (required) | pass, **fail** | [2 tries](https://github.test/acme/app/actions/runs/70000003) | 2026-03-02 09:02 UTC |
      | \`acme/site\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/site/actions/runs/70000002) | 2026-03-02 09:02 UTC |

      \`acme/app\`: the baseline passed and the candidate failed in every one of 2 tries.

      <details><summary>Last lines of the failing run</summary>

      \`\`\`text
      FAILED tests/test_total.py::test_total on the candidate
      assert 3 == 2
      \`\`\`

      </details>"
  `)
})

it('flaky canary that settles', async () => {
  const story = {
    file: usualFile,
    canaries: { 'acme/app': ['fail', 'baseline fails'] },
    steps: [releases('pypi:demo@1.1.0'), passes('15m')],
  } as const
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

    == acme/lib#1, open: Release pypi:demo@1.1.0 — rolling out [slipway, slipway:rolling]
      **\`pypi:demo@1.1.0\`: rolling out, visible to 50 % of users.** At 50 % since 2026-03-02 09:18 UTC. Baking for 12 h, until 2026-03-02 21:18 UTC.

      \`[##########----------]\` 50 % of users

      canaries 0 % → **half 50 %** → 100 %

      ### What happens next

      When the gates pass it goes to 100 %, by 2026-03-02 21:18 UTC if nothing fails. When: 2026-03-02 21:18 UTC (in 12 hours).

      ### Gates

      - bake **waits**: Baking for 12 h, until 2026-03-02 21:18 UTC. Looks again: 2026-03-02 21:18 UTC (in 12 hours).
      - canaries **passes**: 100 % of the canaries' weight is decided (1 of 1), no regression counts.
      - blockers **passes**: No open issue is labelled release-blocker.

      ### Canaries

      1 passes with both. 1 of 1 admitted by weight are decided (100 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | passes with both (required) | pass, pass | [2 tries](https://github.test/acme/app/actions/runs/70000002) | 2026-03-02 09:02 UTC |"
  `)
})

it('newly flaky', async () => {
  const story = {
    file: usualFile,
    canaries: { 'acme/app': ['fail', 'pass'] },
    steps: [
      releases('pypi:demo@1.1.0'),
      passes('15m'),
      answer({ 'acme/app': 'pass' }),
      says('maintainer', '/slipway retry acme/app the network was slow'),
      passes('1m'),
    ],
  } as const
  expect(await told(story)).toMatchInlineSnapshot(`
    "-- pypi:demo@1.0.0 is published

    -- pypi:demo@1.1.0 is published
    acme/lib#1: Release pypi:demo@1.1.0 — on hold
      > **The rollout is on hold at 0 %.**
      >
      > Why: Newly flaky with the candidate: acme/app (newly-flaky); a person must retry or waive.
      >
      > \`acme/app\`: the candidate failed in some tries where the baseline passed.
      >
      > <details><summary>Last lines of the failing run</summary>
      >
      > \`\`\`text
      > FAILED tests/test_total.py::test_total on the candidate
      > assert 3 == 2
      > \`\`\`
      >
      > </details>
      >
      > Next: New evidence or a person must clear the hold; it goes to 50 % after that.
      >
      > What to do: look at the gates and canaries in the issue above. New evidence clears the hold by itself; a maintainer can go on with \`/slipway advance <reason>\` or take it back with \`/slipway rollback <reason>\`.

    -- 15m pass

    -- from now on acme/app answers: pass

    -- maintainer says in acme/lib: /slipway retry acme/app the network was slow
    acme/lib#1: Release pypi:demo@1.1.0 — rolling out
    acme/lib#1: answered with +1
      > **One canary is tried again by \`maintainer\`.**
      >
      > Why: the network was slow (comment 2)
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.
      > **The hold at 0 % is over.**
      >
      > Next: When the gates pass it goes to 50 %, by 2026-03-02 15:20 UTC if nothing fails. When: 2026-03-02 15:20 UTC (in 6 hours).
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.
      > **The candidate is now visible to 50 % of users.**
      >
      > Why: All gates of stage canaries pass.
      >
      > Next: When the gates pass it goes to 100 %, by 2026-03-02 21:20 UTC if nothing fails. When: 2026-03-02 21:20 UTC (in 12 hours).
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.

    -- 1m pass

    == acme/lib#1, open: Release pypi:demo@1.1.0 — rolling out [slipway, slipway:rolling]
      **\`pypi:demo@1.1.0\`: rolling out, visible to 50 % of users.** At 50 % since 2026-03-02 09:20 UTC. Baking for 12 h, until 2026-03-02 21:20 UTC.

      \`[##########----------]\` 50 % of users

      canaries 0 % → **half 50 %** → 100 %

      ### What happens next

      When the gates pass it goes to 100 %, by 2026-03-02 21:20 UTC if nothing fails. When: 2026-03-02 21:20 UTC (in 12 hours).

      ### Gates

      - bake **waits**: Baking for 12 h, until 2026-03-02 21:20 UTC. Looks again: 2026-03-02 21:20 UTC (in 12 hours).
      - canaries **passes**: 100 % of the canaries' weight is decided (1 of 1), no regression counts.
      - blockers **passes**: No open issue is labelled release-blocker.

      ### Canaries

      1 passes with both. 1 of 1 admitted by weight are decided (100 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | passes with both (required) | pass, pass | [1 try](https://github.test/acme/app/actions/runs/70000003) | 2026-03-02 09:20 UTC |"
  `)
})
