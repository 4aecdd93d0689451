import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CommitCheck } from '../../src/ports/forge.ts'
import { ownerId, system } from '../engine/world.ts'
import { type BotWorld, createBotWorld, hookRepository } from './bot-world.ts'

let bot: BotWorld
let reads: string[]
let checks: readonly CommitCheck[]

beforeEach(async () => {
  bot = await createBotWorld()
  reads = []
  checks = []
  Object.assign(bot.world.forge.forge, {
    checksOf: async (_: unknown, commit: string) => {
      reads.push(commit)
      return { ok: true, value: checks }
    },
  })
  const file = bot.world.forge.repositories.get(ownerId)?.files
  const text = file?.get('.github/slipway.yml') ?? ''
  file?.set(
    '.github/slipway.yml',
    text.replace('gates:', 'gates:\n      checks: { required: [ci] }\n      advisories: true'),
  )
  bot.world.forge.repositories.get(ownerId)?.tags.set('v1.2.0', 'head')
  await bot.world.upload('npm:demo@1.2.0')
  await bot.world.settle()
})
afterEach(() => bot.close())

const state = () => bot.world.engine.find('npm:demo@1.2.0')
const repository = hookRepository()
const checkRun = (name: string, head_sha = 'head') => ({
  action: 'completed',
  check_run: { name, head_sha },
  repository,
})

describe('a check that changed', () => {
  it.each([
    ['check_run', checkRun('ci')],
    ['check_suite', { action: 'completed', check_suite: { head_sha: 'head' }, repository }],
    ['status', { sha: 'head', context: 'ci', repository }],
  ])('%s is a hint: what the forge says counts', async (event, payload) => {
    checks = [
      { name: 'ci', state: 'failure', url: 'https://ci.test/1' },
      { name: 'other', state: 'failure', url: null },
    ]
    await bot.deliver(event, payload)
    expect(reads).toEqual(['head'])
    expect(Object.values(state()?.checks ?? {})).toMatchObject([
      { name: 'ci', state: 'failure', url: 'https://ci.test/1' },
    ])
    expect(state()?.heldBecause).toEqual([expect.stringContaining('the check ci of commit head')])
    await bot.deliver(event, payload)
    expect(state()?.transitions.filter(({ type }) => type === 'held')).toHaveLength(1)
  })

  it('that failed and is no longer there stays failed: only success clears it', async () => {
    checks = [{ name: 'ci', state: 'failure', url: null }]
    await bot.deliver('check_run', checkRun('ci'))
    checks = []
    bot.world.clock.pass(60_000)
    await bot.deliver('check_suite', { action: 'completed', check_suite: { head_sha: 'head' }, repository })
    expect(Object.values(state()?.checks ?? {})).toMatchObject([{ name: 'ci', state: 'failure' }])
    expect(state()?.heldBecause).toEqual([expect.stringContaining('the check ci of commit head')])
    checks = [{ name: 'ci', state: 'success', url: null }]
    await bot.deliver('check_run', checkRun('ci'))
    expect(state()?.heldBecause).toEqual([])
  })

  it.each([
    ['of a name that no gate asks for', checkRun('lint')],
    ['of another commit', checkRun('ci', 'other')],
    ['of another repository', { ...checkRun('ci'), repository: hookRepository('77') }],
  ])('%s costs no request', async (_, payload) => {
    await bot.deliver('check_run', payload)
    expect(reads).toEqual([])
  })
})

describe('a published advisory', () => {
  const news = (packages: readonly (readonly [string, string, string])[], from = repository) => ({
    action: 'published',
    repository: from,
    repository_advisory: {
      ghsa_id: 'GHSA-1',
      summary: 'leaks\nmuch',
      severity: 'high',
      html_url: 'https://github.test/advisories/GHSA-1',
      vulnerabilities: packages.map(([ecosystem, name, range]) => ({
        package: { ecosystem, name },
        vulnerable_version_range: range,
      })),
    },
  })
  const known = () => bot.world.stores.advisories.advisoriesOf('npm:demo')

  it('takes back the candidate that it names, and stays for later releases', async () => {
    await bot.deliver(
      'repository_advisory',
      news([
        ['npm', 'demo', '>= 1.2.0, < 1.3.0'],
        ['npm', 'demo', '= 0.9.0'],
        ['pip', 'somebody-elses', '< 2'],
      ]),
    )
    expect(state()?.end).toMatchObject({ kind: 'rolled-back', automatic: true })
    expect(await known()).toEqual([
      {
        id: 'GHSA-1',
        affected: '>=1.2.0 <1.3.0',
        summary: 'leaks much',
        severity: 'high',
        url: 'https://github.test/advisories/GHSA-1',
      },
      {
        id: 'GHSA-1:2',
        affected: '=0.9.0',
        summary: 'leaks much',
        severity: 'high',
        url: 'https://github.test/advisories/GHSA-1',
      },
    ])
    await bot.deliver('repository_advisory', news([['npm', 'demo', '< 1.0.0']]))
    expect((await known()).map(({ id, affected }) => `${id} ${affected}`)).toEqual(['GHSA-1 <1.0.0'])
  })

  it.each([
    ['of another repository', news([['npm', 'demo', '>= 1.2.0']], hookRepository('77'))],
    ['about another ecosystem', news([['composer', 'demo', '>= 1.2.0']])],
    ['with a range that cannot be read', news([['npm', 'demo', 'all of them']])],
    [
      'without packages',
      { ...news([]), repository_advisory: { ...news([]).repository_advisory, vulnerabilities: null } },
    ],
  ])('%s changes nothing', async (_, payload) => {
    await bot.deliver('repository_advisory', payload)
    expect([await known(), state()?.end]).toEqual([[], null])
  })
})

it('leaves a delivery in the inbox while the forge does not answer', async () => {
  Object.assign(bot.world.forge.forge, {
    checksOf: async () => ({ ok: false, failure: { kind: 'broken', message: '502', retryAt: null } }),
  })
  await bot.send('check_run', checkRun('ci'))
  expect(Object.keys(state()?.checks ?? {})).toEqual([])
  expect(
    (await bot.world.engine.run(state()?.id ?? '', { type: 'advance', to: null, files: [] }, system)).ok,
  ).toBe(false)
})
