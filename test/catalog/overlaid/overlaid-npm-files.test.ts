import { describe, expect, it } from 'vitest'
import { overlaidPackument } from '../../../src/catalog/overlaid/overlaid-packument.ts'

const base = 'https://registry.example/lib'

/** The package with one version of this manifest and these other members. */
function read(manifest: unknown, members: object = {}) {
  const document = { name: 'lib', versions: { '1.0.0': manifest }, ...members }
  const overlaid = overlaidPackument('npm:lib', document, base, (text) =>
    Number.isNaN(Date.parse(text)) ? null : Date.parse(text),
  )
  if (!overlaid.ok) throw new Error(JSON.stringify(overlaid.problem))
  return overlaid.value
}

describe('what is read of a version', () => {
  it.each<[string, object, object]>([
    [
      'an address',
      { tarball: 'https://cdn.example/a%20b.tgz' },
      { name: 'lib-1.0.0.tgz', url: 'https://cdn.example/a%20b.tgz' },
    ],
    [
      'one that is relative',
      { tarball: '/lib/-/lib.tgz' },
      { url: 'https://registry.example/lib/-/lib.tgz' },
    ],
    ['a name that cannot be decoded', { tarball: '/lib/-/a%ff.tgz' }, { name: 'lib-1.0.0.tgz' }],
    ['its integrity', { tarball: '/a.tgz', integrity: 'sha512-x', shasum: 'y' }, { digest: 'sha512-x' }],
    ['its older digest', { tarball: '/a.tgz', integrity: '', shasum: 'y' }, { digest: 'sha1:y' }],
    ['no digest', { tarball: '/a.tgz', shasum: '' }, { digest: null }],
  ])('%s', (_, dist, expected) => {
    const overlaid = read({ dist })
    expect([...overlaid.files.values()]).toMatchObject([{ version: '1.0.0', ...expected }])
    expect(overlaid.record.versions['1.0.0']?.files).toHaveLength(1)
  })

  it.each([
    ['no dist', {}],
    ['a dist that is none', { dist: 'odd' }],
    ['an address that is no text', { dist: { tarball: 1 } }],
    ['an address of another kind', { dist: { tarball: 'file:///etc/passwd' } }],
    ['an address that is none', { dist: { tarball: 'http://[' } }],
  ])('%s means that there is nothing to install', (_, manifest) => {
    const overlaid = read(manifest)
    expect(overlaid.files.size).toBe(0)
    expect(overlaid.record.versions['1.0.0']?.files).toEqual([])
  })

  it.each([
    [undefined, null],
    ['', null],
    [false, null],
    ['use b', '"use b"'],
    [true, 'true'],
  ])('deprecated as %j is withdrawn as %j', (deprecated, withdrawn) => {
    expect(read({ deprecated }).record.versions['1.0.0']?.withdrawn).toBe(withdrawn)
  })

  it('what is no manifest is left out', () => expect(read('odd').versions).toEqual([]))
})

describe('tags and times', () => {
  it.each<[object, object]>([
    [{ 'dist-tags': { latest: '1.0.0', odd: 1, next: 'odd' } }, { latest: '1.0.0' }],
    [{ 'dist-tags': 'odd' }, {}],
    [{}, {}],
  ])('of %j are %j', (members, tags) => expect(read({}, members).record.tags).toEqual(tags))

  it.each<[unknown, number | undefined, number]>([
    [
      { '1.0.0': '2026-01-01T00:00:00Z', modified: '2026-01-02T00:00:00Z' },
      Date.UTC(2026, 0, 1),
      Date.UTC(2026, 0, 2),
    ],
    [{ '1.0.0': 'odd', modified: 1 }, undefined, 0],
    ['odd', undefined, 0],
  ])('of %j are read', (time, uploaded, modified) => {
    const { uploadedAt, record } = read({}, { time })
    expect([uploadedAt.get('1.0.0'), record.modifiedAt]).toEqual([uploaded, modified])
  })
})
