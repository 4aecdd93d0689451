import { issueLabels, issueState, issueText, issueTitle } from '../../../src/github/words/messages.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import type { IssueView } from '../../github-stand-in/issue-view.ts'
import type { GithubWorld } from '../github-world.ts'
import type { Played, Written } from './network-play.ts'

const bot = 'slipway[bot]'

/** Every sentence is something that must not be so at the end. Empty: all is well. */
export async function judgeNetwork(played: Played): Promise<readonly string[]> {
  const { story, versions, proxies } = played
  const issues = await story.rig.github.issues('acme/lib')
  const read = await Promise.all(issues.map(({ number }) => story.rig.github.issue('acme/lib', number)))
  const states = versions.map((version) => story.state(version))
  const histories = await Promise.all(states.map(({ id }) => story.world.engine.history(id)))
  return [
    ...played.written.flatMap((written) => judgeWord(story, written)),
    ...doneTwice(histories.flat()),
    ...writtenTwice(read),
    ...runsTwice(story),
    ...states.flatMap((state) => untrue(story, state, read)),
    ...proxies.github.leaked.map((url) => `a credential was shown elsewhere for ${url}`),
    ...story.rig.github.violations().map((one) => `violation: ${JSON.stringify(one)}`),
  ]
}

/** Each command got exactly one kind of answer. */
function judgeWord({ rig }: GithubWorld, { comment, word, login }: Written): readonly string[] {
  const reactions = rig.github.reactions('acme/lib', comment)
  const name = `/slipway ${word} of ${login} (comment ${comment})`
  if (reactions.length === 1) return []
  return [reactions.length === 0 ? `${name} was never answered` : `${name} got ${reactions.join(' and ')}`]
}

function doneTwice(events: readonly { readonly type: string; readonly reason: string }[]): readonly string[] {
  const asked = events.flatMap(({ type, reason }) => {
    const tag = /\(comment \d+\)$/.exec(reason)?.[0]
    return tag === undefined ? [] : [`${type} ${tag}`]
  })
  return repeated(asked).map((what) => `${what} was done twice`)
}

function writtenTwice(issues: readonly IssueView[]): readonly string[] {
  const bodies = issues.flatMap((issue) => [
    ...(issue.body.includes('<!-- slipway:begin') ? [issue.body] : []),
    ...issue.comments.filter(({ login }) => login === bot).map(({ body }) => body),
  ])
  const markers = bodies.flatMap(
    (body) => body.match(/<!-- slipway:(?:begin|comment|answer) [^>]*-->/g) ?? [],
  )
  return repeated(markers).map((marker) => `${marker} was posted twice`)
}

function runsTwice({ rig }: GithubWorld): readonly string[] {
  return repeated(rig.github.runs().map((run) => run.title)).map((title) => `${title} ran twice`)
}

function repeated(words: readonly string[]): readonly string[] {
  return [...new Set(words.filter((word, index) => words.indexOf(word) !== index))]
}

const withoutTimes = (text: string) =>
  text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC|\(in [^)]*\)/g, 'TIME').trim()

/** The issue shows what is so, and every transition was told there. */
function untrue(
  { world }: GithubWorld,
  state: RolloutState,
  issues: readonly IssueView[],
): readonly string[] {
  if (state.startedAt === null || state.end?.direct === true) return []
  const name = state.members[0]?.candidate ?? state.id
  const issue = issues.find(({ body }) => body.includes(`<!-- slipway:begin ${state.id} -->`))
  if (issue === undefined) return [`${name} has no issue`]
  const explanation = world.engine.explain(state)
  const links = { page: `https://slipway.test/rollouts/${state.id}`, trackingIssue: null }
  const wanted = {
    title: issueTitle(explanation),
    labels: [...issueLabels(explanation)].sort(),
    state: issueState(explanation),
    text: withoutTimes(issueText(explanation, links, world.clock.now())),
  }
  const block = /<!-- slipway:begin \S+ -->([\s\S]*)<!-- slipway:end -->/.exec(issue.body)?.[1] ?? ''
  const shown = {
    title: issue.title,
    labels: [...issue.labels].sort(),
    state: issue.state,
    text: withoutTimes(block),
  }
  const differing = (Object.keys(wanted) as (keyof typeof wanted)[]).filter(
    (part) => JSON.stringify(wanted[part]) !== JSON.stringify(shown[part]),
  )
  const told = issue.comments.filter(({ body }) => body.includes('/transition-comment/')).length
  const happened = state.transitions.filter(({ type }) => type !== 'started').length
  return [
    ...differing.map((part) => `${name}: ${part} shows ${shown[part]}, it is ${wanted[part]}`),
    ...(told === happened ? [] : [`${name}: ${told} of ${happened} transitions were told`]),
  ]
}
