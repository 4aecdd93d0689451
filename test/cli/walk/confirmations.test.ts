/** What cannot simply be undone is asked about where a person sits; where nobody could answer, it is done at once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CliContext } from '../../../src/cli/cli-context.ts'
import { adminToken, startIndex, type TestIndex, withCandidate } from '../../server/running-server.ts'
import { slipway } from '../in-process.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(() => index.close())

const said = ['--reason', 'seen enough', '--as', 'ann']
const blocked = (name: string) => index.engine.find(`npm:${name}@1.1.0`)?.blocked.length === 1
const ended = (name: string) => index.engine.find(`npm:${name}@1.1.0`)?.end !== null

interface Grave {
  /** What is typed for a package of this name. */
  typed(name: string): Promise<readonly string[]>
  isDone(name: string): Promise<boolean> | boolean
}

const made = new Map<string, string>()
const publisher = {
  repositoryId: '42',
  repositoryOwnerId: '7',
  workflow: '.github/workflows/r.yml',
  environment: null,
}

const graves: Readonly<Record<string, Grave>> = {
  rollback: { typed: async (name) => ['rollback', `npm:${name}@1.1.0`, ...said], isDone: ended },
  abandon: { typed: async (name) => ['abandon', `npm:${name}@1.1.0`, ...said], isDone: ended },
  block: { typed: async (name) => ['block', `npm:${name}@1.1.0`, ...said], isDone: blocked },
  'package block': {
    typed: async (name) => ['package', 'block', `npm:${name}@1.1.0`, ...said],
    isDone: blocked,
  },
  'token revoke': {
    async typed(name) {
      const { json } = await index.ask('POST', '/api/v1/tokens', { name, scopes: ['read'], packages: ['*'] })
      made.set(name, String(json.id))
      return ['token', 'revoke', String(json.id)]
    },
    async isDone(name) {
      return (await index.stores.access.listTokens()).every(({ id }) => id !== made.get(name))
    },
  },
  'package publishers --remove': {
    async typed(name) {
      await index.ask('PUT', `/api/v1/packages/npm/${name}/publishers`, { publishers: [publisher] })
      return ['package', 'publishers', `npm:${name}`, '--remove']
    },
    async isDone(name) {
      return (await index.stores.access.publishersOf(`npm:${name}`)).length === 0
    },
  },
}

describe.each(Object.keys(graves))('%s', (command) => {
  const { typed, isDone } = graves[command] as Grave
  it.each([
    ['without a terminal is done at once', null, [], true],
    ['at a terminal is done after a yes', 'y', [], true],
    ['at a terminal is not done after a no', 'n', [], false],
    ['at a terminal is not done after an empty line', '', [], false],
    ['with --yes asks nobody', 'must not be asked', ['--yes'], true],
  ] as const)('%s', async (mode, answer, more, done) => {
    const name = `${command} ${mode}`.replaceAll(/\W+/g, '-').toLowerCase()
    await withCandidate(index, name)
    const asked: string[] = []
    const ask: CliContext['ask'] = async (question) => {
      asked.push(question)
      return answer ?? ''
    }
    const env = { SLIPWAY_SERVER: index.url, SLIPWAY_TOKEN: adminToken }
    const run = await slipway('/', [...(await typed(name)), ...more], {
      env,
      ask: answer === null ? null : ask,
    })
    expect([await isDone(name), run.code]).toEqual([done, done ? 0 : 1])
    expect(asked).toHaveLength(answer === null || more.length > 0 ? 0 : 1)
    if (!done) expect(run.err).toContain('nothing is done; --yes does it without asking')
    // What it is about stands in the question.
    for (const question of asked) expect(question).toMatch(new RegExp(`${name}|${made.get(name) ?? '-'}`))
  })
})
