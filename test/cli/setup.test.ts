/** `slipway setup`: a shell or a job of any CI is led to the index, and tells at its end how it fared. */
import { execFile } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shellForms } from '../../src/cli/setup/shell-forms.ts'
import { clientVariables } from '../../src/registries/project/client-variables.ts'
import { type OidcIssuer, startIssuer } from '../server/access/oidc-issuer.ts'
import { buildkiteClaims, gitlabClaims } from '../server/access/other-ci-claims.ts'
import { startIndex, type TestIndex, withCandidate } from '../server/running-server.ts'
import { scratchFolder } from '../server/scratch-folder.ts'
import { slipway } from './in-process.ts'

const run = promisify(execFile)
const { PATH } = process.env
let gitlab: OidcIssuer
let buildkite: OidcIssuer
let index: TestIndex
let project: string

beforeAll(async () => {
  gitlab = await startIssuer()
  buildkite = await startIssuer()
  const rule = { audience: null, scopes: ['report'] as const, only: {} }
  index = await startIndex({
    oidcIssuers: [
      { ...rule, name: 'gitlab', issuer: gitlab.url, key: ['project_id'] },
      { ...rule, name: 'buildkite', issuer: buildkite.url, key: ['organization_slug', 'pipeline_id'] },
    ],
  })
  await withCandidate(index, 'lib')
  project = await scratchFolder()
  await writeFile(join(project, 'package.json'), '{"dependencies":{"lib":"^1.0.0","left-pad":"1"}}')
})
afterAll(async () => {
  await index.close()
  await gitlab.close()
  await buildkite.close()
})

const setup = (env: NodeJS.ProcessEnv, ...args: string[]) =>
  slipway(project, ['setup', ...args], { env: { PATH, SLIPWAY_SERVER: index.url, ...env } })
const gitlabToken = (claims = {}) =>
  gitlab.token({ audience: index.url, claims: { ...gitlabClaims, ...claims } })

describe('what is printed', () => {
  it('sets in a real shell what leads each client, and real npm then asks the index', async () => {
    const { code, out, err } = await setup({}, '--key', 'me')
    expect([code, err]).toEqual([0, ''])
    const script = `${out}\nenv\necho "chosen: $(npm view lib version)"`
    const { stdout } = await run('sh', ['-c', script], { env: { PATH, HOME: project }, cwd: project })
    for (const [name, value] of Object.entries(clientVariables(index.url, 'me', 'npm')))
      expect(stdout).toContain(`${name}=${value}\n`)
    expect(stdout).toContain('chosen: 1.0.0')
  }, 60_000)

  it('is for the client that the project uses', async () => {
    const other = await scratchFolder()
    await writeFile(join(other, 'package.json'), '{"packageManager":"yarn@1.22.22"}')
    const led = await setup({}, '--key', 'me', '--project', other, '--json')
    expect(JSON.parse(led.out)).toEqual({
      server: index.url,
      key: 'me',
      variables: clientVariables(index.url, 'me', 'yarn'),
    })
  })

  it.each([
    ['sh', "export NAME='it'\\''s $HOME'"],
    ['fish', "set -gx NAME 'it\\'s $HOME'"],
    ['powershell', "$env:NAME = 'it''s $HOME'"],
    ['dotenv', "NAME=it's $HOME"],
  ] as const)('as %s is one line a variable, with nothing left to expand', async (form, line) => {
    expect(shellForms[form]('NAME', "it's $HOME")).toBe(line)
    const { out } = await setup({}, '--key', 'me', '--format', form)
    expect(out.trim().split('\n')).toHaveLength(Object.keys(clientVariables(index.url, 'me', 'npm')).length)
  })
})

