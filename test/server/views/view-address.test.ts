import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishNpm, startIndex, type TestIndex, withCandidate } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex({ edge: true })
  for (const version of ['1.0.0', '2.0.0', '3.0.0', '4.0.0']) await publishNpm(index, 'wide', version)
  for (const [version, to] of [
    ['2.0.0', 50],
    ['3.0.0', 25],
    ['4.0.0', 10],
  ] as const)
    await advance(`npm:wide@${version}`, to)
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

const act = { as: 'mona', reason: 'test' }

async function advance(release: string, to: number): Promise<void> {
  const { status } = await index.ask('POST', `/api/v1/rollouts/${release}/advance`, { to, ...act })
  expect(status).toBe(200)
}

async function read(prefix: string, path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${index.url}${prefix}${path}`, { headers })
  const told = (name: string) => response.headers.get(name)
  return {
    status: response.status,
    text: await response.text(),
    etag: told('etag'),
    view: told('slipway-view'),
    surrogate: told('surrogate-key'),
    forEdge: [told('surrogate-control'), told('cdn-cache-control')],
    forClients: told('cache-control'),
  }
}

const keys = Array.from({ length: 60 }, (_, number) => `key-${number}`)

describe('/view/<id>', () => {
  it('gives every key the bytes and the tag that its cohort gets, also with three live releases', async () => {
    const met = new Set<string>()
    for (const key of keys) {
      const own = await read(`/as/${key}`, '/npm/wide')
      const same = await read(`/view/${own.view}`, '/npm/wide')
      expect(same.text).toBe(own.text)
      expect(same.etag).toBe(own.etag)
      expect(same.view).toBe(own.view)
      met.add(own.view ?? 'none')
    }
    expect([...met].map((id) => id.split('.').length - (id === 'stable' ? 1 : 0)).sort()).toEqual([
      0, 1, 2, 3,
    ])
  })

  it('says whose documents a purge is about, and lets an edge keep fixed views only', async () => {
    const fixed = await read('/view/stable', '/npm/wide')
    expect(fixed).toMatchObject({
      surrogate: 'pkg/npm/wide',
      forEdge: ['max-age=600', 'max-age=600'],
      forClients: 'private, max-age=0, must-revalidate',
    })
    for (const prefix of ['/channel/stable', '/channel/candidate']) {
      expect((await read(prefix, '/npm/wide')).forEdge).toEqual(['max-age=600', 'max-age=600'])
    }
    for (const prefix of ['', '/as/key-1', '/channel/beta']) {
      expect((await read(prefix, '/npm/wide')).forEdge).toEqual([null, null])
    }
  })

  it('has no id where memory or a token decides: arms, channels of streams, the stored document', async () => {
    const id = index.engine.find('npm:wide@4.0.0')?.id
    const without = [
      await read(`/arm/${id}/candidate`, '/npm/wide'),
      await read('/channel/beta', '/npm/wide?write=true'),
      await read('', '/npm/wide?write=true'),
    ]
    expect(without.map(({ status, view }) => [status, view])).toEqual([
      [200, null],
      [200, null],
      [200, null],
    ])
    expect((await read('/channel/candidate', '/npm/wide')).view?.split('.')).toHaveLength(3)
  })

  it('of a release that was taken back shows it no more', async () => {
    await withCandidate(index, 'sinks')
    await advance('npm:sinks@1.1.0', 50)
    const id = index.engine.find('npm:sinks@1.1.0')?.id.slice(3)
    const latest = async () => JSON.parse((await read(`/view/${id}`, '/npm/sinks')).text)['dist-tags'].latest
    expect(await latest()).toBe('1.1.0')
    await index.ask('POST', '/api/v1/rollouts/npm:sinks@1.1.0/rollback', act)
    expect(await latest()).toBe('1.0.0')
    expect((await read(`/view/${id}`, '/npm/sinks')).view).toBe('stable')
  })

  it('of rollouts of other packages is stable, and other spellings are refused', async () => {
    const foreign = await read('/view/aaaaaaaaaaaaaaa2', '/npm/wide')
    expect(foreign.text).toBe((await read('/view/stable', '/npm/wide')).text)
    for (const id of ['ro-aaaaaaaaaaaaaaa2', 'Stable', 'bbbbbbbbbbbbbbb2.aaaaaaaaaaaaaaa2']) {
      const refused = await read(`/view/${id}`, '/npm/wide')
      expect(refused.status).toBe(404)
      expect(JSON.parse(refused.text)).toMatchObject({ field: 'view', value: id })
    }
  })

  it('takes the word of an edge on where tarballs are', async () => {
    const asPnpm = await read('/as/key-1', '/npm/wide', { 'user-agent': 'pnpm/10.1.0' })
    const byEdge = await read(`/view/${asPnpm.view}`, '/npm/wide?files=registry')
    expect(byEdge.etag).toBe(asPnpm.etag)
  })
})
