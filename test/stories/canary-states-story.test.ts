import { afterAll, beforeAll, expect, it } from 'vitest'
import { createGithubWorld, type GithubWorld } from './github-world.ts'

const policy = `
releases:
  - package: pypi:demo
    stages:
      - { name: canaries, percent: 0, bake: 1s }
      - { percent: 50, bake: 1h }
      - { percent: 100, bake: 1h }
    gates: { canaries: { tries: 2, timeout: 6h, minCoverage: 20 } }
    canaries: [{ repo: acme/app, required: true }, { repo: "acme/*" }, { repo: left/app }, { repo: paused/app }]
`
const workflow = `
run-name: slipway \${{ fromJSON(inputs.slipway).nonce }}
on: { workflow_dispatch: { inputs: { slipway: {} } } }
jobs: { test: { runs-on: ubuntu-latest, steps: [{ uses: acme/slipway@v1, with: { command: canary, run: "true" } }] } }
`
const canary = {
  '.github/slipway.yml': 'canaries:\n  - { for: "pypi:demo", workflow: ci.yml, timeout: 10m }\n',
  '.github/workflows/ci.yml': workflow,
}
const names = [
  'acme/app',
  'acme/deleted',
  'acme/renamed',
  'acme/archived',
  'acme/switched',
  'acme/missing',
  'acme/quiet',
]
const orgs = ['acme', 'left', 'paused']

let story: GithubWorld
const conditions = () =>
  Object.fromEntries(
    Object.values(story.state().canaries).map(({ entry, state }) => [entry.repo, state?.state ?? 'ok']),
  )
const body = async () => (await story.issues())[0]?.body ?? ''

beforeAll(async () => {
  const all = [...names, 'left/app', 'paused/app']
  story = await createGithubWorld(policy, Object.fromEntries(all.map((name) => [name, canary])), {
    accounts: { users: ['maintainer'], orgs },
    heldRuns: true,
  })
  const { settings } = story.rig.github
  await story.release('1.1.0')
  await settings.archive('acme/archived')
  await settings.deleteRepository('acme/deleted')
  await settings.rename('acme/renamed', 'renamed-since')
  settings.disable('acme/switched', 'ci.yml')
  settings.disable('acme/quiet', null)
  await story.rig.github.commitFiles('acme/missing', { '.github/workflows/ci.yml': null })
  await settings.uninstall('left', false)
  await settings.suspend('paused')
  // The candidate fails everywhere at first, which asks for another run of each.
  for (const name of all.slice(1)) await story.report(name, 'fail')
  await story.settled()
})
afterAll(() => story.close())

it('knows each canary that cannot be tested by one clear state', () => {
  expect(conditions()).toMatchInlineSnapshot(`
    {
      "acme/app": "ok",
      "acme/archived": "archived",
      "acme/deleted": "app-removed",
      "acme/missing": "workflow-missing",
      "acme/quiet": "actions-off",
      "acme/renamed": "ok",
      "acme/switched": "workflow-disabled",
      "left/app": "app-removed",
      "paused/app": "suspended",
    }
  `)
  const started = story.rig.github.runs().map(({ repository }) => repository.full_name)
  expect(started.slice(9)).toEqual(['acme/renamed-since'])
})

it('shows each in the tracking issue in one plain sentence', async () => {
  const text = await body()
  const said = text.split('\n').filter((line) => /cannot be tested/.test(line))
  expect(said.join('\n')).toMatchInlineSnapshot(`
    "- \`acme/deleted\` cannot be tested: the repository is gone, or the App is no longer installed there.
    - \`acme/archived\` cannot be tested: the repository is archived.
    - \`acme/switched\` cannot be tested: its workflow is disabled.
    - \`acme/missing\` cannot be tested: there is no workflow ci.yml on its branch.
    - \`acme/quiet\` cannot be tested: Actions is turned off there.
    - \`left/app\` cannot be tested: the repository is gone, or the App is no longer installed there.
    - \`paused/app\` cannot be tested: the App is suspended there."
  `)
})

it('counts them as undecided: too little is covered, and nobody is taken back for it', async () => {
  await story.report('acme/app', 'pass')
  await story.settled()
  await story.pass(1000)
  expect(story.state()).toMatchObject({ stageIndex: 0, end: null })
  expect(await body()).toMatch(/canaries \*\*(waits|holds)\*\*/)
  await story.report('acme/renamed', 'pass')
  await story.pass(1000)
  expect(story.state()).toMatchObject({ stageIndex: 1, end: null })
})

it('a repository that is switched on again is tested when somebody asks', async () => {
  const { settings } = story.rig.github
  const before = story.rig.github.runs().length
  settings.disable('acme/switched', 'ci.yml', false)
  const [issue] = await story.issues()
  await story.rig.github.comment('acme/lib', issue?.number ?? 0, 'maintainer', '/slipway retry acme/switched')
  await story.settled()
  await story.pass(1000)
  expect(
    story.rig.github
      .runs()
      .slice(before)
      .map(({ repository }) => repository.full_name),
  ).toEqual(['acme/switched'])
  expect(conditions()['acme/switched']).toBe('ok')
  expect(story.rig.github.violations()).toEqual([])
})
