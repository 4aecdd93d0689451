import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Rig, startRig } from './rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await startRig()
  await rig.github.createRepository({ fullName: 'acme/lib', files: { a: 'b' } })
})
afterAll(() => rig.close())

async function verify(token: string, audience: string) {
  const { oidcIssuer } = rig.github
  const reply = await fetch(`${oidcIssuer}/.well-known/openid-configuration`)
  const discovery = (await reply.json()) as { jwks_uri: string }
  return jwtVerify(token, createRemoteJWKSet(new URL(discovery.jwks_uri)), {
    issuer: oidcIssuer,
    audience,
    algorithms: ['RS256'],
    requiredClaims: ['jti', 'exp', 'nbf', 'iat'],
    maxTokenAge: '10m',
  })
}

it('verifies against the keys that discovery names', async () => {
  const token = await rig.github.identityToken('acme/lib', { audience: 'slipway' })
  const { payload } = await verify(token, 'slipway')
  expect(payload).toMatchObject({
    repository: 'acme/lib',
    repository_owner: 'acme',
    workflow_ref: 'acme/lib/.github/workflows/release.yml@refs/heads/main',
  })
  expect(payload.sub).toMatch(/^repo:acme@\d+\/lib@\d+:ref:refs\/heads\/main$/)
  await expect(verify(token, 'pypi')).rejects.toThrow(/aud/)
})

it('names an environment in the subject and gives every token an id of its own', async () => {
  const options = { audience: 'slipway', claims: { environment: 'release' } }
  const one = decodeJwt(await rig.github.identityToken('acme/lib', options))
  const two = decodeJwt(await rig.github.identityToken('acme/lib', options))
  expect(one.sub).toMatch(/:environment:release$/)
  expect(one.jti).not.toBe(two.jti)
})

it('answers a job only while it runs', async () => {
  const reply = await fetch(`${rig.github.url}/_actions/token?api-version=2.0&audience=slipway`, {
    headers: { authorization: 'Bearer made-up' },
  })
  expect(reply.status).toBe(401)
})
