import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createGithubDeliveries } from '../../src/github/calls/deliveries.ts'
import { createGithubForge } from '../../src/github/calls/forge.ts'
import { createGithubGitRemote } from '../../src/github/calls/git-remote.ts'
import { tokenOctokit } from '../../src/github/calls/token-octokit.ts'
import type { Forge, Forged, Repository } from '../../src/ports/forge.ts'
import { gitDataOf } from '../github-stand-in/git-data.ts'
import { appKey, type Rig, startRig } from '../github-stand-in/rig.ts'

const workflow = `
name: canary
run-name: slipway \${{ fromJSON(inputs.slipway).nonce }}
on: { workflow_dispatch: { inputs: { slipway: {} } } }
jobs: { test: { runs-on: ubuntu-latest, steps: [{ run: exit 1 }] } }
`

let rig: Rig
let forge: Forge
let repository: Repository

function value<T>(answer: Forged<T>): T {
  if (!answer.ok) throw new Error(`${answer.failure.kind}: ${answer.failure.message}`)
  return answer.value
}

function forgeAt(apiUrl: string): Forge {
  const clock = { now: () => Date.now() }
  return createGithubForge({ appId: 77, privateKey: appKey, apiUrl, clock, throttle: false })
}

beforeAll(async () => {
  rig = await startRig()
  const files = { '.github/slipway.yml': 'releases: []\n', '.github/workflows/canary.yml': workflow }
  await rig.github.createRepository({ fullName: 'acme/lib', files })
  await rig.github.setPermission('acme/lib', 'maintainer', 'maintain')
  forge = forgeAt(rig.github.url)
  repository = value(await forge.repository('acme/lib'))
})
afterAll(() => rig.close())

it('reads repositories, files and permissions', async () => {
  expect(value(await forge.repositories()).map((found) => found.fullName)).toEqual(['acme/lib'])
  expect(value(await forge.file(repository, '.github/slipway.yml', null))).toBe('releases: []\n')
  expect(value(await forge.file(repository, '.github/other.yml', 'main'))).toBeNull()
  expect(value(await forge.permission(repository, 'maintainer'))).toBe('maintain')
})

it('starts a workflow that is really executed, and reads its end', async () => {
  const inputs = { slipway: '{"nonce":"n-1"}' }
  const { runId } = value(await forge.dispatch(repository, 'canary.yml', 'main', inputs, 'n-1'))
  await rig.github.settled()
  expect(value(await forge.run(repository, runId ?? 0))).toMatchObject({
    status: 'completed',
    conclusion: 'failure',
    title: 'slipway n-1',
  })
})

