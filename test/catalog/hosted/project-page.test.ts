import { describe, expect, it } from 'vitest'
import { escapeHtml } from '../../../src/catalog/escape-html.ts'
import { projectList } from '../../../src/catalog/hosted/project-list.ts'
import {
  type ProjectLinks,
  projectPage,
  type SimpleType,
  simpleTypes,
} from '../../../src/catalog/hosted/project-page.ts'
import { isoTime } from '../../../src/catalog/iso-time.ts'
import type { PackageRecord } from '../../../src/catalog/package-record.ts'
import type { Visibility } from '../../../src/catalog/views/package-views.ts'
import { aFile, aPackage, aVersion, noon } from '../sample.ts'

const links: ProjectLinks = {
  fileUrl: (file) => `/files/${file.name}`,
  statusUrl: (version) => `https://slipway.example/rollouts/pypi:demo-lib@${version}`,
}

/** A view with these versions hidden and these blocked. */
const view = (hidden: string[] = [], blocked: string[] = []): Visibility => ({
  hidden: new Set(hidden),
  blocked: new Set(blocked),
  changedAt: noon,
})

const short = { sha256: 'ab12', metadataSha256: 'cd34', requiresPython: '>=3.9' }
const wheel = aFile('demo_lib-1.1.0-py3-none-any.whl', short)
const sdist = aFile('demo_lib-1.1.0.tar.gz', { sha256: 'ef56' })
const old = aFile('demo_lib-1.0.0-py3-none-any.whl', { sha256: '9900' })
const pkg = aPackage('pypi:demo-lib', [
  aVersion('1.1.0', { files: [sdist, wheel] }),
  aVersion('1.0.0', { files: [old] }),
])

const json = (visibility: Visibility, from = pkg) =>
  JSON.parse(projectPage(from, visibility, links, simpleTypes.json).body)
const yanks = (visibility: Visibility, from = pkg): readonly unknown[] =>
  json(visibility, from).files.map((file: { yanked: unknown }) => file.yanked)

describe('the project page as JSON', () => {
  it('yanks every file of a hidden version, with a reason that stays true', () => {
    const page = projectPage(pkg, view(['1.1.0']), links, simpleTypes.json)
    expect(page.contentType).toBe('application/vnd.pypi.simple.v1+json')
    expect(JSON.parse(page.body)).toMatchInlineSnapshot(`
      {
        "files": [
          {
            "core-metadata": false,
            "data-dist-info-metadata": false,
            "filename": "demo_lib-1.0.0-py3-none-any.whl",
            "hashes": {
              "sha256": "9900",
            },
            "size": 1234,
            "upload-time": "2026-11-20T14:00:05.250Z",
            "url": "/files/demo_lib-1.0.0-py3-none-any.whl",
            "yanked": false,
          },
          {
            "core-metadata": {
              "sha256": "cd34",
            },
            "data-dist-info-metadata": {
              "sha256": "cd34",
            },
            "filename": "demo_lib-1.1.0-py3-none-any.whl",
            "hashes": {
              "sha256": "ab12",
            },
            "requires-python": ">=3.9",
            "size": 1234,
            "upload-time": "2026-11-20T14:00:05.250Z",
            "url": "/files/demo_lib-1.1.0-py3-none-any.whl",
            "yanked": "Staged rollout by Slipway, not a defect; status and how to choose: https://slipway.example/rollouts/pypi:demo-lib@1.1.0",
          },
          {
            "core-metadata": false,
            "data-dist-info-metadata": false,
            "filename": "demo_lib-1.1.0.tar.gz",
            "hashes": {
              "sha256": "ef56",
            },
            "size": 1234,
            "upload-time": "2026-11-20T14:00:05.250Z",
            "url": "/files/demo_lib-1.1.0.tar.gz",
            "yanked": "Staged rollout by Slipway, not a defect; status and how to choose: https://slipway.example/rollouts/pypi:demo-lib@1.1.0",
          },
        ],
        "meta": {
          "api-version": "1.1",
        },
        "name": "demo-lib",
        "versions": [
          "1.0.0",
          "1.1.0",
        ],
      }
    `)
  })

  it('changes nothing else: the pages of two views differ in the yanks only', () => {
    const [hiding, showing] = [json(view(['1.1.0'])), json(view())]
    for (const file of [...hiding.files, ...showing.files]) file.yanked = 'same'
    expect(hiding).toEqual(showing)
  })

  it('never yanks without words, because clients disagree about an empty reason', () => {
    const own = (withdrawn: string) => aPackage('pypi:demo-lib', [aVersion('1.0.0', { withdrawn })])
    expect(yanks(view(), own('leaks memory'))).toEqual(['leaks memory'])
    expect(yanks(view(), own(' '))).toEqual(['Yanked by its maintainer, who gave no reason'])
    expect(yanks(view(['1.0.0']), own('leaks memory'))).toEqual(['leaks memory'])
  })

  it('yanks every file of a blocked version, so that a pin gets to the refusal', () => {
    expect(yanks(view([], ['1.1.0']))).toEqual([
      false,
      'Blocked: no reason was given',
      'Blocked: no reason was given',
    ])
    const because = new Map([['1.1.0', 'steals tokens']])
    const [file] = json({ ...view([], ['1.1.0']), blockedBecause: because }).files.slice(1)
    expect(file.yanked).toBe('Blocked: steals tokens')
  })

  it('sorts versions as PEP 440 does', () => {
    const versions = ['1.10.0', '1!0.1', '1.9.0', '1.10.0rc1']
    expect(json(view(), aPackage('pypi:a', versions)).versions).toEqual([
      '1.9.0',
      '1.10.0rc1',
      '1.10.0',
      '1!0.1',
    ])
  })
})

