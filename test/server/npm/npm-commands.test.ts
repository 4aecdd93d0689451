import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, publishNpm, startIndex, type TestIndex } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

describe('commands of npm that there is nothing for', () => {
  it.each([
    ['POST', '/-/v1/login', '--auth-type=legacy'],
    ['POST', '/-/npm/v1/tokens', 'slipway token create'],
    ['GET', '/-/package/@acme%2fx/trust', 'slipway package publishers'],
    ['GET', '/-/user/org.couchdb.user:mona', 'slipway package owner'],
    ['GET', '/-/_view/starredByUser', 'stars'],
    ['PUT', '/x', 'stars', { _id: 'x', users: { mona: true } }],
    ['GET', '/-/npm/v1/user', 'npm whoami'],
    ['PUT', '/-/org/acme/user', 'slipway package owner'],
    ['GET', '/-/team/acme/devs/package', 'slipway package owner'],
    ['POST', '/-/package/@acme%2fx/access', 'slipway package owner'],
    ['PUT', '/-/package/@acme%2fx/collaborators', 'slipway package owner'],
    ['GET', '/-/npm/v1/hooks', 'feed.atom'],
    ['POST', '/-/stage/package/x', 'before its rollout begins'],
  ] as [string, string, string, object?][])(
    '%s %s says what to do instead',
    async (method, path, words, body = {}) => {
      const answer = await index.ask(method, `/npm${path}`, method === 'GET' ? undefined : body)
      expect(answer.status).toBe(405)
      expect(answer.json.error).toContain(words)
    },
  )

  it.each(['/-/pnpr', '/-/npm/v1/nothing'])('GET %s is not there', async (path) => {
    expect((await index.ask('GET', `/npm${path}`)).status).toBe(404)
  })

  it('npm owner takes no version out', async () => {
    await publishNpm(index, 'owned', '1.0.0')
    const { json } = await index.ask('GET', '/npm/owned?write=true')
    const { _rev: rev } = json
    const answer = await index.ask('PUT', `/npm/owned/-rev/${rev}`, {
      _id: 'owned',
      _rev: rev,
      maintainers: [],
    })
    expect(answer).toMatchObject({
      status: 405,
      json: { error: expect.stringContaining('slipway package owner') },
    })
    expect(Object.keys((await index.stores.packages.get('npm:owned'))?.versions ?? {})).toEqual(['1.0.0'])
  })
})

describe('two people who deprecate at once', () => {
  it('the later one is told, and nothing is lost', async () => {
    await publishNpm(index, 'both', '1.0.0')
    const { json } = await index.ask('GET', '/npm/both?write=true')
    const said = (deprecated: string) => {
      const document = structuredClone(json)
      Object.assign(Object(document.versions)['1.0.0'], { deprecated })
      return index.ask('PUT', '/npm/both', document)
    }
    expect((await said('first')).status).toBe(200)
    expect(await said('second')).toMatchObject({ status: 409, json: { field: '_rev' } })
    expect((await index.stores.packages.get('npm:both'))?.versions['1.0.0']?.withdrawn).toBe('first')
  })
})

