import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { npmIn, run } from '../clients.ts'
import { postForm, publishWheel, uploadForm } from '../pypi-form.ts'
import { startIndex, type TestIndex } from '../running-server.ts'
import { type OidcIssuer, startIssuer, type TokenChange } from './oidc-issuer.ts'

let index: TestIndex
let issuer: OidcIssuer
/** A token that was good at first. */
let later = ''
beforeAll(async () => {
  issuer = await startIssuer()
  index = await startIndex({ oidcIssuer: issuer.url })
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
  await issuer.close()
})

const workflow = '.github/workflows/release.yml'
const publisher = { repositoryId: '77', repositoryOwnerId: '9', workflow }

/** The claims of a run that may publish. */
const claims = {
  repository: 'acme/lib',
  repository_id: '77',
  repository_owner_id: '9',
  workflow_ref: `acme/lib/${workflow}@refs/tags/v1.0.0`,
  event_name: 'release',
}

const registered = async (id: string, change: object = {}) => {
  const path = `/api/v1/packages/${id.replace(':', '/')}/publishers`
  const answer = await index.ask('PUT', path, { publishers: [{ ...publisher, ...change }] })
  expect(answer.status).toBe(200)
}

const mint = async (change: TokenChange = {}) => {
  const token = await issuer.token({ ...change, claims: { ...claims, ...change.claims } })
  return index.ask('POST', '/_/oidc/mint-token', { token }, null)
}

describe('trusted publishing as PyPI does it', () => {
  it('a token that is given back ends, and nobody hears whether it was one', async () => {
    await registered('pypi:burning', { repositoryId: '79' })
    const { json } = await mint({ claims: { repository_id: '79' } })
    const token = String(json.token)
    const burn = (given: unknown) => index.ask('POST', '/_/oidc/burn-token', { token: given }, null)
    expect((await burn('nobody-has-this-one')).status).toBe(202)
    expect(await index.ask('GET', '/npm/-/whoami', undefined, token)).toMatchObject({ status: 200 })
    expect((await burn(token)).status).toBe(202)
    expect(await index.ask('GET', '/npm/-/whoami', undefined, token)).toMatchObject({ status: 401 })
    expect((await burn(token)).status).toBe(202)
    expect((await burn(7)).status).toBe(422)
  })

  it('a registered workflow gets a token that publishes its packages, for 15 minutes', async () => {
    await registered('pypi:trusted')
    await registered('pypi:other', { repositoryId: '78' })
    const audience = await index.ask('GET', '/_/oidc/audience', undefined, null)
    expect(audience.json).toEqual({ audience: 'slipway' })
    const minted = await mint()
    expect(minted).toMatchObject({ status: 200, json: { success: true, packages: ['pypi:trusted'] } })
    const left = Number(minted.json.expires) * 1000 - Date.now()
    expect(left).toBeGreaterThan(14 * 60_000)
    expect(left).toBeLessThanOrEqual(15 * 60_000)
    const token = String(minted.json.token)
    expect((await postForm(index, await uploadForm('trusted', '1.0.0'), token)).status).toBe(200)
    expect((await postForm(index, await uploadForm('other', '1.0.0'), token)).status).toBe(403)
    expect(
      (await index.ask('POST', '/api/v1/tokens', { scopes: ['publish'], packages: ['*'] }, token)).status,
    ).toBe(403)
    later = token
  })

  it('a workflow token gives one token only', async () => {
    await registered('pypi:once')
    const token = await issuer.token({ claims })
    const post = () => index.ask('POST', '/_/oidc/mint-token', { token }, null)
    expect((await post()).status).toBe(200)
    expect(await post()).toMatchObject({ status: 422, json: { errors: [{ code: 'jti' }] } })
  })

  it.each<[string, TokenChange, string]>([
    ['another repository', { claims: { repository_id: '99' } }, 'publisher'],
    ['another owner, as after a transfer', { claims: { repository_owner_id: '10' } }, 'publisher'],
    [
      'another workflow',
      { claims: { workflow_ref: 'acme/lib/.github/workflows/ci.yml@refs/heads/main' } },
      'publisher',
    ],
    [
      'a workflow whose path only ends alike',
      { claims: { workflow_ref: `acme/lib/x/${workflow}@refs/heads/main` } },
      'publisher',
    ],
    [
      'the file of another repository',
      { claims: { workflow_ref: `evil/lib/${workflow}@refs/heads/main` } },
      'publisher',
    ],
    [
      'a reusable workflow of that name',
      {
        claims: {
          workflow_ref: 'acme/lib/.github/workflows/a.yml@refs/heads/main',
          job_workflow_ref: `acme/lib/${workflow}@refs/heads/main`,
        },
      },
      'publisher',
    ],
    ['a pull request', { claims: { event_name: 'pull_request' } }, 'event_name'],
    ['a pull request’s target', { claims: { event_name: 'pull_request_target' } }, 'event_name'],
    ['another audience', { audience: 'pypi' }, 'aud'],
    ['another issuer', { issuer: 'https://evil.example' }, 'iss'],
    ['a forged signature', { forged: true }, 'token'],
    ['an old token', { issuedAt: -3600 }, 'token'],
    // The subject says whatever it likes: nobody reads it.
    [
      'a subject of the right repository',
      { claims: { repository_id: '99', sub: 'repo:acme/lib:ref:refs/heads/main' } },
      'publisher',
    ],
  ])('%s gets nothing', async (_, change, code) => {
    await registered('pypi:guarded')
    const refused = await mint(change)
    expect(refused).toMatchObject({ status: 422, json: { errors: [{ code }] } })
    expect(refused.json.message).toEqual(expect.any(String))
    expect(refused.json).not.toHaveProperty('token')
  })

  it('an environment counts where one is named', async () => {
    await registered('pypi:environed', { environment: 'production', repositoryId: '80' })
    const run = { repository_id: '80' }
    const refused = await mint({ claims: run })
    expect(refused.json.message).toContain('environment: got none, expected production')
    expect((await mint({ claims: { ...run, environment: 'staging' } })).status).toBe(422)
    expect((await mint({ claims: { ...run, environment: 'Production' } })).status).toBe(200)
  })

  it('a package that belongs to another repository is left out', async () => {
    await registered('pypi:owned', { repositoryId: '81' })
    const owner = { repositoryId: '82', repository: 'acme/moved' }
    await index.ask('PUT', '/api/v1/packages/pypi/owned/owner', owner)
    const refused = await mint({ claims: { repository_id: '81' } })
    expect(refused.json.message).toContain('the package belongs to another repository')
  })
})

