import { luckOf } from '../../sim/luck.ts'
import { createGithubWorld, type GithubWorld } from '../github-world.ts'
import { type Fault, type HostileProxy, startHostileProxy } from './hostile-proxy.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

const policy = `
releases:
  - package: pypi:demo
    stages:
      - { name: canaries, percent: 0, bake: 10m }
      - { percent: 50, bake: 1h }
      - { percent: 100, bake: 1h }
    gates:
      canaries: { tries: 2, timeout: 1h }
      blockers: { labels: [release-blocker] }
    canaries: [{ repo: acme/app }]
`
const offer = 'canaries:\n  - { for: "pypi:demo", workflow: canary.yml, timeout: 10m }\n'
const workflow = `
name: canary
run-name: slipway \${{ fromJSON(inputs.slipway).nonce }}
on: { workflow_dispatch: { inputs: { slipway: {} } } }
jobs: { test: { runs-on: ubuntu-latest, steps: [{ uses: acme/slipway@v1, with: { command: canary } }] } }
`

/** What GitHub's side of the network answers; a request that is doubled there is GitHub's own doing, so it is not among them. */
const githubFaults: readonly [Fault, ...Fault[]] = [
  'moved',
  'led-astray',
  403,
  404,
  410,
  422,
  429,
  500,
  502,
  503,
  'cut-before',
  'cut-after',
  'cut-inside',
  'login-page',
]
const webhookFaults: readonly [Fault, ...Fault[]] = [500, 503, 404, 'cut-before', 'cut-after', 'doubled']

/** A command that somebody wrote. */
export interface Written {
  readonly comment: number
  readonly issue: number
  readonly login: string
  readonly word: string
}

/** A played world, all faults over and everything told. */
export interface Played {
  readonly story: GithubWorld
  readonly versions: readonly string[]
  readonly written: readonly Written[]
  readonly proxies: { readonly github: HostileProxy; readonly webhooks: HostileProxy }
  close(): Promise<void>
}

const words = [
  'pause look first',
  'resume',
  'resume',
  'approve looks fine',
  'advance in a hurry',
  'hold 2h to be sure',
  'rollback it breaks',
  'waive acme/app their tests are broken',
  'retry acme/app',
  'lower 0 slowly',
  'status',
  'why',
  'help',
  'frobnicate',
  'rollback 9.9.9',
] as const

/**
 * Plays so many rollouts, one after the other and at times at once, over a network that answers for GitHub and loses
 * webhooks. Then it is quiet for two days, and everything that can be told has been told.
 */
export async function playNetwork(seed: number, rollouts: number): Promise<Played> {
  const proxies: { github?: HostileProxy; webhooks?: HostileProxy } = {}
  const share = luckOf(seed, 'share').between(3, 15) / 100
  const proxy = (target: string, purpose: string, faults: readonly [Fault, ...Fault[]]) =>
    startHostileProxy({ target, luck: luckOf(seed, purpose), share, faults })
  const story = await createGithubWorld(
    policy,
    { 'acme/app': { '.github/slipway.yml': offer, '.github/workflows/canary.yml': workflow } },
    {
      heldRuns: true,
      between: {
        github: async (url) => {
          proxies.github = await proxy(url, 'github', githubFaults)
          return proxies.github.url
        },
        webhooks: async (url) => {
          const { origin, pathname } = new URL(url)
          proxies.webhooks = await proxy(origin, 'webhooks', webhookFaults)
          return `${proxies.webhooks.url}${pathname}`
        },
      },
    },
  )
  const { github, webhooks } = proxies
  if (github === undefined || webhooks === undefined) throw new Error('nothing lies between')
  const versions: string[] = []
  const written: Written[] = []
  for (let rollout = 1; rollout <= rollouts; rollout += 1) {
    versions.push(`1.${rollout}.0`)
    await playRollout(story, seed, versions, written)
  }
  github.calm()
  webhooks.calm()
  await quiet(story)
  return {
    story,
    versions,
    written,
    proxies: { github, webhooks },
    async close() {
      await story.close()
      await github.close()
      await webhooks.close()
    },
  }
}

async function playRollout(
  story: GithubWorld,
  seed: number,
  versions: readonly string[],
  written: Written[],
): Promise<void> {
  const version = versions.at(-1) ?? ''
  const luck = luckOf(seed, version)
  const { github } = story.rig
  await story.release(version, luck.chance(0.8))
  let blocker: number | null = null
  const steps = luck.between(5, 12)
  for (let step = 0; step < steps; step += 1) {
    if (luck.chance(0.4)) written.push(...(await command(story, luck)))
    if (luck.chance(0.1) && blocker === null)
      blocker = await github.createIssue('acme/lib', { title: 'It breaks', labels: ['release-blocker'] })
    else if (blocker !== null && luck.chance(0.4)) {
      await github.closeIssue('acme/lib', blocker)
      blocker = null
    }
    for (const run of github.runs())
      if (run.status !== 'completed' && luck.chance(0.5)) await github.endRun(run, 'success')
    await story.pass(luck.pick([minuteMs, 10 * minuteMs, 30 * minuteMs, hourMs]))
    if (luck.chance(0.3)) await story.sweep()
  }
  if (blocker !== null) await github.closeIssue('acme/lib', blocker)
}

/** Somebody writes a command on one of the newest tracking issues, if there is one yet. */
async function command(story: GithubWorld, luck: ReturnType<typeof luckOf>): Promise<Written[]> {
  const [first, ...others] = (await story.issues()).slice(-2).reverse()
  if (first === undefined) return []
  const { number } = luck.pick([first, first, ...others])
  const login = luck.pick(['maintainer', 'maintainer', 'maintainer', 'stranger'])
  const word = luck.pick(words)
  const comment = await story.rig.github.comment('acme/lib', number, login, `/slipway ${word}`)
  return [{ comment, issue: number, login, word }]
}

/** Two days in which nothing goes wrong any more. */
async function quiet(story: GithubWorld): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) {
    await story.sweep()
    await story.pass(10 * minuteMs)
  }
  for (const run of story.rig.github.runs())
    if (run.status !== 'completed') await story.rig.github.endRun(run, 'success')
  for (let hours = 0; hours < 48; hours += 4) await story.pass(4 * hourMs)
}
