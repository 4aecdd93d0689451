import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Loopback, loopback, type Reply } from '../loopback.ts'
import { emptyFolder, writeTree } from '../package-files.ts'
import { spawnAction } from '../spawn-action.ts'
import { type ArmIndex, armIndex } from './loopback-arms.ts'

let index: ArmIndex
let server: Loopback
/** What each check-in is answered, in turn; then that there is nothing. */
let answers: (readonly string[])[] = []
let refusal: Reply | null = null
beforeEach(async () => {
  index = await armIndex()
  answers = []
  refusal = null
  await index.npm('demo', '1.1.0', 'exports.price = 1\n')
  await index.npm('demo', '1.2.0', 'exports.price = 2\n')
  server = await loopback(() => {
    const requests = (answers.shift() ?? []).map((text) => JSON.parse(text))
    return refusal ?? { body: { repository: 'acme/lib', requests, message: 'Nothing waits for acme/lib.' } }
  })
})
afterEach(async () => {
  await Promise.all([index.close(), server.close()])
})

const request = (changes: object = {}) => index.request(['npm:demo@1.2.0'], { ...changes })

async function pull(inputs: Readonly<Record<string, string>> = {}, files: Record<string, string> = {}) {
  const checkout = await emptyFolder()
  const manifest = JSON.stringify({ name: 'shop', dependencies: { demo: '^1.0.0' } })
  await writeTree(checkout, { 'package.json': manifest, ...files })
  const given = { command: 'canary', server: server.url, run: 'true', ...inputs }
  return spawnAction(given, checkout, index.oidc)
}

const asked = () => server.asked.map(({ body }) => JSON.parse(String(body)))

describe('a pull canary', { timeout: 60_000 }, () => {
  it('asks as itself for what the own file names, runs every try it is given, and names its leg', async () => {
    answers = [[request()]]
    const file = 'canaries:\n  - { for: "npm:demo", mode: pull }\n'
    const run = await pull({ leg: 'node 24' }, { '.github/slipway.yml': file })
    expect([run.code, run.errors]).toEqual([0, []])
    expect(asked()).toEqual([{ for: ['npm:demo'] }])
    expect(server.asked[0]?.headers.authorization).toMatch(/^Bearer oidc-\d+$/)
    expect(run.outputs.rollout).toBe('ro-abcdefghijklmnop')
    expect(index.reports).toMatchObject([
      { nonce: 'nonce-7Yq', legs: [{ leg: 'node 24', arms: { candidate: { outcome: 'pass' } } }] },
    ])
    expect(run.summary).toContain('try 1, node 24')
  })

  it('asks again after a failing arm and runs both arms of the next try, until nothing is new', async () => {
    answers = [[request()], [request({ try: 2, nonce: 'nonce-two' })]]
    const test = 'node -e "if (require(\'demo\').price !== 1) process.exit(1)"'
    const run = await pull({ for: 'npm:demo', run: test })
    expect(run.code).toBe(0)
    expect(asked()).toHaveLength(3)
    expect(index.reports).toMatchObject([
      { try: 1, legs: [{ arms: { candidate: { outcome: 'fail' }, baseline: { outcome: 'pass' } } }] },
      { try: 2, legs: [{ arms: { candidate: { outcome: 'fail' }, baseline: { outcome: 'pass' } } }] },
    ])
  })

  it('is green and says so when there is nothing to test', async () => {
    const run = await pull({ for: 'npm:demo' })
    expect([run.code, index.reports.length]).toEqual([0, 0])
    expect(run.log).toContain('::notice::Nothing waits for acme/lib.')
    expect(run.summary).toContain('### Nothing to test')
  })

  it.each<[string, Record<string, string>, Reply | null, number, string]>([
    ['nobody is named', {}, null, 1, 'for: got nothing, expected packages such as pypi:demo-lib'],
    ['a name is none', { for: 'demo' }, null, 1, 'for: got "demo", expected a package id'],
    [
      'the server refuses',
      { for: 'npm:demo' },
      { status: 403, body: { detail: 'Not here.' } },
      1,
      'Not here.',
    ],
    ['the server is down', { for: 'npm:demo' }, { status: 502, body: 'bad' }, 3, 'answered 502'],
  ])('runs nothing when %s', async (_, inputs, reply, code, message) => {
    refusal = reply
    const run = await pull(inputs)
    expect([run.code, index.reports.length]).toEqual([code, 0])
    expect(run.errors.join()).toContain(message)
  })
})