describe('the project page as HTML', () => {
  it('says the same to pip versions that read no JSON', () => {
    const page = projectPage(pkg, view(['1.1.0']), links, simpleTypes.html)
    expect(page.contentType).toBe('application/vnd.pypi.simple.v1+html')
    expect(page.body).toMatchInlineSnapshot(`
      "<!DOCTYPE html>
      <html>
      <head>
      <meta charset="utf-8">
      <meta name="pypi:repository-version" content="1.1">
      <title>Links for demo-lib</title>
      </head>
      <body>
      <h1>Links for demo-lib</h1>
      <a href="/files/demo_lib-1.0.0-py3-none-any.whl#sha256=9900">demo_lib-1.0.0-py3-none-any.whl</a><br>
      <a href="/files/demo_lib-1.1.0-py3-none-any.whl#sha256=ab12" data-requires-python="&gt;=3.9" data-core-metadata="sha256=cd34" data-dist-info-metadata="sha256=cd34" data-yanked="Staged rollout by Slipway, not a defect; status and how to choose: https://slipway.example/rollouts/pypi:demo-lib@1.1.0">demo_lib-1.1.0-py3-none-any.whl</a><br>
      <a href="/files/demo_lib-1.1.0.tar.gz#sha256=ef56" data-yanked="Staged rollout by Slipway, not a defect; status and how to choose: https://slipway.example/rollouts/pypi:demo-lib@1.1.0">demo_lib-1.1.0.tar.gz</a><br>
      </body>
      </html>
      "
    `)
  })

  it('has one body for both HTML types', () => {
    const plain = projectPage(pkg, view(), links, simpleTypes.plainHtml)
    expect(plain.contentType).toBe('text/html; charset=utf-8')
    expect(plain.body).toBe(projectPage(pkg, view(), links, simpleTypes.html).body)
    expect(plain.body).not.toContain('data-yanked')
  })

  it('escapes what publishers wrote', () => {
    const hostile = aPackage('pypi:a', [
      aVersion('1.0.0', {
        withdrawn: "\"><script>alert('1')</script>&",
        files: [aFile('a-1.0.0.tar.gz', { requiresPython: '"<3' })],
      }),
    ])
    const { body } = projectPage(hostile, view(), links, simpleTypes.html)
    expect(body).toContain('data-yanked="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;"')
    expect(body).toContain('data-requires-python="&quot;&lt;3"')
    expect(body).not.toContain('<script')
  })
})

