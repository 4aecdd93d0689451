import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { simpleTypes } from '../../../src/catalog/hosted/project-page.ts'
import {
  overlaidAbbreviatedPackument,
  overlaidFullPackument,
  overlaidNpmVersion,
  overlaidTags,
} from '../../../src/catalog/overlaid/overlaid-npm-documents.ts'
import type { OverlaidPackage } from '../../../src/catalog/overlaid/overlaid-package.ts'
import {
  type OverlaidPackument,
  overlaidPackument,
} from '../../../src/catalog/overlaid/overlaid-packument.ts'
import { overlaidProject } from '../../../src/catalog/overlaid/overlaid-project.ts'
import { overlaidProjectPage } from '../../../src/catalog/overlaid/overlaid-pypi-documents.ts'
import { withReleased } from '../../../src/catalog/overlaid/plan-adoption.ts'
import { packageViews, viewDelta, visibilityOf } from '../../../src/catalog/views/package-views.ts'
import { schemeOf } from '../../../src/versions/scheme-of.ts'

const timeOf = (text: string) => {
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : at
}
const links = {
  fileUrl: (_: string, upstream: string) => upstream,
  statusUrl: (version: string) => `/${version}`,
}

function npm(document: unknown): OverlaidPackument {
  const read = overlaidPackument('npm:lib', document, 'https://registry.example.org/lib', timeOf)
  if (!read.ok) throw new Error(JSON.stringify(read.problem))
  return read.value
}

function stableView(overlaid: OverlaidPackage) {
  const views = packageViews(overlaid.record, [])
  return visibilityOf(
    views,
    viewDelta(views, { kind: 'stable' }, () => 0),
  )
}

/** JSON as upstreams send it, odd member names and unknown members included. */
const extra = fc.dictionary(
  fc.oneof(fc.string(), fc.constantFrom('_id', 'readme', 'constructor', '__proto__', 'toString', '1', 'é')),
  fc.jsonValue({ maxDepth: 2 }),
)
const version = fc.oneof(
  fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)).map((parts) => parts.join('.')),
  fc.constantFrom('1.0.0-rc.1', '1.0', 'not a version', '2.0.0+build'),
)
const manifest = fc
  .tuple(extra, extra, fc.option(fc.oneof(fc.string(), fc.boolean()), { nil: undefined }))
  .map(([members, dist, deprecated]) => ({
    ...members,
    dist: { ...dist, tarball: 'https://registry.example.org/lib/-/lib.tgz' },
    ...(deprecated !== undefined && { deprecated }),
  }))

const packument = fc
  .tuple(extra, fc.uniqueArray(fc.tuple(version, manifest), { selector: ([key]) => key, minLength: 1 }))
  .map(([members, versions]) => {
    const { versions: _v, 'dist-tags': _d, time: _t, ...rest } = members
    return {
      ...rest,
      name: 'lib',
      versions: Object.fromEntries(versions),
      'dist-tags': { latest: versions[0]?.[0] ?? '' },
      time: Object.fromEntries(versions.map(([key]) => [key, '2024-01-01T00:00:00.000Z'] as const)),
    }
  })

