import { describe, expect, it } from 'vitest'
import {
  feedWords,
  noticeText,
  noticeTitle,
  updatePullRequestText,
} from '../../../src/github/words/dependent-words.ts'
import { checkRunText, deploymentText, environmentOf } from '../../../src/github/words/release-words.ts'
import { canary, explanation, links, noon, transition } from '../explanations.ts'

const release = 'npm:demo@1.1.0'
const had = { canary: true, pullRequests: [], shown: false }
const back = explanation({
  phase: 'rolled-back',
  percent: 0,
  sentence: 'Rolled back at 2026-11-20 12:00 UTC.',
  next: { sentence: 'Nothing more happens by itself.', at: null },
  gates: [],
  blocked: [],
  canaries: [canary({ kind: 'regressed', tries: 3, detail: 'FAIL total is 3' })],
  history: [
    transition({ version: 9, type: 'rolled-back', reason: 'GHSA-abcd-efgh-ijkl names it: secrets leak.' }),
  ],
})

describe("the comment on a dependent's update pull request", () => {
  it.each([
    ['staged', 'whoever merges this has the release at once'],
    ['rolling', 'wait until the rollout is completed'],
    ['held', 'What to do: wait.'],
    ['paused', 'What to do: wait.'],
    ['completed', 'nothing stands against merging it'],
    ['rolled-back', 'do not merge it, stay with `npm:demo@1.0.0`'],
    ['superseded', 'stay with `npm:demo@1.0.0` until a release that everybody has'],
    ['abandoned', 'stay with `npm:demo@1.0.0` until a release that everybody has'],
  ] as const)('says what to do when it is %s', (phase, words) => {
    const text = updatePullRequestText(explanation({ phase }), release, links.page, noon)
    expect(text).toContain(words)
    expect(text).toContain("[rollout's page](https://slipway.test/rollouts/")
  })

  it('knows releases that had none before them', () => {
    const first = explanation({ phase: 'rolled-back', releases: [{ candidate: release, baseline: null }] })
    expect(updatePullRequestText(first, release, links.page, noon)).toContain('stay with an earlier release')
  })
})

describe('the notice', () => {
  it('names the reason, the regression with its lines, and the safe version', () => {
    expect(noticeTitle(back)).toBe('npm:demo@1.1.0 was taken back')
    expect(noticeText(back, had, links.page, noon)).toMatchInlineSnapshot(`
      "**\`npm:demo@1.1.0\`: taken back at 2026-11-20 12:00 UTC.** This repository had it on: its tests ran with it.

      Why: GHSA-abcd-efgh-ijkl names it: secrets leak.

      \`acme/app\`: The baseline passed and the candidate failed in every try.

      <details><summary>Last lines of the failing run</summary>

      \`\`\`text
      FAIL total is 3
      \`\`\`

      </details>

      ### What to do

      - The safe version instead of \`npm:demo@1.1.0\` is \`npm:demo@1.0.0\`: \`npm install demo@1.0.0\`
      - Unpinned installs through the index get the safe version again by themselves; a lockfile that names the other one keeps it until it is changed.
      - Exact pins of it still resolve, so nothing breaks before you act.

      Close this issue when you are done; it is not written again. More on the [rollout's page](https://slipway.test/rollouts/ro-aaaaaaaaaaaaaaaa). To get no such issues, put \`notices: false\` into \`.github/slipway.yml\`."
    `)
  })

  it('says everything that had it on, and that exact pins are refused when it is blocked', () => {
    const ref = { repositoryId: '2', repository: 'acme/app', number: 12 }
    const all = { canary: true, pullRequests: [ref], shown: true }
    const text = noticeText({ ...back, blocked: [release] }, all, links.page, noon)
    expect(text).toContain(
      'its tests ran with it, it merged the update to it (#12), its own runs met it through the index.',
    )
    expect(text).toContain('It is blocked: exact pins of it are refused.')
  })

  it('goes back with the package manager of each member', () => {
    const releases = [
      { candidate: 'npm:@acme/a@2.0.0', baseline: 'npm:@acme/a@1.0.0' },
      { candidate: 'pypi:b@2.0', baseline: 'pypi:b@1.9' },
      { candidate: 'pypi:new@1.0', baseline: null },
    ]
    const text = noticeText({ ...back, releases }, had, links.page, noon)
    expect(text).toContain('`npm install @acme/a@1.0.0`')
    expect(text).toContain('`pip install b==1.9`')
    expect(noticeTitle({ ...back, releases })).toBe('npm:@acme/a@2.0.0 and 2 more were taken back')
  })
})

