import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ForgeFailure } from '../../src/ports/forge.ts'
import { broken, gone } from '../engine/fake-forge.ts'
import { canaryId, maintainer, ownerId } from '../engine/world.ts'
import { type BotWorld, createBotWorld, hookRepository } from './bot-world.ts'

let bot: BotWorld
let asked: number[]
let patch: string
let failing: ForgeFailure | null

beforeEach(async () => {
  bot = await createBotWorld()
  asked = []
  patch = '@@\n+    "demo": "^1.1.0"'
  failing = null
  bot.world.forge.forge.pullRequestFiles = async (_, number) => {
    asked.push(number)
    if (failing !== null) return { ok: false, failure: failing }
    return { ok: true, value: [{ path: 'package.json', patch }] }
  }
})
afterEach(() => bot.close())

let at = Date.UTC(2026, 10, 20)
const told = (action: string, change: object = {}, repositoryId = canaryId) => {
  at += 1000
  return bot.deliver('pull_request', {
    action,
    number: 12,
    pull_request: { number: 12, merged: false, updated_at: new Date(at).toISOString(), ...change },
    repository: hookRepository(repositoryId),
    installation: { id: 1 },
    sender: { login: 'renovate[bot]', type: 'Bot' },
  })
}
const status = () => bot.state().pullRequests.map((ref) => [ref.number, ref.status, ref.bump?.release])

describe("a dependent's pull request", () => {
  it('is known while it bumps to the candidate, whoever opened it', async () => {
    await told('opened')
    expect(status()).toEqual([[12, 'open', 'npm:demo@1.1.0']])
    patch = '@@\n+    "demo": "^1.2.0"'
    await told('synchronize')
    expect(status()).toEqual([[12, 'left', 'npm:demo@1.1.0']])
    patch = '@@\n+    "demo": "^1.1.0"'
    await told('reopened')
    await told('closed', { merged: true })
    expect(status()).toEqual([[12, 'merged', 'npm:demo@1.1.0']])
  })

  it('that is closed without a merge left', async () => {
    await told('opened')
    await told('closed')
    expect(status()).toEqual([[12, 'left', 'npm:demo@1.1.0']])
  })

  it('to something else, or of the owner, is no matter', async () => {
    patch = '@@\n+    "other": "^1.1.0"'
    await told('opened')
    patch = '@@\n+    "demo": "^1.1.0"'
    await told('opened', {}, ownerId)
    await told('labeled')
    await told('closed')
    expect(status()).toEqual([])
    expect(asked).toEqual([12])
  })

  it('is not read where nothing is rolling out, but is for a while after a rollback', async () => {
    const { id } = bot.state()
    const rollBack = { type: 'rollBack', installable: true, newerCompleted: null } as const
    await bot.world.engine.run(id, rollBack, { ...maintainer, reason: 'why' })
    await told('opened')
    expect(status()).toHaveLength(1)
    bot.world.clock.pass(31 * 24 * 60 * 60_000)
    await told('synchronize')
    expect(asked).toEqual([12])
  })

  it('that may not be read is left; one that cannot be read now is handled again', async () => {
    failing = { ...gone, kind: 'forbidden' }
    await told('opened')
    expect(await bot.world.stores.inbox.pending(10)).toEqual([])
    failing = broken
    await told('synchronize')
    expect(await bot.world.stores.inbox.pending(10)).toHaveLength(1)
    expect(status()).toEqual([])
  })
})
