import { expect, it } from 'vitest'
import { answer, labels, may, opens, passes, releases, says, told, unlabels, usualFile } from '../story.ts'

const canaries = { 'acme/app': 'pass' } as const

it('hold by a dependent', async () => {
  const story = {
    file: usualFile,
    canaries,
    steps: [
      releases('pypi:demo@1.1.0'),
      may('contributor', 'acme/app'),
      says('contributor', '/slipway hold 24h our own release is today', 'acme/app'),
      passes('15m'),
      passes('24h'),
      says('contributor', '/slipway hold 24h once more', 'acme/app'),
    ],
  }
  expect(await told(story)).toMatchInlineSnapshot(`
    "-- pypi:demo@1.0.0 is published

    -- pypi:demo@1.1.0 is published
    acme/lib#1: Release pypi:demo@1.1.0 — staged

    -- contributor gets write permission in acme/app

    -- contributor says in acme/app: /slipway hold 24h our own release is today
      > **A request to wait was placed at 0 % by \`contributor\`.**
      >
      > Why: our own release is today (comment 1)
      >
      > Next: The hold ends at 2026-03-03 09:04 UTC; it goes to 50 % after that. When: 2026-03-03 09:04 UTC (in 1 day).
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.
    acme/app#1: About the update
    acme/app#1: answered with +1

    -- 15m pass
    acme/lib#1: Release pypi:demo@1.1.0 — on hold
      > **The rollout is on hold at 0 %.**
      >
      > Why: contributor of acme/app asked to wait until 2026-03-03 09:04 UTC (our own release is today (comment 1)).
      >
      > Next: The hold ends at 2026-03-03 09:04 UTC; it goes to 50 % after that. When: 2026-03-03 09:04 UTC (in 23 hours 59 minutes).
      >
      > What to do: look at the gates and canaries in the issue above. New evidence clears the hold by itself; a maintainer can go on with \`/slipway advance <reason>\` or take it back with \`/slipway rollback <reason>\`.

    -- 24h pass
    acme/lib#1: Release pypi:demo@1.1.0 — rolling out
      > **The hold at 0 % is over.**
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.
      > **The candidate is now visible to 50 % of users.**
      >
      > Why: All gates of stage canaries pass.
      >
      > Next: When the gates pass it goes to 100 %, by 2026-03-03 21:21 UTC if nothing fails. When: 2026-03-03 21:21 UTC (in 12 hours).
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.

    -- contributor says in acme/app: /slipway hold 24h once more
    acme/app#1: answered with -1
      > \`/slipway hold\` was not carried out. This canary has asked for time once already. canary: got "2", expected one hold for each canary in a rollout.

    == acme/lib#1, open: Release pypi:demo@1.1.0 — rolling out [slipway, slipway:rolling]
      **\`pypi:demo@1.1.0\`: rolling out, visible to 50 % of users.** At 50 % since 2026-03-03 09:21 UTC. Baking for 12 h, until 2026-03-03 21:21 UTC.

      \`[##########----------]\` 50 % of users

      canaries 0 % → **half 50 %** → 100 %

      ### What happens next

      When the gates pass it goes to 100 %, by 2026-03-03 21:21 UTC if nothing fails. When: 2026-03-03 21:21 UTC (in 12 hours).

      ### Gates

      - bake **waits**: Baking for 12 h, until 2026-03-03 21:21 UTC. Looks again: 2026-03-03 21:21 UTC (in 12 hours).
      - canaries **passes**: 100 % of the canaries' weight is decided (1 of 1), no regression counts.
      - blockers **passes**: No open issue is labelled release-blocker.

      ### Canaries

      1 passes with both. 1 of 1 admitted by weight are decided (100 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | passes with both (required) | pass, pass | [1 try](https://github.test/acme/app/actions/runs/70000001) | 2026-03-02 09:02 UTC |"
  `)
})

it('a pause that everybody forgot', async () => {
  const story = {
    file: usualFile.replace(/^ *abandonAfter: .*\n/m, ''),
    canaries,
    steps: [
      releases('pypi:demo@1.1.0'),
      may('maintainer', 'acme/lib'),
      says('maintainer', '/slipway pause looking into it'),
      ...Array.from({ length: 22 }, () => passes('24h')),
      says('maintainer', '/slipway resume'),
      passes('24h'),
    ],
  }
  const whole = await told(story)
  const said = [...whole.matchAll(/> \*\*.*has stood still for (.*?): paused/g)].map(([, long]) => long)
  expect(said).toEqual(['a week', '2 weeks', '3 weeks'])
  expect(whole).toContain('looking into it (comment 1)')
  expect(whole).toContain('What would decide it: It goes on when somebody resumes it.')
})

