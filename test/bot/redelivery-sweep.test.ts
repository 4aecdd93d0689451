import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRedeliverySweep, startRedeliverySweep } from '../../src/bot/redelivery-sweep.ts'
import { createGithubDeliveries } from '../../src/github/calls/deliveries.ts'
import { HeldBack, type RequestQueue } from '../../src/github/calls/request-queue.ts'
import type { Deliveries, FailedDelivery } from '../../src/ports/deliveries.ts'
import type { ForgeFailure } from '../../src/ports/forge.ts'
import { appKey, type Rig, startRig } from '../github-stand-in/rig.ts'
import { createBotWorld } from './bot-world.ts'

const silent = { info: () => {}, warn: () => {}, error: () => {} }
const limited: ForgeFailure = { kind: 'limited', message: '429: slow down', retryAt: 1 }

function world(...failed: FailedDelivery[]) {
  let now = 10 * 24 * 3_600_000
  const asked: number[] = []
  const came = new Set<string>()
  const since: number[] = []
  const state = { failing: null as ForgeFailure | null, failed }
  const deliveries: Deliveries = {
    failed: async (from) => {
      since.push(now - from)
      return { ok: true, value: state.failed }
    },
    redeliver: async (id) => {
      if (state.failing !== null) return { ok: false, failure: state.failing }
      asked.push(id)
      return { ok: true, value: undefined }
    },
  }
  const clock = { now: () => now }
  const sweep = createRedeliverySweep({
    deliveries,
    arrived: async (guid) => came.has(guid),
    clock,
    log: silent,
  })
  const pass = (ms: number) => {
    now += ms
  }
  return { state, sweep, asked, since, pass, came }
}

describe('a sweep of deliveries', () => {
  it('asks for each failed delivery by its first attempt, once at a time', async () => {
    const { sweep, asked, state } = world({ id: 3, guid: 'b' }, { id: 2, guid: 'a' }, { id: 1, guid: 'a' })
    expect(await sweep()).toBe(2)
    expect(asked).toEqual([3, 1])
    state.failed = [{ id: 9, guid: 'a' }, ...state.failed]
    expect(await sweep()).toBe(0)
  })

  it('asks again until it came, a few times over three days', async () => {
    const { sweep, asked, came, pass } = world({ id: 1, guid: 'a' }, { id: 2, guid: 'b' })
    await sweep()
    came.add('b')
    for (let hours = 0; hours < 3 * 24; hours += 1) {
      await sweep()
      pass(3_600_000)
    }
    expect(asked.filter((id) => id === 2)).toHaveLength(1)
    const times = asked.filter((id) => id === 1).length
    expect(times).toBeGreaterThan(5)
    expect(times).toBeLessThan(12)
  })

  it('looks three days back at first, then at what is new', async () => {
    const { sweep, since, pass } = world()
    await sweep()
    pass(5 * 60_000)
    await sweep()
    expect(since.map((ms) => ms / 60_000)).toEqual([3 * 24 * 60, 20])
  })

  it('that is limited goes on where it was', async () => {
    const { sweep, asked, state } = world({ id: 1, guid: 'a' }, { id: 2, guid: 'b' })
    state.failing = limited
    expect(await sweep()).toBe(0)
    state.failing = null
    expect(await sweep()).toBe(2)
    expect(asked).toEqual([1, 2])
  })
})

it("goes over the deliveries of both Apps, those of the dependents' App too", async () => {
  const asked: string[] = []
  const of = (app: string, guid: string): Deliveries => ({
    failed: async () => ({ ok: true, value: [{ id: 1, guid }] }),
    redeliver: async (id) => {
      asked.push(`${app} ${id}`)
      return { ok: true, value: undefined }
    },
  })
  const bot = await createBotWorld({ deliveries: [of('owners', 'a'), of('dependents', 'b')] })
  await expect.poll(() => asked.length).toBe(2)
  await bot.close()
  expect(asked.sort()).toEqual(['dependents 1', 'owners 1'])
})

it('asks through the queue of the whole process, each App by its own limits', async () => {
  const groups: string[] = []
  const queue: RequestQueue = {
    send: (asked) => {
      groups.push(`${asked.group} ${asked.method}`)
      return Promise.reject(new HeldBack(2000, 1000))
    },
  }
  const clock = { now: () => 1000 }
  const settings = { appId: 78, privateKey: appKey, apiUrl: 'http://127.0.0.1:1', clock, queue }
  expect(await createGithubDeliveries(settings).failed(0)).toMatchObject({
    ok: false,
    failure: { kind: 'limited', retryAt: 2000 },
  })
  expect(groups).toEqual(['app 78 GET'])
})

describe('on GitHub', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await startRig()
  })
  afterAll(() => rig.close())

  it('what was sent while nobody was there arrives later', async () => {
    const clock = { now: () => Date.now() }
    const settings = { appId: 77, privateKey: appKey, apiUrl: rig.github.url, clock, throttle: false }
    const deliveries = createGithubDeliveries(settings)
    const sweep = createRedeliverySweep({
      deliveries,
      arrived: async (guid) => rig.received.some((one) => one.guid === guid),
      clock,
      log: silent,
    })
    await rig.github.createRepository({ fullName: 'acme/lib', files: { 'a.txt': 'a' } })
    const secret = rig.secret
    const there = rig.github.deliveries().at(-1)
    expect(there?.status).toBe(202)
    rig.github.setWebhook({ url: 'http://127.0.0.1:1/', secret })
    for (let number = 0; number < 101; number += 1)
      await rig.github.commitFiles('acme/lib', { 'a.txt': String(number) })
    const before = rig.received.length
    rig.github.setWebhook({ url: rig.url, secret })
    const stop = startRedeliverySweep(sweep, { everyMs: 60_000, log: silent })
    await expect.poll(() => rig.received.length - before, { timeout: 10_000 }).toBe(101)
    await stop()
    await rig.github.settled()
    expect(await sweep()).toBe(0)
    const guids = rig.received.slice(before).map(({ guid }) => guid)
    expect(new Set(guids).size).toBe(101)
  })
})
