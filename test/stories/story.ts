import { expect, vi } from 'vitest'
import { parseDuration } from '../../src/config/reading/duration.ts'
import type { IssueView } from '../github-stand-in/issue-view.ts'
import { type Answer, createStoryWorld, type StoryWorld } from './story-world.ts'

// Two tellings of a story are many requests, and the machine may be busy with others.
vi.setConfig({ testTimeout: 120_000 })

/** Half of the users after a quarter of an hour, all of them half a day later. */
export const usualRules = `
    stages:
      - { name: canaries, percent: 0, bake: 15m }
      - { name: half, percent: 50, bake: 12h }
      - { percent: 100, bake: 24h }
    gates:
      canaries: { tries: 2, timeout: 6h }
      blockers: { labels: [release-blocker] }
    canaries: [{ repo: acme/app, required: true }, { repo: "acme/*" }]
    abandonAfter: 14d
`
export const usualFile = `releases:\n  - package: pypi:demo${usualRules}`

/** Something that happens. What people see afterwards is in the snapshot of the story. */
export interface Step {
  readonly what: string
  readonly happen: (world: StoryWorld) => Promise<void>
}

/** A story is told by its steps; one runner makes them happen. */
export interface Story {
  /** The owner's `.github/slipway.yml`. */
  readonly file: string
  readonly packages?: readonly string[]
  /** Each dependent, and what its runs answer. */
  readonly canaries?: Readonly<Record<string, Answer | readonly Answer[]>>
  readonly steps: readonly Step[]
  /** Repositories that are looked at after each step; all of the story unless said. */
  readonly watched?: readonly string[]
  /** How much of each tracking issue is shown at the end: down to the canaries, or whole. */
  readonly shows?: 'part' | 'whole'
}

export const releases = (...ids: readonly string[]): Step => ({
  what: `${ids.join(' and ')} ${ids.length === 1 ? 'is' : 'are'} published`,
  happen: (world) => world.release(ids),
})

export const passes = (duration: string): Step => ({
  what: `${duration} pass`,
  happen: async (world) => {
    const parsed = parseDuration(duration)
    if (!parsed.ok) throw new Error(parsed.problem.expected)
    await world.pass(parsed.value)
  },
})

export const restarts: Step = { what: 'the process is replaced', happen: (world) => world.restart() }

export const answer = (answers: Readonly<Record<string, Answer | readonly Answer[]>>): Step => ({
  what: `from now on ${Object.entries(answers)
    .map(([name, one]) => `${name} answers: ${[one].flat().join(', then ')}`)
    .join('; ')}`,
  happen: async (world) => world.answers(answers),
})

const trackingIssues = async (world: StoryWorld): Promise<readonly IssueView[]> =>
  (await world.rig.github.issues('acme/lib')).filter(({ labels }) => labels.includes('slipway'))

/** A comment on the newest tracking issue, or on an issue of another repository. */
export const says = (login: string, text: string, repository = 'acme/lib'): Step => ({
  what: `${login} says in ${repository}: ${text}`,
  happen: async (world) => {
    const issues =
      repository === 'acme/lib' ? await trackingIssues(world) : await world.rig.github.issues(repository)
    const issue =
      issues.at(-1)?.number ?? (await world.rig.github.createIssue(repository, { title: 'About the update' }))
    await world.rig.github.comment(repository, issue, login, text)
  },
})

const titled = async (world: StoryWorld, title: string): Promise<number> => {
  const found = (await world.rig.github.issues('acme/lib')).find((issue) => issue.title === title)
  if (found === undefined) throw new Error(`there is no issue "${title}"`)
  return found.number
}

export const may = (login: string, repository: string): Step => ({
  what: `${login} gets write permission in ${repository}`,
  happen: (world) => world.rig.github.setPermission(repository, login, 'write'),
})

export const opens = (title: string, ...labels: readonly string[]): Step => ({
  what: `somebody opens "${title}"${labels.map((label) => `, labelled ${label}`).join('')}`,
  happen: async (world) => void (await world.rig.github.createIssue('acme/lib', { title, labels })),
})

export const labels = (title: string, label: string): Step => ({
  what: `somebody labels "${title}" ${label}`,
  happen: async (world) => world.rig.github.labelIssue('acme/lib', await titled(world, title), label),
})

export const unlabels = (title: string): Step => ({
  what: `somebody labels "${title}" question instead`,
  happen: async (world) => {
    const path = `/repos/acme/lib/issues/${await titled(world, title)}/labels`
    const { status } = await world.rig.call('PUT', path, { labels: ['question'] })
    if (status !== 200) throw new Error(`labels: ${status}`)
  },
})

const offer = (packages: readonly string[]) =>
  `canaries:\n${packages.map((id) => `  - { for: "${id}", workflow: canary.yml, timeout: 30m }\n`).join('')}`

const workflow = `
name: canary
run-name: slipway \${{ fromJSON(inputs.slipway).nonce }}
on: { workflow_dispatch: { inputs: { slipway: {} } } }
jobs: { test: { runs-on: ubuntu-latest, steps: [{ uses: acme/slipway@v1, with: { command: canary, run: pytest } }] } }
`

