import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type BotOptions, createBot } from '../../src/bot/bot.ts'
import type { Permission } from '../../src/gates/policy.ts'
import type { ForgeFailure } from '../../src/ports/forge.ts'
import type { RolloutState } from '../../src/rollout/history/state.ts'
import { createWorld, ownerId, ownersFile, stateOf, type World } from '../engine/world.ts'

export const secret = 'a long webhook secret'
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
const silent = { info: () => {}, warn: () => {}, error: () => {} }

/** What the bot said: reactions and comments in order, comments without their hidden marker. */
export type Said = { readonly reaction: string } | { readonly comment: string; readonly on: number }

export interface BotWorld {
  readonly world: World
  readonly said: Said[]
  readonly permissions: Record<string, Permission>
  failing: ForgeFailure | null
  /** Comments that are not there any more. */
  readonly deleted: Set<number>
  readonly url: string
  /** Sends a delivery as GitHub does and waits until it was handled. Resolves to the status. */
  deliver(event: string, payload: object, how?: Delivering): Promise<number>
  send(event: string, payload: object, how?: Delivering): Promise<Response>
  /** A person comments on the tracking issue (number 4) of the owner's repository. */
  comment(body: string, change?: CommentChange): Promise<void>
  idle(): Promise<void>
  state(): RolloutState
  close(): Promise<void>
}

export interface Delivering {
  readonly guid?: string
  readonly signature?: string | null
  readonly headers?: Record<string, string>
  readonly method?: string
  readonly body?: string
}

export interface CommentChange {
  readonly login?: string
  readonly id?: number
  readonly issue?: number
  readonly type?: string
  readonly action?: string
  readonly repositoryId?: string
  /** When it was written; the present unless given. */
  readonly at?: number
}

export const sign = (body: string, key = secret) =>
  `sha256=${createHmac('sha256', key).update(body).digest('hex')}`

/** A repository as webhooks carry it. */
export function hookRepository(id = ownerId) {
  const full_name = id === ownerId ? 'acme/lib' : id === '2' ? 'acme/app' : 'other/thing'
  return { id: Number(id), full_name, private: false, default_branch: 'main' }
}

function speaking(
  bot: Pick<BotWorld, 'said' | 'permissions' | 'deleted'> & { failing: ForgeFailure | null },
) {
  const done = <T>(value: T) =>
    bot.failing === null ? ({ ok: true, value } as const) : ({ ok: false, failure: bot.failing } as const)
  return {
    permission: async (_: unknown, login: string) => done(bot.permissions[login] ?? ('none' as const)),
    hasComment: async (_: unknown, __: unknown, id: number) =>
      ({ ok: true, value: !bot.deleted.has(id) }) as const,
    react: async (_: unknown, id: number, reaction: string) => {
      if (bot.deleted.has(id))
        return { ok: false, failure: { kind: 'gone', message: '404', retryAt: null } } as const
      const answer = done(undefined)
      if (answer.ok) bot.said.push({ reaction })
      return answer
    },
    upsertComment: async (_: unknown, on: number, comment: { readonly body: string }) => {
      const answer = done({ id: 1 })
      if (answer.ok) bot.said.push({ comment: comment.body.replace(/\s*<!--.*?-->\s*/g, ''), on })
      return answer
    },
  }
}

/** 1.0.0 of npm:demo is out, 1.1.0 waits at stage 0; tracking issues are numbered from 4. */
async function worldWithIssues(): Promise<World> {
  const world = await createWorld()
  const numbers = new Map<string, number>()
  world.effector.answer = (effect) => {
    if (effect.kind !== 'tracking-issue') return null
    const issue = numbers.get(effect.rollout) ?? 4 + numbers.size
    numbers.set(effect.rollout, issue)
    const url = `https://github.test/acme/lib/issues/${issue}`
    return { ok: true, place: { repositoryId: ownerId, repository: 'acme/lib', issue, url }, signals: [] }
  }
  const blockers = 'gates:\n      blockers: { labels: [release-blocker, regression] }'
  world.forge.repositories
    .get(ownerId)
    ?.files.set('.github/slipway.yml', ownersFile.replace('gates:', blockers))
  await world.upload('npm:demo@1.0.0')
  world.clock.pass(1000)
  await world.upload('npm:demo@1.1.0')
  return world
}

function commentPayload(body: string, options: CommentChange, now: number): object {
  const {
    login = 'ana',
    id = 900,
    issue = 4,
    type = 'User',
    action = 'created',
    repositoryId = ownerId,
  } = options
  return {
    action,
    comment: { id, body, user: { login, type }, created_at: new Date(options.at ?? now).toISOString() },
    issue: { number: issue },
    repository: hookRepository(repositoryId),
    installation: { id: 1 },
    sender: { login, type },
  }
}

/** The whole bot behind HTTP over a real engine: 1.0.0 of npm:demo is out, 1.1.0 waits at stage 0, its issue is number 4. */
export async function createBotWorld(change: Partial<BotOptions> = {}): Promise<BotWorld> {
  const world = await worldWithIssues()
  const state = () => stateOf(world, 'npm:demo@1.1.0')
  const fields = {
    said: [] as Said[],
    permissions: { ana: 'maintain', wim: 'write' } as Record<string, Permission>,
    failing: null as ForgeFailure | null,
    deleted: new Set<number>(),
  }
  Object.assign(world.forge.forge, speaking(fields))
  const bot = await createBot({
    ...world.stores,
    engine: world.engine,
    forge: world.forge.forge,
    clock: world.clock,
    log: silent,
    publicUrl: 'https://slipway.test',
    webhookSecret: secret,
    appId: 1,
    privateKey,
    apiUrl: 'http://127.0.0.1:1',
    ...change,
  })
  bot.start()
  const server = createServer((request, response) => {
    void bot.middleware(request, response, () => response.writeHead(404).end('elsewhere'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/github/webhooks`

  const self: BotWorld = Object.assign(fields, {
    world,
    url,
    state,
    idle: bot.idle,
    async send(event: string, payload: object, how: Delivering = {}) {
      const body = how.body ?? JSON.stringify(payload)
      const signature = how.signature === undefined ? sign(body) : how.signature
      const headers = {
        'content-type': 'application/json',
        'x-github-event': event,
        'x-github-delivery': how.guid ?? randomUUID(),
        ...(signature === null ? {} : { 'x-hub-signature-256': signature }),
        ...how.headers,
      }
      const method = how.method ?? 'POST'
      return fetch(url, { method, headers, ...(method === 'POST' ? { body } : {}) })
    },
    async deliver(event: string, payload: object, how: Delivering = {}) {
      const { status } = await self.send(event, payload, how)
      await bot.idle()
      await world.settle()
      return status
    },
    comment: (body: string, options: CommentChange = {}) =>
      self.deliver('issue_comment', commentPayload(body, options, world.clock.now())).then(() => {}),
    async close() {
      await bot.close()
      await new Promise((resolve) => server.close(resolve))
    },
  })
  return self
}
