/** What a page of another site can make a browser send, with the credentials that the browser has stored. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { postForm, uploadForm } from '../pypi-form.ts'
import { adminToken, publishNpm, startIndex, type TestIndex, withCandidate } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
  await withCandidate(index, 'lib')
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

const basic = `Basic ${Buffer.from(`__token__:${adminToken}`).toString('base64')}`
const send = (path: string, headers: Record<string, string>, body: string, method = 'POST') =>
  fetch(`${index.url}${path}`, { method, headers: { authorization: basic, ...headers }, body })
const raise = JSON.stringify({ to: 100, reason: 'x', as: 'mona' })
const advance = '/api/v1/rollouts/npm:lib@1.1.0/advance'
const percent = async () =>
  (await index.ask('GET', '/api/v1/rollouts/npm:lib@1.1.0', undefined, null)).json.percent

it.each<[string, Record<string, string>]>([
  ['a form of text', { 'content-type': 'text/plain' }],
  ['a form of text with a charset', { 'content-type': 'text/plain;charset=UTF-8' }],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['a form of files', { 'content-type': 'multipart/form-data; boundary=x' }],
  ['JSON from another origin', { 'content-type': 'application/json', origin: 'https://evil.example' }],
  ['JSON from no origin', { 'content-type': 'application/json', origin: 'null' }],
  ['JSON across sites', { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' }],
  ['JSON from a neighbour', { 'content-type': 'application/json', 'sec-fetch-site': 'same-site' }],
])('%s changes nothing', async (_, headers) => {
  expect((await send(advance, headers, raise)).status).toBe(403)
  expect(await percent()).toBe(0)
  const token = await send(
    '/api/v1/tokens',
    headers,
    JSON.stringify({ scopes: ['operate'], packages: ['*'] }),
  )
  expect(token.status).toBe(403)
  const tag = await send('/npm/-/package/lib/dist-tags/evil', headers, '"1.1.0"', 'PUT')
  expect(tag.status).toBe(403)
})

it('uploads from another site are refused, those of twine are not', async () => {
  const form = await uploadForm('tool', '1.0.0')
  const foreign = await send('/pypi/legacy/', { origin: 'https://evil.example' }, 'x')
  expect(foreign.status).toBe(403)
  expect((await postForm(index, form)).status).toBe(200)
})

it('the server’s own pages and programs are heard', async () => {
  await publishNpm(index, 'own', '1.0.0')
  const origin = new URL(index.url).origin
  for (const headers of [{ origin, 'sec-fetch-site': 'same-origin' }, {}]) {
    const tag = await send(
      '/npm/-/package/own/dist-tags/next',
      { 'content-type': 'application/json', ...headers },
      '"1.0.0"',
      'PUT',
    )
    expect(tag.status).toBe(201)
  }
})

it('files are asked for again each time, so that a block reaches every cache', async () => {
  await publishNpm(index, 'blocked', '1.0.0')
  const path = `${index.url}/npm/blocked/-/blocked-1.0.0.tgz`
  const first = await fetch(path)
  expect(first.headers.get('cache-control')).toBe('public, max-age=0, must-revalidate')
  const etag = first.headers.get('etag') ?? ''
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*'])
    expect((await fetch(path, { headers: { 'if-none-match': known } })).status).toBe(304)
  await index.ask('POST', '/api/v1/packages/npm/blocked/block', { version: '1.0.0', reason: 'malware' })
  expect((await fetch(path, { headers: { 'if-none-match': etag } })).status).toBe(403)
})
