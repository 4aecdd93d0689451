import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishNpm, startIndex, type TestIndex, withCandidate } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(() => index.close())

describe('why', () => {
  it('answers by query and by body, and hides the key', async () => {
    await withCandidate(index, 'whys')
    const ask = '/api/v1/why?rollout=npm:whys@1.1.0&key=alice'
    const byQuery = await index.ask('GET', ask, undefined, null)
    expect(byQuery.json).toMatchObject({
      inside: false,
      percent: 0,
      sentence: expect.stringMatching(/^Out: /),
    })
    const byBody = await index.ask('POST', '/api/v1/why', { rollout: 'npm:whys@1.1.0', key: 'alice' }, null)
    expect(byBody.json).toEqual(byQuery.json)
    const bad = await index.ask('POST', '/api/v1/why', { rollout: 'npm:whys@1.1.0', key: 'not a key' }, null)
    expect(bad).toMatchObject({ status: 422, json: { field: 'key' } })
    expect(bad.text).not.toContain('not a key')
  })
})

describe('what a key sees', () => {
  const why = async (rollout: string, key?: string, headers = {}) => {
    const query = `rollout=${encodeURIComponent(rollout)}${key === undefined ? '' : `&key=${key}`}`
    const response = await fetch(`${index.url}/api/v1/why?${query}`, { headers })
    return (await response.json()) as {
      key: string | null
      kind: string
      latest: string
      wayOut: string
      sees: { release: string; shown: boolean; bucket: number; because: string }[]
    }
  }
  const keys = Array.from({ length: 60 }, (_, number) => `k${number}`)

  it('is told of all live releases of the package, by bucket, and what an install gets', async () => {
    await withCandidate(index, 'sees')
    await publishNpm(index, 'sees', '1.2.0')
    const advance = async (release: string, to: number) => {
      const body = { to, as: 'mia', reason: 'test' }
      const done = await index.ask('POST', `/api/v1/rollouts/${release}/advance`, body)
      expect(done.status, done.text).toBe(200)
    }
    await advance('npm:sees@1.1.0', 50)
    await advance('npm:sees@1.2.0', 25)
    const seen = await Promise.all(keys.map((key) => why('npm:sees@1.1.0', key)))
    const kinds = seen.map(({ sees }) =>
      sees.map(({ release, because }) => `${release} ${because}`).join(', '),
    )
    expect([...new Set(kinds)].sort()).toEqual([
      'npm:sees@1.2.0 baseline, npm:sees@1.1.0 baseline',
      'npm:sees@1.2.0 baseline, npm:sees@1.1.0 bucket',
      'npm:sees@1.2.0 bucket, npm:sees@1.1.0 overtaken',
    ])
    for (const [number, { sees, latest, kind, key, wayOut }] of seen.entries()) {
      const at = keys[number] ?? ''
      const document = await fetch(`${index.url}/as/${at}/npm/sees`)
      const tags = ((await document.json()) as { 'dist-tags': { latest: string } })['dist-tags']
      expect([latest, key, kind]).toEqual([`npm:sees@${tags.latest}`, at, 'key'])
      expect(sees.map(({ shown, because }) => [shown, because === 'baseline'])).toEqual(
        sees.map(({ bucket, release }) => {
          const isIn = bucket < (release.endsWith('1.2.0') ? 2500 : 5000)
          return [isIn, !isIn]
        }),
      )
      expect(wayOut).toContain(sees[1]?.shown ? 'npm install sees@1.0.0' : 'npm install sees@1.1.0')
    }
  })

  it('is that of whoever asks where no key is named', async () => {
    const own = await why('npm:sees@1.1.0', undefined, { 'user-agent': 'npm/11.0.0 slipway=k7' })
    const named = await why('npm:sees@1.1.0', 'k7')
    expect(own).toEqual(named)
    const address = await why('npm:sees@1.1.0', undefined, { 'user-agent': 'pnpm/10.0.0' })
    expect(address.kind === 'stable' ? address.key : address.key?.startsWith('net:')).toBe(
      address.kind === 'stable' ? null : true,
    )
  })

  it('names each package client of who has no key, with the bucket that it gets', async () => {
    const mine = await why('npm:sees@1.1.0', undefined, { 'user-agent': 'pnpm/12.0.0' })
    const { kinds, key } = mine as typeof mine & {
      kinds: { kind: string; key: string; bucket: number; inside: boolean }[]
    }
    expect(kinds.map(({ kind }) => kind)).toEqual(['npm', 'pnpm', 'yarn', 'bun', 'deno', 'other'])
    expect(kinds.find(({ kind }) => kind === 'pnpm')?.key).toBe(key)
    for (const { key: own, bucket } of kinds)
      expect(own.startsWith('net:127.0.0.0/24:') && bucket < 10_000).toBe(true)
  })

  it.each([
    [{ 'user-agent': 'npm/11.19.1 node/v24 linux x64 workspaces/false ci/gitlab' }, 'ci', /CI job/],
    [{ 'x-forwarded-proto': 'https' }, 'silent-proxy', /proxy/],
    [{ 'user-agent': 'npm/11 slipway=a/b' }, 'unread-key', /none that can be read/],
  ])('says why somebody has no key: %j', async (headers, by, words) => {
    expect(await why('npm:sees@1.1.0', undefined, headers)).toMatchObject({
      by,
      key: null,
      sentence: expect.stringMatching(words),
    })
  })
})
