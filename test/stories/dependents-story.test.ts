import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Bot, createBot } from '../../src/bot/bot.ts'
import { createGithubForge } from '../../src/github/calls/forge.ts'
import { createGithubEffector } from '../../src/github/effects/effector.ts'
import {
  createWorld,
  fileRecord,
  hostFile,
  maintainer,
  publisher,
  sha256Of,
  stateOf,
  type World,
} from '../engine/world.ts'
import { appKey, type Rig, startRig } from '../github-stand-in/rig.ts'

const policy = `
releases:
  - package: pypi:demo
    stages:
      - { name: canaries, percent: 0, bake: 1s }
      - { percent: 50, bake: 1h }
      - { percent: 100, bake: 1s }
    gates: { canaries: { tries: 1, timeout: 1h, maxRegressions: 1 } }
    canaries: [{ repo: "acme/*", required: true }]
`
const offer = 'canaries:\n  - { for: "pypi:demo", workflow: canary.yml, timeout: 10m }\n'
const workflow = `
name: canary
run-name: slipway \${{ fromJSON(inputs.slipway).nonce }}
on: { workflow_dispatch: { inputs: { slipway: {} } } }
jobs: { test: { runs-on: ubuntu-latest, steps: [{ uses: acme/slipway@v1, with: { command: canary, run: "true" } }] } }
`
const requirements = (version: string) => `# what we need\ndemo==${version}\nother==2.0.0\n`

let rig: Rig
let world: World
let bot: Bot
let server: Server
const ids = new Map<string, string>()

async function wheel(version: string): Promise<void> {
  const release = `pypi:demo@${version}`
  const name = `demo-${version}-py3-none-any.whl`
  const file = { name, sha256: sha256Of(name) }
  await world.engine.admitUpload({ release, file, who: publisher })
  await hostFile(world.stores, release, fileRecord(name, world.clock.now()))
  await world.engine.uploaded(release, { release, ...file }, publisher)
  await settled()
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) {
    await bot.idle()
    await world.engine.reconcile()
    await world.settle()
    await rig.github.settled()
  }
}

async function pass(ms: number): Promise<void> {
  world.clock.pass(ms)
  await world.engine.tick()
  await settled()
}

const state = () => stateOf(world, 'pypi:demo@1.1.0')
/** What people read: without hidden markers, ids and times. */
const readable = (text: string) =>
  text
    .replace(/\s*<!--.*?-->/g, '')
    .replace(/ro-[a-z2-7]{16}/g, 'ro-ID')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC/g, 'TIME')
    .trim()

/** What a canary's run reports: an outcome for each arm, with the last lines of the candidate's log. */
async function report(name: string, candidate: 'pass' | 'fail', detail = ''): Promise<void> {
  const id = ids.get(name) ?? ''
  const number = Math.max(...Object.keys(state().canaries[id]?.tries ?? {}).map(Number))
  const dispatch = state().canaries[id]?.tries[number]?.dispatches.both
  const arm = (outcome: 'pass' | 'fail', installed: string, lines: string) => ({
    outcome,
    installed: [installed],
    commit: 'c0ffee',
    detail: lines,
  })
  const arms = {
    candidate: arm(candidate, 'pypi:demo@1.1.0', detail),
    baseline: arm('pass', 'pypi:demo@1.0.0', ''),
  }
  const identity = {
    repositoryId: id,
    runId: dispatch?.runId ?? 0,
    runAttempt: 1,
    url: dispatch?.url ?? null,
  }
  const nonce = world.engine.nonceOf(state().id, id, number)
  const legs = [{ leg: 'default', arms }]
  const outcome = await world.engine.report({ rollout: state().id, try: number, nonce, identity, legs })
  if (!outcome.ok) throw new Error(outcome.refusal.message)
}

async function repository(name: string, files: Record<string, string>, isPrivate = false): Promise<void> {
  const { id } = await rig.github.createRepository({ fullName: name, files, private: isPrivate })
  ids.set(name, String(id))
}

