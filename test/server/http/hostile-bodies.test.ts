/** Bodies that are too deep, no UTF-8 or full of traps: refused by name, and nothing is kept of them. */
import { zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultHttpSettings } from '../../../src/server/http/http-settings.ts'
import { formData, postForm, uploadForm } from '../pypi-form.ts'
import {
  type Answer,
  adminToken,
  answerOf,
  npmDocument,
  publishNpm,
  startIndex,
  type TestIndex,
} from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  const limits = {
    ...defaultHttpSettings.limits,
    uploadBytes: 1_000_000,
    requestBytes: 100_000,
    distTags: 50,
  }
  index = await startIndex({ limits })
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

const stored = async () => [
  ...(await index.stores.packages.list('npm')),
  ...(await index.stores.packages.list('pypi')),
  (await index.stores.events.readAll(0, 1_000_000)).length,
]

/** Asks; the answer must have the status, and nothing may have changed. */
async function refuses(ask: () => Promise<Answer>, status: number): Promise<Answer> {
  const before = await stored()
  const answer = await ask()
  expect({ status: answer.status, type: answer.headers.get('content-type') }).toEqual({
    status,
    type: 'application/problem+json',
  })
  expect(await stored()).toEqual(before)
  return answer
}

const put = (path: string, body: string | Uint8Array) => async () =>
  answerOf(
    await fetch(`${index.url}${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${adminToken}` },
      body: typeof body === 'string' ? body : Uint8Array.from(body),
    }),
  )

describe('bytes that are no UTF-8', () => {
  it.each([
    ['a stray byte', Buffer.from([0xff])],
    ['a surrogate', Buffer.from([0xed, 0xa0, 0x80])],
    ['an overlong slash', Buffer.from([0xc0, 0xaf])],
    ['a character cut short', Buffer.from([0xe2, 0x82])],
  ])('%s in a published document', async (_, bytes) => {
    const [before = '', after = ''] = JSON.stringify({
      ...(await npmDocument('text', '1.0.0')),
      readme: '%%',
    }).split('%%')
    const body = Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)])
    const answer = await refuses(put('/npm/text', body), 400)
    expect(answer.json).toMatchObject({
      field: 'body',
      value: 'bytes that are no UTF-8',
      expected: 'JSON in UTF-8',
    })
  })

  it.each(['summary', 'version', 'keywords'])('in the field %s of an upload', async (field) => {
    const whole = new Response(
      formData(await uploadForm('text', '1.0.0', { fields: { [field]: '1.0.0 %%' } })),
    )
    const type = whole.headers.get('content-type') ?? ''
    const body = Buffer.from(await whole.arrayBuffer())
    body.fill(0xff, body.indexOf('%%'), body.indexOf('%%') + 2)
    const answer = await refuses(() => upload(type, body), 400)
    expect(answer.json).toMatchObject({ field, value: 'bytes that are no UTF-8', expected: 'text in UTF-8' })
    // twine prints the status line.
    expect(answer.statusText).toContain(`${field}: got bytes that are no UTF-8`)
  })

  it('in the file name of an upload', async () => {
    const whole = new Response(
      formData(await uploadForm('text', '1.0.0', { fileName: 'text-1.0.0%%-py3-none-any.whl' })),
    )
    const body = Buffer.from(await whole.arrayBuffer())
    body.fill(0xff, body.indexOf('%%'), body.indexOf('%%') + 2)
    const answer = await refuses(() => upload(whole.headers.get('content-type') ?? '', body), 400)
    expect(answer.json.field).toBe('content')
  })

  it("in a wheel's own metadata", async () => {
    const text = 'Metadata-Version: 2.1\nName: text\nVersion: 1.0.0\nSummary: caf\u00e9\n'
    const bytes = Buffer.from(zipSync({ 'text-1.0.0.dist-info/METADATA': Buffer.from(text, 'latin1') }))
    const form = await uploadForm('text', '1.0.0', { bytes })
    const answer = await refuses(() => postForm(index, form), 400)
    expect(answer.json).toMatchObject({ field: 'content', expected: 'METADATA in UTF-8' })
  })

  it('are no reason to refuse text that only looks strange', async () => {
    const document = {
      ...(await npmDocument('strange', '1.0.0')),
      readme: 'na\u00efve \ufffd \u{1f600} \u202e',
    }
    expect((await put('/npm/strange', JSON.stringify(document))()).status).toBe(201)
    const kept = await index.stores.packages.get('npm:strange')
    expect(kept?.versions['1.0.0']?.manifest.readme).toBe(document.readme)
  })
})

