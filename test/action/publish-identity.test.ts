import { afterEach, describe, expect, it } from 'vitest'
import { type Asked, type Loopback, loopback, type Reply } from './loopback.ts'
import { emptyFolder, npmTarball } from './package-files.ts'
import { rolloutAnswer } from './rollout-answer.ts'
import { spawnAction } from './spawn-action.ts'

let server: Loopback | undefined
afterEach(() => server?.close())

/** A server that takes everything, except what `special` answers. */
async function index(special: (asked: Asked) => Reply | undefined): Promise<Loopback> {
  server = await loopback((asked) => {
    const reply = special(asked)
    if (reply !== undefined) return reply
    if (asked.method === 'PUT') return { status: 201, body: { ok: true } }
    return asked.path === '/api/v1/rollouts' ? { status: 201, body: rolloutAnswer() } : undefined
  })
  return server
}

describe('publish by identity', () => {
  it('without a token asks for one by the workflow’s own identity', async () => {
    const folder = await emptyFolder()
    await npmTarball(folder, '@acme/demo', '1.1.0')
    const on = await index(({ path }) => {
      if (path.startsWith('/identity?'))
        return { body: { value: `identity for ${path.split('audience=')[1]}` } }
      if (path === '/_/oidc/mint-token') return { body: { success: true, token: 'slw_minted', expires: 1 } }
      return undefined
    })
    const identity = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${on.url}/identity?version=2`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request',
    }
    const inputs = { command: 'publish', server: on.url, files: '*' }
    const run = await spawnAction(inputs, folder, identity)
    expect([run.code, run.errors]).toEqual([0, []])
    const mint = on.asked.find(({ path }) => path === '/_/oidc/mint-token')
    expect(JSON.parse(String(mint?.body))).toEqual({ token: `identity for ${encodeURIComponent(on.url)}` })
    expect(mint?.headers.authorization).toBeUndefined()
    const put = on.asked.find(({ method }) => method === 'PUT')
    expect(put?.headers.authorization).toBe('Bearer slw_minted')
    expect(run.log).toContain('::add-mask::slw_minted')
  })

  it('says why this workflow gets no token, and uploads nothing', async () => {
    const folder = await emptyFolder()
    await npmTarball(folder, '@acme/demo', '1.1.0')
    const on = await index(({ path }) => {
      if (path.startsWith('/identity?')) return { body: { value: 'identity' } }
      if (path === '/_/oidc/mint-token') {
        return { status: 422, body: { detail: 'No trusted publisher lets acme/lib (7) publish anything.' } }
      }
      return undefined
    })
    const identity = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${on.url}/identity?version=2`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request',
    }
    const run = await spawnAction({ command: 'publish', server: on.url, files: '*' }, folder, identity)
    expect(run.code).toBe(1)
    expect(run.errors[0]).toContain('this workflow gets none: No trusted publisher lets acme/lib (7) publish')
    expect(on.asked.filter(({ method }) => method === 'PUT')).toEqual([])
  })
})
