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
      - { percent: 50, bake: 1s }
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
jobs: { test: { runs-on: ubuntu-latest, steps: [{ run: "true" }] } }
`

let rig: Rig
let world: World
let bot: Bot
let server: Server
let pullRequest: number
let old: number

/** A wheel arrives as an upload does; it begins with the release webhook. */
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
  for (let turn = 0; turn < 3; turn += 1) {
    await bot.idle()
    await world.engine.reconcile()
    await world.settle()
    await rig.github.settled()
  }
}

const state = () => stateOf(world, 'pypi:demo@1.1.0')
const issue = async () => {
  const [found] = await rig.github
    .issues('acme/lib')
    .then((all) => all.filter(({ labels }) => labels.includes('slipway')))
  if (found === undefined) throw new Error('there is no tracking issue')
  return rig.github.issue('acme/lib', found.number)
}

beforeAll(async () => {
  rig = await startRig()
  const lib = await rig.github.createRepository({
    fullName: 'acme/lib',
    files: { '.github/slipway.yml': policy },
  })
  await rig.github.createRepository({
    fullName: 'acme/app',
    files: { '.github/slipway.yml': offer, '.github/workflows/canary.yml': workflow },
  })
  await rig.github.setPermission('acme/lib', 'maintainer', 'maintain')
  world = await createWorld()
  await world.stores.access.setOwner({
    package: 'pypi:demo',
    repositoryId: String(lib.id),
    repository: 'acme/lib',
  })
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
})
afterAll(async () => {
  await bot.close()
  server.close()
  await rig.close()
})

it('a published release begins its rollout, dispatches the canary and opens the tracking issue', async () => {
  await wheel('1.0.0')
  await rig.github.publishRelease('acme/lib', { tag: 'v1.0.0' })
  await settled()
  const change = { title: 'Make it faster', files: { 'src/a.py': 'a = 1\n' }, branch: 'faster' }
  pullRequest = (await rig.github.pullRequest('acme/lib', change)).number
  old = await rig.github.createIssue('acme/lib', { title: 'Long known', labels: ['release-blocker'] })
  await wheel('1.1.0')
  await rig.github.publishRelease('acme/lib', { tag: 'v1.1.0' })
  await settled()

  expect(state().origin).toMatchObject({ repository: 'acme/lib', tag: 'v1.1.0' })
  const { title, body, labels } = await issue()
  expect({ title, labels }).toEqual({
    title: 'Release pypi:demo@1.1.0 — on hold',
    labels: ['slipway', 'slipway:held'],
  })
  // Its run ended green without ever fetching the release, which proves nothing.
  expect(body).toContain('| `acme/app` | not exercised (required) |')
  expect(rig.github.runs().map((run) => run.repository.full_name)).toEqual(['acme/app', 'acme/app'])
})

it('tells the pull request that the release contains', async () => {
  expect(state().pullRequests.map(({ number }) => number)).toEqual([pullRequest])
  const [comment, ...others] = await rig.github.comments('acme/lib', pullRequest)
  expect(others).toEqual([])
  expect(comment).toMatchObject({ login: 'slipway[bot]' })
  expect(comment?.body).toMatch(
    /^This pull request is part of `pypi:demo@1.1.0` \(on hold\)\. It stays at 0 % of users/,
  )
})

it('obeys the maintainer and tells a stranger what it takes', async () => {
  const { number } = await issue()
  const asked = await rig.github.comment('acme/lib', number, 'maintainer', '/slipway pause look first')
  await settled()
  expect(rig.github.reactions('acme/lib', asked)).toEqual(['+1'])
  expect((await issue()).title).toBe('Release pypi:demo@1.1.0 — paused')
  const refused = await rig.github.comment('acme/lib', number, 'dependent', '/slipway rollback')
  await settled()
  expect(rig.github.reactions('acme/lib', refused)).toEqual(['-1'])
  const last = (await issue()).comments.at(-1)?.body
  expect(last).toMatch(/^`\/slipway rollback` was not carried out\. .*write permission/)
  expect(state().end).toBeNull()
})

const blockerNamed = (issue: string) => Object.values(state().blockers).find((one) => one.issue === issue)

it('an issue that was open before the start blocks, until it is closed', async () => {
  expect(blockerNamed(`acme/lib#${old}`)).toMatchObject({ open: true, title: 'Long known' })
  expect((await issue()).body).toMatch(
    new RegExp(
      `blockers \\*\\*holds\\*\\*: Waiting until acme/lib#[^0-9]*8203;${old} is closed or loses the label`,
    ),
  )
  await rig.github.closeIssue('acme/lib', old)
  await settled()
  expect(blockerNamed(`acme/lib#${old}`)).toMatchObject({ open: false })
})

it('a blocking issue is recorded and cleared', async () => {
  const number = await rig.github.createIssue('acme/lib', { title: 'It breaks', labels: ['release-blocker'] })
  await settled()
  expect(blockerNamed(`acme/lib#${number}`)).toMatchObject({ open: true })
  await rig.github.closeIssue('acme/lib', number)
  await settled()
  expect(blockerNamed(`acme/lib#${number}`)).toMatchObject({ open: false })
})

it('asked GitHub nothing that GitHub would not take', () => {
  expect(rig.github.violations()).toEqual([])
})
