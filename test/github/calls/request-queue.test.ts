import { expect, it } from 'vitest'
import { toForgeFailure } from '../../../src/github/calls/forge-failure.ts'
import { createRequestQueue } from '../../../src/github/calls/request-queue.ts'

/** A clock that stands still, or jumps when a test says so; waits of the queue are then over at once. */
function world(paced = true) {
  let now = 1_000_000
  const clock = { now: () => now }
  const queue = createRequestQueue(clock, paced, async () => {})
  const sent: string[] = []
  const send = async (method: string, group = 'one', path = '/x', call = async () => {}) => {
    try {
      await queue.send({ group, method, path }, async () => {
        sent.push(`${method} ${group}`)
        await call()
      })
      return 'sent'
    } catch (error) {
      const { kind, retryAt } = toForgeFailure(error, now)
      return `${kind} for ${((retryAt ?? now) - now) / 1000} s`
    }
  }
  const pass = (ms: number) => {
    now += ms
  }
  return { send, sent, pass, queue, clock }
}

const refused = (headers: Record<string, string>) => async () => {
  throw Object.assign(new Error('slow down'), { status: 403, response: { headers } })
}

it('keeps writes apart, below 80 a minute, and lets reads pass', async () => {
  const { send, pass, sent } = world()
  expect(await send('POST')).toBe('sent')
  expect(await send('GET')).toBe('sent')
  expect(await send('POST')).toBe('limited for 1 s')
  expect(await send('POST', 'two')).toBe('sent')
  expect(await send('POST', 'one', '/app/installations/{installation_id}/access_tokens')).toBe('sent')
  pass(800)
  expect(await send('PATCH')).toBe('sent')
  const before = sent.length
  let writes = 0
  for (let turn = 0; turn < 600; turn += 1) {
    pass(100)
    if ((await send('POST')) === 'sent') writes += 1
  }
  expect(sent.length - before).toBe(writes)
  expect(writes).toBe(75)
})

it('writes less than 500 times an hour, and reads meanwhile', async () => {
  const { send, pass } = world()
  const hour = async () => {
    let writes = 0
    for (let turn = 0; turn < 3600; turn += 1) {
      if ((await send('POST')) === 'sent') writes += 1
      pass(1000)
    }
    return writes
  }
  expect(await hour()).toBe(480)
  expect(await hour()).toBe(480)
  for (let turn = 0; turn < 480; turn += 1) {
    await send('PATCH')
    pass(1000)
  }
  expect(await send('POST')).toBe('limited for 3120 s')
  expect(await send('GET')).toBe('sent')
  expect(await send('POST', 'two')).toBe('sent')
})

it('spends fewer points than GitHub gives for a minute', async () => {
  const { send, pass } = world()
  let reads = 0
  while ((await send('GET')) === 'sent') reads += 1
  expect(reads).toBe(850)
  expect(await send('POST')).toBe('limited for 60 s')
  pass(60_000)
  expect(await send('GET')).toBe('sent')
})

it.each([
  [{ 'retry-after': '7' }, 7],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1090' }, 90],
] as const)('is silent for as long as GitHub asks: %j', async (headers, seconds) => {
  const { send, pass, sent } = world(false)
  expect(await send('POST', 'one', '/x', refused(headers))).toBe(`limited for ${seconds} s`)
  expect(await send('POST')).toBe(`limited for ${seconds} s`)
  expect(await send('GET')).toBe(`limited for ${seconds} s`)
  expect(await send('POST', 'two')).toBe('sent')
  expect(sent).toHaveLength(2)
  pass(seconds * 1000)
  expect(await send('POST')).toBe('sent')
})

it('waits a little where room is near, in the order of asking', async () => {
  const clock = { now: () => Date.now() }
  const queue = createRequestQueue(clock, true)
  const order: number[] = []
  const write = (number: number) =>
    queue.send({ group: 'one', method: 'POST', path: '/x' }, async () => void order.push(number))
  const since = Date.now()
  await Promise.all([write(1), write(2)])
  expect(order).toEqual([1, 2])
  expect(Date.now() - since).toBeGreaterThanOrEqual(790)
})

it('has no more than 60 requests under way at the same time', async () => {
  const { queue } = world(false)
  const open: (() => void)[] = []
  const calls = Array.from({ length: 100 }, () =>
    queue.send(
      { group: 'one', method: 'GET', path: '/x' },
      () => new Promise<void>((done) => open.push(done)),
    ),
  )
  await new Promise((resolve) => setImmediate(resolve))
  expect(open).toHaveLength(60)
  for (const done of open.splice(0, 10)) done()
  await new Promise((resolve) => setImmediate(resolve))
  expect(open).toHaveLength(60)
  while (open.length > 0) {
    for (const done of open.splice(0)) done()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all(calls)
})
