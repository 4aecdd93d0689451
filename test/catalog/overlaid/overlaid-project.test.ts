import { describe, expect, it } from 'vitest'
import { simpleTypes } from '../../../src/catalog/hosted/project-page.ts'
import { type OverlaidProject, overlaidProject } from '../../../src/catalog/overlaid/overlaid-project.ts'
import { overlaidProjectPage } from '../../../src/catalog/overlaid/overlaid-pypi-documents.ts'
import { schemeOf } from '../../../src/versions/scheme-of.ts'

const base = 'https://files.example/simple/lib/'
const reading = { timeOf: (text: string) => Date.parse(text), normalize: schemeOf('pypi').normalize }
const links = {
  fileUrl: (_: string, upstream: string) => upstream,
  statusUrl: (version: string) => `/status/${version}`,
}

function project(files: readonly unknown[], members: object = {}): OverlaidProject {
  const read = overlaidProject('pypi:lib', { ...members, files }, base, reading)
  if (!read.ok) throw new Error(JSON.stringify(read.problem))
  return read.value
}

const file = (version: string, members: object = {}) => ({
  filename: `lib-${version}-py3-none-any.whl`,
  url: `../../lib-${version}.whl`,
  ...members,
})

const html = (overlaid: OverlaidProject, hidden: string[] = [], blocked: string[] = []) =>
  overlaidProjectPage(
    overlaid,
    { hidden: new Set(hidden), blocked: new Set(blocked), changedAt: 0 },
    links,
    simpleTypes.html,
  ).body

describe('a project page of another index, as HTML', () => {
  it('says what the JSON says, with our reason on what is hidden and without what is blocked', () => {
    const members = {
      'requires-python': '>=3.9',
      'core-metadata': { sha256: 'cd34' },
      hashes: { sha256: 'ab12' },
      provenance: '/provenance/lib',
      'gpg-sig': true,
    }
    const overlaid = project(
      [
        file('1.0', members),
        file('1.1'),
        file('1.2', { yanked: 'leaks' }),
        file('1.3', { yanked: true }),
        file('0.9'),
      ],
      { meta: { 'api-version': '1.4' }, 'project-status': { status: 'archived', reason: 'moved <away>' } },
    )
    expect(html(overlaid, ['1.1', '1.2'], ['0.9'])).toMatchInlineSnapshot(`
      "<!DOCTYPE html>
      <html>
      <head>
      <meta charset="utf-8">
      <meta name="pypi:repository-version" content="1.4">
      <meta name="pypi:project-status" content="archived">
      <meta name="pypi:project-status-reason" content="moved &lt;away&gt;">
      <title>Links for lib</title>
      </head>
      <body>
      <h1>Links for lib</h1>
      <a href="https://files.example/lib-1.0.whl#sha256=ab12" data-requires-python="&gt;=3.9" data-core-metadata="sha256=cd34" data-dist-info-metadata="sha256=cd34" data-provenance="https://files.example/provenance/lib" data-gpg-sig="true">lib-1.0-py3-none-any.whl</a><br>
      <a href="https://files.example/lib-1.1.whl" data-yanked="Staged rollout by Slipway, not a defect; status and how to choose: /status/1.1">lib-1.1-py3-none-any.whl</a><br>
      <a href="https://files.example/lib-1.2.whl" data-yanked="leaks">lib-1.2-py3-none-any.whl</a><br>
      <a href="https://files.example/lib-1.3.whl" data-yanked="Yanked by its maintainer, who gave no reason">lib-1.3-py3-none-any.whl</a><br>
      </body>
      </html>
      "
    `)
  })

  it('says the version of the format where the upstream does not', () => {
    expect(html(project([]))).toContain('<meta name="pypi:repository-version" content="1.0">')
  })
})

describe('what is read of a file', () => {
  it.each<[string, object, object]>([
    ['metadata without a digest', { 'data-dist-info-metadata': true }, { metadataDigest: '' }],
    ['metadata with one that is no text', { 'core-metadata': { sha256: 1 } }, { metadataDigest: '' }],
    ['no metadata', { 'core-metadata': false }, { metadataDigest: null }],
    [
      'the best of its digests',
      { hashes: { md5: 'a', sha512: 'b' } },
      { digest: 'sha512:b', fragment: 'sha512=b' },
    ],
    ['no digest', { hashes: 'odd' }, { digest: null, fragment: '' }],
    ['an empty yank, which is none', { yanked: '' }, { yanked: false }],
    [
      'its address without a fragment',
      { url: '/lib.whl#sha256=a' },
      { url: 'https://files.example/lib.whl' },
    ],
  ])('%s', (_, members, expected) => {
    expect(project([file('1.0', members)]).projectFiles[0]).toMatchObject(expected)
  })

  it.each<[string, unknown]>([
    ['no object', 'lib-1.0.tar.gz'],
    ['no name', { url: '/lib' }],
    ['a name with a folder', { filename: 'a/lib-1.0.tar.gz', url: '/lib' }],
    ['no address', { filename: 'lib-1.0.tar.gz' }],
    ['an address that is none', { filename: 'lib-1.0.tar.gz', url: 'http://[' }],
  ])('%s leaves it out', (_, given) => expect(project([given]).projectFiles).toEqual([]))

  it('a file of another project, or of no version, is passed on and belongs to none', () => {
    const overlaid = project([
      { filename: 'other-1.0.tar.gz', url: '/o' },
      { filename: 'notes.txt', url: '/n' },
    ])
    expect(overlaid.projectFiles.map(({ version }) => version)).toEqual([null, null])
    expect(overlaid.record.versions).toEqual({})
    expect(html(overlaid, [], ['1.0'])).toContain('notes.txt')
  })

  it('a version is as old as its first file, and yanked as a whole only', () => {
    const at = (day: number) => ({ 'upload-time': `2026-01-0${day}T00:00:00Z` })
    const sdist = { filename: 'lib-1.0.tar.gz', url: '/s' }
    const { record, uploadedAt } = project([file('1.0', { ...at(3), yanked: true }), { ...sdist, ...at(2) }])
    expect(uploadedAt.get('1.0')).toBe(Date.UTC(2026, 0, 2))
    expect(record.versions['1.0']).toMatchObject({
      withdrawn: null,
      files: [{ kind: 'bdist_wheel' }, { kind: 'sdist' }],
    })
    const whole = project([file('1.0', { yanked: true }), { ...sdist, yanked: 'leaks' }])
    expect(whole.record.versions['1.0']?.withdrawn).toBe('leaks')
  })
})

it.each([
  [null, 'document'],
  [{}, 'files'],
])('%j is refused by its %s', (document, field) => {
  expect(overlaidProject('pypi:lib', document, base, reading)).toMatchObject({
    ok: false,
    problem: { field },
  })
})
