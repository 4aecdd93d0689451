import { expect, it } from 'vitest'
import { type Reading, upstreamChanges } from '../../../src/catalog/overlaid/upstream-changes.ts'

type File = readonly [name: string, version: string | null, digest: string | null]

/** A reading of an upstream package: its files, and its versions with the reason they were withdrawn for. */
function reading(files: readonly File[], versions: Readonly<Record<string, string | null>>): Reading {
  const record = (version: string, withdrawn: string | null) => ({
    version,
    files: [],
    manifest: {},
    withdrawn,
    createdAt: 0,
  })
  return {
    record: {
      id: 'pypi:demo',
      versions: Object.fromEntries(Object.entries(versions).map(([v, why]) => [v, record(v, why)])),
      tags: {},
      extra: {},
      createdAt: 0,
      modifiedAt: 0,
      revision: 1,
    },
    files: new Map(
      files.map(([name, version, digest]) => [
        name,
        { name, version, digest, url: '', metadataDigest: null },
      ]),
    ),
  }
}

const one = { '1.0': null }

it.each([
  ['nothing', [['a', '1.0', 'sha256-x']], one, [['a', '1.0', 'sha256-x']], one, []],
  [
    'a new version',
    [['a', '1.0', 'sha256-x']],
    one,
    [
      ['a', '1.0', 'sha256-x'],
      ['b', '2.0', null],
    ],
    { ...one, '2.0': null },
    [],
  ],
  ['another kind of digest', [['a', '1.0', 'sha256-x']], one, [['a', '1.0', 'sha512-y']], one, []],
  ['a digest that was not known', [['a', '1.0', null]], one, [['a', '1.0', 'sha256-y']], one, []],
  [
    'bytes replaced',
    [['a', '1.0', 'sha256-x']],
    one,
    [['a', '1.0', 'sha256-y']],
    one,
    ['replaced 1.0 a sha256-x -> sha256-y'],
  ],
  ['a file gone that belongs to no version', [['a', null, null]], one, [], one, ['deleted  a ']],
  ['a file added to no version', [], one, [['a', null, null]], one, []],
  ['a late file', [], one, [['a', '1.0', null]], one, ['added 1.0 a ']],
  ['a yank', [], one, [], { '1.0': 'broken' }, ['yanked 1.0 null broken']],
  ['a yank taken back', [], { '1.0': 'broken' }, [], one, ['unyanked 1.0 null ']],
  ['a version gone', [], one, [], {}, []],
] as const)('an upstream that changed %s', (_, files, versions, laterFiles, laterVersions, expected) => {
  const changes = upstreamChanges(reading(files, versions), reading(laterFiles, laterVersions))
  expect(changes.map(({ kind, version, file, detail }) => `${kind} ${version} ${file} ${detail}`)).toEqual(
    expected,
  )
})
