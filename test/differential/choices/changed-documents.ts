/** Real documents of registries with something changed in them: what publishers, registries and strangers may write. */
import fc from 'fast-check'
import type { RecordedFile, RecordedPackument, RecordedProject } from '../recorded.ts'

type Manifest = Record<string, unknown>
export interface Packument {
  [member: string]: unknown
  name: string
  'dist-tags': Record<string, string>
  versions: Record<string, Manifest>
  time: Record<string, string>
}
export type PageFile = Record<string, unknown> & { filename: string; url: string }
export interface Project {
  [member: string]: unknown
  name: string
  files: PageFile[]
}

/** One change; `at` says where, in documents of any length. */
type Change<Document> = (document: Document, at: number) => void
interface Named<Document> {
  readonly does: string
  readonly change: Change<Document>
}

const pick = <T>(items: readonly T[], at: number): T | undefined => items[at % Math.max(items.length, 1)]
const each = <T>(values: readonly T[], make: (value: T) => Named<Packument>) => values.map(make)

const copied = (document: Packument, at: number, key: (version: string) => string) => {
  const version = pick(Object.keys(document.versions), at) ?? '1.0.0'
  const made = key(version)
  document.versions[made] ??= { ...document.versions[version], version: made }
}

const spellings: readonly [string, (version: string) => string][] = [
  ['with a v', (version) => `v${version}`],
  ['with build metadata', (version) => `${version}+build`],
  ['with a nought', (version) => `0${version}`],
  ['with a word', (version) => `${version}beta`],
  ['above all', () => '02000.0.0'],
  ['new and above all', () => '3000.0.0'],
  ['an early one above all', () => '3000.0.0-rc.1'],
  ['no version', () => 'nightly'],
]

export const npmChanges: readonly Named<Packument>[] = [
  ...spellings.map(([how, key]) => ({
    does: `lists a version spelled ${how}`,
    change: (document: Packument, at: number) => copied(document, at, key),
  })),
  ...each<unknown>(['use something else', true, '', null, 0, {}], (deprecated) => ({
    does: `deprecates one by ${JSON.stringify(deprecated)}`,
    change: ({ versions }, at) => void Object.assign(pick(Object.values(versions), at) ?? {}, { deprecated }),
  })),
  {
    does: 'deprecates all but one',
    change: ({ versions }, at) => {
      for (const [index, manifest] of Object.values(versions).entries())
        if (index !== at % Object.keys(versions).length) manifest.deprecated = 'no'
    },
  },
  ...each<unknown>(
    [{ node: '>=99' }, { node: '>=1' }, ['node'], { node: 5 }, 'x', { npm: '<1' }, null],
    (engines) => ({
      does: `gives one the engines ${JSON.stringify(engines)}`,
      change: ({ versions }, at) => void Object.assign(pick(Object.values(versions), at) ?? {}, { engines }),
    }),
  ),
  {
    does: 'asks for other engines everywhere but in one',
    change: ({ versions }, at) => {
      for (const [index, manifest] of Object.values(versions).entries())
        if (index !== at % Object.keys(versions).length) manifest.engines = { node: '>=99' }
    },
  },
  {
    does: 'moves latest',
    change: (document, at) => {
      document['dist-tags'].latest = pick(Object.keys(document.versions), at) ?? ''
    },
  },
  ...each(['9.9.9', 'nightly', ''], (latest) => ({
    does: `sets latest to ${JSON.stringify(latest)}`,
    change: (document) => void Object.assign(document['dist-tags'], { latest }),
  })),
  { does: 'has no tags', change: (document) => void Object.assign(document, { 'dist-tags': {} }) },
  ...each(['^1.0.0', '*', '>=0', ' ', 'v1', 'stable'], (tag) => ({
    does: `tags the last ${JSON.stringify(tag)}`,
    change: (document) => {
      document['dist-tags'][tag] = Object.keys(document.versions).at(-1) ?? ''
    },
  })),
  { does: 'has no times', change: (document) => void Object.assign(document, { time: {} }) },
  {
    does: 'forgets one time',
    change: ({ time, versions }, at) => void delete time[pick(Object.keys(versions), at) ?? ''],
  },
  {
    does: 'loses a version',
    change: ({ versions }, at) => {
      if (Object.keys(versions).length > 3) delete versions[pick(Object.keys(versions), at) ?? '']
    },
  },
  {
    does: 'loses a tarball',
    change: ({ versions }, at) => void delete pick(Object.values(versions), at)?.dist,
  },
  {
    does: 'carries what clients look for',
    change: (document) => void Object.assign(document, { stagedVersions: {}, readme: 'x', users: {} }),
  },
]

const sdist = (project: Project, version: string): PageFile => {
  const filename = `${project.name}-${version}.tar.gz`
  return { filename, url: `https://files.example.org/${filename}`, yanked: false, hashes: {} }
}
const renamed = (file: PageFile | undefined, name: (known: string) => string): PageFile => {
  const filename = name(file?.filename ?? 'x-1.0.tar.gz')
  return { ...file, filename, url: `https://files.example.org/${filename}`, yanked: false }
}

