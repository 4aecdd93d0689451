import { describe, expect, it } from 'vitest'
import { policyFromRequest } from '../../../src/config/policy/resolve-policy.ts'
import { statusText } from '../../../src/github/commands/command-answers.ts'
import { issueText, pullRequestText, transitionText } from '../../../src/github/words/messages.ts'
import { checkRunText, deploymentText } from '../../../src/github/words/release-words.ts'
import { explain } from '../../../src/rollout/explaining/explain.ts'
import { badgeWords } from '../../../src/server/pages/badge.ts'
import { rolloutPage } from '../../../src/server/pages/pages.ts'
import { DAY, HOUR, maintainer, type Story, startedStory, writer } from '../../rollout/builders.ts'

function gate() {
  const read = policyFromRequest({ profile: 'gate', gates: { blockers: { labels: ['regression'] } } })
  if (!read.ok) throw new Error('the profile gate is not valid')
  return startedStory({ policy: read.policy, roster: [] })
}

const links = { page: 'https://slipway.test/rollouts/ro-a', trackingIssue: null }

/** Everything that people read of it. */
async function said(story: Story): Promise<string> {
  const { now } = story
  const explanation = explain(story.live, now)
  return [
    explanation.sentence,
    explanation.next.sentence,
    issueText(explanation, links, now),
    ...explanation.history.map(({ version }) => transitionText(explanation, version, now)),
    Object.values(checkRunText(explanation, links, now)).join(),
    ...explanation.stages.map((stage) => deploymentText(explanation, stage, 'in_progress').description),
    pullRequestText(explanation, links, now),
    statusText(explanation, links, now),
    badgeWords(explanation),
    String(await rolloutPage(explanation, [])).replace(/<style>.*?<\/style>/s, ''),
  ].join('\n')
}

describe('the profile gate', () => {
  it.each<[where: string, go: (story: Story) => void]>([
    ['gathers evidence', () => {}],
    ['is with everybody', (story) => story.tick(HOUR)],
    ['is complete', (story) => [HOUR, DAY].map((ms) => story.tick(ms))],
    ['is paused', (story) => story.run({ type: 'pause' }, writer, 'wait')],
    ['is paused with everybody', (story) => [story.tick(HOUR), story.run({ type: 'pause' }, writer, 'wait')]],
    ['is stopped', (story) => [story.tick(HOUR), story.run({ type: 'lower', to: 0 }, writer, 'a leak')]],
    [
      'is held',
      (story) => {
        const blocker = { issue: 'a/b#1', title: 't', labels: ['regression'], open: true, observedAt: 1 }
        story.run({ type: 'recordSignal', signal: { kind: 'blocker', blocker } })
        story.tick(HOUR)
      },
    ],
    [
      'is rolled back',
      (story) =>
        story.run({ type: 'rollBack', installable: true, newerCompleted: null }, maintainer, 'it breaks'),
    ],
  ])('says no percent while it %s', async (_, go) => {
    const story = gate()
    go(story)
    const text = await said(story)
    // What canaries have decided is a share of canaries.
    const ofUsers = text.replace(/weight (are )?decided \(\d+ %\)/g, '')
    expect(ofUsers.match(/.{0,60}\d ?(%|percent).{0,30}/g)).toBeNull()
  })

  it('says where it is in words', () => {
    const story = gate()
    const sentences = [explain(story.live, story.now)]
    story.tick(HOUR)
    sentences.push(explain(story.live, story.now))
    story.run({ type: 'lower', to: 0 }, writer, 'a leak')
    sentences.push(explain(story.live, story.now))
    expect(sentences.map(({ sentence, next }) => `${sentence} | ${next.sentence}`)).toMatchInlineSnapshot(`
      [
        "Under test since 2026-11-20 12:00 UTC. Baking for 1 h, until 2026-11-20 13:00 UTC. | When the gates pass it goes to everybody, by 2026-11-20 13:00 UTC if nothing fails.",
        "With everybody since 2026-11-20 13:00 UTC. Baking for 24 h, until 2026-11-21 13:00 UTC. | When the gates pass it completes, by 2026-11-21 13:00 UTC if nothing fails.",
        "Stopped by wanda (write) at 2026-11-20 13:00 UTC; it was with everybody: a leak. Nobody gets it without asking for it. | It goes on when somebody resumes it.",
      ]
    `)
  })
})
