import { expect, it } from 'vitest'
import { createProxyNotices } from '../../../src/server/views/proxy-notices.ts'

const hour = 60 * 60_000

function noticesAt(now: () => number) {
  const logged: string[] = []
  const notices = createProxyNotices({ warn: (message) => void logged.push(message) }, now)
  return { notices, logged }
}

it('tells the log of each peer once, and keeps how often it asked', () => {
  const { notices, logged } = noticesAt(() => 7)
  for (const peer of ['203.0.113.9', '203.0.113.9', '198.51.100.1'])
    notices.note({ kind: 'unnamed-proxy', peer })
  expect(logged).toHaveLength(2)
  expect(notices.all()).toMatchObject([
    { peer: '203.0.113.9', requests: 2, seen: 7, sentence: expect.stringContaining('trustedProxies') },
    { peer: '198.51.100.1', requests: 1 },
  ])
})

it('forgets who was not seen for a day', () => {
  let now = 0
  const { notices } = noticesAt(() => now)
  notices.note({ kind: 'silent-proxy', peer: '10.0.0.1' })
  now = 25 * hour
  expect(notices.all()).toEqual([])
})

it('keeps a busy peer, however many others send what proxies send', () => {
  const { notices } = noticesAt(() => 0)
  for (let times = 0; times < 3; times += 1) notices.note({ kind: 'unnamed-proxy', peer: 'busy' })
  for (let other = 0; other < 500; other += 1)
    notices.note({ kind: 'unnamed-proxy', peer: `2001:db8::${other}` })
  expect(notices.all()).toHaveLength(50)
  expect(notices.all()[0]).toMatchObject({ peer: 'busy', requests: 3 })
})
