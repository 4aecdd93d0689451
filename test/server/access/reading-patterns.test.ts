/** On a private server the patterns of a token bind reading, too, and what it may not read is not there for it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishWheel } from '../pypi-form.ts'
import { npmDocument, startIndex, type TestIndex, withCandidate } from '../running-server.ts'

let index: TestIndex
let reader: string
beforeAll(async () => {
  index = await startIndex({ private: true })
  await withCandidate(index, '@acme/mine')
  await withCandidate(index, '@acme/theirs')
  await publishWheel(index, 'theirs', '1.0.0')
  reader = await index.token(['read'], ['npm:@acme/mine', 'pypi:mine'])
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

const statusOf = async (path: string, token: string | null = reader) =>
  (await index.ask('GET', path, undefined, token)).status

describe('a token for one package', () => {
  const paths = (npm: string, pypi: string) => [
    `/npm/@acme/${npm}`,
    `/npm/@acme%2f${npm}`,
    `/as/alice/npm/@acme%2F${npm}`,
    `/npm/@acme/${npm}/1.0.0`,
    `/npm/@acme/${npm}/-/${npm}-1.0.0.tgz`,
    `/npm/elsewhere/npm/@acme/${npm}/-/${npm}-1.0.0.tgz`,
    `/npm/download/@acme/${npm}/1.0.0/abc`,
    `/npm/team/npm/@acme%2f${npm}/-/1.0.0/${npm}-1.0.0.tgz`,
    `/@acme/${npm}/-/${npm}-1.0.0.tgz`,
    `/npm/-/package/@acme%2f${npm}/dist-tags`,
    `/api/v1/packages/npm/@acme/${npm}`,
    `/api/v1/rollouts/npm:@acme/${npm}@1.1.0`,
    `/api/v1/rollouts/npm:@acme/${npm}@1.1.0/events`,
    `/rollouts/npm:@acme/${npm}@1.1.0`,
    `/packages/npm/@acme/${npm}`,
    `/badge/npm:@acme/${npm}@1.1.0.svg`,
    `/api/v1/packages/npm/@acme/${npm}/dependents`,
    `/api/v1/packages/npm/@acme/${npm}/status`,
    ...(pypi === '' ? [] : [`/pypi/simple/${pypi}/`, `/pypi/pypi/${pypi}/json`]),
  ]

  it('reads that package everywhere', async () => {
    for (const path of paths('mine', '')) expect([path, await statusOf(path)]).toEqual([path, 200])
  })

  it('reads no other, and cannot tell it from one that is not there', async () => {
    for (const path of paths('theirs', 'theirs')) expect([path, await statusOf(path)]).toEqual([path, 404])
    for (const path of paths('nobody', 'nobody')) expect([path, await statusOf(path)]).toEqual([path, 404])
  })

  it('is told the same of both, word for word', async () => {
    const told = async (path: string) => {
      const { status, text } = await index.ask('GET', path, undefined, reader)
      return [path.replaceAll('nobody', 'theirs'), status, text.replaceAll('nobody', 'theirs')]
    }
    const more = (name: string) => [
      `/pypi/simple/${name}`,
      `/api/v1/packages/npm/@acme/${name}/owner`,
      `/api/v1/packages/npm/@acme/${name}/publishers`,
      `/api/v1/packages/pypi/${name}/feed.atom`,
      `/npm/-/npm/v1/attestations/@acme/${name}@1.0.0`,
      `/integrity/${name}/1.0.0/${name}-1.0.0-py3-none-any.whl/provenance`,
    ]
    const nobody = [...paths('nobody', 'nobody'), ...more('nobody')]
    for (const [at, path] of [...paths('theirs', 'theirs'), ...more('theirs')].entries())
      expect(await told(nobody[at] ?? '')).toEqual(await told(path))
  })

  it('is told by a publish that it may not, of names that are there and of others', async () => {
    const publisher = await index.token(['publish'], ['npm:@acme/mine'])
    const put = async (name: string) => {
      const document = await npmDocument(`@acme/${name}`, '3.0.0')
      const { status, text } = await index.ask('PUT', `/npm/@acme%2f${name}`, document, publisher)
      return [status, text.replaceAll(name, 'x')]
    }
    expect(await put('theirs')).toEqual(await put('nobody'))
    expect((await put('theirs'))[0]).toBe(403)
  })

  it('is sent to the right spelling of any name, there or not', async () => {
    for (const name of ['THEIRS', 'NOBODY']) expect(await statusOf(`/pypi/simple/${name}/`)).toBe(302)
  })

  it('reads by the id of a rollout no more than by its release', async () => {
    const [state] = index.engine.rolloutsOf('npm:@acme/theirs')
    expect(await statusOf(`/api/v1/rollouts/${state?.id}`)).toBe(404)
    expect(await statusOf(`/rollouts/${state?.id}`)).toBe(404)
  })
})

describe('a list', () => {
  const lists = ['/api/v1/rollouts', '/', '/packages', '/packages?q=acme', '/pypi/simple/']

  it.each(lists)('%s tells a token for one package of that one only', async (path) => {
    const { status, text } = await index.ask('GET', path, undefined, reader)
    expect([status, text.includes('theirs')]).toEqual([200, false])
    const whole = await index.ask('GET', path, undefined, await index.token(['read'], ['*']))
    expect(whole.text).toContain('theirs')
  })

  it('of counts is for who may read everything', async () => {
    expect(await statusOf('/metrics')).toBe(404)
    expect(await statusOf('/metrics', await index.token(['read'], ['*']))).toBe(200)
  })

  it('why answers for no other package', async () => {
    const why = (name: string) => statusOf(`/api/v1/why?rollout=npm:@acme/${name}@1.1.0&key=me`)
    expect([await why('mine'), await why('theirs'), await why('nobody')]).toEqual([200, 404, 404])
  })

  it('dependents and warnings name no other package', async () => {
    const document = await npmDocument('@acme/theirs', '2.0.0', 'latest', {
      dependencies: { '@acme/mine': '^1.1.0' },
    })
    expect((await index.ask('PUT', '/npm/@acme%2ftheirs', document)).status).toBe(201)
    for (const path of [
      '/api/v1/packages/npm/@acme/mine/dependents',
      '/api/v1/rollouts/npm:@acme/mine@1.1.0',
    ]) {
      const { text } = await index.ask('GET', path, undefined, reader)
      expect([path, text.includes('theirs')]).toEqual([path, false])
    }
  })
})

describe('a report to a rollout', () => {
  it('without a proof cannot tell one that is there from one that is not', async () => {
    const answers = await Promise.all(
      ['theirs', 'nobody'].map((name) =>
        index.ask('POST', `/api/v1/rollouts/npm:@acme/${name}@1.1.0/results`, {}, null),
      ),
    )
    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [401, answers[0]?.text],
      [401, answers[0]?.text],
    ])
  })
})

it('without a token nothing is told', async () => {
  for (const path of ['/npm/@acme/mine', '/npm/nobody', '/api/v1/rollouts/npm:@acme/mine@1.1.0'])
    expect(await statusOf(path, null)).toBe(401)
})
