import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Rig, startRig } from './rig.ts'
import { GithubSchema } from './schema.ts'

const schema = new GithubSchema()

function operation(method: string, path: string) {
  const found = schema.operation(method, path)
  if (found === null) throw new Error(`no operation for ${method} ${path}`)
  return found
}

describe('which operation a path names', () => {
  it.each([
    ['/repos/acme/lib/issues/comments/5', 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}'],
    ['/repos/acme/lib/issues/5/comments', 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments'],
    ['/repos/acme/lib/releases/latest', 'GET /repos/{owner}/{repo}/releases/latest'],
    ['/repos/acme/lib/commits/refs/heads/x', 'GET /repos/{owner}/{repo}/commits/{ref}'],
    ['/repos/acme/lib/commits/x/check-runs', 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs'],
    ['/repos/acme/lib/contents/.github/slipway.yml', 'GET /repos/{owner}/{repo}/contents/{path}'],
    ['/repos/acme/lib/contents/.github%2Fslipway.yml', 'GET /repos/{owner}/{repo}/contents/{path}'],
  ])('%s is %s', (path, name) => {
    expect(operation('GET', path).name).toBe(name)
  })

  it('gives the decoded values', () => {
    expect(operation('GET', '/repos/acme/lib/contents/a%2Fb%20c').params.path).toBe('a/b c')
  })

  it('knows none outside the description', () => {
    expect(schema.operation('POST', '/graphql')).toBeNull()
    expect(schema.operation('DELETE', '/repos/acme/lib/issues/1')).toBeNull()
  })
})

describe('requests', () => {
  const none = new URLSearchParams()
  const issues = operation('POST', '/repos/acme/lib/issues')
  const dispatches = operation('POST', '/repos/acme/lib/actions/workflows/ci.yml/dispatches')
  const tokens = operation('POST', '/app/installations/1/access_tokens')

  it.each([
    [issues, { title: 'a', labels: ['b'] }, []],
    [issues, { body: 'b' }, ["body: must have required property 'title'"]],
    [issues, { title: 'a', colour: 'b' }, ['body: must NOT have additional properties (colour)']],
    [dispatches, { ref: 'main', inputs: { any: 'thing' }, return_run_details: true }, []],
    [dispatches, { inputs: {} }, ["body: must have required property 'ref'"]],
    [dispatches, { ref: 'main', return_run_details: 'yes' }, ['body/return_run_details: must be boolean']],
    [tokens, { permissions: { issues: 'write' } }, []],
    [
      tokens,
      { permissions: { isues: 'write' } },
      ['body/permissions: must NOT have additional properties (isues)'],
    ],
    [issues, undefined, ['body: is missing']],
  ])('%o with %o', (asked, body, problems) => {
    expect(schema.checkRequest(asked, none, body)).toEqual(problems)
  })

  it('refuses a query parameter that the operation has not, and a value of another kind', () => {
    const list = operation('GET', '/repos/acme/lib/issues')
    expect(schema.checkRequest(list, new URLSearchParams('state=all&per_page=100'), undefined)).toEqual([])
    expect(
      schema.checkRequest(list, new URLSearchParams('sate=all&state=some&per_page=x'), undefined),
    ).toEqual([
      'query sate: is not a parameter of GET /repos/{owner}/{repo}/issues',
      'query state: must be equal to one of the allowed values',
      'query per_page: must be integer',
    ])
  })

  it('refuses a body where the operation takes none', () => {
    expect(schema.checkRequest(operation('GET', '/app'), none, { a: 1 })).toEqual([
      'body: this operation takes none',
    ])
  })
})

describe('replies and webhooks', () => {
  it('refuses a reply without a required field, with an undocumented status, with a body too many', () => {
    const app = operation('GET', '/app')
    expect(schema.checkReply(app, 200, { id: 1 })).toContain(
      "reply 200: must have required property 'events'",
    )
    expect(schema.checkReply(app, 500, { message: 'x' })).toEqual([
      'reply 500: is not a documented answer of GET /app',
    ])
    expect(schema.checkReply(app, 404, { message: 'Not Found' })).toEqual([])
    const comment = operation('DELETE', '/repos/acme/lib/issues/comments/1')
    expect(schema.checkReply(comment, 204, {})).toEqual(['reply 204: has a body, GitHub sends none'])
  })

  it('refuses a webhook that is not known or not whole', () => {
    expect(schema.checkWebhook('release', { action: 'published' })).toContain(
      "webhook release-published: must have required property 'release'",
    )
    expect(schema.checkWebhook('release', { action: 'shipped' })).toEqual([
      'webhook release-shipped: is not one that the description knows',
    ])
  })
})

it('a run that broke the rules cannot end well', async () => {
  const rig = await startRig()
  await rig.call('POST', '/graphql', { query: '{}' })
  await expect(rig.close()).rejects.toThrow(/^1 violations, expected 0: .*is not an operation/)
})

describe('in the socket path', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await startRig()
    await rig.github.createRepository({ fullName: 'acme/lib', files: { a: 'b' } })
  })
  afterAll(() => rig.close(4))

  it.each([
    ['an issue without a title', 'POST', '/repos/acme/lib/issues', { body: 'x' }, /'title'/],
    ['an unknown field', 'POST', '/repos/acme/lib/issues', { title: 'x', colour: 'red' }, /\(colour\)/],
    ['an unknown operation', 'POST', '/graphql', { query: '{}' }, /is not an operation/],
    ['an unknown query', 'GET', '/repos/acme/lib/issues?stat=all', undefined, /query stat/],
  ])('%s fails the caller and the run', async (_, method, path, body, message) => {
    const before = rig.github.violations().length
    const reply = await rig.call(method, path, body)
    expect(reply.status).toBe(500)
    expect(String(reply.body.message)).toMatch(message)
    expect(rig.github.violations().length).toBe(before + 1)
    expect(await rig.github.issues('acme/lib')).toEqual([])
  })

  it('counts what is asked, by operation', async () => {
    const name = 'GET /repos/{owner}/{repo}'
    const before = rig.github.operations().get(name) ?? 0
    await rig.call('GET', '/repos/acme/lib')
    await rig.call('GET', '/repos/acme/none')
    expect(rig.github.operations().get(name)).toBe(before + 2)
  })
})