describe('the check run', () => {
  it.each([
    ['staged', null, 'Staged at 25 %'],
    ['rolling', null, 'Rolling out at 25 %'],
    ['held', null, 'On hold at 25 %'],
    ['paused', null, 'Paused at 25 %'],
    ['completed', 'success', 'Completed at 25 %'],
    ['rolled-back', 'failure', 'Rolled back at 25 %'],
    ['superseded', 'neutral', 'Superseded at 25 %'],
    ['abandoned', 'cancelled', 'Abandoned at 25 %'],
  ] as const)('of a rollout that is %s ends as %s', (phase, conclusion, title) => {
    const text = checkRunText(explanation({ phase }), links, noon)
    expect(text).toMatchObject({ conclusion, title, name: 'Slipway: npm:demo@1.1.0' })
    expect(text.summary).toContain('Canaries: 1 of 1 admitted by weight are decided (100 %).')
  })

  it('stays below what GitHub takes', () => {
    const canaries = Array.from({ length: 300 }, (_, index) =>
      canary({ id: String(index), kind: 'regressed', detail: 'x'.repeat(20_000) }),
    )
    expect(checkRunText(explanation({ canaries }), links, noon).summary.length).toBeLessThan(65_535)
  })
})

describe('a deployment', () => {
  it('has one environment for each stage of a package or train', () => {
    const releases = [{ candidate: 'npm:@acme/lib@2.0.0', baseline: null }]
    expect(environmentOf({ train: null, releases }, 12.5)).toBe('slipway/npm/@acme/lib/12.5')
    expect(environmentOf({ train: 'demo', releases }, 100)).toBe('slipway/train/demo/100')
  })

  it.each([
    ['in_progress', 'rolling', 'Bakes at 25 % of users.'],
    ['in_progress', 'held', 'Is on hold at 25 % of users.'],
    ['success', 'rolling', 'Every gate passed at 25 % of users.'],
    ['failure', 'rolled-back', 'Was taken back at 25 % of users.'],
    ['inactive', 'superseded', 'No longer at 25 % of users: superseded.'],
  ] as const)('that is %s while it is %s says so', (state, phase, words) => {
    const stage = explanation().stages[2]
    if (stage === undefined) throw new Error('no stage')
    const { description } = deploymentText(explanation({ phase }), stage, state)
    expect(description).toBe(`npm:demo@1.1.0. ${words}`)
    expect(description.length).toBeLessThanOrEqual(140)
  })
})

describe('the feed', () => {
  it.each(['started', 'completed', 'rolled-back', 'superseded', 'abandoned', 'blocked'] as const)(
    'has words for %s',
    (type) => {
      const { title, summary } = feedWords(release, 'npm:demo@1.0.0', type, '')
      expect(title).toMatch(/^npm:demo@1\.1\.0 (is|was) /)
      expect(summary).toMatch(/\. The release before it is npm:demo@1\.0\.0\.$/)
    },
  )
})

it('speaks in plain words', () => {
  const all = [
    noticeText(back, had, links.page, noon),
    updatePullRequestText(explanation(), release, links.page, noon),
    checkRunText(back, links, noon).summary,
  ]
  expect(all.join(' ')).not.toMatch(/!|\p{Extended_Pictographic}/u)
})
