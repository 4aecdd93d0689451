import { afterAll, beforeAll, expect, it } from 'vitest'
import { adminToken, startIndex, type TestIndex } from '../../server/running-server.ts'
import { slipway } from '../in-process.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(() => index.close())

const cliAs = (token: string, args: readonly string[], change: Parameters<typeof slipway>[2] = {}) =>
  slipway('/', args, { env: { SLIPWAY_SERVER: index.url, SLIPWAY_TOKEN: token }, ...change })

it('makes, lists and revokes a token, and the audit log tells of it', async () => {
  const cli = (...args: string[]) => cliAs(adminToken, args)
  const packages = ['--packages', 'npm:@web/*']
  const made = await cli(
    'token',
    'create',
    '--name',
    'deploy',
    '--owner',
    'web',
    '--scopes',
    'publish',
    ...packages,
    '--json',
  )
  const { token, id, expiresAt, createdAt } = JSON.parse(made.out)
  expect(expiresAt - createdAt).toBe(90 * 24 * 3_600_000)
  const listed = JSON.parse((await cli('token', 'list', '--json')).out)
  expect(listed).toEqual([
    {
      id,
      name: 'deploy',
      owner: 'web',
      scopes: ['publish'],
      packages: ['npm:@web/*'],
      createdAt,
      expiresAt,
      lastUsedAt: null,
    },
  ])
  expect((await cli('token', 'list')).out).toContain('deploy')
  expect((await cliAs(token, ['token', 'list'])).err).toContain('operate')
  expect(await cli('token', 'revoke', id)).toMatchObject({ code: 0, out: `deploy (${id}) is revoked.\n` })
  const again = await cli('token', 'revoke', id)
  expect(again.code).toBe(1)
  expect(again.err).toContain('slipway token list')
  expect((await cli('token', 'list')).out).toContain('There are no tokens')
  const log = JSON.parse((await cli('audit-log', '--subject', id, '--json')).out)
  expect(log.items.map(({ action }: { action: string }) => action)).toEqual(['token revoke', 'token create'])
  expect((await cli('audit-log', '--action', 'token create')).out).toContain('token operator')
})

it.each([
  [
    ['token', 'create', '--scopes', 'admin', '--packages', '*'],
    'scopes: got "admin", expected one or more of publish, operate, read, report',
  ],
  [['token', 'create', '--scopes', 'read', '--packages', ','], 'packages: got nothing'],
  [['token', 'create', '--scopes', 'read', '--packages', '*', '--expires', 'soon'], 'or never'],
  [['audit-log', '--limit', '0'], 'limit: got "0", expected a whole number from 1 to 200'],
])('%j is refused with what is accepted', async (args, said) => {
  const run = await cliAs(adminToken, args)
  expect(run.code).toBe(2)
  expect(run.err).toContain(said)
})

it('asks a person before it revokes, and takes no for an answer', async () => {
  const id = String(
    (await index.ask('POST', '/api/v1/tokens', { scopes: ['read'], packages: ['*'] })).json.id,
  )
  const questions: string[] = []
  const answering = (answer: string) => ({
    ask: async (question: string) => {
      questions.push(question)
      return answer
    },
  })
  const no = await cliAs(adminToken, ['token', 'revoke', id], answering('n'))
  expect(no.code).toBe(1)
  expect(no.err).toContain('nothing is done; --yes')
  expect((await cliAs(adminToken, ['token', 'list'])).out).toContain(id)
  expect((await cliAs(adminToken, ['token', 'revoke', id], answering('yes'))).code).toBe(0)
  expect(questions).toEqual(Array(2).fill(`Revoke ${id}? Whatever uses it stops working. [y/N] `))
})
