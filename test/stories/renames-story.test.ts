import { describe, expect, it } from 'vitest'
import { createGithubWorld, type GithubWorld } from './github-world.ts'

const policy = `
releases:
  - package: pypi:demo
    stages:
      - { name: canaries, percent: 0, bake: 1s }
      - { percent: 50, bake: 1h }
      - { percent: 100, bake: 1s }
    gates:
      canaries: { tries: 2, timeout: 1h }
      blockers: { labels: [release-blocker] }
    canaries: [{ repo: acme/app, required: true }]
`
const offer = 'canaries:\n  - { for: "pypi:demo", workflow: canary.yml, timeout: 10m }\n'
const workflow = `
name: canary
run-name: slipway \${{ fromJSON(inputs.slipway).nonce }}
on: { workflow_dispatch: { inputs: { slipway: {} } } }
jobs: { test: { runs-on: ubuntu-latest, steps: [{ uses: acme/slipway@v1, with: { command: canary } }] } }
`

const moments = [
  'before the release',
  'while its canary runs',
  'at 50 %',
  'while it is paused',
  'after its end',
] as const
type Moment = (typeof moments)[number]

/** A whole rollout: tested, raised, paused, resumed, completed, taken back; at one moment something is renamed. */
async function walk(story: GithubWorld, rename: (at: Moment) => Promise<void>, owner: () => string) {
  const { github } = story.rig
  const said: string[] = []
  const write = async (words: string) => {
    const [issue] = await github.issues(owner())
    const comment = await github.comment(owner(), issue?.number ?? 0, 'maintainer', `/slipway ${words}`)
    await story.settled()
    said.push(...github.reactions(owner(), comment))
  }
  await rename('before the release')
  await story.release('1.1.0', false)
  await github.publishRelease(owner(), { tag: 'v1.1.0' })
  await story.settled()
  await rename('while its canary runs')
  for (const run of github.runs()) if (run.status !== 'completed') await github.endRun(run, 'success')
  await story.report('acme/app', 'pass')
  await story.pass(1000)
  await rename('at 50 %')
  await write('pause look first')
  await rename('while it is paused')
  const blocker = await github.createIssue(owner(), { title: 'It breaks', labels: ['release-blocker'] })
  await write('resume')
  await story.pass(3_600_000)
  const held = story.state().end
  await github.closeIssue(owner(), blocker)
  await story.settled()
  // A moved name is believed for a minute, and what failed under it is asked again.
  for (let turn = 0; turn < 3; turn += 1) await story.pass(60_000)
  const completed = story.state().end?.kind
  await rename('after its end')
  await write('rollback it breaks')
  return { said, held, completed, end: story.state().end?.kind }
}

describe.each([
  ['the owner', 'acme/lib', 'library'],
  ['the canary', 'acme/app', 'shop'],
] as const)('%s is renamed', (_, renamed, name) => {
  it.each(moments)(
    '%s: nothing is lost, doubled or told of another name',
    { timeout: 60_000 },
    async (moment) => {
      const repositories = {
        'acme/app': { '.github/slipway.yml': offer, '.github/workflows/canary.yml': workflow },
      }
      const story = await createGithubWorld(policy, repositories, { heldRuns: true })
      let owner = 'acme/lib'
      const rename = async (at: Moment) => {
        if (at !== moment) return
        await story.rig.github.settings.rename(renamed, name)
        if (renamed === owner) owner = `acme/${name}`
      }
      const walked = await walk(story, rename, () => owner)
      expect(walked).toEqual({
        said: ['+1', '+1', '+1'],
        held: null,
        completed: 'completed',
        end: 'rolled-back',
      })
      expect(story.rig.github.runs()).toHaveLength(1)
      const own = (await story.rig.github.issues(owner)).filter(({ labels }) => labels.includes('slipway'))
      expect(own).toHaveLength(1)
      const [issue] = own
      expect(issue?.title).toBe('Release pypi:demo@1.1.0 — rolled back')
      const told = issue?.comments.filter(({ body }) => body.includes('/transition-comment/')) ?? []
      expect(told).toHaveLength(story.state().transitions.filter(({ type }) => type !== 'started').length)
      await story.close()
    },
  )
})

/** Before its first rollout a name means what the forge says it means. */
describe('the canary is renamed, and a stranger makes a repository of its old name', () => {
  it.each(moments.slice(1))(
    '%s: the stranger is started nowhere and decides nothing',
    { timeout: 60_000 },
    async (moment) => {
      const files = { '.github/slipway.yml': offer, '.github/workflows/canary.yml': workflow }
      const story = await createGithubWorld(policy, { 'acme/app': files }, { heldRuns: true })
      const { github } = story.rig
      const rename = async (at: Moment) => {
        if (at !== moment) return
        await github.settings.rename('acme/app', 'shop')
        await github.createRepository({ fullName: 'acme/app', files })
        await story.settled()
      }
      const walked = await walk(story, rename, () => 'acme/lib')
      expect(walked).toMatchObject({ held: null, completed: 'completed', end: 'rolled-back' })
      const known = story.ids.get('acme/app')
      const started = github.runs().map(({ repository }) => String(repository.id))
      expect(started).toEqual([known])
      expect(Object.keys(story.state().canaries)).toEqual([known])
      await story.close()
    },
  )
})
