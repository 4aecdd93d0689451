import { describe, expect, it } from 'vitest'
import type { PackageRecord, VersionRecord } from '../../src/catalog/package-record.ts'
import { publicationOf } from '../../src/catalog/publication-of.ts'
import { fileRecord } from '../engine/world.ts'

const version = (name: string, change: Partial<VersionRecord> = {}): readonly [string, VersionRecord] => [
  name,
  { version: name, files: [fileRecord(name, 0)], manifest: {}, withdrawn: null, createdAt: 0, ...change },
]

const pkg = (
  versions: readonly (readonly [string, VersionRecord])[],
  change: Partial<PackageRecord> = {},
): PackageRecord => ({
  id: 'npm:lib',
  versions: Object.fromEntries(versions),
  tags: {},
  extra: {},
  createdAt: 0,
  modifiedAt: 0,
  revision: 1,
  ...change,
})

const one = version('1.0.0')

describe('what a publisher says of a version', () => {
  it.each<[string, PackageRecord, object | null]>([
    ['nothing', pkg([one, version('1.1.0')]), { standing: 'offered', because: '', latestBelow: null }],
    [
      'that it is deprecated, alone',
      pkg([one, version('1.1.0', { withdrawn: 'leaks' })]),
      { standing: 'deprecated', because: 'leaks', withAll: false },
    ],
    [
      'that everything is deprecated',
      pkg([version('1.0.0', { withdrawn: 'bye' }), version('1.1.0', { withdrawn: 'bye' })]),
      { standing: 'deprecated', withAll: true },
    ],
    [
      'that it is yanked',
      pkg([one, version('1.1.0', { withdrawn: 'leaks' })], { id: 'pypi:lib' }),
      { standing: 'yanked', because: 'leaks' },
    ],
    [
      'nothing any more: its index lost it',
      pkg([one, version('1.1.0', { withdrawn: 'gone', gone: true, doubted: true })]),
      { standing: 'doubted' },
    ],
    [
      'nothing any more, for certain',
      pkg([one, version('1.1.0', { withdrawn: 'gone', gone: true })]),
      { standing: 'gone' },
    ],
    ['that it is unpublished', pkg([one], { unpublished: { '1.1.0': 1 } }), { standing: 'gone' }],
    [
      'that the whole project is quarantined',
      pkg([one, version('1.1.0')], { status: { kind: 'quarantined', reason: 'malware' } }),
      { standing: 'quarantined', because: 'malware' },
    ],
    [
      'that another is latest',
      pkg([one, version('1.1.0')], { tags: { latest: '1.0.0' } }),
      { latestBelow: '1.0.0' },
    ],
    ['that it is latest', pkg([one, version('1.1.0')], { tags: { latest: '1.1.0' } }), { latestBelow: null }],
    [
      'that a later one is latest',
      pkg([one, version('1.1.0')], { tags: { latest: '2.0.0' } }),
      { latestBelow: null },
    ],
    ['nothing: it never was here', pkg([one]), null],
  ])('%s', (_, record, expected) => {
    const fact = publicationOf(record, '1.1.0', 7)
    if (expected === null) expect(fact).toBeNull()
    else expect(fact).toMatchObject({ release: `${record.id}@1.1.0`, observedAt: 7, ...expected })
  })

  it('leaves latest to finals: a pre-release is chosen, not climbed to', () => {
    const record = pkg([one, version('2.0.0-rc.1')], { tags: { latest: '1.0.0' } })
    expect(publicationOf(record, '2.0.0-rc.1', 7)).toMatchObject({ latestBelow: null })
  })
})
