import { expect, it } from 'vitest'
import { passes, releases, told, usualFile } from '../story.ts'

it('not exercised', async () => {
  const story = {
    file: usualFile,
    canaries: { 'acme/app': 'not installed' },
    steps: [releases('pypi:demo@1.1.0'), passes('15m')],
  } as const
  expect(await told(story)).toMatchInlineSnapshot(`
    "-- pypi:demo@1.0.0 is published

    -- pypi:demo@1.1.0 is published
    acme/lib#1: Release pypi:demo@1.1.0 — on hold
      > **The rollout is on hold at 0 %.**
      >
      > Why: Required and undecided: acme/app (not-exercised); a person must retry or waive.
      >
      > Next: New evidence or a person must clear the hold; it goes to 50 % after that.
      >
      > What to do: look at the gates and canaries in the issue above. New evidence clears the hold by itself; a maintainer can go on with \`/slipway advance <reason>\` or take it back with \`/slipway rollback <reason>\`.

    -- 15m pass

    == acme/lib#1, open: Release pypi:demo@1.1.0 — on hold [slipway, slipway:held]
      **\`pypi:demo@1.1.0\`: on hold, visible to 0 % of users.** Held at 0 % since 2026-03-02 09:02 UTC. Required and undecided: acme/app (not-exercised); a person must retry or waive.

      \`[--------------------]\` 0 % of users

      **canaries 0 %** → half 50 % → 100 %

      ### What happens next

      New evidence or a person must clear the hold; it goes to 50 % after that.

      ### Gates

      - bake **passes**: Baked for 15 min, since 2026-03-02 09:02 UTC.
      - canaries **holds**: Required and undecided: acme/app (not-exercised); a person must retry or waive.
      - blockers **passes**: No open issue is labelled release-blocker.

      ### Canaries

      1 not exercised. 0 of 1 admitted by weight are decided (0 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | not exercised (required) | not installed | [1 try](https://github.test/acme/app/actions/runs/70000001) | 2026-03-02 09:02 UTC |"
  `)
})

it('required canary silent', async () => {
  const story = {
    file: usualFile,
    canaries: { 'acme/app': 'silent', 'acme/site': 'pass' },
    steps: [releases('pypi:demo@1.1.0'), passes('30m'), passes('30m'), passes('6h')],
  } as const
  expect(await told(story)).toMatchInlineSnapshot(`
    "-- pypi:demo@1.0.0 is published

    -- pypi:demo@1.1.0 is published
    acme/lib#1: Release pypi:demo@1.1.0 — staged

    -- 30m pass

    -- 30m pass

    -- 6h pass
    acme/lib#1: Release pypi:demo@1.1.0 — on hold
      > **The rollout is on hold at 0 %.**
      >
      > Why: Required and undecided: acme/app (timed-out); a person must retry or waive.
      >
      > Next: New evidence or a person must clear the hold; it goes to 50 % after that.
      >
      > What to do: look at the gates and canaries in the issue above. New evidence clears the hold by itself; a maintainer can go on with \`/slipway advance <reason>\` or take it back with \`/slipway rollback <reason>\`.

    == acme/lib#1, open: Release pypi:demo@1.1.0 — on hold [slipway, slipway:held]
      **\`pypi:demo@1.1.0\`: on hold, visible to 0 % of users.** Held at 0 % since 2026-03-02 16:05 UTC. Required and undecided: acme/app (timed-out); a person must retry or waive.

      \`[--------------------]\` 0 % of users

      **canaries 0 %** → half 50 % → 100 %

      ### What happens next

      New evidence or a person must clear the hold; it goes to 50 % after that.

      ### Gates

      - bake **passes**: Baked for 15 min, since 2026-03-02 09:02 UTC.
      - canaries **holds**: Required and undecided: acme/app (timed-out); a person must retry or waive.
      - blockers **passes**: No open issue is labelled release-blocker.

      ### Canaries

      1 timed out, 1 passes with both. 1 of 2 admitted by weight are decided (50 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | timed out (required) |  | [3 tries](https://github.test/acme/app/actions/runs/70000004) | 2026-03-02 10:04 UTC |
      | \`acme/site\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/site/actions/runs/70000002) | 2026-03-02 09:02 UTC |"
  `)
})

it('everything red: the harness is broken, not the release', async () => {
  const story = {
    file: usualFile,
    canaries: { 'acme/app': 'both fail', 'acme/site': 'both fail', 'acme/blog': 'both fail' },
    steps: [releases('pypi:demo@1.1.0'), passes('15m')],
  } as const
  expect(await told(story)).toMatchInlineSnapshot(`
    "-- pypi:demo@1.0.0 is published

    -- pypi:demo@1.1.0 is published
    acme/lib#1: Release pypi:demo@1.1.0 — on hold
      > **The rollout is on hold at 0 %.**
      >
      > Why: The test harness looks broken: no baseline passed in any of 3 canaries.
      >
      > Next: New evidence or a person must clear the hold; it goes to 50 % after that.
      >
      > What to do: look at the gates and canaries in the issue above. New evidence clears the hold by itself; a maintainer can go on with \`/slipway advance <reason>\` or take it back with \`/slipway rollback <reason>\`.

    -- 15m pass

    == acme/lib#1, open: Release pypi:demo@1.1.0 — on hold [slipway, slipway:held]
      **\`pypi:demo@1.1.0\`: on hold, visible to 0 % of users.** Held at 0 % since 2026-03-02 09:02 UTC. The test harness looks broken: no baseline passed in any of 3 canaries.

      \`[--------------------]\` 0 % of users

      **canaries 0 %** → half 50 % → 100 %

      ### What happens next

      New evidence or a person must clear the hold; it goes to 50 % after that.

      ### Gates

      - bake **passes**: Baked for 15 min, since 2026-03-02 09:02 UTC.
      - canaries **holds**: The test harness looks broken: no baseline passed in any of 3 canaries.
      - blockers **passes**: No open issue is labelled release-blocker.

      ### Canaries

      3 fails with both. 3 of 3 admitted by weight are decided (100 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | fails with both (required) | fail, fail | [2 tries](https://github.test/acme/app/actions/runs/70000004) | 2026-03-02 09:02 UTC |
      | \`acme/site\` | fails with both (advisory) | fail, fail | [2 tries](https://github.test/acme/site/actions/runs/70000005) | 2026-03-02 09:02 UTC |
      | \`acme/blog\` | fails with both (advisory) | fail, fail | [2 tries](https://github.test/acme/blog/actions/runs/70000006) | 2026-03-02 09:02 UTC |"
  `)
})
