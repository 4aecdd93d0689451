import { expect, it } from 'vitest'
import { passes, releases, restarts, tell } from '../story.ts'
import type { Answer } from '../story-world.ts'

const file = `
releases:
  - package: pypi:demo
    stages:
      - { name: canaries, percent: 0, bake: 15m }
      - { percent: 100, bake: 1h }
    gates: { canaries: { tries: 2, timeout: 6h } }
    canaries: [{ repo: acme/app-001, required: true }, { repo: "acme/*" }]
`

const canaries = Object.fromEntries(
  Array.from({ length: 200 }, (_, index): [string, Answer | readonly Answer[]] => {
    const name = `acme/app-${String(index + 1).padStart(3, '0')}`
    if (index === 7) return [name, 'not installed']
    return [name, index === 50 ? ['fail', 'baseline fails'] : 'pass']
  }),
)

const story = {
  file,
  canaries,
  watched: ['acme/lib', 'acme/app-008'],
  steps: [
    passes('1h'),
    releases('pypi:demo@1.1.0'),
    passes('1m'),
    // In the middle of it: 40 runs are started in a minute, and most of the canaries wait for theirs.
    restarts,
    ...['1m', '1m', '1m'].map(passes),
    passes('15m'),
    passes('1h'),
  ],
}

const dispatches = 'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches'
const runReads = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}'
const issueEdits = 'PATCH /repos/{owner}/{repo}/issues/{issue_number}'