describe('whose key it is', () => {
  const keyOf = async (env: NodeJS.ProcessEnv, ...args: string[]) => {
    const { code, out, err } = await setup(env, '--json', ...args)
    return { code, err, key: code === 0 ? JSON.parse(out).key : null }
  }

  it('a shell that proves nothing gets full releases, and is told', async () => {
    const { code, err, out } = await setup({})
    expect([code, err]).toEqual([0, expect.stringContaining('gets full releases only')])
    expect(out).toContain(`export PIP_INDEX_URL='${index.url}/channel/stable/pypi/simple/'`)
  })

  it('a job of GitLab gets the key of its project, by the token that its file asks for', async () => {
    const { key, code } = await keyOf({ SLIPWAY_ID_TOKEN: await gitlabToken() })
    expect([code, key]).toEqual([0, expect.stringMatching(/^r-[a-z2-7]+$/)])
    expect((await keyOf({}, '--id-token', await gitlabToken({ job_id: '9' }))).key).toBe(key)
    expect((await keyOf({ SLIPWAY_ID_TOKEN: await gitlabToken({ project_id: '9' }) })).key).not.toBe(key)
  })

  it('a job of Buildkite gets its by the token that the agent gives it for this server', async () => {
    const bin = join(project, 'bin')
    await mkdir(bin, { recursive: true })
    const token = await buildkite.token({ audience: index.url, claims: buildkiteClaims })
    const agent = join(bin, 'buildkite-agent')
    await writeFile(
      agent,
      `#!/bin/sh\n[ "$*" = "oidc request-token --audience ${index.url}" ] && echo ${token}\n`,
    )
    await chmod(agent, 0o755)
    const path = `${bin}:${PATH}`
    expect((await keyOf({ PATH: path, BUILDKITE: 'true' })).key).toMatch(/^r-[a-z2-7]+$/)
    await writeFile(agent, '#!/bin/sh\nexit 1\n')
    const refused = await keyOf({ PATH: path, BUILDKITE: 'true' })
    expect([refused.code, refused.err]).toEqual([3, expect.stringContaining('SLIPWAY_ID_TOKEN')])
  })

  it('a job on GitHub without the Action asks the runner for its token', async () => {
    const asked: (string | undefined)[] = []
    const token = await gitlabToken()
    const runner = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`)
      response.end(JSON.stringify({ value: token }))
    })
    await new Promise<void>((resolve) => runner.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(runner.address() as AddressInfo).port}/token?v=1`
    const env = { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner' }
    expect((await keyOf(env)).key).toMatch(/^r-/)
    expect(asked).toEqual([`/token?v=1&audience=${encodeURIComponent(index.url)} Bearer runner`])
    runner.close()
  })

  it('a pipeline that a fork could have written goes on without one', async () => {
    const { code, err, key } = await keyOf({
      SLIPWAY_ID_TOKEN: await gitlabToken({ pipeline_source: 'merge_request_event' }),
    })
    expect([code, key, err]).toEqual([0, null, expect.stringContaining('a fork could have written this one')])
  })

  it.each([
    ['--format', 'csh', 'format: got "csh", expected one of sh, fish, powershell, dotenv'],
    ['--key', 'no key', 'key: expected 1 to 200 of the characters'],
    ['--outcome', 'fine', 'outcome: got "fine", expected success, failed, canceled or an exit code'],
  ])('%s %s is refused', async (option, value, said) => {
    const { code, err, out } = await setup({}, option, value)
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(said)])
  })

  it('a token of somebody else is refused, and nothing is set', async () => {
    const token = await gitlab.token({ audience: 'https://elsewhere.example', claims: gitlabClaims })
    const { code, out, err } = await setup({ SLIPWAY_ID_TOKEN: token })
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(`audience ${index.url}`)
  })
})

describe('the end of a job', () => {
  it.each([
    ['success', 'success'],
    ['failed', 'failure'],
    ['canceled', 'cancelled'],
    ['0', 'success'],
    ['137', 'failure'],
  ])('that its CI calls %s is told as %s, once, with what is rolling out alone', async (status, outcome) => {
    const token = await gitlabToken({ job_id: `job-${status}` })
    const tell = () => setup({ SLIPWAY_ID_TOKEN: token }, '--outcome', status, '--json')
    const told = { outcome, packages: ['npm:lib'], installed: [] }
    // A job that somebody ended says nothing about a release.
    const counts = outcome === 'cancelled' ? 0 : 1
    expect(JSON.parse((await tell()).out)).toEqual({ ...told, recorded: counts })
    expect(JSON.parse((await tell()).out)).toEqual({ ...told, recorded: 0 })
  })

  it('of a shell that proves nothing is not counted', async () => {
    const { code, err } = await setup({}, '--outcome', 'success')
    expect([code, err]).toEqual([2, expect.stringContaining('expected --id-token or SLIPWAY_ID_TOKEN')])
  })
})