beforeAll(async () => {
  rig = await startRig()
  const canary = { '.github/slipway.yml': offer, '.github/workflows/canary.yml': workflow }
  await repository('acme/lib', { '.github/slipway.yml': policy })
  await repository('acme/app', canary)
  await repository('acme/vault', canary, true)
  await repository('acme/quiet', { ...canary, '.github/slipway.yml': `${offer}notices: false\n` })
  await repository('acme/site', { 'requirements.txt': requirements('1.0.0') })
  await repository('acme/blog', { 'requirements.txt': requirements('1.0.0') })
  world = await createWorld()
  const owner = { package: 'pypi:demo', repositoryId: ids.get('acme/lib') ?? '', repository: 'acme/lib' }
  await world.stores.access.setOwner(owner)
  const settings = { appId: 77, privateKey: appKey, apiUrl: rig.github.url, clock: world.clock }
  const forge = createGithubForge({ ...settings, throttle: false })
  const publicUrl = 'https://slipway.test'
  world.engine = await world.reopen({ forge, effector: createGithubEffector({ forge, publicUrl }) })
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const parts = { ...world.stores, engine: world.engine, forge, publicUrl, log }
  bot = await createBot({ ...settings, ...parts, webhookSecret: rig.secret })
  server = createServer((request, response) => void bot.middleware(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  rig.github.setWebhook({ url: `http://127.0.0.1:${port}/api/github/webhooks`, secret: rig.secret })
  bot.start()
  await wheel('1.0.0')
  await rig.github.publishRelease('acme/lib', { tag: 'v1.0.0' })
  await settled()
  await wheel('1.1.0')
})
afterAll(async () => {
  await bot.close()
  server.close()
  await rig.close()
})

let early: number
let late: number
const bump = (branch: string, version = '1.1.0') => ({
  title: `Update demo to ${version}`,
  files: { 'requirements.txt': requirements(version) },
  branch,
  merge: false,
})
const comments = async (name: string, number: number) =>
  (await rig.github.comments(name, number)).map(({ body }) => readable(body))

it('an update pull request that was open before the start is found and told once', async () => {
  early = (await rig.github.pullRequest('acme/site', bump('renovate/demo'))).number
  const other = (await rig.github.pullRequest('acme/site', bump('by-hand', '1.0.9'))).number
  await rig.github.publishRelease('acme/lib', { tag: 'v1.1.0' })
  await settled()
  expect(await comments('acme/site', early)).toMatchInlineSnapshot(`
    [
      "This pull request bumps to \`pypi:demo@1.1.0\`, which is staged, visible to 0 % of users. At 0 % since TIME. Baking for 1 s, until TIME. Waiting for acme/app (no answer yet), private canary 1 (no answer yet), acme/quiet (no answer yet), at most until TIME.

    What to do: wait until the rollout is completed, or merge it knowingly. A pin or lockfile does not wait for the rollout: whoever merges this has the release at once.

    Next: When the gates pass it goes to 50 %, by TIME if nothing fails. When: TIME (in 1 hour).

    More on the [rollout's page](https://slipway.test/rollouts/ro-ID). Written TIME.",
    ]
  `)
  expect(await comments('acme/site', other)).toEqual([])
})

it('one that comes later is told by its webhook', async () => {
  late = (await rig.github.pullRequest('acme/blog', bump('dependabot/pip/demo-1.1.0'))).number
  await settled()
  expect(await comments('acme/blog', late)).toHaveLength(1)
  expect(state().pullRequests.map(({ repository, status }) => [repository, status])).toEqual([
    ['acme/site', 'open'],
    ['acme/blog', 'open'],
  ])
})

it('the release commit shows one check run and a deployment of each stage', async () => {
  for (const name of ['acme/app', 'acme/vault', 'acme/quiet']) await report(name, 'pass')
  await pass(1000)
  const sha = state().origin?.commit ?? ''
  const [check, ...others] = await rig.github.checkRuns('acme/lib', sha)
  expect(others).toEqual([])
  expect(check).toMatchObject({ name: 'Slipway: pypi:demo@1.1.0', status: 'in_progress', conclusion: null })
  expect(check?.title).toBe('Rolling out at 50 %')
  expect(rig.github.deployments('acme/lib')).toEqual([
    {
      environment: 'slipway/pypi/demo/0',
      description: 'pypi:demo@1.1.0. Bakes at 0 % of users.',
      states: ['in_progress', 'success'],
    },
    {
      environment: 'slipway/pypi/demo/50',
      description: 'pypi:demo@1.1.0. Bakes at 50 % of users.',
      states: ['in_progress'],
    },
  ])
})

it('a rollback is told where the release was on, with the lines that each reader may see', async () => {
  await rig.github.mergePullRequest('acme/blog', late)
  await settled()
  for (const name of ['acme/app', 'acme/vault']) {
    await world.engine.run(state().id, { type: 'retryCanary', canary: ids.get(name) ?? '' }, maintainer)
  }
  await settled()
  await report('acme/vault', 'fail', 'the secret of the vault')
  await report('acme/app', 'fail', 'total is 3\n```\n@everyone fixes #1 <!-- slipway:end -->')
  await settled()
  expect(state().end).toMatchObject({ kind: 'rolled-back', automatic: true })
  const notices = async (name: string) =>
    (await rig.github.issues(name)).filter(({ labels }) => labels.includes('slipway'))
  expect(await notices('acme/quiet')).toEqual([])
  expect(await notices('acme/site')).toEqual([])
  const [blog, ...more] = await notices('acme/blog')
  expect(more).toEqual([])
  expect(blog?.title).toBe('pypi:demo@1.1.0 was taken back')
  expect(readable(blog?.body ?? '')).toMatchInlineSnapshot(`
    "**\`pypi:demo@1.1.0\`: taken back at TIME.** This repository had it on: it merged the update to it (#1).

    Why: 2 required canaries regressed, 1 tolerated: acme/app (regressed), private canary 1 (regressed).

    \`acme/app\`: the baseline passed and the candidate failed in every one of 1 try.

    <details><summary>Last lines of the failing run</summary>

    \`\`\`\`text
    total is 3
    \`\`\`
    @everyone fixes #1 <! -- slipway:end -->
    \`\`\`\`

    </details>

    \`private canary 1\`: the baseline passed and the candidate failed in every one of 1 try.

    ### What to do

    - The safe version instead of \`pypi:demo@1.1.0\` is \`pypi:demo@1.0.0\`: \`pip install demo==1.0.0\`
    - Unpinned installs through the index get the safe version again by themselves; a lockfile that names the other one keeps it until it is changed.
    - Exact pins of it still resolve, so nothing breaks before you act.

    Close this issue when you are done; it is not written again. More on the [rollout's page](https://slipway.test/rollouts/ro-ID). To get no such issues, put \`notices: false\` into \`.github/slipway.yml\`."
  `)
  const [app] = await notices('acme/app')
  expect(app?.body).toContain('its tests ran with it')
  const everywhere = [blog, app, ...(await rig.github.issues('acme/lib'))]
  const said = everywhere.flatMap((issue) => [
    issue?.body ?? '',
    ...(issue?.comments ?? []).map(({ body }) => body),
  ])
  expect(said.join('\n')).not.toMatch(/acme\/vault|secret of the vault/)
  const [vault] = await notices('acme/vault')
  expect(vault?.body).toContain('the secret of the vault')
  expect((await comments('acme/site', early)).at(-1)).toContain(
    'do not merge it, stay with `pypi:demo@1.0.0`',
  )
  const sha = state().origin?.commit ?? ''
  expect((await rig.github.checkRuns('acme/lib', sha)).map(({ conclusion }) => conclusion)).toEqual([
    'failure',
  ])
  expect(rig.github.deployments('acme/lib').map(({ states }) => states.at(-1))).toEqual([
    'inactive',
    'failure',
  ])
})

it('nothing is said twice, also when all of it is looked at again', async () => {
  const before = rig.github.operations().get('POST /repos/{owner}/{repo}/issues')
  const engine = await world.reopen({})
  await engine.reconcile()
  await pass(60_000)
  expect(rig.github.operations().get('POST /repos/{owner}/{repo}/issues')).toBe(before)
  expect(await comments('acme/site', early)).toHaveLength(1)
  expect(rig.github.violations()).toEqual([])
})
