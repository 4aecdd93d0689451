/** The example workflows of those who have a server: as they are, but for its address, on a runner that runs them. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readServeSettings } from '../../../src/main/settings.ts'
import { type RunningServer, startServer } from '../../../src/main/start-server.ts'
import { claimsOf } from '../../github-stand-in/claims.ts'
import type { RepositoryFields } from '../../github-stand-in/layer.ts'
import { type NetworkGuard, startNetworkGuard } from '../../github-stand-in/network-guard.ts'
import { appKey, type Rig, startRig } from '../../github-stand-in/rig.ts'
import { execute } from '../../github-stand-in/runner/execute.ts'
import { scratchFolder } from '../../server/scratch-folder.ts'
import { type Loopback, loopback } from '../loopback.ts'

const admin = 'operator-of-the-examples'
const rollout = 'npm:demo-lib@1.1.0'
/** A test that fails where the package is not installed. */
const answers = 'node -p "require(\'demo-lib\')"'
const packageRoot = new URL('../../../', import.meta.url)

let rig: Rig
let guard: NetworkGuard
let server: RunningServer
/** Gives the jobs of `push` their identity. */
let identities: Loopback
const grants = new Map<string, (audience: string) => Promise<string>>()
const troubles: string[] = []
const unsupported: string[] = []

const example = async (name: string) => {
  const text = await readFile(new URL(`examples/workflows/${name}`, packageRoot), 'utf8')
  return text.replace('https://slipway.example', server.url)
}
const json = (value: unknown) => JSON.stringify(value)

