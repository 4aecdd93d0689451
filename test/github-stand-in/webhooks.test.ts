import { expect, it } from 'vitest'
import { GithubSchema } from './schema.ts'
import { signature, Webhooks } from './webhooks.ts'

it('checks every payload before it leaves, also one that nobody receives', async () => {
  const schema = new GithubSchema()
  const problems: string[] = []
  const webhooks = new Webhooks((event, payload) => problems.push(...schema.checkWebhook(event, payload)))
  expect(await webhooks.send('release', { action: 'published' })).toBeNull()
  expect(problems).toContain("webhook release-published: must have required property 'release'")
})

it('signs as GitHub documents it', () => {
  // The example of GitHub's page on validating deliveries.
  expect(signature("It's a Secret to Everybody", 'Hello, World!')).toBe(
    'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
  )
})

it('tries once: what nobody took stays failed until somebody asks again', async () => {
  const webhooks = new Webhooks(() => {})
  webhooks.receiver({ url: 'http://127.0.0.1:9/', secret: 'x' })
  const lost = await webhooks.send('ping', { zen: 'x' })
  expect(webhooks.deliveries()).toMatchObject([{ status: 0, redelivery: false }])
  await webhooks.redeliver(lost?.guid ?? '')
  expect(webhooks.deliveries()).toMatchObject([{ redelivery: false }, { redelivery: true, guid: lost?.guid }])
  expect(() => webhooks.redeliver('none')).toThrow('no delivery none')
})
