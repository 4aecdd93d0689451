import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishNpm, startIndex, type TestIndex } from '../running-server.ts'

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
    ['POST', '/-/v1/login', 'slipway token create'],
    ['PUT', '/-/user/org.couchdb.user:mona', 'slipway token create'],
    ['GET', '/-/npm/v1/tokens', 'slipway token list'],
    ['GET', '/-/npm/v1/user', 'npm whoami'],
    ['PUT', '/-/org/acme/user', 'slipway package owner'],
    ['GET', '/-/team/acme/devs/package', 'slipway package owner'],
    ['POST', '/-/package/@acme%2fx/access', 'slipway package owner'],
    ['GET', '/-/package/@acme%2fx/collaborators', 'slipway package owner'],
    ['GET', '/-/npm/v1/hooks', 'feed.atom'],
    ['POST', '/-/stage/package/x', 'before its rollout begins'],
  ])('%s %s says what to do instead', async (method, path, words) => {
    const answer = await index.ask(method, `/npm${path}`, method === 'GET' ? undefined : {})
    expect(answer.status).toBe(405)
    expect(answer.json.error).toContain(words)
  })

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
