/** A dependent's scheduled workflow against a whole server: no App, no secret, and a broken release goes back. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type OidcIssuer, startIssuer } from '../../server/access/oidc-issuer.ts'
import { adminToken, startIndex, type TestIndex } from '../../server/running-server.ts'
import { type Loopback, loopback } from '../loopback.ts'
import { emptyFolder, npmTarball, writeTree } from '../package-files.ts'
import { spawnAction } from '../spawn-action.ts'

let index: TestIndex
let issuer: OidcIssuer
let identities: Loopback
let runId = 9000
beforeAll(async () => {
  issuer = await startIssuer()
  index = await startIndex({ oidcIssuer: issuer.url })
  const claims = () => ({ run_id: String(runId), event_name: 'schedule', repository_visibility: 'public' })
  identities = await loopback(async () => ({ body: { value: await issuer.token({ claims: claims() }) } }))
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await Promise.all([index.close(), issuer.close(), identities.close()])
})

async function publish(version: string, price: number) {
  const folder = await emptyFolder()
  await npmTarball(folder, 'demo', version, { 'index.js': `exports.price = ${price}\n` })
  const inputs = { command: 'publish', server: index.url, token: adminToken, files: '*.tgz' }
  const run = await spawnAction(inputs, folder)
  expect(run.code, run.log).toBe(0)
  return run
}

/** The scheduled workflow of acme/app, once. */
async function scheduledRun(leg = 'default') {
  const checkout = await emptyFolder()
  await writeTree(checkout, {
    'package.json': JSON.stringify({ name: 'shop', dependencies: { demo: '^1.0.0' } }),
    'test.js': "if (require('demo').price !== 1) throw new Error('another price')\n",
    '.github/slipway.yml': 'canaries:\n  - { for: "npm:demo", mode: pull }\n',
  })
  const inputs = { command: 'canary', server: index.url, run: 'node test.js', leg }
  const run = await spawnAction(inputs, checkout, {
    ACTIONS_ID_TOKEN_REQUEST_URL: `${identities.url}/oidc?x=1`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request',
  })
  expect([run.code, run.errors], run.log).toEqual([0, []])
  return run
}

it('takes a broken release back by three paired tries of one scheduled run', {
  timeout: 120_000,
}, async () => {
  await publish('1.0.0', 1)
  const early = await scheduledRun()
  expect(early.log).toContain('::notice::No rollout waits for a test now.')

  const policy = { profile: 'standard', canaries: [{ repo: 'acme/app', required: true }] }
  await index.ask('POST', '/api/v1/rollouts', { releases: ['npm:demo@1.1.0'], policy })
  const published = await publish('1.1.0', 2)
  expect(published.outputs.phase).toBe('staged')

  runId += 1
  const run = await scheduledRun()
  expect(run.outputs.rollout).toBe(published.outputs.rollout)
  expect(run.log.match(/reported try \d/g)).toEqual(['reported try 1', 'reported try 2', 'reported try 3'])
  const { json } = await index.ask('GET', '/api/v1/rollouts/npm:demo@1.1.0')
  expect(json).toMatchObject({ phase: 'rolled-back', percent: 0 })
  const status = { command: 'status', server: index.url, rollout: 'npm:demo@1.1.0' }
  const { summary } = await spawnAction(status, await emptyFolder())
  expect(summary).toContain('| acme/app | required | regressed |')

  runId += 1
  expect((await scheduledRun()).log).toContain('::notice::No rollout waits for a test now.')
})