describe('a packument of another index', () => {
  it('comes out as it went in when nothing of it is staged', () => {
    fc.assert(
      fc.property(packument, (document) => {
        const sent = JSON.stringify(document)
        const overlaid = withReleased(npm(JSON.parse(sent)), 'all')
        const { body } = overlaidFullPackument(overlaid, stableView(overlaid), links)
        const expected = JSON.parse(sent)
        // A README stands at the top only.
        for (const manifest of Object.values(expected.versions)) delete Object(manifest).readme
        expect(JSON.parse(body)).toEqual(expected)
      }),
    )
  })

  it('shows something, and never a hidden version as latest, whatever counts as released', () => {
    fc.assert(
      fc.property(packument, fc.array(version), (document, released) => {
        const overlaid = withReleased(npm(JSON.parse(JSON.stringify(document))), released)
        const visibility = stableView(overlaid)
        const { latest } = overlaidTags(overlaid, visibility)
        const shown = Object.keys(overlaid.record.versions).filter((one) => !visibility.hidden.has(one))
        if (Object.keys(overlaid.record.versions).length > 0) expect(shown).not.toEqual([])
        const normal = schemeOf('npm').normalize(latest ?? '')
        if (normal !== null) expect(visibility.hidden.has(normal)).toBe(false)
      }),
    )
  })

  it('says at the top what the version says that the view calls latest', () => {
    const said = (text: string) => ({ readme: text, description: text, keywords: [text] })
    const document = {
      name: 'lib',
      ...said('new'),
      'dist-tags': { latest: '1.1.0' },
      versions: { '1.0.0': said('old'), '1.1.0': said('new') },
    }
    const overlaid = withReleased(npm(document), ['1.0.0'])
    const { body } = overlaidFullPackument(overlaid, stableView(overlaid), links)
    expect(JSON.parse(body)).toMatchObject({ 'dist-tags': { latest: '1.0.0' }, ...said('old') })
    expect(body.match(/"readme"/g)).toHaveLength(1)
  })

  it('gives each version alone as it stands in the document', () => {
    const overlaid = withReleased(
      npm({ name: 'lib', versions: { '1.0.0': { a: 1 }, '1.1.0': { scripts: { install: 'x' } } } }),
      ['1.0.0'],
    )
    const visibility = stableView(overlaid)
    const [full, short] = [overlaidFullPackument, overlaidAbbreviatedPackument].map((render) =>
      JSON.parse(render(overlaid, visibility, links).body),
    )
    expect(full.versions['1.1.0']).toEqual({
      scripts: { install: 'x' },
      deprecated: 'Staged rollout by Slipway, not a defect; status and how to choose: /1.1.0',
    })
    expect(short.versions['1.1.0']).toEqual({
      hasInstallScript: true,
      deprecated: full.versions['1.1.0'].deprecated,
    })
    expect(JSON.parse(overlaidNpmVersion(overlaid, 'latest', visibility, links)?.body ?? 'null')).toEqual({
      a: 1,
    })
    expect(overlaidNpmVersion(overlaid, '3.0.0', visibility, links)).toBeNull()
  })

  it.each([
    [null, 'document'],
    [{ name: 'other', versions: {} }, 'name'],
    [{ name: 'lib' }, 'versions'],
  ])('%j is refused by its %s', (document, field) => {
    const read = overlaidPackument('npm:lib', document, 'https://registry.example.org/lib', timeOf)
    expect(read).toMatchObject({ ok: false, problem: { field } })
  })
})

describe('a project page of another index', () => {
  const file = fc
    .tuple(extra, fc.nat(5), fc.oneof(fc.boolean(), fc.string({ minLength: 1 })))
    .map(([members, number, yanked]) => {
      const { provenance: _, ...rest } = members
      return { ...rest, filename: `lib-${number}.0.tar.gz`, url: 'https://files.example.org/lib', yanked }
    })
  const page = fc
    .tuple(extra, fc.uniqueArray(file, { selector: ({ filename }) => filename }))
    .map(([{ meta: _, ...members }, files]) => ({ ...members, versions: ['1.0', 'odd'], files }))

  it('comes out as it went in when nothing of it is staged', () => {
    fc.assert(
      fc.property(page, (document) => {
        const sent = JSON.stringify(document)
        const reading = { timeOf, normalize: schemeOf('pypi').normalize }
        const read = overlaidProject('pypi:lib', JSON.parse(sent), 'https://example.org/simple/lib/', reading)
        if (!read.ok) throw new Error(JSON.stringify(read.problem))
        const overlaid = withReleased(read.value, 'all')
        const { body } = overlaidProjectPage(overlaid, stableView(overlaid), links, simpleTypes.json)
        const expected = JSON.parse(sent)
        // A README stands at the top only.
        for (const manifest of Object.values(expected.versions)) delete Object(manifest).readme
        expect(JSON.parse(body)).toEqual(expected)
      }),
    )
  })
})
