import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Asked, type Loopback, loopback, type Reply } from './loopback.ts'
import { emptyFolder, npmTarball, wheel, writeTree } from './package-files.ts'
import { rolloutAnswer } from './rollout-answer.ts'
import { spawnAction } from './spawn-action.ts'

let server: Loopback | undefined
afterEach(() => server?.close())

/** A server that takes everything, except what `special` answers. */
async function index(special: (asked: Asked) => Reply | undefined = () => undefined): Promise<Loopback> {
  server = await loopback((asked) => {
    const reply = special(asked)
    if (reply !== undefined) return reply
    if (asked.method === 'PUT') return { status: 201, body: { ok: true } }
    if (asked.path === '/pypi/legacy/') return { body: '' }
    if (asked.path === '/api/v1/rollouts') return { status: 201, body: rolloutAnswer() }
    return undefined
  })
  return server
}

const publish = (
  url: string,
  folder: string,
  inputs: Readonly<Record<string, string>> = {},
  env: NodeJS.ProcessEnv = {},
) => spawnAction({ command: 'publish', server: url, token: 'slw_secret', files: '*', ...inputs }, folder, env)

const writes = (on: Loopback) => on.asked.filter(({ method }) => method !== 'GET')

describe('publish checks before the first byte', () => {
  const tagged = (tag: string) => ({ GITHUB_REF: `refs/tags/${tag}` })

  it.each<[string, string, string | null]>([
    ['v1.1.0', 'demo', 'got 1.0.0, expected version 1.1.0, as the tag v1.1.0 says'],
    ['1.1.0', 'demo', 'expected version 1.1.0'],
    ['demo@1.1.0', '@acme/demo', 'expected version 1.1.0, as the tag demo@1.1.0 says'],
    ['@acme/demo@1.1.0', '@acme/demo', 'expected version 1.1.0'],
    ['demo/v1.1.0', 'demo', 'expected version 1.1.0'],
    ['other-v1.1.0', 'demo', null],
    ['release-2026-11-21', 'demo', null],
    ['v1.0.0', 'demo', null],
  ])('the tag %s of a file of %s at 1.0.0', async (tag, name, message) => {
    const folder = await emptyFolder()
    await npmTarball(folder, name, '1.0.0')
    const on = await index()
    const run = await publish(on.url, folder, { 'dry-run': 'true' }, tagged(tag))
    expect(run.code, run.log).toBe(message === null ? 0 : 1)
    if (message !== null) expect(run.errors[0]).toContain(message)
    if (message === null) return
    expect(on.asked).toEqual([])
    const unchecked = await publish(on.url, folder, { 'dry-run': 'true', 'check-tag': 'false' }, tagged(tag))
    expect(unchecked.code).toBe(0)
  })

  it('a package that the own file does not name', async () => {
    const folder = await emptyFolder()
    await npmTarball(folder, 'stray', '1.0.0')
    await writeTree(folder, { '.github/slipway.yml': 'releases:\n  - package: npm:demo\n' })
    const on = await index()
    const run = await publish(on.url, folder, { files: '*.tgz' })
    expect(run.errors[0]).toContain('a package that .github/slipway.yml names under releases: npm:demo')
    expect([run.code, on.asked.length]).toEqual([1, 0])
  })

  it('a dry run reads everything, says what it would send, and sends nothing', async () => {
    const folder = await emptyFolder()
    await npmTarball(folder, 'demo', '1.1.0')
    await wheel(folder, 'demo-lib', '1.1.0')
    const on = await index()
    const run = await publish(on.url, folder, { 'dry-run': 'true' })
    expect([run.code, run.outputs.rollout]).toEqual([0, ''])
    expect(run.log).toContain('dry run: would be reserving npm:demo@1.1.0, pypi:demo-lib@1.1.0')
    expect(run.log).toMatch(/dry run: would upload \d\/2 demo-1\.1\.0\.tgz/)
    expect(run.log).toContain('dry run: would be starting')
    expect(writes(on)).toEqual([])
  })
})

