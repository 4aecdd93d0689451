/** Populations as facts about networks have them, asked over HTTP: what is measured is what they got. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startIndex, type TestIndex, withCandidate } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex({ trustedProxies: [] })
})
afterAll(() => index.close())

type Headers = Readonly<Record<string, string>>

/** Asks for a package as everybody of a population, and says which share got the candidate. */
async function askAs(name: string, population: readonly Headers[]): Promise<number> {
  let got = 0
  for (let from = 0; from < population.length; from += 25) {
    const latest = await Promise.all(
      population.slice(from, from + 25).map(async (headers) => {
        const response = await fetch(`${index.url}/npm/${name}`, { headers })
        return ((await response.json()) as { 'dist-tags': { latest: string } })['dist-tags'].latest
      }),
    )
    got += latest.filter((version) => version === '1.1.0').length
  }
  return (100 * got) / population.length
}

async function withPercent(name: string, to: number): Promise<void> {
  await withCandidate(index, name)
  const body = { to, as: 'mia', reason: 'x' }
  const done = await index.ask('POST', `/api/v1/rollouts/npm:${name}@1.1.0/advance`, body)
  expect(done.status, done.text).toBe(200)
}

const measuredOf = async (name: string) => {
  const { json } = await index.ask('GET', `/api/v1/rollouts/npm:${name}@1.1.0`)
  const { measured, explanation } = json as {
    measured: { share: number; stated: number; requests: number; reach: string | null }
    explanation: { notes: string[] }
  }
  return { ...measured, notes: explanation.notes }
}

/** A minute passes, and one more request lets the server look at what it counted. */
async function look(name: string, headers: Headers = {}): Promise<void> {
  await index.wait(61_000)
  await fetch(`${index.url}/npm/${name}`, { headers })
  await expect.poll(async () => (await measuredOf(name)).requests).toBeGreaterThan(0)
}

const many = <T>(count: number, make: (number: number) => T): T[] =>
  Array.from({ length: count }, (_, number) => make(number))

const from = (network: number, agent = 'npm/11.19.1 node/v24'): Headers => ({
  'x-forwarded-for': `203.${network >> 8}.${network & 255}.9`,
  'user-agent': agent,
})

const even = many(1200, (number) => from(number))
/** The n-th network asks one n-th as often as the first. */
const zipf = many(60, (rank) => many(Math.ceil(240 / (rank + 1)), () => from(2000 + rank))).flat()
const threeNats = many(900, (number) => from(9000 + (number % 3)))
const hostedCi = many(600, (number) =>
  from(12_000 + number, 'npm/11.19.1 node/v24 linux x64 ci/github-actions'),
)

describe('the measured share beside the stated percent', () => {
  it.each<[string, readonly Headers[]]>([
    ['even', even],
    ['zipf', zipf],
    ['nats', threeNats],
    ['hosted-ci', hostedCi],
    ['both', [...even.slice(0, 500), ...hostedCi.slice(0, 500)]],
  ])('is what a population gets: %s', async (name, population) => {
    await withPercent(name, 25)
    const truth = await askAs(name, population)
    const measured = await measuredOf(name)
    expect(measured).toMatchObject({ stated: 25, requests: population.length })
    expect(Math.abs(measured.share - truth)).toBeLessThan(0.01)
    const expected =
      truth < 2.5 ? 'nobody' : truth < 12.5 ? 'under-half' : truth > 50 ? 'over-twice' : 'as-stated'
    expect(measured.reach).toBe(expected)
  })

  it('calls a stage waiting time where as good as nobody is exposed, on page, status and metrics', async () => {
    await look('hosted-ci', from(1, 'npm/11 ci/x'))
    const words = /^This stage is waiting time: it says 25 %.*keys of their own/
    await expect
      .poll(async () => (await measuredOf('hosted-ci')).notes)
      .toEqual([expect.stringMatching(words)])
    const { id } = (await index.ask('GET', '/api/v1/rollouts/npm:hosted-ci@1.1.0')).json
    const page = (await index.ask('GET', `/rollouts/${id}`)).text
    expect(page).toContain('waiting time')
    expect(page).toContain('Measured: 0 %')
    const metrics = (await index.ask('GET', '/metrics')).text
    expect(metrics).toContain(
      `slipway_rollout_measured_percent{rollout="${id}",stated="25",reach="nobody"} 0`,
    )
  })

  it('warns of nothing where about as many get it as stated', async () => {
    await look('even', from(1))
    expect((await measuredOf('even')).notes).toEqual([])
  })

  it('begins anew with the next percent, and forgets what is a day old', async () => {
    const body = { to: 100, as: 'mia', reason: 'x' }
    await index.ask('POST', '/api/v1/rollouts/npm:hosted-ci@1.1.0/advance', body)
    await askAs('hosted-ci', even.slice(0, 30))
    const measured = await measuredOf('hosted-ci')
    expect(measured).toMatchObject({ stated: 100, share: 100, requests: 30 })
    expect(measured.notes.join()).not.toContain('waiting time')
    await index.wait(26 * 60 * 60_000)
    const { json } = await index.ask('GET', '/api/v1/rollouts/npm:even@1.1.0')
    expect(json.measured).toBeNull()
  })

  it('counts clients that wait by themselves by the files that they take', async () => {
    await withPercent('slow', 50)
    const pnpm = (number: number) => from(number, 'pnpm/12.21.0 npm/? node/v24')
    await askAs('slow', many(50, pnpm))
    expect((await index.ask('GET', '/api/v1/rollouts/npm:slow@1.1.0')).json.measured).toBeNull()
    for (const [version, times] of [
      ['1.0.0', 6],
      ['1.1.0', 2],
    ] as const)
      for (let number = 0; number < times; number += 1)
        await fetch(`${index.url}/npm/slow/-/slow-${version}.tgz`, { headers: pnpm(number) })
    expect(await measuredOf('slow')).toMatchObject({ requests: 8, share: 25, reach: null })
  })

  it('leaves out who chose a view by its address, and mirrors', async () => {
    await withPercent('chosen', 50)
    for (const view of ['/channel/stable', '/channel/candidate', '/view/stable'])
      await fetch(`${index.url}${view}/npm/chosen`)
    expect((await index.ask('GET', '/api/v1/rollouts/npm:chosen@1.1.0')).json.measured).toBeNull()
    await fetch(`${index.url}/as/k1/npm/chosen`)
    expect(await measuredOf('chosen')).toMatchObject({ requests: 1 })
  })
})

it('exposes 40 to 60 % at 50 % through a proxy, under ten salts', async () => {
  const shares: number[] = []
  for (const number of Array.from({ length: 10 }, (_, salt) => salt)) {
    await withPercent(`salt-${number}`, 50)
    shares.push(
      await askAs(
        `salt-${number}`,
        many(400, (network) => from(20_000 + network)),
      ),
    )
  }
  for (const share of shares) expect(share > 40 && share < 60, `${shares}`).toBe(true)
})
