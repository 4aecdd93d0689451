import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AuditEntry } from '../../../src/ports/audit-log.ts'
import { withAuditFile } from '../../../src/stores/disk/audit-file.ts'
import { createMemoryAuditLog } from '../../../src/stores/memory/memory-audit-log.ts'
import { publishNpm, startIndex, type TestIndex, withCandidate } from '../running-server.ts'
import { scratchFolder } from '../scratch-folder.ts'

let index: TestIndex
let deploy: { readonly id: string; readonly secret: string }
beforeAll(async () => {
  index = await startIndex()
  const made = await index.ask('POST', '/api/v1/tokens', {
    name: 'deploy',
    scopes: ['publish', 'operate'],
    packages: ['*'],
  })
  deploy = { id: String(made.json.id), secret: String(made.json.token) }
})
afterAll(() => index.close())

async function entries(query = ''): Promise<readonly AuditEntry[]> {
  return (await index.ask('GET', `/api/v1/audit-log${query}`)).json.items as AuditEntry[]
}

/** What one request added, as `action subject: reason`. */
async function added(act: () => Promise<unknown>): Promise<readonly string[]> {
  const before = (await entries('?limit=200')).length
  await act()
  const now = await entries('?limit=200')
  return now
    .slice(0, now.length - before)
    .reverse()
    .map(({ action, subject, reason }) => `${action} ${subject}${reason === '' ? '' : `: ${reason}`}`)
}

const ask = (method: string, path: string, body?: unknown) => index.ask(method, path, body, deploy.secret)

it('holds commands, publishes, tokens, owners and blocks, with who, from where and why', async () => {
  expect(await added(() => withCandidate(index, 'noted'))).toEqual([
    'publish npm:noted@1.0.0',
    'publish npm:noted@1.1.0',
  ])
  const id = index.engine.find('npm:noted@1.1.0')?.id ?? ''
  const path = '/api/v1/packages/npm/noted'
  const owner = { repositoryId: '7', repository: 'acme/noted' }
  const publisher = { repositoryId: '7', repositoryOwnerId: '8', workflow: '.github/workflows/release.yml' }
  const table: readonly (readonly [string, string, unknown, string])[] = [
    ['POST', '/api/v1/rollouts/npm:noted@1.1.0/pause', { reason: 'lunch', as: 'ann' }, `pause ${id}: lunch`],
    ['POST', `/api/v1/rollouts/${id}/resume`, {}, `resume ${id}`],
    ['POST', `/api/v1/rollouts/${id}/rollback`, { reason: 'broken' }, `rollback ${id}: broken`],
    ['POST', '/api/v1/rollouts', { releases: ['npm:noted@2.0.0'] }, 'start npm:noted@2.0.0'],
    ['PUT', `${path}/owner`, owner, 'owner npm:noted'],
    ['PUT', `${path}/publishers`, { publishers: [publisher] }, 'publishers npm:noted'],
    ['POST', `${path}/yank`, { version: '1.1.0', reason: 'old' }, 'yank npm:noted@1.1.0: old'],
    ['DELETE', `${path}/yank`, { version: '1.1.0' }, 'unyank npm:noted@1.1.0'],
    ['PUT', `${path}/status`, { status: 'deprecated', reason: 'see x' }, 'status npm:noted: see x'],
    ['POST', `${path}/block`, { version: '1.1.0', reason: 'steals' }, 'block npm:noted@1.1.0: steals'],
    ['PUT', '/npm/-/package/noted/dist-tags/beta', '"1.0.0"', 'set tag beta npm:noted@1.0.0'],
    ['DELETE', '/npm/-/package/noted/dist-tags/beta', undefined, 'remove tag beta npm:noted'],
  ]
  for (const [method, address, body, expected] of table) {
    expect(await added(() => ask(method, address, body))).toEqual([expected])
  }
  const [pause] = await entries(`?action=pause&subject=${id}`)
  expect(pause).toEqual({
    at: expect.any(Number),
    who: `token deploy (${deploy.id}) says: ann`,
    from: '127.0.0.1',
    action: 'pause',
    subject: id,
    reason: 'lunch',
  })
  expect(index.errors).toEqual([])
})

it('holds a token that was made and one that was revoked, and no secret', async () => {
  const made = await ask('POST', '/api/v1/tokens', { scopes: ['publish'], packages: ['npm:x'] })
  await ask('DELETE', `/api/v1/tokens/${made.json.id}`)
  const about = await entries(`?subject=${made.json.id}`)
  expect(about.map(({ action }) => action)).toEqual(['token revoke', 'token create'])
  expect(JSON.stringify(await entries('?limit=200'))).not.toContain('slw_')
})

it('holds nothing of what only asks, brings evidence, or is refused', async () => {
  await withCandidate(index, 'quiet')
  const id = index.engine.find('npm:quiet@1.1.0')?.id ?? ''
  const asks = async () => {
    await ask('POST', '/api/v1/why', { rollout: id, key: 'me' })
    await ask('POST', `/api/v1/rollouts/${id}/machines`, { key: 'me', outcome: 'success' })
    await ask('GET', `/api/v1/rollouts/${id}`)
    await ask('POST', `/api/v1/rollouts/${id}/advance`, { to: 17 })
    await index.ask('POST', `/api/v1/rollouts/${id}/rollback`, {}, null)
    await index.ask('POST', `/api/v1/rollouts/${id}/rollback`, {}, 'slw_unknown')
    await publishNpm(index, 'quiet', '1.1.0')
  }
  expect(await added(asks)).toEqual([])
})

it('believes a forwarded address of this machine itself, up to the first hop that was not named', async () => {
  const proxied = await startIndex({ trustedProxies: ['203.0.113.0/24'] })
  try {
    const made = (server: TestIndex) =>
      fetch(`${server.url}/api/v1/tokens`, {
        method: 'POST',
        headers: {
          authorization: 'Bearer operator-of-the-test',
          'x-forwarded-for': '192.0.2.1, 203.0.113.9',
        },
        body: JSON.stringify({ scopes: ['read'], packages: ['*'] }),
      })
    await made(index)
    await made(proxied)
    const of = async (server: TestIndex) =>
      (await server.stores.audit.list({ before: null, limit: 1 })).items[0]?.from
    expect(await of(index)).toBe('203.0.113.9')
    expect(await of(proxied)).toBe('192.0.2.1')
  } finally {
    await proxied.close()
  }
})

it('is for operators of every package', async () => {
  const some = await index.token(['operate'], ['npm:*'])
  const reader = await index.token(['read', 'publish'], ['*'])
  for (const token of [some, reader]) {
    expect((await index.ask('GET', '/api/v1/audit-log', undefined, token)).status).toBe(403)
  }
  expect((await index.ask('GET', '/api/v1/audit-log', undefined, null)).status).toBe(401)
})

it('is also written as a line of JSON each, to a file that only its owner reads', async () => {
  const file = `${await scratchFolder()}/audit.jsonl`
  const log = withAuditFile(createMemoryAuditLog(), file)
  const entry = {
    at: 1,
    who: 'ann',
    from: '192.0.2.1',
    action: 'stop',
    subject: 'ro-x',
    reason: 'two\nlines',
  }
  await log.append(entry)
  await log.append({ ...entry, at: 2 })
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual([entry, { ...entry, at: 2 }])
  expect((await log.list({ before: null, limit: 9 })).items).toHaveLength(2)
})