it('waive and void', async () => {
  const story = {
    file: usualFile,
    canaries: { 'acme/app': ['fail', 'pass'] },
    steps: [
      releases('pypi:demo@1.1.0'),
      passes('15m'),
      says('maintainer', '/slipway waive acme/app their proxy drops connections'),
      passes('1m'),
      answer({ 'acme/app': 'fail' }),
      says('maintainer', '/slipway retry acme/app'),
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

    -- maintainer says in acme/lib: /slipway waive acme/app their proxy drops connections
    acme/lib#1: Release pypi:demo@1.1.0 — rolling out
    acme/lib#1: answered with +1
      > **One canary result was waived by \`maintainer\`.**
      >
      > Why: their proxy drops connections (comment 2)
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.
      > **The hold at 0 % is over.**
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.
      > **The candidate is now visible to 50 % of users.**
      >
      > Why: All gates of stage canaries pass.
      >
      > Next: When the gates pass it goes to 100 %, by 2026-03-02 21:19 UTC if nothing fails. When: 2026-03-02 21:19 UTC (in 12 hours).
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.

    -- 1m pass

    -- from now on acme/app answers: fail

    -- maintainer says in acme/lib: /slipway retry acme/app
    acme/lib#1: Release pypi:demo@1.1.0 — rolled back
    acme/lib#1: answered with +1
      > **One canary is tried again by \`maintainer\`.**
      >
      > Why: asked for in a comment (comment 6)
      >
      > Next: When the gates pass it goes to 100 %, by 2026-03-02 21:19 UTC if nothing fails. When: 2026-03-02 21:19 UTC (in 11 hours 56 minutes).
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.
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

    == acme/lib#1, open: Release pypi:demo@1.1.0 — rolled back [slipway, slipway:rolled-back]
      **\`pypi:demo@1.1.0\`: rolled back, visible to 0 % of users.** Rolled back automatically at 2026-03-02 09:23 UTC: 1 required canary regressed: acme/app (regressed).

      \`[--------------------]\` 0 % of users

      canaries 0 % → half 50 % (as far as it got) → 100 %

      ### What happens next

      Nothing more happens by itself.

      ### Canaries

      1 regressed. 1 of 1 admitted by weight are decided (100 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | regressed (required) | pass, **fail** | [2 tries](https://github.test/acme/app/actions/runs/70000004) | 2026-03-02 09:23 UTC |

      \`acme/app\`: the baseline passed and the candidate failed in every one of 2 tries.

      <details><summary>Last lines of the failing run</summary>

      \`\`\`text
      FAILED tests/test_total.py::test_total on the candidate
      assert 3 == 2
      \`\`\`

      </details>"
  `)
})

it('blocker label added and removed', async () => {
  const story = {
    file: usualFile,
    canaries,
    steps: [
      releases('pypi:demo@1.1.0'),
      opens('It breaks'),
      labels('It breaks', 'release-blocker'),
      passes('15m'),
      unlabels('It breaks'),
      passes('1m'),
    ],
  }
  expect(await told(story)).toMatchInlineSnapshot(`
    "-- pypi:demo@1.0.0 is published

    -- pypi:demo@1.1.0 is published
    acme/lib#1: Release pypi:demo@1.1.0 — staged

    -- somebody opens "It breaks"
    acme/lib#2: It breaks

    -- somebody labels "It breaks" release-blocker
    acme/lib#1: Release pypi:demo@1.1.0 — on hold
      > **The rollout is on hold at 0 %.**
      >
      > Why: Waiting until acme/lib#2 is closed or loses the label release-blocker; last seen open 2026-03-02 09:04 UTC.
      >
      > Next: New evidence or a person must clear the hold; it goes to 50 % after that.
      >
      > What to do: look at the gates and canaries in the issue above. New evidence clears the hold by itself; a maintainer can go on with \`/slipway advance <reason>\` or take it back with \`/slipway rollback <reason>\`.

    -- 15m pass

    -- somebody labels "It breaks" question instead
    acme/lib#1: Release pypi:demo@1.1.0 — rolling out
      > **The hold at 0 % is over.**
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.
      > **The candidate is now visible to 50 % of users.**
      >
      > Why: All gates of stage canaries pass.
      >
      > Next: When the gates pass it goes to 100 %, by 2026-03-02 21:21 UTC if nothing fails. When: 2026-03-02 21:21 UTC (in 12 hours).
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.

    -- 1m pass

    == acme/lib#1, open: Release pypi:demo@1.1.0 — rolling out [slipway, slipway:rolling]
      **\`pypi:demo@1.1.0\`: rolling out, visible to 50 % of users.** At 50 % since 2026-03-02 09:21 UTC. Baking for 12 h, until 2026-03-02 21:21 UTC.

      \`[##########----------]\` 50 % of users

      canaries 0 % → **half 50 %** → 100 %

      ### What happens next

      When the gates pass it goes to 100 %, by 2026-03-02 21:21 UTC if nothing fails. When: 2026-03-02 21:21 UTC (in 12 hours).

      ### Gates

      - bake **waits**: Baking for 12 h, until 2026-03-02 21:21 UTC. Looks again: 2026-03-02 21:21 UTC (in 12 hours).
      - canaries **passes**: 100 % of the canaries' weight is decided (1 of 1), no regression counts.
      - blockers **passes**: No open issue is labelled release-blocker.

      ### Canaries

      1 passes with both. 1 of 1 admitted by weight are decided (100 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | passes with both (required) | pass, pass | [1 try](https://github.test/acme/app/actions/runs/70000001) | 2026-03-02 09:02 UTC |"
  `)
})
