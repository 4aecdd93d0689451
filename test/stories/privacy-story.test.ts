import { describe, expect, it } from 'vitest'
import { createGithubWorld, type GithubWorld } from './github-world.ts'

const policy = `
releases:
  - package: pypi:demo
    stages:
      - { name: canaries, percent: 0, bake: 1s }
      - { percent: 50, bake: 1h }
      - { percent: 100, bake: 1s }
    gates: { canaries: { tries: 2, timeout: 1h } }
    canaries: [{ repo: acme/secret-shop, required: true }]
`
const files = {
  '.github/slipway.yml': 'canaries:\n  - { for: "pypi:demo", workflow: canary.yml, timeout: 10m }\n',
  '.github/workflows/canary.yml': `
run-name: slipway \${{ fromJSON(inputs.slipway).nonce }}
on: { workflow_dispatch: { inputs: { slipway: {} } } }
jobs: { test: { runs-on: ubuntu-latest, steps: [{ uses: acme/slipway@v1, with: { command: canary } }] } }
`,
}
const log = 'price of the unannounced thing'

const moments = ['before its run', 'while it runs', 'after it answered', 'at the end'] as const
type Moment = (typeof moments)[number]

/** What everybody may read of it: the issues of the owner, and what page and API are made from. */
async function shown(story: GithubWorld): Promise<string> {
  const issues = await story.issues()
  const { canaries, ...rest } = story.world.engine.explain(story.state())
  const comments = issues.map((issue) => issue.comments.map(({ body }) => body))
  return JSON.stringify([issues.map(({ body }) => body), comments, canaries, rest])
}

describe.each([
  ['and GitHub says so', true],
  ['and the webhook is lost', false],
] as const)('a canary is made private in mid-rollout %s', (_, told) => {
  it.each(moments)('%s: neither its name nor its log is shown any more', async (moment) => {
    for (const outcome of ['pass', 'fail'] as const) {
      const story = await createGithubWorld(policy, { 'acme/secret-shop': files }, { heldRuns: true })
      const at = async (now: Moment) => {
        if (now === moment) await story.rig.github.settings.makePrivate('acme/secret-shop', told)
        await story.settled()
      }
      await at('before its run')
      await story.release('1.1.0')
      await at('while it runs')
      await story.report('acme/secret-shop', outcome, log)
      await at('after it answered')
      await story.pass(1000)
      if (outcome === 'fail') await story.report('acme/secret-shop', outcome, log)
      await story.pass(1000)
      await at('at the end')
      // A lost webhook is made good by the daily look at what repositories offer.
      if (!told) await story.pass(25 * 3_600_000)
      // Nobody waits for that look, so it takes a turn or two until what it saw is told.
      for (let turn = 0; turn < 30 && (await shown(story)).includes('secret-shop'); turn += 1) {
        await story.pass(1000)
      }
      if (outcome === 'fail') expect(story.state().end?.kind).toBe('rolled-back')
      const everything = await shown(story)
      expect(everything).not.toContain('secret-shop')
      expect(everything).not.toContain(log)
      expect(everything).toContain('private canary 1')
      await story.close()
    }
  })
})