describe('markers and proofs', () => {
  const proven = aFile('a-1.0.tar.gz', { sha256: 'ab12', provenanceSha256: 'cd34' })
  const version = aVersion('1.0', { files: [proven], label: { kind: 'deprecated', reason: 'use b' } })
  const proving = { ...links, provenanceUrl: () => '/provenance/a' }
  const page = (status: PackageRecord['status'], type: SimpleType, source = false) => {
    const from = aPackage('pypi:a', [version], status === undefined ? {} : { status })
    return projectPage(from, { ...view(), source }, proving, type).body
  }

  it.each<[PackageRecord['status'], string, object | undefined]>([
    [undefined, '1.3', undefined],
    [{ kind: 'archived', reason: null }, '1.4', { status: 'archived' }],
    [{ kind: 'deprecated', reason: 'old' }, '1.4', { status: 'deprecated', reason: 'old' }],
  ])('of the status %j ask for version %s of the format', (status, apiVersion, shown) => {
    const document = JSON.parse(page(status, simpleTypes.json))
    expect(document.meta['api-version']).toBe(apiVersion)
    expect(document['project-status']).toEqual(shown)
    const label = { kind: 'deprecated', reason: 'use b' }
    expect(document.files).toMatchObject([{ provenance: '/provenance/a', _label: label }])
    const lines = page(status, simpleTypes.html).match(/<meta name="pypi:project.*>/g) ?? []
    expect(lines).toHaveLength(Object.keys(shown ?? {}).length)
    expect(page(status, simpleTypes.html)).toContain('data-provenance="/provenance/a"')
  })

  it('of a quarantined project stand on a page without files, but where its own files are asked for', () => {
    const quarantined = { kind: 'quarantined', reason: 'stolen' } as const
    expect(JSON.parse(page(quarantined, simpleTypes.json))).toMatchObject({ versions: ['1.0'], files: [] })
    expect(JSON.parse(page(quarantined, simpleTypes.json, true)).files).toHaveLength(1)
  })

  it('have no address where an index keeps no proofs', () => {
    const { body } = projectPage(aPackage('pypi:a', [version]), view(), links, simpleTypes.json)
    expect(body).not.toContain('provenance')
  })
})

describe('the list of projects', () => {
  it('is JSON or HTML with relative links', () => {
    expect(projectList(['a', 'demo-lib'], simpleTypes.json)).toEqual({
      contentType: 'application/vnd.pypi.simple.v1+json',
      body: '{"meta":{"api-version":"1.1"},"projects":[{"name":"a"},{"name":"demo-lib"}]}',
    })
    expect(projectList(['a', 'demo-lib'], simpleTypes.plainHtml)).toMatchInlineSnapshot(`
      {
        "body": "<!DOCTYPE html>
      <html>
      <head>
      <meta charset="utf-8">
      <meta name="pypi:repository-version" content="1.1">
      <title>Simple index</title>
      </head>
      <body>
      <a href="a/">a</a><br>
      <a href="demo-lib/">demo-lib</a><br>
      </body>
      </html>
      ",
        "contentType": "text/html; charset=utf-8",
      }
    `)
    expect(projectList([], simpleTypes.html).contentType).toBe('application/vnd.pypi.simple.v1+html')
  })
})

describe('small parts', () => {
  it.each([
    [noon, '2026-11-20T14:00:05.250Z'],
    [0, '1970-01-01T00:00:00.000Z'],
    [Date.UTC(2028, 1, 29, 23, 59, 59, 999), '2028-02-29T23:59:59.999Z'],
    [-1, '1969-12-31T23:59:59.999Z'],
  ])('%i is %s', (ms, text) => {
    expect(isoTime(ms)).toBe(text)
    expect(isoTime(ms)).toBe(new Date(ms).toISOString())
  })

  it('escapes for HTML', () => {
    expect(escapeHtml(`a & b < c > "d" 'e'`)).toBe('a &amp; b &lt; c &gt; &quot;d&quot; &#39;e&#39;')
  })
})