describe('publish without a token', () => {
  const fork = {
    pull_request: { head: { repo: { full_name: 'someone/lib' } } },
    repository: { id: 7, full_name: 'acme/lib' },
  }
  it.each<[string, object | null, string]>([
    [
      'names the permission and the line to add',
      null,
      'The job may not ask for the identity of this run. Add to the job in .github/workflows/release.yml: permissions: { contents: read, id-token: write }',
    ],
    ['explains a pull request from a fork', fork, 'it runs for a pull request from a fork'],
  ])('%s', async (_, event, message) => {
    const folder = await emptyFolder()
    await npmTarball(folder, 'demo', '1.1.0')
    const on = await index()
    const env: Record<string, string> = {
      GITHUB_WORKFLOW_REF: 'acme/lib/.github/workflows/release.yml@refs/heads/main',
    }
    if (event !== null) {
      env.GITHUB_EVENT_PATH = join(await emptyFolder(), 'event.json')
      await writeFile(env.GITHUB_EVENT_PATH, JSON.stringify(event))
    }
    const run = await publish(on.url, folder, { token: '', files: '*.tgz' }, env)
    expect(run.errors[0]).toContain(message)
    expect([run.code, on.asked.length]).toEqual([1, 0])
  })
})

describe('publish half-way', () => {
  it('exits 3 when the index is gone, with what is up and what is not, and goes on later', async () => {
    const folder = await emptyFolder()
    const bytes = await readFile(await wheel(folder, 'aaa', '1.0'))
    await wheel(folder, 'bbb', '1.0')
    let isDown = true
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const on = await index(({ path, body }) => {
      if (path === '/pypi/legacy/' && body.includes('bbb') && isDown) return { status: 502, body: 'gone' }
      const there = [{ filename: 'aaa-1.0-py3-none-any.whl', hashes: { sha256 } }]
      return path === '/pypi/simple/aaa/' && !isDown ? { body: { files: there } } : undefined
    })
    const broken = await publish(on.url, folder)
    expect(broken.code).toBe(3)
    expect(broken.errors[0]).toContain(
      'Uploaded: aaa-1.0-py3-none-any.whl; not uploaded: bbb-1.0-py3-none-any.whl.',
    )
    isDown = false
    const before = writes(on).length
    const continued = await publish(on.url, folder)
    expect(continued.code).toBe(0)
    expect(continued.log).toContain('already there 1/2 aaa-1.0-py3-none-any.whl')
    expect(
      writes(on)
        .slice(before)
        .filter(({ path }) => path === '/pypi/legacy/'),
    ).toHaveLength(1)
  })

  it('makes a new token when the one in use ends in the middle', async () => {
    const folder = await emptyFolder()
    await wheel(folder, 'aaa', '1.0')
    await wheel(folder, 'bbb', '1.0')
    let minted = 0
    const on = await index(({ path, headers }) => {
      if (path.startsWith('/identity?')) return { body: { value: `identity-${minted}` } }
      if (path === '/_/oidc/mint-token') return { body: { token: `slw_${++minted}` } }
      const old = `Basic ${Buffer.from('__token__:slw_1').toString('base64')}`
      const isOld = path === '/pypi/legacy/' && headers.authorization === old
      return isOld ? { status: 401, body: { detail: 'The token t has expired.' } } : undefined
    })
    const identity = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${on.url}/identity?version=2`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request',
    }
    const run = await publish(on.url, folder, { token: '' }, identity)
    expect([run.code, minted]).toEqual([0, 2])
    expect(writes(on).at(-1)?.headers.authorization).toBe('Bearer slw_2')
    const given = await publish(on.url, folder, { token: 'slw_1' })
    expect([given.code, given.errors[0]]).toEqual([1, 'The token t has expired.\nNothing was uploaded.'])
  })

  it('says that the clock of the server is wrong when the identity is refused for its time', async () => {
    const folder = await emptyFolder()
    await wheel(folder, 'aaa', '1.0')
    const claims = { iat: 1_800_000_000, exp: 1_800_000_300 }
    const jwt = `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`
    const on = await index(({ path }) => {
      if (path.startsWith('/identity?')) return { body: { value: jwt } }
      const headers = { date: 'Fri, 15 Jan 2027 07:00:00 GMT' }
      return path === '/_/oidc/mint-token'
        ? { status: 422, headers, body: { detail: 'The token is not valid yet.' } }
        : undefined
    })
    const identity = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${on.url}/identity?version=2`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request',
    }
    const run = await publish(on.url, folder, { token: '' }, identity)
    expect(run.errors[0]).toContain(
      "The token is not valid yet. By the server's clock (2027-01-15T07:00:00Z) that is 60 min before it begins",
    )
  })

  it('sends the attestation that lies beside a file with it', async () => {
    const folder = await emptyFolder()
    const path = await wheel(folder, 'aaa', '1.0')
    await writeFile(`${path}.publish.attestation`, JSON.stringify({ version: 1, envelope: {} }))
    const on = await index()
    expect((await publish(on.url, folder)).code).toBe(0)
    const upload = writes(on).find((one) => one.path === '/pypi/legacy/')
    expect(String(upload?.body)).toContain('[{"version":1,"envelope":{}}]')
  })
})