describe('a very deep document', () => {
  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

  it.each([
    ['a manifest', 100_000],
    ['a manifest', 101],
  ])('in %s, %i levels', async (_, levels) => {
    const text = JSON.stringify({ ...(await npmDocument('deep', '1.0.0')), config: '%%' })
    const answer = await refuses(put('/npm/deep', text.replace('"%%"', deep(levels))), 400)
    expect(answer.json).toMatchObject({ field: 'body', expected: 'at most 100 levels of lists and mappings' })
  })

  it.each(['{"a":', '['])('of 20,000 times %s in a start', async (open) => {
    const body = open === '[' ? '['.repeat(20_000) + ']'.repeat(20_000) : deep(16_000)
    const answer = await refuses(() => index.ask('POST', '/api/v1/rollouts', body), 400)
    expect(answer.json.field).toBe('body')
  })

  it('of 20 levels is taken', async () => {
    const text = JSON.stringify({ ...(await npmDocument('shallow', '1.0.0')), config: '%%' })
    expect((await put('/npm/shallow', text.replace('"%%"', deep(20)))()).status).toBe(201)
    expect((await fetch(`${index.url}/npm/shallow`)).status).toBe(200)
  })

  it('with 30,000 mistakes names some of them', async () => {
    const body = { releases: Array.from({ length: 30_000 }, () => 1) }
    const answer = await refuses(() => index.ask('POST', '/api/v1/rollouts', body), 422)
    expect(answer.text.length).toBeLessThan(10_000)
  })
})

describe('a document with __proto__', () => {
  const trap =
    '"__proto__":{"polluted":"yes","latest":"9.9.9"},"constructor":{"prototype":{"polluted":"yes"}}'

  it.each([
    ['at the top', (text: string) => text.replace('{', `{${trap},`)],
    [
      'in versions',
      (text: string) => text.replace('"versions":{', `"versions":{"__proto__":{"polluted":"yes"},`),
    ],
    ['in the manifest', (text: string) => text.replace('"dist":{', `${trap},"dist":{`)],
    ['in dist', (text: string) => text.replace('"dist":{', `"dist":{${trap},`)],
    ['in dependencies', (text: string) => text.replace('"dist":{', `"dependencies":{${trap}},"dist":{`)],
    ['in dist-tags', (text: string) => text.replace('"dist-tags":{', '"dist-tags":{"__proto__":"1.0.0",')],
    ['in attachments', (text: string) => text.replace('"_attachments":{', `"_attachments":{${trap},`)],
  ])('%s changes nothing but itself', async (where, spoil) => {
    const name = where.replaceAll(' ', '-')
    const answer = await put(`/npm/${name}`, spoil(JSON.stringify(await npmDocument(name, '1.0.0'))))()
    expect([201, 400]).toContain(answer.status)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    if (answer.status === 400) expect(await index.stores.packages.get(`npm:${name}`)).toBeNull()
    else {
      const served = (await (await fetch(`${index.url}/npm/${name}`)).json()) as Record<string, object>
      expect(Object.keys(served.versions ?? {})).toEqual(['1.0.0'])
      expect(served['dist-tags']).toMatchObject({ latest: '1.0.0' })
      expect(Object.hasOwn(served['dist-tags'] ?? {}, '__proto__')).toBe(false)
    }
  })

  it.each(['__proto__', 'constructor', 'toString'])('the field %s in an upload', async (field) => {
    const name = `field-${field.replaceAll('_', '')}`.toLowerCase()
    await postForm(index, await uploadForm(name, '1.0.0', { fields: { [field]: 'yes' } }))
    expect(Reflect.get({}, 'yes')).toBeUndefined()
    await index.ask('POST', '/api/v1/rollouts', { releases: [`pypi:${name}@1.0.0`] })
    expect((await fetch(`${index.url}/pypi/pypi/${name}/json`)).status).toBe(200)
  })

  it('in a start', async () => {
    const body =
      '{"releases":["npm:at-the-top@1.0.0"],"__proto__":{"as":"mona"},"policy":{"__proto__":{"profile":"rapid"}}}'
    const answer = await index.ask('POST', '/api/v1/rollouts', body)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
  })
})

describe('10,000 dist-tags', () => {
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`tag-${at}`, '1.0.0']))

  it('in one publish', async () => {
    const document = { ...(await npmDocument('tags', '1.0.0')), 'dist-tags': many(10_000) }
    const answer = await refuses(put('/npm/tags', JSON.stringify(document)), 400)
    expect(answer.json).toMatchObject({
      field: 'dist-tags',
      value: '10000 dist-tags',
      expected: 'at most 50 dist-tags of one package',
    })
  })

  it('one by one: those that are there may still move', async () => {
    await publishNpm(index, 'crowded', '1.0.0')
    const tag = (name: string) => index.ask('PUT', `/npm/-/package/crowded/dist-tags/${name}`, '"1.0.0"')
    for (const name of Object.keys(many(49))) expect((await tag(name)).status).toBe(201)
    await refuses(() => tag('one-more'), 400)
    expect((await tag('tag-7')).status).toBe(201)
    expect((await index.ask('DELETE', '/npm/-/package/crowded/dist-tags/tag-7')).status).toBe(200)
    expect((await tag('one-more')).status).toBe(201)
  })

  it('and a name of 300 characters', async () => {
    const document = await npmDocument('long', '1.0.0', 't'.repeat(300))
    const answer = await refuses(put('/npm/long', JSON.stringify(document)), 400)
    expect(answer.json.expected).toBe('a name of at most 214 characters that is no version or range')
  })
})

async function upload(type: string, body: Uint8Array): Promise<Answer> {
  const headers = { 'content-type': type, authorization: `Bearer ${adminToken}` }
  return answerOf(
    await fetch(`${index.url}/pypi/legacy/`, { method: 'POST', headers, body: Uint8Array.from(body) }),
  )
}
