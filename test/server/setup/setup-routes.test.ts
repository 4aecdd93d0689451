import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { appEvents, appPermissions, githubManifest } from '../../../src/server/setup/github-manifest.ts'
import type { MadeApp } from '../../../src/server/setup/made-app.ts'
import { createSetup } from '../../../src/server/setup/setup-routes.ts'

const made: MadeApp = {
  id: 7,
  slug: 'slipway-acme',
  url: 'https://github.test/apps/slipway-acme',
  owner: 'acme',
  permissions: { issues: 'write' },
  privateKey: '-----BEGIN RSA PRIVATE KEY-----',
  webhookSecret: 'a long secret',
}

function world(publicUrl = 'https://slipway.test') {
  let now = 1000
  const kept: MadeApp[] = []
  const setup = createSetup({
    clock: { now: () => now },
    adminTokenSha256: createHash('sha256').update('the admin').digest('hex'),
    publicUrl,
    githubUrl: 'https://github.test',
    exchange: async (code) => (code === 'right' ? made : null),
    keep: async (app) => {
      kept.push(app)
      return '/data/github-app.json'
    },
  })
  let cookie = ''
  async function ask(method: 'GET' | 'POST', path: string, form: Record<string, string> = {}) {
    const body = method === 'POST' ? new URLSearchParams(form) : null
    const headers = { cookie, host: 'evil.test', 'x-forwarded-host': 'evil.test' }
    const response = await setup.routes.request(path, { method, headers, body })
    const set = response.headers.get('set-cookie')
    if (set !== null) cookie = set.split(';', 1)[0] ?? ''
    return { status: response.status, text: await response.text(), headers: response.headers }
  }
  return {
    ask,
    kept,
    code: setup.code,
    forget: () => {
      cookie = ''
    },
    pass: (ms: number) => {
      now += ms
    },
    async state() {
      return /state=([0-9a-f]+)/.exec((await ask('GET', '/setup')).text)?.[1] ?? ''
    },
  }
}

describe('GET /setup', () => {
  it.each(['the admin', 'code'])('with %s leads to a kept App, and is gone after it', async (words) => {
    const { ask, kept, code, state } = world()
    expect((await ask('GET', '/setup')).text).toContain('name="words"')
    const opened = await ask('POST', '/setup', { words: words === 'code' ? code : words })
    expect([opened.status, opened.headers.get('location')]).toEqual([303, '/setup'])
    expect(opened.headers.get('set-cookie')).toMatch(/HttpOnly.*Secure.*SameSite=Lax|HttpOnly.*SameSite=Lax/i)
    const page = await ask('GET', '/setup')
    expect(page.text).toContain('https://github.test/settings/apps/new?state=')
    expect(page.text).toContain('https://slipway.test/api/github/webhooks')
    expect(page.text).not.toContain('evil.test')
    expect((await ask('GET', `/setup/made?code=right&state=${await state()}`)).status).toBe(303)
    const confirm = await ask('GET', '/setup')
    expect(confirm.text).toContain('<strong>acme</strong>')
    expect(confirm.text).toContain('issues: write')
    expect(confirm.text).not.toContain(made.privateKey)
    expect(kept).toEqual([])
    const shown = /name="state" value="([0-9a-f]+)"/.exec(confirm.text)?.[1] ?? ''
    const done = await ask('POST', '/setup/confirm', { state: shown })
    expect(done.text).toContain('https://github.test/apps/slipway-acme/installations/new')
    expect(kept).toEqual([made])
    for (const path of ['/setup', '/setup/made']) expect((await ask('GET', path)).status).toBe(404)
    expect((await ask('POST', '/setup', { words: 'the admin' })).status).toBe(404)
  })

  it('an organisation is chosen by its name, and nothing else', async () => {
    const { ask } = world()
    await ask('POST', '/setup', { words: 'the admin' })
    const { text } = await ask('GET', '/setup?organisation=acme')
    expect(text).toContain('https://github.test/organizations/acme/settings/apps/new?state=')
    expect((await ask('GET', '/setup?organisation=a/../b')).text).toContain('/settings/apps/new?state=')
  })

  it('the code works once and for 15 minutes', async () => {
    const first = world()
    await first.ask('POST', '/setup', { words: first.code })
    first.forget()
    expect((await first.ask('POST', '/setup', { words: first.code })).status).toBe(403)
    const late = world()
    late.pass(15 * 60_000 + 1)
    expect((await late.ask('POST', '/setup', { words: late.code })).status).toBe(403)
  })

  it.each(['', 'wrong', ' '])('%j opens nothing', async (words) => {
    const { ask } = world()
    expect((await ask('POST', '/setup', { words })).status).toBe(403)
    expect((await ask('GET', '/setup')).text).toContain('name="words"')
  })

  it('a state of another session is refused, and so is a code that GitHub does not know', async () => {
    const { ask, kept, state, forget } = world()
    await ask('POST', '/setup', { words: 'the admin' })
    const own = await state()
    expect((await ask('GET', `/setup/made?code=right&state=${'0'.repeat(64)}`)).status).toBe(403)
    expect((await ask('GET', `/setup/made?code=wrong&state=${own}`)).status).toBe(502)
    expect((await ask('POST', '/setup/confirm', { state: own })).status).toBe(403)
    forget()
    expect((await ask('GET', `/setup/made?code=right&state=${own}`)).status).toBe(403)
    expect(kept).toEqual([])
  })

  it('an address that GitHub cannot reach is said', async () => {
    const { ask } = world('http://127.0.0.1:8080')
    await ask('POST', '/setup', { words: 'the admin' })
    expect((await ask('GET', '/setup')).text).toContain('SLIPWAY_PUBLIC_URL')
  })
})

it('the manifest asks for what app.yml asks for', () => {
  const file = parse(readFileSync(new URL('../../../app.yml', import.meta.url), 'utf8'))
  expect(appPermissions).toEqual(file.default_permissions)
  expect([...appEvents].sort()).toEqual([...file.default_events].sort())
  expect(githubManifest('https://slipway.test')).toMatchObject({
    public: file.public,
    hook_attributes: { url: 'https://slipway.test/api/github/webhooks' },
    redirect_url: 'https://slipway.test/setup/made',
  })
})
