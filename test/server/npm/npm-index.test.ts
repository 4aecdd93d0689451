import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  npmDocument,
  npmDocumentOf,
  publishNpm,
  startIndex,
  type TestIndex,
  withCandidate,
} from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

const latest = async (view: string, name: string) =>
  (await npmDocumentOf(index, view, name))['dist-tags'].latest

describe('a hosted npm package', () => {
  it('shows its first release to everybody at once', async () => {
    await publishNpm(index, 'first', '1.0.0')
    expect(await latest('', 'first')).toBe('1.0.0')
    expect(await latest('/channel/stable', 'first')).toBe('1.0.0')
    expect((await index.ask('GET', '/api/v1/rollouts/npm:first@1.0.0')).json).toMatchObject({
      phase: 'completed',
      percent: 100,
    })
  })

  it('hides the second release from its first byte, and leaves exact pins alone', async () => {
    await withCandidate(index, 'second')
    const document = await npmDocumentOf(index, '/as/alice', 'second')
    expect(document['dist-tags'].latest).toBe('1.0.0')
    expect(document.versions['1.1.0']?.deprecated).toBe(
      `Staged rollout by Slipway, not a defect; status and how to choose: ${index.url}/rollouts/npm:second@1.1.0`,
    )
    expect(document.versions['1.0.0']?.deprecated).toBeUndefined()
    const tarball = await fetch(document.versions['1.1.0']?.dist.tarball ?? '')
    expect(tarball.status).toBe(200)
    expect((await index.ask('GET', '/as/alice/npm/second/1.1.0', undefined, null)).json).toMatchObject({
      version: '1.1.0',
    })
    expect((await index.ask('GET', '/npm/second/latest', undefined, null)).json).toMatchObject({
      version: '1.0.0',
    })
  })

  it('shows it in the views that ask for it', async () => {
    await withCandidate(index, 'views')
    const { id } = index.engine.find('npm:views@1.1.0') ?? { id: '' }
    expect(await latest('/channel/candidate', 'views')).toBe('1.1.0')
    expect(await latest(`/arm/${id}/candidate`, 'views')).toBe('1.1.0')
    expect(await latest(`/arm/${id}/baseline`, 'views')).toBe('1.0.0')
    expect(await latest('/channel/stable', 'views')).toBe('1.0.0')
  })

  it('puts the nonce of an arm into tarball addresses, and nothing of any other view', async () => {
    await withCandidate(index, 'nonces')
    const { id } = index.engine.find('npm:nonces@1.1.0') ?? { id: '' }
    const tarballOf = async (view: string) =>
      (await npmDocumentOf(index, view, 'nonces')).versions['1.1.0']?.dist.tarball ?? ''
    const plain = `${index.url}/npm/nonces/-/nonces-1.1.0.tgz`
    expect(await tarballOf('/as/alice')).toBe(plain)
    expect(await tarballOf(`/arm/${id}/candidate`)).toBe(plain)
    const underNonce = await tarballOf(`/arm/${id}/candidate/n0nce`)
    expect(underNonce).toBe(`${index.url}/arm/${id}/candidate/n0nce/npm/nonces/-/nonces-1.1.0.tgz`)
    expect((await fetch(underNonce)).status).toBe(200)
    expect((await fetch(`${index.url}/as/alice/npm/nonces/-/nonces-1.1.0.tgz`)).status).toBe(200)
  })

  it('gives who is about to write the document as it is stored, and the tokens of publishers change nothing', async () => {
    await withCandidate(index, 'source')
    expect((await index.ask('GET', '/npm/source')).json).toMatchObject({ 'dist-tags': { latest: '1.0.0' } })
    for (const prefix of ['', '/as/alice', '/channel/stable']) {
      const written = await index.ask('GET', `${prefix}/npm/source?write=true`, undefined, null)
      expect(written.json).toMatchObject({ 'dist-tags': { latest: '1.1.0' } })
      expect(written.text).not.toContain('Staged rollout')
    }
  })

  it('answers 304 for the same bytes and never from a date alone', async () => {
    await withCandidate(index, 'etags')
    const first = await fetch(`${index.url}/as/alice/npm/etags`)
    const etag = first.headers.get('etag') ?? ''
    expect(first.headers.get('cache-control')).toBe('private, max-age=0, must-revalidate')
    const ask = (headers: Record<string, string>) => fetch(`${index.url}/as/alice/npm/etags`, { headers })
    expect((await ask({ 'if-none-match': etag })).status).toBe(304)
    expect((await ask({ 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' })).status).toBe(200)
    await index.ask('POST', '/api/v1/rollouts/npm:etags@1.1.0/advance', {
      to: 100,
      as: 'mona',
      reason: 'test',
    })
    const after = await ask({ 'if-none-match': etag })
    expect(after.status).toBe(200)
    expect(await after.json()).toMatchObject({ 'dist-tags': { latest: '1.1.0' } })
  })

  it('answers a scoped name in every spelling', async () => {
    await publishNpm(index, '@acme/tool', '1.0.0')
    for (const path of ['@acme/tool', '@acme%2ftool', '%40acme%2Ftool']) {
      const answer = await index.ask('GET', `/npm/${path}`, undefined, null)
      expect(answer.json).toMatchObject({ name: '@acme/tool', 'dist-tags': { latest: '1.0.0' } })
    }
    const tarball = await fetch(`${index.url}/npm/@acme/tool/-/tool-1.0.0.tgz`)
    expect(tarball.status).toBe(200)
  })

  it('stages a final under another tag alike, and points that tag at it at once', async () => {
    await publishNpm(index, 'tagged', '1.0.0')
    await publishNpm(index, 'tagged', '1.1.0', { tag: 'beta' })
    const document = await npmDocumentOf(index, '', 'tagged')
    expect(document['dist-tags']).toEqual({ latest: '1.0.0', beta: '1.1.0', v1: '1.0.0', 'v1.0': '1.0.0' })
    expect(document.versions['1.1.0']?.deprecated).toContain('Staged rollout')
  })
})

describe('deprecation', () => {
  it('keeps a maintainer’s words and never stores ours', async () => {
    await withCandidate(index, 'old')
    const source = await index.ask('GET', '/npm/old?write=true')
    const versions = source.json.versions as Record<string, Record<string, unknown>>
    const changed = { ...versions, '1.0.0': { ...versions['1.0.0'], deprecated: 'use 2' } }
    expect((await index.ask('PUT', '/npm/old', { ...source.json, versions: changed })).status).toBe(200)
    const shown = async (view: string) => (await npmDocumentOf(index, view, 'old')).versions['1.0.0']
    // Two deprecated versions beside each other, and npm would take the hidden one.
    expect((await shown('/as/alice'))?.deprecated).toBeUndefined()
    expect((await shown('/channel/candidate'))?.deprecated).toBe('use 2')
    const record = await index.stores.packages.get('npm:old')
    expect(record?.versions['1.0.0']?.withdrawn).toBe('use 2')
    expect(record?.versions['1.1.0']?.withdrawn).toBeNull()
    const back = { ...versions, '1.0.0': { ...versions['1.0.0'], deprecated: '' } }
    await index.ask('PUT', '/npm/old', { ...source.json, versions: back })
    expect((await npmDocumentOf(index, '', 'old')).versions['1.0.0']?.deprecated).toBeUndefined()
  })

  it('keeps our words out of the store when the document came through a view', async () => {
    await withCandidate(index, 'viewed')
    const seen = await index.ask('GET', '/channel/stable/npm/viewed')
    const versions = seen.json.versions as Record<string, Record<string, unknown>>
    expect(versions['1.1.0']?.deprecated).toContain('Staged rollout by Slipway')
    const changed = { ...versions, '1.0.0': { ...versions['1.0.0'], deprecated: 'use 2' } }
    const put = await index.ask('PUT', '/channel/stable/npm/viewed', { ...seen.json, versions: changed })
    expect(put.status).toBe(200)
    const record = await index.stores.packages.get('npm:viewed')
    expect(record?.versions['1.0.0']?.withdrawn).toBe('use 2')
    expect(record?.versions['1.1.0']?.withdrawn).toBeNull()
  })
})

describe('the stored document', () => {
  it('is shown to nobody for a token: a publish token in somebody’s settings is sent with reads, too', async () => {
    await withCandidate(index, 'whose')
    const seenWith = async (token: string, path: string) => {
      const { json } = await index.ask('GET', path, undefined, token)
      return (json['dist-tags'] as { latest?: string } | undefined)?.latest ?? json.latest ?? json.version
    }
    const own = await index.token(['publish'], ['npm:whose'])
    const other = await index.token(['publish'], ['npm:other'])
    const reader = await index.token(['read'], ['*'])
    const paths = ['/npm/whose', '/npm/whose/latest', '/npm/-/package/whose/dist-tags']
    for (const path of paths) {
      const seen = await Promise.all([own, other, reader].map((token) => seenWith(token, path)))
      expect([path, ...seen]).toEqual([path, '1.0.0', '1.0.0', '1.0.0'])
    }
  })
})

describe('dist-tags', () => {
  it('are set, listed and removed', async () => {
    await withCandidate(index, 'tags')
    const at = '/npm/-/package/tags/dist-tags'
    expect((await index.ask('PUT', `${at}/next`, '"1.1.0"')).status).toBe(201)
    const floating = { v1: '1.0.0', 'v1.0': '1.0.0' }
    const tags = async () => (await index.ask('GET', at, undefined, null)).json
    expect(await tags()).toEqual({ latest: '1.0.0', next: '1.1.0', ...floating })
    expect((await index.ask('DELETE', `${at}/next`)).status).toBe(200)
    expect(await tags()).toEqual({ latest: '1.0.0', ...floating })
  })

  it.each([
    ...['^1.0.0', '1.x', 'x', '*', '>=1', '1.0.0 - 2', ' '].map((tag) => [tag, 400] as const),
    ...['1.0.0', 'v1.0.0', '>=02', '^1.0.0beta', '01.2.3'].map((tag) => [tag, 400] as const),
    ...['v17-lts', 'v1-latest', '2x', '1-lts', 'next'].map((tag) => [tag, 201] as const),
  ])('named %j is answered with %i: what reads as a version or a range is none', async (tag, status) => {
    await publishNpm(index, 'tagged', '1.0.0')
    const path = `/npm/-/package/tagged/dist-tags/${encodeURIComponent(tag)}`
    expect((await index.ask('PUT', path, '"1.0.0"')).status).toBe(status)
  })

  it('of partial versions are nobody’s to set, and answer as versions', async () => {
    await withCandidate(index, 'floats')
    const set = await index.ask('PUT', '/npm/-/package/floats/dist-tags/v1', '"1.1.0"')
    expect(set).toMatchObject({
      status: 400,
      json: { detail: 'v1 cannot be set by hand: v1 is kept at the newest full release that begins with 1.' },
    })
    const document = await npmDocument('floats', '1.2.0', 'v1.2')
    expect((await index.ask('PUT', '/npm/floats', document)).json.detail).toContain(
      'v1.2 cannot be set by hand',
    )
    expect((await index.ask('GET', '/npm/floats/v1', undefined, null)).json.version).toBe('1.0.0')
    expect((await index.ask('GET', '/channel/candidate/npm/floats/v1.1', undefined, null)).status).toBe(404)
  })

  it('leave latest to the rollout while there is one', async () => {
    await withCandidate(index, 'busy')
    const at = '/npm/-/package/busy/dist-tags/latest'
    const same = await index.ask('PUT', at, '"1.1.0"')
    expect(same.status).toBe(200)
    expect(same.json.notice).toMatch(/^1\.1\.0 is rolling out \(ro-.*\), at 0 % now: latest moves with it\.$/)
    expect(same.headers.get('npm-notice')).toBe(same.json.notice)
    const other = await index.ask('PUT', at, '"1.0.0"')
    expect(other).toMatchObject({ status: 409, json: { expected: 'rollback' } })
    expect(other.json.detail).toContain('while npm:busy@1.1.0 is rolling out')
    expect(await latest('', 'busy')).toBe('1.0.0')
  })

  it('begin the ladder of a release that was published under another tag', async () => {
    await publishNpm(index, 'later', '1.0.0')
    await index.ask('PUT', '/npm/later', await npmDocument('later', '1.1.0', 'next'))
    const where = async () => (await index.ask('GET', '/api/v1/rollouts/npm:later@1.1.0')).json
    await index.wait(20 * 60_000)
    expect(await where()).toMatchObject({ phase: 'staged', percent: 0 })
    expect((await where()).explanation).toMatchObject({
      sentence: expect.stringContaining('it begins to climb when latest is set to it'),
    })
    expect((await index.ask('GET', '/npm/later/next', undefined, null)).json.version).toBe('1.1.0')
    const set = await index.ask('PUT', '/npm/-/package/later/dist-tags/latest', '"1.1.0"')
    expect(set.status).toBe(201)
    expect(await where()).toMatchObject({ phase: 'rolling', percent: 5 })
    expect(await latest('/channel/stable', 'later')).toBe('1.0.0')
  })

  it('let a backport climb at once, under the tag that npm asks for', async () => {
    await publishNpm(index, 'back', '1.0.0')
    await publishNpm(index, 'back', '2.0.0')
    await index.ask('PUT', '/npm/back', await npmDocument('back', '1.0.1', 'v1-lts'))
    await index.wait(20 * 60_000)
    const backport = (await index.ask('GET', '/api/v1/rollouts/npm:back@1.0.1')).json
    expect(backport).toMatchObject({ phase: 'rolling', percent: 5 })
    expect((await index.ask('GET', '/api/v1/rollouts/npm:back@2.0.0')).json).toMatchObject({ percent: 5 })
    expect(await latest('/channel/stable', 'back')).toBe('1.0.0')
    const down = await index.ask('PUT', '/npm/-/package/back/dist-tags/latest', '"1.0.1"')
    expect(down).toMatchObject({ status: 409, json: { expected: 'rollback' } })
  })

  it('refuse latest for what was taken back and for pre-releases', async () => {
    await withCandidate(index, 'fallen')
    await index.ask('POST', '/api/v1/rollouts/npm:fallen@1.1.0/rollback', { reason: 'broken', as: 'ada' })
    const at = '/npm/-/package/fallen/dist-tags/latest'
    const gone = await index.ask('PUT', at, '"1.1.0"')
    expect(gone).toMatchObject({ status: 409, json: { expected: 'a full release, or restart first' } })
    expect((await index.ask('PUT', at, '"1.0.0"')).status).toBe(201)
    await index.ask('PUT', '/npm/fallen', await npmDocument('fallen', '2.0.0-rc.1', 'next'))
    expect((await index.ask('PUT', at, '"2.0.0-rc.1"')).status).toBe(400)
  })

  it.each([
    ['PUT', 'next', '"9.9.9"', 404, 'version'],
    ['PUT', '1.0.0', '"1.0.0"', 400, 'tag'],
    ['DELETE', 'latest', undefined, 400, 'tag'],
    ['PUT', 'next', '{"a":1}', 400, 'body'],
  ])('%s %s %s is refused', async (method, tag, body, status, field) => {
    await publishNpm(index, 'wrongtags', '1.0.0')
    const answer = await index.ask(method, `/npm/-/package/wrongtags/dist-tags/${tag}`, body)
    expect(answer).toMatchObject({ status, json: { field } })
  })
})

describe('what npm publish is refused for', () => {
  it.each(['Capital', "old!'()*"])('a new package called %s', async (name) => {
    const answer = await publishNpm(index, name, '1.0.0')
    expect(answer).toMatchObject({ status: 400, json: { field: 'name' } })
    expect(answer.json.error).toContain('lower-case letters')
    expect(await index.stores.packages.get(`npm:${name}`)).toBeNull()
  })

  it('publishing the same bytes again: nothing, because the first answer may have been lost', async () => {
    const document = await npmDocument('twice', '1.0.0', 'next')
    expect((await index.ask('PUT', '/npm/twice', document)).status).toBe(201)
    const before = await index.stores.packages.get('npm:twice')
    const again = await index.ask('PUT', '/npm/twice', document)
    expect(again).toMatchObject({ status: 200, json: { ok: true, id: 'twice' } })
    const elsewhere = { ...document, 'dist-tags': { beta: '1.0.0' } }
    expect((await index.ask('PUT', '/npm/twice', elsewhere)).status).toBe(403)
    expect(await index.stores.packages.get('npm:twice')).toEqual(before)
  })

  it('publishing over a version, with the answer npm knows', async () => {
    await publishNpm(index, 'over', '1.0.0')
    const other = await npmDocument('over', '1.0.0', 'latest', { description: 'other bytes' })
    const again = await index.ask('PUT', '/npm/over', other)
    expect(again.status).toBe(403)
    expect(again.json.error).toContain('You cannot publish over the previously published version')
  })

  type Document = Awaited<ReturnType<typeof npmDocument>>
  const versionOf = (document: Document) => document.versions['1.0.0'] ?? {}
  const withDist = (document: Document, dist: object) => Object.assign(versionOf(document), { dist })
  const attachmentOf = (document: Document) => document._attachments['bad-1.0.0.tgz'] ?? {}

  it.each<[string, string, (document: Document) => unknown]>([
    ['another name', 'name', (it) => Object.assign(it, { name: 'other' })],
    ['another name inside', 'versions["1.0.0"].name', (it) => Object.assign(versionOf(it), { name: 'x' })],
    [
      'another version',
      'versions["1.0.0"].version',
      (it) => Object.assign(versionOf(it), { version: '2.0.0' }),
    ],
    ['a version that is none', 'versions', (it) => Object.assign(it, { versions: { one: versionOf(it) } })],
    ['two versions', 'versions', (it) => Object.assign(it.versions, { '1.0.1': versionOf(it) })],
    ['a wrong integrity', 'dist.integrity', (it) => withDist(it, { integrity: 'sha512-AAAA' })],
    ['a wrong shasum', 'dist.shasum', (it) => withDist(it, { shasum: 'f'.repeat(40) })],
    ['no digest at all', 'dist.integrity', (it) => withDist(it, {})],
    [
      'a tag that reads as a version',
      'dist-tags',
      (it) => Object.assign(it, { 'dist-tags': { '2.0.0': '1' } }),
    ],
    ['a tag that reads as a range', 'dist-tags', (it) => Object.assign(it, { 'dist-tags': { '1.x': '1' } })],
    ['no tarball', '_attachments', (it) => Object.assign(it, { _attachments: {} })],
    [
      'a truncated tarball',
      '_attachments["bad-1.0.0.tgz"].data',
      (it) => Object.assign(attachmentOf(it), { length: 9 }),
    ],
    [
      'a file name with a folder',
      '_attachments',
      (it) => Object.assign(it, { _attachments: { '../x.tgz': attachmentOf(it) } }),
    ],
  ])('%s', async (_, field, spoil) => {
    const document = await npmDocument('bad', '1.0.0')
    spoil(document)
    const answer = await index.ask('PUT', '/npm/bad', document)
    expect(answer).toMatchObject({ status: 400, json: { field } })
    expect(String(answer.json.detail)).toContain('expected')
    expect(await index.stores.packages.get('npm:bad')).toBeNull()
    expect(index.engine.rolloutsOf('npm:bad')).toEqual([])
  })

  it('a body that is no JSON', async () => {
    expect((await index.ask('PUT', '/npm/bad', '{')).status).toBe(400)
  })

  it('no token, an unknown one, one without scope, one for another package', async () => {
    const reader = await index.token(['read'], ['*'])
    const other = await index.token(['publish'], ['npm:@acme/*', 'pypi:demo-*'])
    const publish = (token: string | null) => publishNpm(index, 'guarded', '1.0.0', { token })
    expect((await publish(null)).status).toBe(401)
    expect((await publish('wrong')).status).toBe(401)
    expect(await publish(reader)).toMatchObject({
      status: 403,
      json: { field: 'scope', expected: 'publish' },
    })
    const refused = await publish(other)
    expect(refused.status).toBe(403)
    expect(refused.json.detail).toMatch(/is not for npm:guarded; it is for: npm:@acme\/\*, pypi:demo-\*\.$/)
    expect(await index.stores.packages.get('npm:guarded')).toBeNull()
  })

  it('a bad token in words, however large the body', async () => {
    const body = JSON.stringify({ padding: 'x'.repeat(20_000_000) })
    const answer = await index.ask('PUT', '/npm/large', body, 'wrong')
    expect(answer).toMatchObject({
      status: 401,
      json: { detail: expect.stringContaining('This token is not known here') },
    })
  })

  it('unpublishing all that is released, which would leave nothing to install', async () => {
    await publishNpm(index, 'keep', '1.0.0')
    const answer = await index.ask('DELETE', '/npm/keep/-rev/1-0')
    expect(answer.status).toBe(403)
    expect(answer.json.detail).toContain('Instead deprecate it')
  })
})

describe('small npm routes', () => {
  it('ping and whoami', async () => {
    expect((await index.ask('GET', '/npm/-/ping', undefined, null)).status).toBe(200)
    expect((await index.ask('GET', '/npm/-/whoami')).json).toEqual({ username: 'operator' })
    expect((await index.ask('GET', '/npm/-/whoami', undefined, null)).status).toBe(401)
  })

  it('HEAD has the headers and no body', async () => {
    await publishNpm(index, 'head', '1.0.0')
    const document = await fetch(`${index.url}/npm/head`, { method: 'HEAD' })
    expect(Number(document.headers.get('content-length'))).toBeGreaterThan(100)
    const tarball = await fetch(`${index.url}/npm/head/-/head-1.0.0.tgz`, { method: 'HEAD' })
    expect(tarball.status).toBe(200)
    expect(await tarball.text()).toBe('')
  })
})