async function ask(method: string, path: string, body?: unknown, token = admin) {
  const answer = await fetch(`${server.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: json(body) }),
  })
  const text = await answer.text()
  expect(answer.ok, `${method} ${path}: ${answer.status} ${text}`).toBe(true)
  return JSON.parse(text)
}

const repository = (fullName: string, files: Readonly<Record<string, string>>) =>
  rig.github.createRepository({ fullName, files })

/** A run that a person or a schedule starts. */
async function dispatch(fullName: string, file: string) {
  const path = `/repos/${fullName}/actions/workflows/${file}/dispatches`
  const token = await rig.installationToken('acme')
  const started = await rig.call('POST', path, { ref: 'main', return_run_details: true }, token)
  await rig.github.settled()
  const id = Number(started.body.workflow_run_id)
  const { body } = await rig.call('GET', `/repos/${fullName}/actions/runs/${id}`)
  return { conclusion: body.conclusion, log: rig.github.log(id) }
}

let lastRun = 90_000_000

/** A run for a push, of a branch or a tag: the stand-in's API starts none, its runner runs them the same. */
async function push(fullName: string, file: string, ref: string) {
  const { body: pushed } = await rig.call<RepositoryFields>('GET', `/repos/${fullName}`)
  const { body: head } = await rig.call<{ sha: string }>('GET', `/repos/${fullName}/commits/main`)
  const path = `.github/workflows/${file}`
  const { owner } = pushed
  const run = { id: ++lastRun, number: 1, attempt: 1 }
  const actor = { login: 'maintainer', id: 1 }
  const from = { repository: pushed, workflow: { name: file, path }, run, event: 'push', actor }
  const claims = {
    ...claimsOf({ ...from, branch: 'main', sha: head.sha, environment: null }),
    ref,
    ref_type: ref.startsWith('refs/tags/') ? ('tag' as const) : ('branch' as const),
    workflow_ref: `${fullName}/${path}@${ref}`,
    job_workflow_ref: `${fullName}/${path}@${ref}`,
  }
  const grant = { url: `${identities.url}/token?api-version=2.0`, token: `grant-${run.id}` }
  let log = ''
  const order = {
    run,
    repository: {
      id: pushed.id,
      fullName,
      owner: owner.login,
      ownerId: owner.id,
      private: pushed.private,
    },
    workflow: { path, text: await textAt(fullName, path) },
    inputs: {},
    event: { name: 'push', payload: { ref, after: head.sha, repository: pushed } },
    ref,
    sha: head.sha,
    actor,
    apiUrl: rig.github.url,
    secrets: {},
    variables: {},
    actionDirectory: packageRoot.pathname,
    proxyUrl: guard.url,
    machine: {},
    materialise: (folder: string) => rig.github.checkOut(fullName, head.sha, folder),
    grantToken: () => {
      grants.set(grant.token, (audience) => rig.github.identityToken(fullName, { audience, claims }))
      return grant
    },
    revokeToken: () => void grants.delete(grant.token),
    workflowToken: () => rig.installationToken('acme'),
    keepArtifact: (name: string) => void unsupported.push(`artifact ${name}`),
    artifacts: () => [],
  }
  const { conclusion } = await execute(order, {
    progress: (_, text) => {
      log = text
    },
    unsupported: (what) => void unsupported.push(what),
    signal: new AbortController().signal,
  })
  return { conclusion, log }
}

async function textAt(fullName: string, path: string): Promise<string> {
  const { body } = await rig.call<{ content: string }>('GET', `/repos/${fullName}/contents/${path}`)
  return Buffer.from(body.content, 'base64').toString('utf8')
}

const manifest = (version: string) => json({ name: 'demo-lib', version, license: 'MIT', main: 'index.js' })

/** The maintainer commits a version and pushes its tag. */
async function release(version: string) {
  await rig.github.commitFiles('acme/demo-lib', { 'package.json': manifest(version) })
  return push('acme/demo-lib', 'release.yml', `refs/tags/v${version}`)
}

const dependent = async (mode: 'dispatch' | 'pull', file: string) =>
  repository(`acme/${mode}`, {
    '.github/slipway.yml': `canaries:\n  - { for: "npm:demo-lib", mode: ${mode}, workflow: canary.yml }\n`,
    '.github/workflows/canary.yml': await example(file),
    'package.json': json({
      name: mode,
      dependencies: { 'demo-lib': '^1.0.0' },
      scripts: { test: answers },
    }),
  })

beforeAll(async () => {
  ;[rig, guard] = await Promise.all([startRig(), startNetworkGuard()])
  const settings = readServeSettings(
    { port: 0, host: null, data: await scratchFolder(), config: null },
    {
      SLIPWAY_ADMIN_TOKEN: admin,
      SLIPWAY_OIDC_ISSUER: rig.github.oidcIssuer,
      SLIPWAY_TICK: '100ms',
      SLIPWAY_WRITE_SPACING: '0s',
      GITHUB_API_URL: rig.github.url,
      APP_ID: '77',
      PRIVATE_KEY: appKey,
      WEBHOOK_SECRET: rig.secret,
    },
    null,
  )
  if (!settings.ok) throw new Error(json(settings.problems))
  const note = (message: string, fields?: object) => void troubles.push(`${message} ${json(fields)}`)
  server = await startServer(settings.settings, { info: () => {}, warn: note, error: note })
  rig.github.setWebhook({ url: `${server.url}/api/github/webhooks`, secret: rig.secret })
  identities = await loopback(async ({ path, headers }) => {
    const grant = grants.get(String(headers.authorization).replace(/^bearer /i, ''))
    const audience = new URL(path, server.url).searchParams.get('audience') ?? ''
    return grant === undefined ? { status: 401 } : { body: { value: await grant(audience) } }
  })
  await repository('acme/demo-lib', {
    '.github/slipway.yml': `releases:
  - package: npm:demo-lib
    canaries: [{ repo: acme/dispatch, required: true }, { repo: acme/pull, required: true }]
    gates: { canaries: { tries: 1 } }
    stages: [{ percent: 0, bake: 1s }, { percent: 50, bake: 1h }, { percent: 100, bake: 1h }]
`,
    '.github/workflows/release.yml': await example('maintainer-with-server.yml'),
    'package.json': manifest('1.0.0'),
    'index.js': "module.exports = 'demo-lib answers'\n",
  })
  await dependent('dispatch', 'dependent-dispatch.yml')
  await dependent('pull', 'dependent-pull.yml')
  const { body: lib } = await rig.call<RepositoryFields>('GET', '/repos/acme/demo-lib')
  const repositoryId = String(lib.id)
  await ask('PUT', 'packages/npm/demo-lib/owner', { repositoryId, repository: 'acme/demo-lib' })
  const publisher = {
    repositoryId,
    repositoryOwnerId: String(lib.owner.id),
    workflow: '.github/workflows/release.yml',
  }
  await ask('PUT', 'packages/npm/demo-lib/publishers', { publishers: [publisher] })
}, 60_000)
afterAll(async () => {
  await rig.github.settled()
  await server.stop()
  await Promise.all([rig.close(), guard.close(), identities.close()])
})

const canariesOf = async (): Promise<{ label: string; comparison: { kind: string } }[]> =>
  (await ask('GET', `rollouts/${rollout}`)).explanation.canaries

/** A repository with ordinary CI, and whether its key is inside. Its tests say which version is newest for them. */
async function platformRepository(fullName: string): Promise<{ inside: boolean }> {
  const root = { name: 'shop', version: '1.0.0', dependencies: { 'demo-lib': '^1.0.0' } }
  const packages = { '': root, 'node_modules/demo-lib': { version: '1.0.0' } }
  await repository(fullName, {
    '.github/workflows/ci.yml': await example('platform-team.yml'),
    'package.json': json({ ...root, scripts: { test: `${answers} && npm view demo-lib version` } }),
    'package-lock.json': json({ name: 'shop', version: '1.0.0', lockfileVersion: 3, packages }),
  })
  const identity = await rig.github.identityToken(fullName, { audience: server.url })
  const { key } = await ask('POST', 'keys', undefined, identity)
  return ask('POST', 'why', { rollout, key })
}

describe('the example workflows against a server, by the shipped bundle', { timeout: 60_000 }, () => {
  it('the maintainer publishes by the workflow’s identity; the next release is staged', async () => {
    const first = await release('1.0.0')
    expect(first.conclusion, first.log).toBe('success')
    expect(first.log).toContain('Using a token made for this workflow.')
    const early = await dispatch('acme/pull', 'canary.yml')
    expect(early.conclusion, early.log).toBe('success')
    expect(early.log).toContain('No rollout waits for a test now.')

    const second = await release('1.1.0')
    expect(second.conclusion, second.log).toBe('success')
    expect(second.log).toContain('npm:demo-lib@1.1.0: staged, 0 %')
    expect(await ask('GET', `rollouts/${rollout}`)).toMatchObject({ phase: 'staged', percent: 0 })
  })

  it('a tag that names another version publishes nothing', async () => {
    const run = await push('acme/demo-lib', 'release.yml', 'refs/tags/v9.0.0')
    expect(run.conclusion, run.log).toBe('failure')
    expect(run.log).toMatch(/::error.*1\.1\.0.*9\.0\.0/)
    expect(run.log).not.toContain('Using a token')
  })

  it('the server starts the canary that it dispatches, whose signed report is recorded', async () => {
    await vi.waitFor(
      async () => {
        await rig.github.settled()
        const dispatched = (await canariesOf()).find(({ label }) => label === 'acme/dispatch')
        expect(dispatched?.comparison.kind).toBe('same-pass')
      },
      { timeout: 30_000, interval: 200 },
    )
    const [run] = rig.github.runs().filter(({ repository }) => repository.full_name === 'acme/dispatch')
    expect(rig.github.log(run?.id ?? 0)).toContain('candidate: npm:demo-lib@1.1.0')
    expect([run?.conclusion, run?.artifacts]).toMatchObject(['success', [{ name: 'slipway-report' }]])
    expect(await ask('GET', `rollouts/${rollout}`)).toMatchObject({ phase: 'staged', percent: 0 })
  })

  it('the pull canary takes its try, and its report lets the release go on', async () => {
    const run = await dispatch('acme/pull', 'canary.yml')
    expect(run.conclusion, run.log).toBe('success')
    expect(run.log).toContain('baseline: npm:demo-lib@1.0.0')
    expect(run.log).toContain('candidate: npm:demo-lib@1.1.0')
    const pulled = (await canariesOf()).find(({ label }) => label === 'acme/pull')
    expect(pulled?.comparison.kind).toBe('same-pass')
    await vi.waitFor(
      async () => expect(await ask('GET', `rollouts/${rollout}`)).toMatchObject({ percent: 50 }),
      { timeout: 15_000, interval: 200 },
    )
  })

  it('the platform team’s job installs under its key, which alone decides what is newest for it', async () => {
    const seen = new Set<boolean>()
    for (let count = 1; seen.size < 2; count += 1) {
      const fullName = `acme/platform-${count}`
      const { inside } = await platformRepository(fullName)
      if (seen.has(inside)) continue
      seen.add(inside)
      const { conclusion, log } = await push(fullName, 'ci.yml', 'refs/heads/main')
      expect(conclusion, log).toBe('success')
      expect(log).toContain(`demo-lib answers\n${inside ? '1.1.0' : '1.0.0'}\n`)
      expect(log).toContain('Reported success with npm:demo-lib@1.0.0.')
    }
  })

  it('nothing went wrong without anybody being told, and nobody went outside', () => {
    expect([troubles, unsupported, guard.attempts, rig.github.outsideAttempts()]).toEqual([[], [], [], []])
  })
})
