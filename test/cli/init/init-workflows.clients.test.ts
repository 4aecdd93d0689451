/** What `init` writes, as it is, on a runner that runs it against a server. */
import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readServeSettings } from '../../../src/main/settings.ts'
import { type RunningServer, startServer } from '../../../src/main/start-server.ts'
import type { RepositoryFields } from '../../github-stand-in/layer.ts'
import { appKey, type Rig, startRig } from '../../github-stand-in/rig.ts'
import { scratchFolder } from '../../server/scratch-folder.ts'
import { spawnCli } from '../spawn-cli.ts'
import { dependents, maintainers } from './layouts.ts'

const admin = 'operator-of-the-layouts'
let rig: Rig
let server: RunningServer
const troubles: string[] = []

beforeAll(async () => {
  wheels = await scratchFolder()
  fetchBackends(wheels)
  rig = await startRig({ machine: { PIP_FIND_LINKS: wheels, PIP_NO_INDEX: '1' } })
  const settings = readServeSettings(
    { port: 0, host: null, data: await scratchFolder(), config: null },
    {
      SLIPWAY_ADMIN_TOKEN: admin,
      SLIPWAY_OIDC_ISSUER: rig.github.oidcIssuer,
      SLIPWAY_UPLOAD_SETTLE: '1s',
      SLIPWAY_WRITE_SPACING: '0s',
      GITHUB_API_URL: rig.github.url,
      APP_ID: '77',
      PRIVATE_KEY: appKey,
      WEBHOOK_SECRET: rig.secret,
    },
    null,
  )
  if (!settings.ok) throw new Error(JSON.stringify(settings.problems))
  const note = (message: string, fields?: object) =>
    void troubles.push(`${message} ${JSON.stringify(fields)}`)
  server = await startServer(settings.settings, { info: () => {}, warn: note, error: note })
}, 60_000)
afterAll(async () => {
  await rig.github.settled()
  await server.stop()
  await rig.close()
})

async function ask(method: string, path: string, body?: unknown) {
  const answer = await fetch(`${server.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: answer.status, json: JSON.parse(await answer.text()) }
}

/** A repository with what was there and what `init` wrote into it. */
async function initiated(fullName: string, files: Readonly<Record<string, string>>, args: readonly string[]) {
  const folder = await scratchFolder()
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  const run = await spawnCli(['init', ...args, '--yes'], { SLIPWAY_SERVER: server.url }, folder)
  expect(run.code, run.err).toBe(0)
  await rig.github.createRepository({ fullName, files: folder })
  const { body } = await rig.call<RepositoryFields>('GET', `/repos/${fullName}`)
  return body
}

async function dispatch(fullName: string, file: string) {
  const path = `/repos/${fullName}/actions/workflows/${file}/dispatches`
  const token = await rig.installationToken('acme')
  const started = await rig.call('POST', path, { ref: 'main', return_run_details: true }, token)
  await rig.github.settled()
  const id = Number(started.body.workflow_run_id)
  const { body } = await rig.call('GET', `/repos/${fullName}/actions/runs/${id}`)
  return { conclusion: body.conclusion, log: rig.github.log(id) }
}

/** Where the pip of the runner's machine finds build backends: they are fetched here, because nothing leaves the runner. */
let wheels: string
const missing = new Set<string>()

function fetchBackends(folder: string): void {
  const options = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--dest', folder]
  for (const backend of ['setuptools', 'poetry-core']) {
    if (spawnSync('python3', [...options, backend], { stdio: 'ignore' }).status !== 0) missing.add(backend)
  }
  // Where setuptools is older than its own way to make wheels.
  spawnSync('python3', [...options, 'wheel'], { stdio: 'ignore' })
}

/** The operator registers what the workflow may publish. */
async function register(repository: RepositoryFields, packages: readonly string[]) {
  const workflow = '.github/workflows/slipway-release.yml'
  const ids = { repositoryId: String(repository.id), repositoryOwnerId: String(repository.owner.id) }
  for (const id of packages) {
    const [ecosystem, name = ''] = id.split(':')
    const path = `packages/${ecosystem}/${encodeURIComponent(name)}`
    expect((await ask('PUT', `${path}/publishers`, { publishers: [{ ...ids, workflow }] })).status).toBe(200)
  }
}

describe('the workflows that init writes', { timeout: 90_000 }, () => {
  it.for(Object.entries(maintainers))('publish %s', async ([name, { files, packages, builtBy }], context) => {
    const fullName = `acme/${name.replace(/\W+/g, '-')}`
    const lacking = builtBy.filter((backend) => missing.has(backend))
    if (lacking.length > 0) {
      console.log(`left out: ${name}, because pip finds no ${lacking.join(', ')}`)
      return context.skip()
    }
    await register(await initiated(fullName, files, ['maintainer']), packages)
    const run = await dispatch(fullName, 'slipway-release.yml')
    expect(run.conclusion, run.log).toBe('success')
    expect(run.log).toContain('Using a token made for this workflow.')
    for (const id of packages) {
      const [ecosystem, packageName = ''] = id.split(':')
      const shown = await ask('GET', `packages/${ecosystem}/${encodeURIComponent(packageName)}`)
      expect(`${id} ${shown.status}`).toBe(`${id} 200`)
      expect(shown.json.versions).toHaveLength(1)
    }
  })

  it.for(Object.entries(dependents))(
    'test %s, once there is something to test',
    async ([name, layout], context) => {
      if ((await ask('GET', `packages/${layout.tests.replace(':', '/')}`)).status !== 200)
        return context.skip()
      const fullName = `acme/${name.replace(/\W+/g, '-')}`
      await initiated(fullName, layout.files, ['dependent', '--for', layout.tests])
      const run = await dispatch(fullName, 'slipway-canary.yml')
      expect(run.conclusion, run.log).toBe('success')
      expect(run.log).toContain('No rollout waits for a test now.')
    },
  )

  it('run ordinary tests through the server for a platform team', async () => {
    const root = { name: 'shop', version: '1.0.0', dependencies: { 'one-thing': '^1.1.0' } }
    const packages = { '': root, 'node_modules/one-thing': { version: '1.1.0' } }
    const scripts = { test: 'node -p "require(\'one-thing\')"' }
    const lock = { name: 'shop', version: '1.0.0', lockfileVersion: 3, packages }
    const files = {
      'package.json': JSON.stringify({ ...root, scripts }),
      'package-lock.json': JSON.stringify(lock),
    }
    await initiated('acme/shop', files, ['platform'])
    const run = await dispatch('acme/shop', 'slipway-ci.yml')
    expect(run.conclusion, run.log).toBe('success')
    expect(run.log).toContain('1')
  })
})