/** What people read, without hidden marks and with the address that GitHub has. */
function readable(text: string, world: StoryWorld): string {
  return text
    .replaceAll(world.rig.github.url, 'https://github.test')
    .replace(/<!--.*?-->\n?/g, '')
    .replaceAll('&#8203;', '')
    .trim()
}

const indented = (text: string) => text.replace(/^(?=.)/gm, '  ')

/** The issue as it stands at the end; what every issue says alike is left out unless the whole is wanted. */
function shown(issue: IssueView, story: Story, world: StoryWorld): string {
  const text = readable(issue.body, world)
  const part = story.shows === 'whole' ? text : text.replace(/\n+### How to stop it[\s\S]*$/, '')
  return `== acme/lib#${issue.number}, ${issue.state}: ${issue.title} [${issue.labels.join(', ')}]\n${indented(part)}`
}

/** One telling. `seen`: what changed at each step, and the issues at the end. `whole`: all that stands on GitHub after each. */
export interface Telling {
  readonly seen: string
  readonly whole: readonly unknown[]
  readonly cost: Readonly<Record<string, number>>
}

async function everything(world: StoryWorld, repositories: readonly string[]): Promise<unknown> {
  const { github } = world.rig
  const standing: Record<string, unknown> = {}
  for (const name of repositories) {
    const issues = await github.issues(name)
    const reactions = issues.flatMap(({ comments }) => comments.map(({ id }) => github.reactions(name, id)))
    // Which of two rollouts speaks first is nobody's business: numbers of comments and the order of deployments.
    const read = issues.map((issue) => ({
      ...issue,
      comments: issue.comments.map(({ login, body }) => [login, body]),
    }))
    standing[name] = {
      issues: read,
      reactions,
      deployments: github
        .deployments(name)
        .map((one) => JSON.stringify(one))
        .sort(),
    }
  }
  const states = world.engine.all()
  const checks = []
  for (const { origin } of states) {
    if (origin?.commit) checks.push(await github.checkRuns(origin.repository, origin.commit))
  }
  const text = JSON.stringify({
    standing,
    checks,
    runs: github.runs().map(({ title, status }) => [title, status]),
  })
  return JSON.parse(text.replaceAll(github.url, 'https://github.test'))
}

/** Titles and comments that were not there before the step. */
function createTeller(world: StoryWorld, repositories: readonly string[]) {
  const titles = new Map<string, string>()
  const told = new Set<number>()
  const newsOf = (name: string, issue: IssueView): readonly string[] => {
    const place = `${name}#${issue.number}`
    const lines = titles.get(place) === issue.title ? [] : [`${place}: ${issue.title}`]
    titles.set(place, issue.title)
    for (const { id, login, body } of issue.comments.filter((comment) => !told.has(comment.id))) {
      told.add(id)
      const reactions = world.rig.github.reactions(name, id).join(' ')
      if (login === 'slipway[bot]') lines.push(indented(readable(body, world).replace(/^/gm, '> ')))
      else lines.push(`${place}: answered with ${reactions}`)
    }
    return lines.map((line) => line.replace(/ +$/gm, ''))
  }
  return async (step: Step): Promise<string> => {
    const lines = [`-- ${step.what}`]
    for (const name of repositories) {
      const issues = await world.rig.github.issues(name)
      lines.push(...issues.flatMap((issue) => newsOf(name, issue)))
    }
    return lines.join('\n')
  }
}

/** Tells a story once, with the process replaced after every step and while runs are under way, or straight through. */
export async function tell(story: Story, restarting: boolean): Promise<Telling> {
  const { packages = ['pypi:demo'], canaries = {} } = story
  const world = await createStoryWorld({ restarting })
  try {
    const files = { '.github/slipway.yml': offer(packages), '.github/workflows/canary.yml': workflow }
    await world.repository('acme/lib', { '.github/slipway.yml': story.file })
    for (const name of Object.keys(canaries)) await world.repository(name, files)
    await world.rig.github.setPermission('acme/lib', 'maintainer', 'maintain')
    await world.own(packages)
    world.answers(canaries)
    await world.settle()
    const before = new Map(world.rig.github.operations())
    const seen: string[] = []
    const whole: unknown[] = []
    const repositories = story.watched ?? ['acme/lib', ...Object.keys(canaries)]
    const news = createTeller(world, repositories)
    const first = packages.map((id) => `${id}@1.0.0`)
    for (const step of [releases(...first), ...story.steps]) {
      await world.pass(60_000)
      await world.settle()
      await step.happen(world)
      await world.settle()
      if (restarting) await world.restart()
      await world.settle()
      seen.push(await news(step))
      whole.push(await everything(world, repositories))
    }
    for (const issue of await trackingIssues(world)) seen.push(shown(issue, story, world))
    expect(world.log).toEqual([])
    expect(await world.pending()).toBe(0)
    const cost = Object.fromEntries(
      [...world.rig.github.operations()].map(([name, count]) => [name, count - (before.get(name) ?? 0)]),
    )
    return { seen: seen.join('\n\n'), whole, cost }
  } finally {
    await world.close()
  }
}

/** Tells a story twice, without and with restarts: what people see is the same, byte for byte. */
export async function told(story: Story): Promise<string> {
  const straight = await tell(story, false)
  const restarted = await tell(story, true)
  expect(restarted.whole).toEqual(straight.whole)
  return straight.seen
}
