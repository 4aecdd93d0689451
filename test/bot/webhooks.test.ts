import { generateKeyPairSync } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import type { Inbox } from '../../src/ports/inbox.ts'
import { createMemoryInbox } from '../../src/stores/memory/memory-inbox.ts'
import { type BotWorld, createBotWorld, hookRepository, sign } from './bot-world.ts'

const open: BotWorld[] = []
async function botWorld(...args: Parameters<typeof createBotWorld>): Promise<BotWorld> {
  const world = await createBotWorld(...args)
  open.push(world)
  return world
}
afterEach(async () => {
  for (const world of open.splice(0)) await world.close()
})

const pending = async (bot: BotWorld) => (await bot.world.stores.inbox.pending(100)).length
const status = {
  action: 'created',
  comment: { id: 900, body: '/slipway status', user: { login: 'ana', type: 'User' } },
  issue: { number: 4 },
  repository: hookRepository(),
  installation: { id: 1 },
  sender: { login: 'ana', type: 'User' },
}

describe('the door', () => {
  it('takes the deliveries of the second App under its own secret, and of no third', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    })
    const bot = await botWorld({
      dependents: { appId: 2, privateKey, webhookSecret: 'of the second App' },
    })
    const body = JSON.stringify(status)
    const signed = (secret: string) => ({ body, signature: sign(body, secret) })
    expect((await bot.send('issue_comment', status, signed('of the second App'))).status).toBe(202)
    expect((await bot.send('issue_comment', status, signed('of a third App'))).status).toBe(401)
    expect((await bot.send('issue_comment', status)).status).toBe(202)
    await expect(botWorld({ dependents: { appId: 2, privateKey, webhookSecret: '' } })).rejects.toThrow(
      'WEBHOOK_SECRET',
    )
  })

  it.each([
    [
      'a forged signature',
      { signature: sign('something else') },
      401,
      /X-Hub-Signature-256: got another one/,
    ],
    ['another secret', { signature: sign(JSON.stringify(status), 'development') }, 401, /expected sha256=/],
    ['no signature', { signature: null }, 401, /got nothing/],
    ['the old kind of signature', { signature: 'sha1=abc' }, 401, /X-Hub-Signature-256/],
    ['no event', { headers: { 'x-github-event': '' } }, 400, /X-GitHub-Event: got nothing/],
    ['a strange GUID', { guid: 'a b' }, 400, /X-GitHub-Delivery: got "a b", expected a GUID/],
    ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415, /Content-Type/],
    ['a body that is no JSON', { body: '{' }, 400, /expected a JSON object/],
    ['another method', { method: 'PUT' }, 405, /POST/],
  ])('refuses %s with a message and stores nothing', async (_, how, code, message) => {
    const stored: string[] = []
    const inner = createMemoryInbox()
    const track: Inbox['put'] = (delivery) => {
      stored.push(delivery.guid)
      return inner.put(delivery)
    }
    const inbox: Inbox = { ...inner, put: track }
    const bot = await botWorld({ inbox })
    const answer = await bot.send('issue_comment', status, how)
    expect(answer.status).toBe(code)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.json()).toMatchObject({ status: code, detail: expect.stringMatching(message) })
    await bot.idle()
    expect(stored).toEqual([])
    expect(bot.said).toEqual([])
  })

  it('leaves other paths to the server', async () => {
    const bot = await botWorld()
    const answer = await fetch(bot.url.replace('/webhooks', '/other'))
    expect([answer.status, await answer.text()]).toEqual([404, 'elsewhere'])
  })

  it('answers 503 when the delivery could not be stored', async () => {
    const inbox: Inbox = { ...createMemoryInbox(), put: () => Promise.reject(new Error('disk full')) }
    const bot = await botWorld({ inbox })
    expect((await bot.send('issue_comment', status)).status).toBe(503)
  })

  it('answers a repeated delivery with a 2xx and handles it once', async () => {
    const bot = await botWorld()
    expect(await bot.deliver('issue_comment', status, { guid: 'g-1' })).toBe(202)
    expect(await bot.deliver('issue_comment', status, { guid: 'g-1' })).toBe(200)
    expect(bot.said.filter((said) => 'reaction' in said)).toEqual([{ reaction: '+1' }])
  })

  it('takes events that it does not know', async () => {
    const bot = await botWorld()
    expect(await bot.deliver('marketplace_purchase', { action: 'purchased' })).toBe(202)
    expect(await pending(bot)).toBe(0)
  })
})

describe('the inbox', () => {
  it('has the delivery before the answer goes out', async () => {
    const events: string[] = []
    const inner = createMemoryInbox()
    const inbox: Inbox = {
      ...inner,
      put: async (delivery) => {
        await new Promise((resolve) => setTimeout(resolve, 30))
        events.push('stored')
        return inner.put(delivery)
      },
    }
    const bot = await botWorld({ inbox })
    await bot.send('issue_comment', status)
    events.push('answered')
    expect(events).toEqual(['stored', 'answered'])
  })

  it('is drained at the start: what a crash left behind is handled', async () => {
    const inbox = createMemoryInbox()
    await inbox.put({ guid: 'old', event: 'issue_comment', payload: JSON.stringify(status), receivedAt: 0 })
    const bot = await botWorld({ inbox })
    await bot.idle()
    expect(bot.said[0]).toEqual({ reaction: '+1' })
    expect(await inbox.pending(10)).toEqual([])
  })

  it('keeps what failed and tries again for three days', async () => {
    const bot = await botWorld({ retryDelayMs: 1000 })
    bot.failing = { kind: 'broken', message: '502', retryAt: null }
    await bot.deliver('issue_comment', status)
    expect(await pending(bot)).toBe(1)
    for (const expected of [1, 1, 1, 0, 0]) {
      bot.world.clock.pass(20 * 3_600_000)
      await bot.deliver('ping', {})
      expect(await pending(bot)).toBe(expected)
    }
    expect(bot.said).toEqual([])
  })

  it('does not let a failing delivery hold up the others', async () => {
    const bot = await botWorld()
    bot.failing = { kind: 'broken', message: '502', retryAt: null }
    await bot.deliver('issue_comment', status, { guid: 'bad' })
    bot.failing = null
    const other = { ...status, issue: { number: 5 }, comment: { ...status.comment, id: 901 } }
    await bot.deliver('issue_comment', other)
    expect(bot.said.filter((said) => 'reaction' in said)).toHaveLength(1)
    bot.world.clock.pass(3_600_000)
    await bot.deliver('ping', {})
    expect(bot.said.filter((said) => 'reaction' in said)).toHaveLength(2)
  })
})

describe('without a webhook secret', () => {
  it.each(['', '  ', 'development'])('%j: the bot does not start', async (webhookSecret) => {
    await expect(createBotWorld({ webhookSecret })).rejects.toThrow(
      /^WEBHOOK_SECRET: got .*expected the webhook secret/,
    )
  })
})
