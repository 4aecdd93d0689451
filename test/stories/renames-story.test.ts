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

/** A whole rollout: tested, raised, paused, resumed, completed, taken back; at one moment something becomes another. */
async function walk(story: GithubWorld, rename: (at: Moment) => Promise<void>, owner: () => string) {
  const { github } = story.rig
  const said: string[] = []
  const write = async (words: string) => {
    const issue = (await github.issues(owner())).find(({ labels }) => labels.includes('slipway'))
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

interface Change {
  /** Where packages are released from afterwards. */
  readonly owner?: string
  /** From which moment on it can happen. */
  readonly from?: Moment
  make(story: GithubWorld): Promise<unknown>
}

const changes: Readonly<Record<string, Change>> = {
  'the owner is renamed': {
    owner: 'acme/library',
    make: ({ rig }) => rig.github.settings.rename('acme/lib', 'library'),
  },
  'the owner is renamed, and nobody is told,': {
    owner: 'acme/library',
    make: ({ rig }) => rig.github.settings.rename('acme/lib', 'library', false),
  },
  'the owner is given to another account': {
    owner: 'contributor/lib',
    make: ({ rig }) => rig.github.settings.transfer('acme/lib', 'contributor'),
  },
  'the canary is renamed': { make: ({ rig }) => rig.github.settings.rename('acme/app', 'shop') },
  'the canary is renamed, and nobody is told,': {
    make: ({ rig }) => rig.github.settings.rename('acme/app', 'shop', false),
  },
  'the canary is given to another account': {
    make: ({ rig }) => rig.github.settings.transfer('acme/app', 'contributor'),
  },
  'the tracking issue is moved to another repository': {
    from: 'while its canary runs',
    async make({ rig, issues }) {
      const [issue] = await issues()
      await rig.github.createRepository({ fullName: 'acme/talk', files: { 'README.md': 'Talk' } })
      await rig.github.edits.transferIssue('acme/lib', issue?.number ?? 0, 'acme/talk')
    },
  },
}

const cases = Object.entries(changes).flatMap(([what, { from }]) =>
  moments.slice(from === undefined ? 0 : moments.indexOf(from)).map((moment) => [what, moment] as const),
)

describe('whatever is renamed or moved', () => {
  it.each(cases)(
    '%s %s: nothing is lost, doubled or told of another name',
    { timeout: 60_000 },
    async (what, moment) => {
      const repositories = {
        'acme/app': { '.github/slipway.yml': offer, '.github/workflows/canary.yml': workflow },
      }
      const story = await createGithubWorld(policy, repositories, { heldRuns: true })
      let owner = 'acme/lib'
      const change = async (at: Moment) => {
        if (at !== moment) return
        await changes[what]?.make(story)
        owner = changes[what]?.owner ?? owner
        await story.settled()
      }
      const walked = await walk(story, change, () => owner)
      expect(walked).toEqual({
        said: ['+1', '+1', '+1'],
        held: null,
        completed: 'completed',
        end: 'rolled-back',
      })
      expect(story.rig.github.runs()).toHaveLength(1)
      expect(story.state().canaries[story.ids.get('acme/app') ?? '']?.state?.state ?? 'ok').toBe('ok')
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

/** The server was told of the new name, or has looked at what repositories offer before; once is enough. */
const knownBy = ['a webhook', 'a look before'] as const

describe.each(knownBy)('the canary leaves its name, as %s shows, and a stranger takes it', (known) => {
  it.each(moments)(
    '%s: the stranger is started nowhere and decides nothing',
    { timeout: 60_000 },
    async (moment) => {
      const files = { '.github/slipway.yml': offer, '.github/workflows/canary.yml': workflow }
      const story = await createGithubWorld(policy, { 'acme/app': files }, { heldRuns: true })
      const { github } = story.rig
      const change = async (at: Moment) => {
        if (at !== moment) return
        const met = () => story.world.stores.offers.get(story.ids.get('acme/app') ?? '', 'file')
        while (known === 'a look before' && (await met()) === null) await story.pass(1000)
        await github.settings.rename('acme/app', 'shop', known === 'a webhook')
        await github.createRepository({ fullName: 'acme/app', files })
        await story.settled()
      }
      const walked = await walk(story, change, () => 'acme/lib')
      expect(walked).toMatchObject({ held: null, completed: 'completed', end: 'rolled-back' })
      const id = story.ids.get('acme/app') ?? ''
      const started = github.runs().map(({ repository }) => String(repository.id))
      expect(started).toEqual([id])
      const admitted = Object.values(story.state().canaries).filter(({ entry }) => entry.admission !== 'none')
      expect(admitted.map(({ entry }) => entry.id)).toEqual([id])
      await story.close()
    },
  )
})
