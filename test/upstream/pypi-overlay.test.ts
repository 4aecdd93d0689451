import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isHere, pipDownload } from '../server/clients.ts'
import { publishWheel } from '../server/pypi-form.ts'
import { startIndex, type TestIndex } from '../server/running-server.ts'
import { type OverlaidIndex, startOverlaid } from './overlaid-index.ts'
import { startTinyUpstream, type TinyUpstream } from './tiny-upstream.ts'

const hasPip = await isHere('python3', ['-m', 'pip', '--version'])

const json = { accept: 'application/vnd.pypi.simple.v1+json' }
const html = { accept: 'text/html' }
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

let upstream: TinyUpstream
let index: OverlaidIndex
beforeAll(async () => {
  upstream = await startTinyUpstream()
  index = await startOverlaid(`upstreams: { pypi: { url: "${upstream.url}/simple", timeout: 2s } }`)
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
  await upstream.close()
})

function page(name: string, change: Readonly<Record<string, unknown>> = {}) {
  const document = {
    meta: { 'api-version': '1.4', '_last-serial': 123 },
    name,
    'project-status': { status: 'active' },
    versions: ['1.0.0', '1.1.0rc1'],
    files: [
      {
        filename: `${name}-1.0.0-py3-none-any.whl`,
        url: `https://files.example.org/${name}-1.0.0-py3-none-any.whl`,
        hashes: { sha256: sha256(name) },
        'requires-python': '>=3.8,<4',
        size: 12,
        'upload-time': '2024-01-01T00:00:00.123456Z',
        yanked: false,
        'core-metadata': { sha256: sha256('metadata') },
        provenance: 'https://example.org/integrity/provenance',
        _own: { a: [1, null, 'é'] },
      },
      {
        filename: `${name}-1.1.0rc1.tar.gz`,
        url: `../../files/${name}-1.1.0rc1.tar.gz`,
        hashes: {},
        yanked: 'broken <build>',
      },
      { filename: 'odd.egg', url: 'https://files.example.org/odd.egg', hashes: {}, yanked: true },
    ],
    ...change,
  }
  upstream.answers.set(`/simple/${name}/`, { type: json.accept, body: JSON.stringify(document) })
  return document
}

