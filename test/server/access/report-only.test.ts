/** A token with the scope `report` alone, at every door of the server: what it may do is counted, all else is refused. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApiDocument } from '../../../src/server/api/openapi.ts'
import { npmDocument, startIndex, type TestIndex, withCandidate } from '../running-server.ts'

let open: TestIndex
let closed: TestIndex
const tokens = new Map<TestIndex, string>()
beforeAll(async () => {
  open = await startIndex()
  closed = await startIndex({ private: true })
  for (const index of [open, closed]) {
    await withCandidate(index, 'lib')
    tokens.set(index, await index.token(['report'], ['*']))
  }
})
afterAll(async () => {
  for (const index of [open, closed]) {
    expect(index.errors).toEqual([])
    await index.close()
  }
})

const described = openApiDocument('https://slipway.example') as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}
const places: Readonly<Record<string, string>> = {
  id: 'npm:lib@1.1.0',
  ecosystem: 'npm',
  name: 'lib',
}

const verbs = ['get', 'post', 'put', 'delete']

/** Every operation of the API, and the doors of the two indexes. */
const doors: readonly (readonly [string, string])[] = [
  ...Object.entries(described.paths).flatMap(([path, operations]) =>
    verbs
      .filter((verb) => verb in operations)
      .map((method): readonly [string, string] => [
        method.toUpperCase(),
        `/api/v1${path.replace(/\{(\w+)\}/g, (_, place: string) => places[place] ?? 'x')}`,
      ]),
  ),
  ['PUT', '/npm/lib'],
  ['PUT', '/npm/another'],
  ['PUT', '/npm/lib/-rev/1'],
  ['DELETE', '/npm/lib/-rev/1'],
  ['DELETE', '/npm/lib/-/lib-1.0.0.tgz/-rev/1'],
  ['PUT', '/npm/-/package/lib/dist-tags/next'],
  ['DELETE', '/npm/-/package/lib/dist-tags/next'],
  ['POST', '/pypi/legacy/'],
  ['GET', '/npm/lib'],
  ['GET', '/npm/lib/-/lib-1.0.0.tgz'],
  ['GET', '/pypi/simple/'],
  ['GET', '/'],
  ['GET', '/rollouts/npm:lib@1.1.0'],
  ['GET', '/metrics'],
]

/** What the token is for, and doors that ask for a workflow's own token instead. */
const machines = '/api/v1/rollouts/npm:lib@1.1.0/machines'
const asksForRun = /^\/api\/v1\/(?:canaries|keys|runs|rollouts\/.+\/results)$/

/** To whom a token is nothing, it is not there. */
const refusals = (path: string) => (path.startsWith('/api/v1/tokens/') ? [404] : [401, 403])

async function bodyFor(method: string, path: string): Promise<unknown> {
  if (method === 'GET') return undefined
  if (method === 'PUT' && path === '/npm/lib') return npmDocument('lib', '1.2.0')
  if (path === '/api/v1/rollouts') return { releases: ['npm:lib@1.2.0'] }
  return { reason: 'because', scopes: ['publish'], packages: ['*'], to: 100 }
}

const everything = async (index: TestIndex) => ({
  events: await index.engine.history(index.engine.find('npm:lib@1.1.0')?.id ?? ''),
  packages: await index.stores.packages.get('npm:lib'),
  another: await index.stores.packages.get('npm:another'),
  tokens: (await index.stores.access.listTokens()).map(({ id, scopes }) => ({ id, scopes })),
  owner: await index.stores.access.ownerOf('npm:lib'),
})

describe('a token that only reports', () => {
  it('is tried at more doors than the API describes', () => {
    expect(doors.length).toBeGreaterThan(45)
    expect(doors).toContainEqual(['POST', machines])
  })

  it('changes nothing but its own kind of evidence, anywhere', async () => {
    const before = await everything(open)
    for (const [method, path] of doors) {
      if (method === 'GET' || path === machines || path === '/api/v1/why') continue
      const answer = await open.ask(method, path, await bodyFor(method, path), tokens.get(open))
      expect([method, path, answer.status]).toEqual([method, path, expect.toBeOneOf(refusals(path))])
    }
    expect(await everything(open)).toEqual(before)
  })

  it('reads nothing of a private server', async () => {
    for (const [method, path] of doors) {
      if (path === machines || asksForRun.test(path)) continue
      const answer = await closed.ask(method, path, await bodyFor(method, path), tokens.get(closed))
      expect([method, path, answer.status]).toEqual([method, path, 403])
      expect(answer.text).toContain('may report and nothing else')
    }
  })

  it('reports', async () => {
    for (const index of [open, closed]) {
      const answer = await index.ask('POST', machines, {}, tokens.get(index))
      expect(answer.status).toBe(422)
    }
  })
})