describe('npm itself in a workflow', () => {
  let github: Server
  let change: TokenChange = {}
  let audiences: (string | null)[] = []
  beforeAll(async () => {
    github = createServer(async (request, response) => {
      const audience = new URL(request.url ?? '/', 'http://localhost').searchParams.get('audience')
      audiences.push(audience)
      const value = await issuer.token({
        audience: audience ?? '',
        ...change,
        claims: { ...claims, ...change.claims },
      })
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ value }))
    })
    await new Promise<void>((resolve) => github.listen(0, '127.0.0.1', resolve))
  })
  afterAll(async () => {
    github.closeAllConnections()
    await new Promise((resolve) => github.close(resolve))
  })

  const publish = async (name: string, version: string) => {
    const npm = await npmIn(`${index.url}/npm/`)
    await mkdir(join(npm.folder, 'package'))
    await writeFile(join(npm.folder, 'package', 'package.json'), JSON.stringify({ name, version }))
    const { port } = github.address() as AddressInfo
    const args = ['--userconfig', join(npm.folder, '.npmrc'), 'publish', '--loglevel=verbose', './package']
    return run('npm', args, npm.folder, {
      GITHUB_ACTIONS: 'true',
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request',
    })
  }

  it.each(['npm-trusted', '@acme/npm-trusted'])('publishes %s without a stored secret', async (name) => {
    await registered(`npm:${name}`)
    change = {}
    audiences = []
    const published = await publish(name, '1.0.0')
    expect(published).toMatchObject({ code: 0 })
    expect(audiences).toEqual(['npm:127.0.0.1'])
    expect((await index.stores.packages.get(`npm:${name}`))?.tags).toEqual({ latest: '1.0.0' })
  })

  it.each<[string, TokenChange]>([
    ['not for a package without a publisher', {}],
    ['not from a pull request', { claims: { event_name: 'pull_request' } }],
    ['not with the audience of reports', { audience: 'slipway' }],
  ])('%s', async (why, given) => {
    const name = `refused-${why.length}`
    if (why !== 'not for a package without a publisher') await registered(`npm:${name}`)
    change = given
    const refused = await publish(name, '1.0.0')
    expect(refused.code).not.toBe(0)
    expect(refused.out).toContain('Failed token exchange request with body message')
    expect(await index.stores.packages.get(`npm:${name}`)).toBeNull()
  })
})

it('a token from a workflow ends after 15 minutes', async () => {
  await index.wait(15 * 60_000 + 1000)
  expect((await postForm(index, await uploadForm('trusted', '1.0.1'), later)).status).toBe(401)
})

it('stays open on a private server, and opens nothing else', async () => {
  const locked = await startIndex({ oidcIssuer: issuer.url, private: true })
  await locked.ask('PUT', '/api/v1/packages/pypi/trusted/publishers', { publishers: [publisher] })
  expect((await locked.ask('GET', '/_/oidc/audience', undefined, null)).status).toBe(200)
  const token = await issuer.token({ claims })
  expect((await locked.ask('POST', '/_/oidc/mint-token', { token }, null)).status).toBe(200)
  expect((await locked.ask('GET', '/pypi/simple/', undefined, null)).status).toBe(401)
  expect((await publishWheel(locked, 'trusted', '1.0.0')).status).toBe(200)
  await locked.close()
})
