import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, startIndex, type TestIndex, withCandidate } from '../running-server.ts'

const dayMs = 24 * 3_600_000
let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
  await withCandidate(index, 'steady')
})
afterAll(() => index.close())

const make = (body: object, token?: string): Promise<Answer> =>
  index.ask('POST', '/api/v1/tokens', { scopes: ['read'], packages: ['*'], ...body }, token)

const itemsOf = ({ json }: Answer) => json.items as Record<string, unknown>[]

async function rolloutOf(name: string): Promise<string> {
  return index.engine.find(`npm:${name}@1.1.0`)?.id ?? ''
}

describe('how long a token lives', () => {
  it.each([
    [['publish'], 90],
    [['operate', 'read'], 90],
    [['read'], 365],
    [['read', 'report'], 365],
  ])('with %j, unless somebody says otherwise, %i days', async (scopes, days) => {
    const { json } = await make({ scopes })
    expect(Number(json.expiresAt) - Number(json.createdAt)).toBe(days * dayMs)
  })

  it('for ever only when that is asked for', async () => {
    expect((await make({ expiresInMs: null })).json.expiresAt).toBeNull()
  })

  it('at most as long as the token that made it', async () => {
    const { json } = await make({ scopes: ['operate', 'read'], expiresInMs: 60_000 })
    const secret = String(json.token)
    expect((await make({}, secret)).json.expiresAt).toBeLessThanOrEqual(Number(json.expiresAt))
    const longer = await make({ expiresInMs: null }, secret)
    expect(longer.status).toBe(403)
    expect(longer.json.field).toBe('expiresInMs')
  })
})

describe('listing', () => {
  it('shows name, owner, scopes, times, and never the secret', async () => {
    const { json } = await make({
      name: 'deploy',
      owner: 'team-web',
      scopes: ['publish'],
      packages: ['npm:@web/*'],
    })
    const listed = await index.ask('GET', '/api/v1/tokens')
    const found = itemsOf(listed).find(({ id }) => id === json.id)
    expect(found).toEqual({
      id: json.id,
      name: 'deploy',
      owner: 'team-web',
      scopes: ['publish'],
      packages: ['npm:@web/*'],
      createdAt: json.createdAt,
      expiresAt: json.expiresAt,
      lastUsedAt: null,
    })
    expect(listed.text).not.toContain(String(json.token))
    expect(listed.text).not.toMatch(/[0-9a-f]{64}/)
  })

  it('notes when a token was used last', async () => {
    const { json } = await make({})
    await index.ask('GET', '/npm/-/whoami', undefined, String(json.token))
    const found = itemsOf(await index.ask('GET', '/api/v1/tokens')).find(({ id }) => id === json.id)
    expect(Number(found?.lastUsedAt)).toBeGreaterThanOrEqual(Number(json.createdAt))
  })

  it('goes page by page', async () => {
    await make({})
    await make({})
    const all = itemsOf(await index.ask('GET', '/api/v1/tokens?limit=200')).map(({ id }) => id)
    const first = await index.ask('GET', '/api/v1/tokens?limit=1')
    const second = await index.ask('GET', `/api/v1/tokens?limit=1&cursor=${first.json.next}`)
    expect([...itemsOf(first), ...itemsOf(second)].map(({ id }) => id)).toEqual(all.slice(0, 2))
    expect((await index.ask('GET', '/api/v1/tokens?limit=0')).status).toBe(422)
    expect((await index.ask('GET', '/api/v1/tokens?cursor=x')).status).toBe(422)
  })

  it('keeps tokens for packages that are not one’s own to oneself', async () => {
    const web = await make({ scopes: ['operate'], packages: ['npm:@web/*'] })
    await make({ name: 'elsewhere', scopes: ['operate'], packages: ['npm:@data/*'] })
    await make({ name: 'inside', scopes: ['operate'], packages: ['npm:@web/site-*'] })
    const names = itemsOf(await index.ask('GET', '/api/v1/tokens', undefined, String(web.json.token))).map(
      ({ name }) => name,
    )
    expect(names).toContain('inside')
    expect(names).not.toContain('elsewhere')
  })
})