describe('accounts, for those who have a token and none', () => {
  const user = '/npm/-/user/org.couchdb.user:anybody'

  it('npm login takes a token as the password, under any name, and nothing else', async () => {
    const token = await index.token(['publish'], ['npm:demo'])
    const answer = await index.ask('PUT', user, { name: 'anybody', password: token }, null)
    expect(answer).toMatchObject({ status: 201, json: { token } })
    for (const password of ['guessed', '', 5, undefined]) {
      const refused = await index.ask('PUT', user, { name: 'anybody', password }, null)
      expect([400, 401]).toContain(refused.status)
      expect(refused.text).not.toContain(token)
    }
  })

  it('npm logout ends the token that asks, and no other', async () => {
    const [own, other] = [await index.token(['publish'], ['*']), await index.token(['publish'], ['*'])]
    const logOut = (token: string, as: string | null) =>
      index.ask('DELETE', `/npm/-/user/token/${token}`, undefined, as)
    expect((await logOut(other, own)).status).toBe(403)
    expect((await logOut(own, null)).status).toBe(401)
    expect((await logOut(adminToken, adminToken)).json.error).toContain('SLIPWAY_ADMIN_TOKEN')
    expect((await logOut(own, own)).status).toBe(200)
    const whoAmI = (as: string) => index.ask('GET', '/npm/-/whoami', undefined, as)
    expect((await whoAmI(own)).status).toBe(401)
    expect((await whoAmI(other)).status).toBe(200)
  })

  it('npm token list and revoke reach what the asking token reaches', async () => {
    const publisher = await index.token(['publish'], ['npm:listed'])
    const operator = await index.token(['operate', 'publish'], ['npm:listed'])
    const list = async (as: string) => {
      const { json } = await index.ask('GET', '/npm/-/npm/v1/tokens', undefined, as)
      return [json.objects].flat().map((token) => String(Object(token).key))
    }
    const [own] = await list(publisher)
    expect(await list(publisher)).toHaveLength(1)
    expect(await list(operator)).toHaveLength(2)
    expect(await index.ask('GET', '/npm/-/npm/v1/tokens', undefined, null)).toMatchObject({ status: 401 })
    const revoke = (id: string | undefined, as: string) =>
      index.ask('DELETE', `/npm/-/npm/v1/tokens/token/${id}`, undefined, as)
    expect((await revoke('t-nobody', operator)).status).toBe(404)
    expect((await revoke(own, operator)).status).toBe(204)
    expect((await index.ask('GET', '/npm/-/whoami', undefined, publisher)).status).toBe(401)
  })
})

it('npm access list collaborators says what the asking token may, and of nobody else', async () => {
  const token = await index.token(['publish'], ['npm:@acme/*'])
  const rights = async (name: string, as: string | null) =>
    index.ask('GET', `/npm/-/package/${name}/collaborators`, undefined, as)
  const [own] = Object.entries((await rights('@acme%2fx', token)).json)
  expect(own?.[1]).toBe('write')
  expect((await rights('other', token)).json).toEqual({})
  expect((await rights('@acme%2fx', null)).status).toBe(401)
  expect((await rights('..%2f', token)).status).toBe(404)
})

describe('npm search', () => {
  const found = async (text: string, more = '') => {
    const { json } = await index.ask('GET', `/npm/-/v1/search?text=${text}${more}`, undefined, null)
    return [json.objects].flat().map((hit) => {
      const { name, version } = Object(hit).package
      return `${name}@${version}`
    })
  }

  it('finds what is hosted by name, description and keywords, at the version that the asker is shown', async () => {
    const about = { manifest: { description: 'Folds paper Boats', keywords: ['origami'] } }
    await publishNpm(index, '@acme/boat', '1.0.0', about)
    await publishNpm(index, '@acme/boat', '1.0.1', about)
    await publishNpm(index, 'boat-shed', '2.0.0')
    expect(await found('boat')).toEqual(['@acme/boat@1.0.0', 'boat-shed@2.0.0'])
    expect(await found('paper%20origami')).toEqual(['@acme/boat@1.0.0'])
    expect(await found('boat', '&size=1&from=1')).toEqual(['boat-shed@2.0.0'])
    expect(await found('submarine')).toEqual([])
    expect(await found('')).toEqual([])
  })

  it.each(['size=many', 'size=-1', 'from=1.5', 'size=1000'])('refuses %s', async (query) => {
    const answer = await index.ask('GET', `/npm/-/v1/search?text=x&${query}`)
    expect(answer).toMatchObject({ status: 400, json: { field: query.split('=')[0] } })
    expect(answer.json.detail).toContain('a whole number')
  })
})
