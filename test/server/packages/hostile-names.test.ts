/** Names, file names and keys that try to be something else: refused, and what they aim at stays as it is. */
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { normalizeName } from '../../../src/versions/normalize-name.ts'
import { postForm, publishWheel, uploadForm } from '../pypi-form.ts'
import { npmDocument, startIndex, type TestIndex, withCandidate } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
  await withCandidate(index, 'demo')
  await publishWheel(index, 'demo-lib', '1.0.0')
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

const known = async () => [
  ...(await index.stores.packages.list('npm')),
  ...(await index.stores.packages.list('pypi')),
]

interface Reply {
  readonly status: number
  readonly text: string
}

/** Sends a request target as it is; fetch would tidy it up. */
function get(target: string, headers: Record<string, string> = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(index.url)
    const sent = request({ hostname, port, path: target, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      )
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('a package name', () => {
  it.each([
    ...['..', '.', '../etc', '..%2fetc', 'a/b', 'a\\b', '/abs', 'C:evil', 'a\0b', 'a b', 'a\nb', ''],
    ...['.hidden', '_private', 'UPPER', 'node_modules', 'favicon.ico', '@scope', '@/x', '@a/b/c', '@../x'],
    ...['d\u0435mo', '\uff44emo', 'demo\u200b', '\u202eomed', 'caf\u00e9', 'a'.repeat(215)],
  ])('%j is none on npm', async (name) => {
    const before = await known()
    const document = { ...(await npmDocument('x', '1.0.0')), name }
    const answer = await index.ask('PUT', `/npm/${encodeURIComponent(name)}`, document)
    expect([400, 404, 405]).toContain(answer.status)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await known()).toEqual(before)
  })

  it.each([
    ...['..', '.', '../etc', 'a/b', 'a\\b', '/abs', 'a\0b', 'a b', '', '-a', 'a-', '_a', 'a.', '%2e%2e'],
    ...['d\u0435mo', '\uff44emo', 'demo\u200b', '\u212aelvin', 'dem\u0131', 'a'.repeat(215)],
  ])('%j is none on PyPI', async (name) => {
    const before = await known()
    const answer = await postForm(index, await uploadForm('x', '1.0.0', { fields: { name } }))
    expect(answer.status).toBe(400)
    expect(answer.json.field).toBe('name')
    expect(await known()).toEqual(before)
  })

  it.each(['Demo.Lib', 'demo__lib', 'DEMO-_.LIB'])(
    '%s is demo-lib on PyPI: its token, its page, and no package beside it',
    async (name) => {
      const before = await known()
      const stranger = await index.token(['publish'], ['pypi:other', `pypi:${name}x`])
      const form = await uploadForm('demo_lib', '1.0.1', { fields: { name } })
      const refused = await postForm(index, form, stranger)
      expect({ status: refused.status, value: refused.json.value }).toEqual({
        status: 403,
        value: 'pypi:demo-lib',
      })
      expect(await known()).toEqual(before)
      const redirect = await fetch(`${index.url}/pypi/simple/${name}/`, { redirect: 'manual' })
      expect({ status: redirect.status, to: redirect.headers.get('location') }).toEqual({
        status: 302,
        to: '../demo-lib/',
      })
    },
  )

  it.each(['Demo', 'DEMO', '%44emo', 'demo%20', 'demo%00', 'demo%e2%80%8b'])(
    '%s does not reach demo on npm',
    async (name) => {
      expect((await get(`/npm/${name}`)).status).toBe(404)
      expect((await get(`/npm/${name}/-/demo-1.0.0.tgz`)).status).toBe(404)
    },
  )

  it('has one normal form, in ASCII and without any part of a path', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('npm', 'pypi'),
        fc.string({ unit: 'binary', maxLength: 20 }),
        (ecosystem, name) => {
          const normal = normalizeName(ecosystem, name)
          if (!normal.ok) return
          expect(normal.value).toMatch(/^(?:@[\w!~*'()-][\w.!~*'()-]*\/)?[\w!~*'()-][\w.!~*'()-]*$/)
          expect(normalizeName(ecosystem, normal.value)).toEqual(normal)
        },
      ),
      { numRuns: 5000 },
    )
  })
})