describe('revoking', () => {
  it('refuses the token at its next request', async () => {
    const { json } = await make({ name: 'leaked', scopes: ['operate'] })
    const secret = String(json.token)
    expect((await index.ask('GET', '/npm/-/whoami', undefined, secret)).json).toEqual({ username: 'leaked' })
    const revoked = await index.ask('DELETE', `/api/v1/tokens/${json.id}`)
    expect(revoked.json.revoked).toMatchObject({ id: json.id, name: 'leaked' })
    const after = await index.ask('GET', '/npm/-/whoami', undefined, secret)
    expect(after.status).toBe(401)
    expect(after.json.detail).toContain('revoked')
    expect((await index.ask('DELETE', `/api/v1/tokens/${json.id}`)).status).toBe(404)
  })

  it('is for operators of all its packages, and for itself', async () => {
    const own = await make({ scopes: ['read'], packages: ['npm:@web/*'] })
    const narrow = await make({ scopes: ['operate'], packages: ['npm:@data/*'] })
    const reader = await make({ scopes: ['read'] })
    const by = (token: Answer) =>
      index.ask('DELETE', `/api/v1/tokens/${own.json.id}`, undefined, String(token.json.token))
    expect((await by(narrow)).status).toBe(404)
    expect((await by(reader)).status).toBe(404)
    expect((await index.ask('DELETE', `/api/v1/tokens/${own.json.id}`, undefined, null)).status).toBe(401)
    expect((await by(own)).status).toBe(200)
    expect((await by(own)).status).toBe(401)
  })
})

describe('who answers for a token', () => {
  it('is the maker’s own owner; only the operator names others', async () => {
    const web = await make({ owner: 'team-web', scopes: ['operate'] })
    const secret = String(web.json.token)
    expect((await make({ scopes: ['operate'] }, secret)).json.owner).toBe('team-web')
    const other = await make({ scopes: ['operate'], owner: 'team-data' }, secret)
    expect(other.status).toBe(403)
    expect(other.json.detail).toContain('owner: got "team-data"')
  })

  it.each([
    [{ name: '' }, 'name'],
    [{ name: 'two\nlines' }, 'name'],
    [{ owner: 'x'.repeat(101) }, 'owner'],
    [{ packages: ['left-pad'] }, 'packages.0'],
    [{ scopes: ['admin'] }, 'scopes.0'],
    [{ expiresInMs: 5 }, 'expiresInMs'],
  ])('and %j is refused', async (body, field) => {
    const answer = await make(body)
    expect(answer.status).toBe(422)
    expect(answer.json.field).toBe(field)
  })
})

describe('a token that reports', () => {
  let secret: string
  beforeAll(async () => {
    secret = await index.token(['report'], ['npm:steady'])
  })

  it('reports how a machine fared', async () => {
    const path = `/api/v1/rollouts/${await rolloutOf('steady')}/machines`
    const body = { key: 'machine-1', outcome: 'success' }
    expect((await index.ask('POST', path, body, secret)).status).toBe(202)
    const elsewhere = await index.token(['report'], ['npm:other'])
    expect((await index.ask('POST', path, body, elsewhere)).status).toBe(403)
    const reader = await index.token(['read', 'publish'], ['npm:steady'])
    expect((await index.ask('POST', path, body, reader)).status).toBe(403)
  })

  it('may do nothing else', async () => {
    const id = await rolloutOf('steady')
    const attempts: readonly (readonly [string, string, unknown?])[] = [
      ['POST', `/api/v1/rollouts/${id}/rollback`, { reason: 'no' }],
      ['POST', `/api/v1/rollouts/${id}/advance`, {}],
      ['POST', `/api/v1/rollouts/${id}/pause`, {}],
      ['POST', '/api/v1/rollouts', { releases: ['npm:steady@1.2.0'] }],
      ['POST', '/api/v1/tokens', { scopes: ['report'], packages: ['npm:steady'] }],
      ['GET', '/api/v1/tokens'],
      ['GET', '/api/v1/audit-log'],
      ['POST', '/api/v1/packages/npm/steady/block', { version: '1.1.0', reason: 'no' }],
      ['POST', '/api/v1/packages/npm/steady/yank', { version: '1.1.0', reason: 'no' }],
      ['PUT', '/api/v1/packages/npm/steady/owner', { repositoryId: '1', repository: 'a/b' }],
      ['PUT', '/npm/steady', { name: 'steady', versions: {} }],
      ['PUT', '/npm/-/package/steady/dist-tags/beta', '"1.0.0"'],
      ['POST', '/pypi/legacy/'],
    ]
    const before = (await index.engine.history(id)).length
    for (const [method, path, body] of attempts) {
      const answer = await index.ask(method, path, body, secret)
      expect(`${method} ${path} ${answer.status}`).toBe(`${method} ${path} 403`)
    }
    expect((await index.engine.history(id)).length).toBe(before)
  })

  it('does not read a private server either', async () => {
    const closed = await startIndex({ private: true })
    try {
      await withCandidate(closed, 'inner')
      const reporter = await closed.token(['report'], ['*'])
      for (const path of ['/npm/inner', '/pypi/simple/', '/api/v1/rollouts', '/', '/metrics']) {
        expect((await closed.ask('GET', path, undefined, reporter)).status).toBe(403)
      }
      const id = closed.engine.find('npm:inner@1.1.0')?.id
      const run = { key: 'machine-1', outcome: 'success' }
      expect((await closed.ask('POST', `/api/v1/rollouts/${id}/machines`, run, reporter)).status).toBe(202)
    } finally {
      await closed.close()
    }
  })
})