it('200 canaries cost one run each, one look at it, and few edits of the issue', async () => {
  const { seen, cost } = await tell(story, false)
  expect(seen).toMatchInlineSnapshot(`
    "-- pypi:demo@1.0.0 is published

    -- 1h pass

    -- pypi:demo@1.1.0 is published
    acme/lib#1: Release pypi:demo@1.1.0 — staged

    -- 1m pass

    -- the process is replaced

    -- 1m pass

    -- 1m pass

    -- 1m pass

    -- 15m pass
    acme/lib#1: Release pypi:demo@1.1.0 — rolling out
      > **The candidate is now visible to 100 % of users.**
      >
      > Why: All gates of stage canaries pass.
      >
      > Next: When the gates pass it completes, by 2026-03-02 11:28 UTC if nothing fails. When: 2026-03-02 11:28 UTC (in 1 hour).
      >
      > What to do: nothing, unless you know better: \`/slipway stop <reason>\` takes it from everybody until somebody resumes, \`/slipway pause <reason>\` stops raising, \`/slipway rollback <reason>\` takes it back.

    -- 1h pass
    acme/lib#1: Release pypi:demo@1.1.0 — completed
      > **The rollout is completed: everybody sees the release.**
      >
      > Why: All gates of stage 100 % pass.
      >
      > What to do: nothing. If it breaks something after all, \`/slipway rollback <reason>\` takes it back.

    == acme/lib#1, closed: Release pypi:demo@1.1.0 — completed [slipway, slipway:completed]
      **\`pypi:demo@1.1.0\`: completed, visible to 100 % of users.** Completed at 2026-03-02 11:29 UTC: visible to all.

      \`[####################]\` 100 % of users

      canaries 0 % → 100 %

      ### What happens next

      Nothing more happens by itself.

      ### Canaries

      1 not exercised, 199 passes with both. 199 of 200 admitted by weight are decided (99 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app-008\` | not exercised (advisory) | not installed | [1 try](https://github.test/acme/app-008/actions/runs/70000008) | 2026-03-02 10:03 UTC |

      <details><summary>199 passes with both</summary>

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app-001\` | passes with both (required) | pass, pass | [1 try](https://github.test/acme/app-001/actions/runs/70000001) | 2026-03-02 10:03 UTC |
      | \`acme/app-002\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-002/actions/runs/70000002) | 2026-03-02 10:03 UTC |
      | \`acme/app-003\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-003/actions/runs/70000003) | 2026-03-02 10:03 UTC |
      | \`acme/app-004\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-004/actions/runs/70000004) | 2026-03-02 10:03 UTC |
      | \`acme/app-005\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-005/actions/runs/70000005) | 2026-03-02 10:03 UTC |
      | \`acme/app-006\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-006/actions/runs/70000006) | 2026-03-02 10:03 UTC |
      | \`acme/app-007\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-007/actions/runs/70000007) | 2026-03-02 10:03 UTC |
      | \`acme/app-009\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-009/actions/runs/70000009) | 2026-03-02 10:03 UTC |
      | \`acme/app-010\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-010/actions/runs/70000010) | 2026-03-02 10:03 UTC |
      | \`acme/app-011\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-011/actions/runs/70000011) | 2026-03-02 10:03 UTC |
      | \`acme/app-012\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-012/actions/runs/70000012) | 2026-03-02 10:03 UTC |
      | \`acme/app-013\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-013/actions/runs/70000013) | 2026-03-02 10:03 UTC |
      | \`acme/app-014\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-014/actions/runs/70000014) | 2026-03-02 10:03 UTC |
      | \`acme/app-015\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-015/actions/runs/70000015) | 2026-03-02 10:03 UTC |
      | \`acme/app-016\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-016/actions/runs/70000016) | 2026-03-02 10:03 UTC |
      | \`acme/app-017\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-017/actions/runs/70000017) | 2026-03-02 10:03 UTC |
      | \`acme/app-018\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-018/actions/runs/70000018) | 2026-03-02 10:03 UTC |
      | \`acme/app-019\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-019/actions/runs/70000019) | 2026-03-02 10:03 UTC |
      | \`acme/app-020\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-020/actions/runs/70000020) | 2026-03-02 10:03 UTC |
      | \`acme/app-021\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-021/actions/runs/70000021) | 2026-03-02 10:03 UTC |
      | \`acme/app-022\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-022/actions/runs/70000022) | 2026-03-02 10:03 UTC |
      | \`acme/app-023\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-023/actions/runs/70000023) | 2026-03-02 10:03 UTC |
      | \`acme/app-024\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-024/actions/runs/70000024) | 2026-03-02 10:03 UTC |
      | \`acme/app-025\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-025/actions/runs/70000025) | 2026-03-02 10:03 UTC |
      | \`acme/app-026\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-026/actions/runs/70000026) | 2026-03-02 10:03 UTC |
      | \`acme/app-027\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-027/actions/runs/70000027) | 2026-03-02 10:03 UTC |
      | \`acme/app-028\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-028/actions/runs/70000028) | 2026-03-02 10:03 UTC |
      | \`acme/app-029\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-029/actions/runs/70000029) | 2026-03-02 10:03 UTC |
      | \`acme/app-030\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-030/actions/runs/70000030) | 2026-03-02 10:03 UTC |
      | \`acme/app-031\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-031/actions/runs/70000031) | 2026-03-02 10:03 UTC |
      | \`acme/app-032\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-032/actions/runs/70000032) | 2026-03-02 10:03 UTC |
      | \`acme/app-033\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-033/actions/runs/70000033) | 2026-03-02 10:03 UTC |
      | \`acme/app-034\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-034/actions/runs/70000034) | 2026-03-02 10:03 UTC |
      | \`acme/app-035\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-035/actions/runs/70000035) | 2026-03-02 10:03 UTC |
      | \`acme/app-036\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-036/actions/runs/70000036) | 2026-03-02 10:03 UTC |
      | \`acme/app-037\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-037/actions/runs/70000037) | 2026-03-02 10:03 UTC |
      | \`acme/app-038\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-038/actions/runs/70000038) | 2026-03-02 10:03 UTC |
      | \`acme/app-039\` | passes with both (advisory) | pass, pass | [1 try](https://github.test/acme/app-039/actions/runs/70000039) | 2026-03-02 10:03 UTC |

      Not shown: 161 passes with both. [All of them](https://slipway.test/rollouts/ro-54wre7pdpokcxkwq)

      </details>"
  `)
  // One dispatch per try for both arms; one canary needed a second try. A run is read once, when its webhook came.
  expect(cost[dispatches]).toBe(201)
  expect(cost[runReads]).toBe(201)
  expect(cost['POST /repos/{owner}/{repo}/issues']).toBe(1)
  // Answers that come together share an edit: far fewer edits than answers.
  expect(cost[issueEdits]).toBeLessThanOrEqual(15)
}, 300_000)