describe('a PyPI project of another index', () => {
  it('comes out of JSON as it went in, with relative addresses resolved', async () => {
    const document = page('demo')
    const answer = await index.get('/pypi/simple/demo/', json)
    expect(answer.headers.get('content-type')).toBe(json.accept)
    const [first, second, third] = document.files
    expect(answer.json).toEqual({
      ...document,
      files: [first, { ...second, url: `${upstream.url}/files/demo-1.1.0rc1.tar.gz` }, third],
    })
  })

  it('has an HTML form made of its JSON', async () => {
    page('worded')
    const answer = await index.get('/pypi/simple/worded/', html)
    const links = answer.text.split('\n').filter((line) => line.startsWith('<a') || line.startsWith('<meta'))
    expect(
      links.map((line) => line.replaceAll(/[0-9a-f]{64}/g, '…').replace(upstream.url, 'http://upstream')),
    ).toMatchInlineSnapshot(`
      [
        "<meta charset="utf-8">",
        "<meta name="pypi:repository-version" content="1.4">",
        "<meta name="pypi:project-status" content="active">",
        "<a href="https://files.example.org/worded-1.0.0-py3-none-any.whl#sha256=…" data-requires-python="&gt;=3.8,&lt;4" data-core-metadata="sha256=…" data-dist-info-metadata="sha256=…" data-provenance="https://example.org/integrity/provenance">worded-1.0.0-py3-none-any.whl</a><br>",
        "<a href="http://upstream/files/worded-1.1.0rc1.tar.gz" data-yanked="broken &lt;build&gt;">worded-1.1.0rc1.tar.gz</a><br>",
        "<a href="https://files.example.org/odd.egg" data-yanked="Yanked by its maintainer, who gave no reason">odd.egg</a><br>",
      ]
    `)
  })

  it('is read from HTML where the upstream has nothing else', async () => {
    upstream.answers.set('/simple/plain/', {
      type: 'text/html; charset=utf-8',
      body: `<!DOCTYPE html><html><head><base href="/deep/"><meta name="pypi:repository-version" content="1.0"></head><body>
        <a href="plain-1.0.0.tar.gz#sha256=${sha256('plain')}" data-requires-python="&gt;=3.9">plain-1.0.0.tar.gz</a>
        <A HREF='plain-1.1.0-py3-none-any.whl' data-yanked data-dist-info-metadata="sha256=${sha256('m')}">plain-1.1.0-py3-none-any.whl</A>
        <a name="no link">text</a></body></html>`,
    })
    const answer = await index.get('/pypi/simple/plain/', json)
    expect(answer.json).toEqual({
      meta: { 'api-version': '1.0' },
      files: [
        {
          filename: 'plain-1.0.0.tar.gz',
          url: `${upstream.url}/deep/plain-1.0.0.tar.gz`,
          hashes: { sha256: sha256('plain') },
          'requires-python': '>=3.9',
          yanked: false,
        },
        {
          filename: 'plain-1.1.0-py3-none-any.whl',
          url: `${upstream.url}/deep/plain-1.1.0-py3-none-any.whl`,
          hashes: {},
          'core-metadata': { sha256: sha256('m') },
          'data-dist-info-metadata': { sha256: sha256('m') },
          yanked: true,
        },
      ],
    })
  })

  it('keeps addresses that are none out of its pages', async () => {
    const files = [
      { filename: 'bad-1.0.0.tar.gz', url: 'javascript:alert(1)', hashes: {} },
      { filename: '../bad-1.1.0.tar.gz', url: 'https://files.example.org/x', hashes: {} },
      { filename: 'bad-1.2.0.tar.gz', url: 'https://files.example.org/bad-1.2.0.tar.gz', hashes: {} },
    ]
    page('bad', { files })
    const answer = await index.get('/pypi/simple/bad/', json)
    expect(answer.json.files).toEqual([expect.objectContaining({ filename: 'bad-1.2.0.tar.gz' })])
  })

  it('hands over a hundred thousand files', async () => {
    const files = Array.from({ length: 100_000 }, (_, number) => ({
      filename: `many-${number}.0.tar.gz`,
      url: `/files/many-${number}.0.tar.gz`,
      hashes: { sha256: sha256('many') },
    }))
    page('many', { files, versions: undefined })
    const answer = await index.get('/pypi/simple/many/', json)
    expect(answer.status).toBe(200)
    expect(Object(answer.json.files)).toHaveLength(100_000)
  })
})

describe.runIf(hasPip)('Slipway in front of Slipway', () => {
  let inner: TestIndex
  let outer: OverlaidIndex
  beforeAll(async () => {
    inner = await startIndex()
    await publishWheel(inner, 'chained', '1.0.0')
    // The first release is shown when it has begun.
    await inner.ask('POST', '/api/v1/rollouts', { releases: ['pypi:chained@1.0.0'] })
    await publishWheel(inner, 'chained', '1.1.0')
    outer = await startOverlaid(`
upstreams: { pypi: { url: "${inner.url}/channel/candidate/pypi/simple" } }
files: proxy
`)
  })
  afterAll(async () => {
    expect([...inner.errors, ...outer.errors]).toEqual([])
    await outer.close()
    await inner.close()
  })

  it.each([
    ['chained', 'chained-1.0.0-py3-none-any.whl'],
    ['chained==1.1.0', 'chained-1.1.0-py3-none-any.whl'],
  ])('pip gets %s through both', async (requirement, file) => {
    const { files } = await pipDownload(`${outer.url}/pypi/simple/`, requirement)
    expect(files).toEqual([file])
  })

  it('serves files and their metadata itself, also when the upstream is gone', async () => {
    const { json: document } = await outer.get('/pypi/simple/chained/', json)
    const [first] = document.files as { url: string; hashes: { sha256: string } }[]
    expect(first?.url).toMatch(`${outer.url}/pypi/files/chained/chained-1.0.0`)
    const path = first?.url.slice(outer.url.length) ?? ''
    const metadata = await outer.get(`${path}.metadata`)
    expect(metadata.text).toContain('Name: chained')
    await outer.get(path)
    await inner.stores.packages.put(
      { ...Object(await inner.stores.packages.get('pypi:chained')), versions: {}, revision: 99 },
      2,
    )
    expect((await outer.get(path)).status).toBe(200)
    expect((await outer.get(`${path}.metadata`)).text).toBe(metadata.text)
  })
})