/** Passes everything on, but loses the answer to the first dispatch after GitHub took it. */
async function startLossyWay(): Promise<{ url: string; close(): void }> {
  let lost = false
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const reply = await fetch(`${rig.github.url}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { authorization: request.headers.authorization ?? '', 'content-type': 'application/json' },
      ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
    })
    const text = await reply.text()
    if (!lost && request.url?.endsWith('/dispatches')) {
      lost = true
      request.socket.destroy()
    } else response.writeHead(reply.status, { 'content-type': 'application/json' }).end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    close: () => server.close(),
  }
}

it('finds the run of a dispatch whose answer was lost, instead of starting a second one', async () => {
  const way = await startLossyWay()
  const lossy = forgeAt(way.url)
  const before = rig.github.runs().length
  const inputs = { slipway: '{"nonce":"n-2"}' }
  const first = await lossy.dispatch(repository, 'canary.yml', 'main', inputs, 'n-2')
  expect(first).toMatchObject({ ok: false, failure: { kind: 'broken' } })
  const { runId } = value(await lossy.dispatch(repository, 'canary.yml', 'main', inputs, 'n-2'))
  await rig.github.settled()
  way.close()
  expect(rig.github.runs().length).toBe(before + 1)
  expect(rig.github.runs().at(-1)?.id).toBe(runId)
})

it('keeps one issue and one comment under their markers', async () => {
  const issue = {
    title: 'Rollout',
    body: 'one <!-- issue -->',
    labels: ['slipway'],
    marker: '<!-- issue -->',
  }
  const { number } = value(await forge.createIssue(repository, issue))
  expect(value(await forge.createIssue(repository, issue)).number).toBe(number)
  value(await forge.updateIssue(repository, number, { body: 'two <!-- issue -->', state: 'closed' }))
  expect(value(await forge.issue(repository, number)).body).toBe('two <!-- issue -->')
  const marker = '<!-- comment -->'
  const { id } = value(await forge.upsertComment(repository, number, { body: `a ${marker}`, marker }))
  expect(value(await forge.upsertComment(repository, number, { body: `b ${marker}`, marker })).id).toBe(id)
  value(await forge.react(repository, id, '+1'))
  expect(rig.github.reactions('acme/lib', id)).toEqual(['+1'])
  expect(value(await forge.hasComment(repository, number, id))).toBe(true)
  expect(value(await forge.hasComment(repository, number, id + 1))).toBe(false)
  expect(await rig.github.issue('acme/lib', number)).toMatchObject({
    state: 'closed',
    labels: ['slipway'],
    comments: [{ body: `b ${marker}`, login: 'slipway[bot]' }],
  })
})

it('finds the open issues of a label, and no closed one or one of another label', async () => {
  const create = (title: string, ...labels: string[]) => rig.github.createIssue('acme/lib', { title, labels })
  const open = await create('It breaks', 'regression', 'bug')
  const closed = await create('It broke', 'regression')
  await rig.github.closeIssue('acme/lib', closed)
  await create('How do I', 'question')
  expect(value(await forge.openIssues(repository, 'regression'))).toEqual([
    { number: open, title: 'It breaks', labels: ['regression', 'bug'], updatedAt: expect.any(Number) },
  ])
  expect(value(await forge.openIssues(repository, 'release-blocker'))).toEqual([])
})

it('finds the pull requests of a release', async () => {
  await rig.github.publishRelease('acme/lib', { tag: 'v1.0.0' })
  const { number } = await rig.github.pullRequest('acme/lib', {
    title: 'Fix',
    files: { a: 'b' },
    branch: 'fix',
  })
  const { sha } = await rig.github.publishRelease('acme/lib', { tag: 'v1.1.0' })
  expect(value(await forge.pullRequestsBetween(repository, 'v1.0.0', 'v1.1.0'))).toEqual([number])
  expect(value(await forge.commitOfTag(repository, 'v1.1.0'))).toBe(sha)
  expect(value(await forge.hasRelease(repository, 'v1.1.0'))).toBe(true)
  expect(value(await forge.hasRelease(repository, 'v9.9.9'))).toBe(false)
})

it('asks once more for a delivery that did not arrive', async () => {
  const clock = { now: () => Date.now() }
  const settings = { appId: 77, privateKey: appKey, apiUrl: rig.github.url, clock, throttle: false }
  const deliveries = createGithubDeliveries(settings)
  rig.github.setWebhook({ url: 'http://127.0.0.1:1/', secret: rig.secret })
  await rig.github.commitFiles('acme/lib', { 'missed.txt': 'x' })
  rig.github.setWebhook({ url: rig.url, secret: rig.secret })
  const [missed] = value(await deliveries.failed(Date.now() - 60_000))
  value(await deliveries.redeliver(missed?.id ?? 0))
  await rig.github.settled()
  expect(rig.received.at(-1)?.guid).toBe(missed?.guid)
})

const sha = async () => value(await forge.commitOfTag(repository, 'v1.1.0'))

it('reads checks and statuses of a commit as one list, each name once with its worst', async () => {
  const commit = await sha()
  const { statuses } = rig.github
  await statuses.setCheck('acme/lib', { sha: commit, name: 'ci', state: 'failure' })
  await statuses.setCheck('acme/lib', { sha: commit, name: 'ci', state: 'success' })
  await statuses.setCheck('acme/lib', { sha: commit, name: 'lint', state: 'pending' })
  await statuses.setStatus('acme/lib', { sha: commit, name: 'preview', state: 'success' })
  await statuses.setStatus('acme/lib', { sha: commit, name: 'preview', state: 'failure' })
  await statuses.setStatus('acme/lib', { sha: commit, name: 'lint', state: 'success' })
  const checks = value(await forge.checksOf(repository, commit))
  expect(checks.map(({ name, state }) => `${name} ${state}`).sort()).toEqual([
    'ci success',
    'lint pending',
    'preview failure',
  ])
})

it('puts its own check run and a deployment on the commit, and edits them', async () => {
  const check = {
    commit: await sha(),
    key: 'k-1',
    knownId: null,
    name: 'Slipway: demo',
    title: 'Staged',
    summary: 'At 0 %.',
    url: 'https://slipway.test/rollouts/ro-1',
    startedAt: Date.now(),
    completedAt: null,
    conclusion: null,
  }
  const { id } = value(await forge.putCheckRun(repository, check))
  const ended = { ...check, conclusion: 'success', completedAt: Date.now() } as const
  expect(value(await forge.putCheckRun(repository, { ...ended, knownId: id })).id).toBe(id)
  // Whoever forgot the number finds it by its key.
  expect(value(await forge.putCheckRun(repository, ended)).id).toBe(id)
  const deployment = {
    commit: check.commit,
    key: 'd-1',
    knownId: null,
    environment: 'slipway/demo/5',
    description: 'demo at 5 %',
    everybody: false,
    state: 'in_progress',
    url: check.url,
  } as const
  const made = value(await forge.putDeployment(repository, deployment))
  expect(value(await forge.putDeployment(repository, { ...deployment, state: 'success' })).id).toBe(made.id)
  expect(rig.github.deployments('acme/lib').map(({ states }) => states)).toEqual([['in_progress', 'success']])
})

it('reads what a repository has published against its packages, page after page', async () => {
  const affected = [
    ['pip', 'demo', '>= 1.0, < 1.1'],
    ['rubygems', 'demo', '< 1'],
    ['pip', 'demo', 'whenever'],
  ] as const
  for (let number = 100; number < 201; number += 1) {
    const news = { id: `GHSA-${number}`, summary: 'It leaks\nmuch', severity: 'low', affected } as const
    await rig.github.settings.publishAdvisory('acme/lib', news, false)
  }
  rig.github.settings.withdrawAdvisory('GHSA-150')
  const published = value(await forge.publishedAdvisories(repository))
  expect(published).toHaveLength(100)
  const url = `${rig.github.url}/acme/lib/security/advisories/GHSA-100`
  const advisory = { id: 'GHSA-100', affected: '>=1.0,<1.1', summary: 'It leaks much', severity: 'low', url }
  expect(published[0]).toEqual({ package: 'pypi:demo', advisory })
})

it('reads what an open pull request changes', async () => {
  const files = { 'requirements.txt': 'demo==1.1.0\n' }
  const open = { title: 'Update demo', files, branch: 'update', merge: false }
  const { number } = await rig.github.pullRequest('acme/lib', open)
  expect(value(await forge.openPullRequests(repository, 0))).toEqual([number])
  const changed = value(await forge.pullRequestFiles(repository, number))
  expect(changed.map(({ path }) => path)).toEqual(['requirements.txt'])
})

it('writes objects and moves refs, in one step or one after the other', async () => {
  const token = await rig.installationToken('acme', { permissions: { contents: 'write', metadata: 'read' } })
  const octokit = tokenOctokit({ token, apiUrl: rig.github.url })
  for (const older of [false, true]) {
    gitDataOf(rig.github).withoutUpdateRefs = older
    const remote = createGithubGitRemote(octokit, 'acme/lib')
    const name = `refs/slipway/log-${older}`
    let before: string | null = null
    for (const text of ['one', 'two']) {
      const { tree } = await remote.writeFiles([{ path: 'a.txt', text }], before)
      const parents = before === null ? [] : [before]
      const after: string = await remote.writeCommit({ tree, parents, message: text, at: Date.now() })
      expect(await remote.move([{ name, before, after }])).toBe(true)
      before = after
    }
    const head = (await createGithubGitRemote(octokit, 'acme/lib').ref(name)) ?? ''
    const [file] = await createGithubGitRemote(octokit, 'acme/lib').files(head)
    expect(await remote.text(file?.sha ?? '')).toBe('two')
  }
})

/** Not in the part of GitHub's schema that the stand-in holds: `test/bot/deployment-gates.test.ts` holds its shape. */
const beyondTheStandIn = ['POST /repos/{owner}/{repo}/actions/runs/{run_id}/deployment_protection_rule']

it('has asked every operation that src/github knows, and nothing that GitHub would not take', () => {
  const folder = new URL('../../src/github/', import.meta.url)
  const texts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
  const known = texts.join('\n').match(/(?<=')(?:GET|POST|PATCH|PUT|DELETE) \/[^']+/g)
  const asked = rig.github.operations()
  expect(new Set(known).size).toBeGreaterThan(15)
  expect([...new Set(known)].filter((operation) => !asked.has(operation))).toEqual(beyondTheStandIn)
  expect(rig.github.violations()).toEqual([])
})
