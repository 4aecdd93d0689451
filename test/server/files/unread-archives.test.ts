/** What an archive says of itself decides; an upload whose archive says something else, or nothing, is refused. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { oddZip, tarball, type ZipPart } from '../../archives/odd-archives.ts'
import { postForm, uploadForm } from '../pypi-form.ts'
import { npmDocument, startIndex, type TestIndex } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

const metadata = 'Metadata-Version: 2.1\nName: unread\nVersion: 1.0.0\n'
const info = 'unread-1.0.0.dist-info/METADATA'
const wheelOf = (...parts: ZipPart[]) => oddZip(parts)

describe('a Python file is refused', () => {
  const whl = 'unread-1.0.0-py3-none-any.whl'
  const sdist = 'unread-1.0.0.tar.gz'
  it.each<[string, string, Buffer, string]>([
    ['that is no zip', whl, Buffer.from('MZ a program'), 'got something else, expected a zip'],
    [
      'that is a tarball under a wheel’s name',
      whl,
      tarball([{ path: 'a' }]),
      'got a gzipped tar, expected a zip',
    ],
    ['whose METADATA only some can unpack', whl, wheelOf({ name: info, text: metadata, method: 14 }), 'LZMA'],
    [
      'whose METADATA lies deeper',
      whl,
      wheelOf({ name: `x/${info}`, text: metadata }),
      'no .dist-info/METADATA',
    ],
    [
      'that brings METADATA of two packages',
      whl,
      wheelOf({ name: info, text: metadata }, { name: 'other-1.dist-info/METADATA', text: metadata }),
      'expected one .dist-info folder',
    ],
    [
      'that carries something in front',
      whl,
      oddZip([{ name: info, text: metadata }], { before: Buffer.from('PK\x03\x04 another wheel') }),
      'bytes that belong to no entry',
    ],
    [
      'whose METADATA names nothing',
      whl,
      wheelOf({ name: info, text: 'Summary: x\n' }),
      'no metadata-version in',
    ],
    ['whose METADATA is no text', whl, wheelOf({ name: info, text: Buffer.from([0xff]) }), 'no UTF-8'],
    [
      'that is a zip under an sdist’s name',
      sdist,
      wheelOf({ name: 'a' }),
      'got a zip, expected a gzipped tar',
    ],
    ['without PKG-INFO', sdist, tarball([{ path: 'unread-1.0.0/setup.py' }]), 'got no PKG-INFO inside'],
    [
      'with two PKG-INFO',
      sdist,
      tarball([
        { path: 'unread-1.0.0/PKG-INFO', text: metadata },
        { path: 'b/PKG-INFO', text: metadata },
      ]),
      'got 2 PKG-INFO inside',
    ],
  ])('%s', async (_, fileName, bytes, sentence) => {
    const filetype = fileName === whl ? 'bdist_wheel' : 'sdist'
    const fields = { requires_python: null, filetype }
    const answer = await postForm(index, await uploadForm('unread', '1.0.0', { fileName, bytes, fields }))
    expect(answer).toMatchObject({ status: 400, json: { field: 'content' } })
    expect(answer.json.detail).toContain(sentence)
    expect(await index.stores.packages.get('pypi:unread')).toBeNull()
    expect(index.engine.rolloutsOf('pypi:unread')).toEqual([])
  })

  it('whose METADATA hides a header behind a lone carriage return, where Python ends a line', async () => {
    const text = `${metadata}Summary: harmless\rRequires-Dist: evil\n\n`
    const fields = { requires_python: null, summary: 'harmless', requires_dist: 'good' }
    const bytes = wheelOf({ name: info, text })
    const answer = await postForm(index, await uploadForm('unread', '1.0.0', { bytes, fields }))
    expect(answer.json.detail).toBe(
      'requires_dist: got "good", expected "evil", as the metadata inside the file says',
    )
  })
})

describe('an npm package', () => {
  /** Publishes a document that was changed after packing. */
  const put = async (name: string, inside: object, outside: object) => {
    const document = await npmDocument(name, '1.0.0', 'latest', inside)
    Object.assign(document.versions['1.0.0'] ?? {}, outside)
    return index.ask('PUT', `/npm/${name}`, document)
  }

  it.each<[string, object, object]>([
    ['dependencies', { dependencies: { a: '^1' } }, { dependencies: {} }],
    ['dependencies', {}, { dependencies: { a: '^1' } }],
    [
      'optionalDependencies',
      { optionalDependencies: { a: '1' } },
      { optionalDependencies: {}, dependencies: { a: '1' } },
    ],
    ['peerDependencies', { peerDependencies: { a: '1' } }, { peerDependencies: { a: '2' } }],
    [
      'peerDependenciesMeta',
      { peerDependenciesMeta: { a: { optional: true } } },
      { peerDependenciesMeta: {} },
    ],
    ['bundleDependencies', { bundleDependencies: ['a'] }, { bundleDependencies: [] }],
    ['scripts', { scripts: { postinstall: 'node steal.js' } }, { scripts: {} }],
    ['scripts', { scripts: { install: 'a' } }, { scripts: { install: 'b' } }],
    ['bin', { bin: { npm: 'evil.js' } }, { bin: {} }],
    ['engines', { engines: { node: '>=20' } }, { engines: { node: '>=8' } }],
    ['os', { os: ['linux'] }, { os: [] }],
    ['cpu', { cpu: 'x64' }, { cpu: ['arm64'] }],
  ])('whose document says other %s than its tarball is refused', async (field, inside, outside) => {
    const answer = await put('liar', inside, outside)
    expect(answer).toMatchObject({ status: 400, json: { field: `versions["1.0.0"].${field}` } })
    expect(answer.json.detail).toContain('as package.json in the tarball says')
    expect(await index.stores.packages.get('npm:liar')).toBeNull()
  })

  it.each<[string, object, object]>([
    ['one-program', { bin: './cli.js' }, { bin: { 'one-program': 'cli.js' } }],
    ['bundled-all', { bundledDependencies: true, dependencies: { a: '1' } }, { bundleDependencies: ['a'] }],
    ['optional-twice', { optionalDependencies: { a: '1' } }, { dependencies: { a: '1' } }],
    ['a-list', { dependencies: ['a@1'] }, { dependencies: { a: '1' } }],
    ['other-scripts', { scripts: { test: 'x' } }, { scripts: {} }],
    ['what-publishers-add', {}, { readme: 'x', gitHead: 'abc', _id: 'x@1.0.0', _nodeVersion: '24' }],
  ])('whose document spells the same differently is taken: %s', async (name, inside, outside) => {
    expect(await put(name, inside, outside)).toMatchObject({ status: 201 })
  })

  it('without a package.json, or with two, is refused', async () => {
    for (const [bytes, sentence] of [
      [tarball([{ path: 'package/index.js' }]), 'got no package.json inside'],
      [
        tarball([
          { path: 'a/package.json', text: '{}' },
          { path: 'b/package.json', text: '{}' },
        ]),
        'got 2 package',
      ],
      [Buffer.from('PK\x03\x04 a zip'), 'got a zip'],
    ] as const) {
      const document = await npmDocument('unread', '1.0.0')
      const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
      Object.assign(document.versions['1.0.0'] ?? {}, { dist: { integrity } })
      const _attachments = { 'unread-1.0.0.tgz': { data: bytes.toString('base64'), length: bytes.length } }
      const answer = await index.ask('PUT', '/npm/unread', { ...document, _attachments })
      expect(answer).toMatchObject({ status: 400, json: { field: '_attachments' } })
      expect(answer.json.detail).toContain(sentence)
    }
  })

  it('is served with digests of its bytes, whatever else its publisher wrote beside them', async () => {
    const document = await npmDocument('trusted', '1.0.0')
    const manifest = document.versions['1.0.0'] ?? {}
    const { integrity } = manifest.dist as { integrity: string }
    const dist = {
      integrity: `${integrity} sha512-${'A'.repeat(86)}==`,
      signatures: [{ keyid: 'SHA256:mine', sig: 'AA==' }],
      attestations: { url: 'https://evil.example/' },
      tarball: 'https://evil.example/x.tgz',
      fileCount: 1,
    }
    Object.assign(manifest, { dist })
    expect((await index.ask('PUT', '/npm/trusted', document)).status).toBe(201)
    const { json } = await index.ask('GET', '/npm/trusted/1.0.0', undefined, null)
    expect(json.dist).toEqual({
      integrity,
      shasum: expect.stringMatching(/^[0-9a-f]{40}$/),
      tarball: `${index.url}/npm/trusted/-/trusted-1.0.0.tgz`,
      fileCount: 2,
      unpackedSize: expect.any(Number),
      signatures: [{ keyid: expect.not.stringContaining('mine'), sig: expect.any(String) }],
    })
  })
})