describe('a file name', () => {
  it.each([
    ...['../demo_lib-1.1.0-py3-none-any.whl', '/etc/demo_lib-1.1.0.tar.gz', '..\\demo_lib-1.1.0.tar.gz'],
    ...[
      'demo_lib-1.1.0-py3-none-any.whl\0.exe',
      'demo_lib-1.1.0..-py3-none-any.whl',
      '.demo_lib-1.1.0.tar.gz',
    ],
    ...['demo_lib-1.1.0-py3-none-any.whl/../../x.whl', 'demo_lib-1.1.0-py3-none-any.WHL', 'demo_lib.whl', ''],
    // Of another project or version than the form says.
    ...[
      'demo-1.1.0-py3-none-any.whl',
      'demo_lib-1.2.0-py3-none-any.whl',
      'd\u0435mo_lib-1.1.0-py3-none-any.whl',
    ],
    `demo_lib-1.1.0-py3-none-${'a'.repeat(300)}.whl`,
  ])('%j is refused on PyPI', async (fileName) => {
    const before = await index.stores.packages.get('pypi:demo-lib')
    const answer = await postForm(index, await uploadForm('demo-lib', '1.1.0', { fileName }))
    expect({ status: answer.status, field: answer.json.field }).toEqual({ status: 400, field: 'content' })
    expect(await index.stores.packages.get('pypi:demo-lib')).toEqual(before)
  })

  it('of a tarball on npm is made here, whatever the document calls it', async () => {
    const document = await npmDocument('named', '1.0.0')
    const [attachment] = Object.values(document._attachments)
    const manifest = document.versions['1.0.0'] ?? {}
    Object.assign(manifest, { dist: { ...(manifest.dist as object), tarball: 'https://evil.example/x.tgz' } })
    const put = { ...document, _attachments: { '/etc/passwd.tgz': attachment } }
    await index.ask('PUT', '/npm/named', put)
    const record = await index.stores.packages.get('npm:named')
    expect(record?.versions['1.0.0']?.files.map(({ name }) => name)).toEqual(['named-1.0.0.tgz'])
    const served = await get('/npm/named')
    expect(served.text).toContain(`${index.url}/npm/named/-/named-1.0.0.tgz`)
    expect(served.text).not.toContain('evil.example')
  })

  it.each([
    ...[
      '/pypi/files/demo-lib/..%2f..%2fdemo-lib',
      '/pypi/files/..%2f..%2fetc/passwd',
      '/pypi/files/demo-lib/%00',
    ],
    ...[
      '/npm/demo/-/..%2fdemo-1.0.0.tgz',
      '/npm/demo/-/demo-1.0.0.tgz%00',
      '/npm/demo/-/%2e%2e%2f%2e%2e%2fslipway.db',
    ],
    ...['/npm/demo/-/demo-1.0.0.tgz/..', '/npm/../healthz', '/npm//etc/passwd', '/npm/@s%2f..%2f..%2fdemo'],
    ...[
      '/as/a/npm/%2e%2e/%2e%2e/healthz',
      '/channel/stable/../../healthz',
      '/packages/npm/..%2f..',
      '/badge/..%2f..svg',
    ],
    ...['/api/v1/packages/npm/..%2f..%2fdemo', '/api/v1/rollouts/..%2f..', '/rollouts/%2e%2e%2fhealthz'],
  ])('%s leads nowhere', async (target) => {
    const { status, text } = await get(target)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(text).not.toMatch(/root:|\/work\/|node_modules|at .*\.ts:\d+/)
  })
})

describe('a cohort key', () => {
  const document = (target: string, headers: Record<string, string> = {}) => get(target, headers)
  const long = 'k'.repeat(201)

  it.each([
    ...[
      '',
      '%20',
      'a%20b',
      'a%2Fb',
      '%2e%2e%2fx',
      'a%00',
      '%ff',
      '%',
      'a%252Fb',
      'caf%C3%A9',
      '%E2%80%AE',
      'a@b',
      long,
    ],
    ...['__proto__%00', 'a;b', 'a%0d%0aset-cookie:x', '<script>', "'--"],
  ])('%j in the address is refused, and not repeated', async (key) => {
    const target = `/as/${key.replaceAll(' ', '%20')}/npm/demo`
    const { status, text } = await document(target)
    expect([400, 404]).toContain(status)
    expect(text).not.toContain(long)
    expect(text).not.toContain('<script>')
  })

  it.each(['..', '.', '%2e%2e', '%2E.'])('%j in the address is a dot segment and refused', async (key) => {
    expect((await document(`/as/${key}/npm/demo`)).status).toBe(400)
  })

  it.each(['__proto__', 'constructor', 'a..b', '~', '-', 'k'.repeat(200), '%61lice'])(
    '%j is only odd and gets a view',
    async (key) => {
      expect((await document(`/as/${key}/npm/demo`)).status).toBe(200)
    },
  )

  const basic = (user: string | Buffer) => ({
    authorization: `Basic ${Buffer.concat([Buffer.from(user), Buffer.from(':x')]).toString('base64')}`,
  })
  it.each([
    ['as user name, with a slash', basic('a/b')],
    ['as user name, no UTF-8', basic(Buffer.from([0xff, 0xfe]))],
    ['as user name, too long', basic(long)],
    ['as user name, with a line break', basic('a\r\nb')],
    ['in the user agent, with a slash', { 'user-agent': 'npm/11 slipway=../../x' }],
    ['in the user agent, too long', { 'user-agent': `npm/11 slipway=${long}` }],
    ['in the user agent, empty', { 'user-agent': 'npm/11 slipway=' }],
    ['in the user agent, with letters beyond ASCII', { 'user-agent': 'npm/11 slipway=caf\u00e9' }],
  ])('%s, is no key: what is shown is stable', async (_, headers) => {
    const hash = (text: string) => createHash('sha256').update(text).digest('hex')
    const stable = await document('/channel/stable/npm/demo')
    const shown = await document('/npm/demo', headers)
    expect({ status: shown.status, hash: hash(shown.text) }).toEqual({ status: 200, hash: hash(stable.text) })
  })
})