const addresses: readonly [string, (name: string) => string][] = [
  ['a slash behind it', (name) => `https://f.example.org/${name}/`],
  ['an escaped slash', (name) => `https://f.example.org/x%2F${name}`],
  ['escaped dashes', (name) => `https://f.example.org/${name.replaceAll('-', '%2D')}`],
  ['dashes escaped twice', (name) => `https://f.example.org/${name.replaceAll('-', '%252D')}`],
  ['a query', (name) => `https://f.example.org/${name}?of=x-1.0.tar.gz`],
]

export const pypiChanges: readonly Named<Project>[] = [
  ...[
    '9000.0',
    '9000.0rc1',
    '9000.0.dev1',
    '9000!1.0',
    '9007199254740993',
    '9000.0+local',
    'v9000.1',
    '9000_1',
  ].map((version) => ({
    does: `adds ${version}`,
    change: (project: Project) => void project.files.push(sdist(project, version)),
  })),
  ...['.tgz', '.tar.bz2', '.tar', '.zip', '.tar.lzma'].map((end) => ({
    does: `has an archive that ends in ${end}`,
    change: (project: Project, at: number) =>
      void project.files.push(
        renamed(pick(project.files, at), (name) => name.replace(/(?:-py[^/]*\.whl|\.tar\.gz)$/, end)),
      ),
  })),
  {
    does: 'has a wheel with a build number',
    change: (project, at) =>
      void project.files.push(renamed(pick(project.files, at), (name) => name.replace('-py', '-1-py'))),
  },
  {
    does: 'has a wheel whose version has a low line',
    change: (project, at) =>
      void project.files.push(renamed(pick(project.files, at), (name) => name.replace('-py', '_1-py'))),
  },
  {
    does: 'has a file in capitals',
    change: (project, at) =>
      void project.files.push(renamed(pick(project.files, at), (name) => name.toUpperCase())),
  },
  ...addresses.map(([how, address]) => ({
    does: `says an old name of the newest file, whose address has ${how}`,
    change: (project: Project, at: number) => {
      const newest = project.files.at(-1)
      if (newest !== undefined)
        project.files.push({
          ...newest,
          filename: pick(project.files, at)?.filename ?? '',
          url: address(newest.filename),
        })
    },
  })),
  {
    does: 'lists a name twice',
    change: (project, at) => {
      const known = pick(project.files, at)
      if (known) project.files.unshift({ ...known, url: `https://other.example.org/${known.filename}` })
    },
  },
  ...[true, 'broken', '', null, 0, {}].map((yanked) => ({
    does: `yanks a file by ${JSON.stringify(yanked)}`,
    change: ({ files }: Project, at: number) => void Object.assign(pick(files, at) ?? {}, { yanked }),
  })),
  {
    does: 'yanks nearly all',
    change: ({ files }, at) => {
      for (const [index, file] of files.entries()) if (index !== at % files.length) file.yanked = 'no'
    },
  },
  ...['>=3.99', '<3', 'no specifier', '', null, '!=3.12.*'].map((python) => ({
    does: `asks for Python ${JSON.stringify(python)}`,
    change: ({ files }: Project, at: number) =>
      void Object.assign(pick(files, at) ?? {}, { 'requires-python': python }),
  })),
  { does: 'has no times', change: ({ files }) => files.forEach((file) => void delete file['upload-time']) },
  {
    does: 'loses a file',
    change: ({ files }, at) => void (files.length > 3 && files.splice(at % files.length, 1)),
  },
]

/** The document with some changes, and what they are, for people who read a failure. */
function changed<Document>(
  documents: readonly Document[],
  changes: readonly Named<Document>[],
): fc.Arbitrary<{ readonly document: Document; readonly does: readonly string[] }> {
  const step = fc.record({ change: fc.constantFrom(...changes), at: fc.nat(200) })
  return fc
    .record({ of: fc.constantFrom(...documents), steps: fc.array(step, { maxLength: 5 }) })
    .map(({ of, steps }) => {
      const document = structuredClone(of)
      for (const { change, at } of steps) change.change(document, at)
      return { document, does: steps.map(({ change, at }) => `${change.does} (${at})`) }
    })
}

export const changedPackuments = (of: readonly RecordedPackument[]) =>
  changed<Packument>(
    of.map((one) => JSON.parse(JSON.stringify(one))),
    npmChanges,
  )

/** Pages with at most 40 of their files, the last ones: more only cost time. */
export const changedProjects = (of: readonly RecordedProject['json'][]) =>
  changed<Project>(
    of.map(({ files, ...rest }) => JSON.parse(JSON.stringify({ ...rest, files: newest(files) }))),
    pypiChanges,
  )

const newest = (files: readonly RecordedFile[]) => files.slice(-40)
