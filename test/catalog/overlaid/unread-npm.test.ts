/** Versions and tags of an npm document that npm reads otherwise than we do. */
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { overlaidFullPackument, overlaidTags } from '../../../src/catalog/overlaid/overlaid-npm-documents.ts'
import { overlaidPackument } from '../../../src/catalog/overlaid/overlaid-packument.ts'
import { withReleased } from '../../../src/catalog/overlaid/plan-adoption.ts'
import { packageViews, viewDelta, visibilityOf } from '../../../src/catalog/views/package-views.ts'

const require = createRequire(import.meta.url)
/** What npm itself picks from a document for a spec. */
const pickManifest: (document: object, spec: string, options: object) => { tarball: string } =
  require('npm-pick-manifest')

const links = { fileUrl: (_: string, upstream: string) => upstream, statusUrl: () => '/status' }
interface Odd {
  readonly deprecated?: unknown
  readonly engines?: unknown
}

/** The stable view where a rule stages the package and these count as released; all others are new. */
function stable(
  versions: Readonly<Record<string, Odd>>,
  tags: Readonly<Record<string, string>>,
  released: 'all' | readonly string[],
) {
  const manifests = Object.entries(versions).map(([key, odd]) => [
    key,
    {
      name: 'lib',
      version: key,
      ...odd,
      dist: { tarball: `https://r.example.org/${encodeURIComponent(key)}.tgz` },
    },
  ])
  const document = { name: 'lib', 'dist-tags': tags, versions: Object.fromEntries(manifests) }
  const read = overlaidPackument('npm:lib', document, 'https://r.example.org/lib', () => null)
  if (!read.ok) throw new Error(JSON.stringify(read.problem))
  const overlaid = withReleased(read.value, released)
  const views = packageViews(overlaid.record, [])
  const visibility = visibilityOf(
    views,
    viewDelta(views, { kind: 'stable' }, () => 0),
  )
  const shown = JSON.parse(overlaidFullPackument(overlaid, visibility, links).body)
  const picked = (spec: string) => pickManifest(shown, spec, { nodeVersion: '24.0.0', npmVersion: '12.0.0' })
  return {
    tags: overlaidTags(overlaid, visibility),
    shown,
    picks: (spec: string) =>
      decodeURIComponent(/([^/]*)\.tgz$/.exec(Object(picked(spec)).dist.tarball)?.[1] ?? ''),
  }
}

describe('a version that npm reads loosely', () => {
  const odd = ['02.0.0', '2.0.0beta', 'v2.0.0', '=2.0.0', '2.0.0+build', ' 2.0.0']

  it.each(odd)('%j is picked by no range, whatever is deprecated', (key) => {
    const { picks } = stable({ '1.0.0': { deprecated: 'old' }, [key]: {} }, { latest: key, '^1.0.0': key }, [
      '1.0.0',
    ])
    for (const spec of ['', '*', 'latest', '>=1.0.0', '^1 || ^2', '>=1.0.0-0'])
      expect([spec, picks(spec)]).toEqual([spec, '1.0.0'])
  })

  it.each(odd)('%j is picked by no range, whatever its engines are', (key) => {
    const { picks } = stable({ '1.0.0': { engines: { node: '>=99' } }, [key]: {} }, { latest: '1.0.0' }, [
      '1.0.0',
    ])
    for (const spec of ['*', 'latest', '>=1.0.0']) expect([spec, picks(spec)]).toEqual([spec, '1.0.0'])
  })

  it.each(['v1.0.0', '1.0.0+build', '=1.0.0', '01.0.0'])(
    '%s beside 1.0.0 is another one, and hidden: who has 1.0.0 did not ask for it',
    (key) => {
      const { shown, tags, picks } = stable({ [key]: {}, '0.9.0': {}, '1.0.0': {} }, { latest: key }, [
        '0.9.0',
        '1.0.0',
      ])
      expect(shown.versions[key].deprecated).toMatch(/^Hidden by Slipway/)
      expect(shown.versions['1.0.0']).not.toHaveProperty('deprecated')
      expect(tags.latest).toBe('1.0.0')
      for (const spec of ['*', '^1.0.0', '1.0.0', 'latest'])
        expect([spec, picks(spec)]).toEqual([spec, '1.0.0'])
    },
  )

  it.each(['v1.0.0', '1.0.0+build'])('%s alone is that version', (key) => {
    expect(stable({ [key]: {} }, { latest: key }, ['1.0.0']).shown.versions[key]).not.toHaveProperty(
      'deprecated',
    )
  })

  it('is passed on as it is without a rule', () => {
    const { shown, tags } = stable({ '1.0.0': {}, '02.0.0': {} }, { latest: '02.0.0' }, 'all')
    expect([shown.versions['02.0.0'].deprecated, tags.latest]).toEqual([undefined, '02.0.0'])
  })
})

describe('a tag', () => {
  it.each([
    '^2.0.0',
    '>=02',
    '2.x',
    '>=2.0.0beta',
    ' ',
    '*',
    '~v2',
    '2.0.0 - 3',
    '1 || 2',
    'v2',
    '='.padEnd(3000, '1'),
  ])('%j that may be taken for a range points to nothing hidden', (tag) => {
    expect(stable({ '1.0.0': {}, '2.0.0': {} }, { latest: '1.0.0', [tag]: '2.0.0' }, ['1.0.0']).tags).toEqual(
      {
        latest: '1.0.0',
      },
    )
  })

  it.each(['next', 'v17-lts', 'v1-latest', '2x', 'constructor'])('%s is an explicit choice', (tag) => {
    expect(
      stable({ '1.0.0': {}, '2.0.0': {} }, { latest: '1.0.0', [tag]: '2.0.0' }, ['1.0.0']).tags[tag],
    ).toBe('2.0.0')
  })

  it('latest that points to nothing is what the view offers', () => {
    expect(stable({ '1.0.0': {}, '2.0.0': {} }, { latest: '9.9.9' }, ['1.0.0']).tags).toEqual({
      latest: '1.0.0',
    })
  })
})

it.each([null, '', false, 0])('deprecated: %j is no deprecation', (deprecated) => {
  const document = {
    name: 'lib',
    versions: { '1.0.0': { deprecated, dist: { tarball: 'https://r.example.org/a.tgz' } } },
  }
  const read = overlaidPackument('npm:lib', document, 'https://r.example.org/lib', () => null)
  expect(read).toMatchObject({ ok: true, value: { record: { versions: { '1.0.0': { withdrawn: null } } } } })
})
