import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lookAtGates } from '../../src/bot/deployment-gates.ts'
import type { Forged } from '../../src/ports/forge.ts'
import { canaryId, maintainer, ownerId } from '../engine/world.ts'
import { type BotWorld, createBotWorld, hookRepository } from './bot-world.ts'

type Review = { readonly environment: string; readonly answer: string | null; readonly comment: string }

let bot: BotWorld
let reviews: Review[]
let fails: Forged<never> | null
beforeEach(async () => {
  bot = await createBotWorld({ retryDelayMs: 1 })
  reviews = []
  fails = null
  bot.world.forge.forge.reviewDeployment = async (_, __, review) => {
    if (fails !== null) return fails
    reviews.push(review)
    return { ok: true, value: undefined }
  }
})
afterEach(() => bot.close())

const release = 'npm:demo@1.1.0'
const ofApp = () => bot.world.forge.repositories.get(canaryId)
const needs = (text: string) => ofApp()?.files.set('.github/slipway.yml', text)

let lastRun = 0
async function deploys(environment: string, repositoryId: string = canaryId): Promise<void> {
  lastRun += 1
  const { full_name: name } = hookRepository(repositoryId)
  await bot.deliver('deployment_protection_rule', {
    action: 'requested',
    environment,
    event: 'push',
    deployment_callback_url: `https://api.github.test/repos/${name}/actions/runs/${lastRun}/deployment_protection_rule`,
    repository: hookRepository(repositoryId),
    installation: { id: 1 },
  })
}

const look = () => {
  const { engine, stores, forge, clock } = bot.world
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  return lookAtGates({ ...stores, engine, forge: forge.forge, clock, log, publicUrl: 'https://slipway.test' })
}
const advance = (to: number) =>
  bot.world.engine.run(bot.state().id, { type: 'advance', to, files: [] }, maintainer)
const answers = () => reviews.map(({ answer }) => answer)

describe('a deployment that waits for a release', () => {
  it('goes on when the release is so far, and says until then what keeps it', async () => {
    needs(`needs: { production: "${release} >= 50 %" }\n`)
    await deploys('production')
    await look()
    expect(answers()).toEqual([null])
    expect(reviews[0]?.comment).toMatch(/^Waits for `npm:demo@1\.1\.0` at 50 % or more\. /)
    expect(reviews[0]?.comment).toContain(bot.world.engine.explain(bot.state()).sentence.slice(0, 30))
    await advance(5000)
    await look()
    await look()
    expect(answers()).toEqual([null, 'approved'])
    expect(reviews[1]).toMatchObject({ environment: 'production' })
  })

  it('goes on at once where it is so far already, and once, however often GitHub asks', async () => {
    needs(`needs: "${release} >= 50 %"\n`)
    await advance(5000)
    await deploys('production')
    lastRun -= 1
    await deploys('production')
    expect(answers()).toEqual(['approved'])
  })

  it('is stopped when the release is taken back below it', async () => {
    needs(`needs: "${release} >= 100 %"\n`)
    await advance(5000)
    await deploys('live')
    const rollBack = { type: 'rollBack', installable: true, newerCompleted: null } as const
    await bot.world.engine.run(bot.state().id, rollBack, { ...maintainer, reason: 'it loses data' })
    await look()
    expect(answers()).toEqual([null, 'rejected'])
    expect(reviews[1]?.comment).toContain('it loses data')
  })

  it.each([
    ['of another environment only', `needs: { production: "${release} >= 50 %" }\n`, 'does not say what'],
    ['of none', 'notices: true\n', 'does not say what'],
    ['what cannot be read', 'needs: "npm:demo 50"\n', 'expected a release and a share of its users'],
  ])('is stopped with the line to write where the file speaks %s', async (_, text, expected) => {
    needs(text)
    await deploys('staging')
    expect(answers()).toEqual(['rejected'])
    expect(reviews[0]?.comment).toContain(expected)
  })

  it('waits for a release that is not there, and learns nothing of one that is none of its business', async () => {
    needs('needs: "npm:demo@9.9.9 >= 50 %"\n')
    await deploys('production')
    bot.world.forge.add('66', 'other/thing', { '.github/slipway.yml': `needs: "${release} >= 50 %"\n` })
    await advance(5000)
    await deploys('production', '66')
    await look()
    expect(answers()).toEqual([null, null])
    for (const { comment } of reviews) expect(comment).toContain('No rollout of that release is known')
  })

  it('is answered later when GitHub does not take the answer, and left when its run is over', async () => {
    needs(`needs: "${release} >= 50 %"\n`)
    await deploys('production')
    await advance(5000)
    fails = { ok: false, failure: { kind: 'broken', message: '502', retryAt: null } }
    await look()
    fails = null
    await look()
    expect(answers()).toEqual([null, 'approved'])
    needs(`needs: "${release} >= 100 %"\n`)
    await deploys('production')
    await advance(10_000)
    fails = { ok: false, failure: { kind: 'invalid', message: '422', retryAt: null } }
    await look()
    fails = null
    await look()
    expect(answers()).toEqual([null, 'approved', null])
  })

  it('may wait in the repository that owns the package', async () => {
    const file = bot.world.forge.repositories.get(ownerId)?.files
    file?.set('.github/slipway.yml', `${file.get('.github/slipway.yml')}needs: "${release} >= 50 %"\n`)
    await deploys('docs', ownerId)
    await advance(5000)
    await look()
    expect(answers()).toEqual([null, 'approved'])
  })
})
