/** What cannot be understood is hidden as soon as a rule stages a package, and passed on where none does. */
import { describe, expect, it } from 'vitest'
import { simpleTypes } from '../../../src/catalog/hosted/project-page.ts'
import { overlaidProject } from '../../../src/catalog/overlaid/overlaid-project.ts'
import { overlaidProjectPage } from '../../../src/catalog/overlaid/overlaid-pypi-documents.ts'
import { withReleased } from '../../../src/catalog/overlaid/plan-adoption.ts'
import { packageViews, viewDelta, visibilityOf } from '../../../src/catalog/views/package-views.ts'
import { simpleHtmlDocument } from '../../../src/upstream/simple-html.ts'
import { schemeOf } from '../../../src/versions/scheme-of.ts'

const links = {
  fileUrl: (_: string, upstream: string) => upstream,
  statusUrl: (version: string) => `/${version}`,
}
const base = 'https://index.example.org/lib/'

/** The names of files that the stable view lets installers choose from; 1.0 was there before, all else is new. */
function offered(document: object, released: 'all' | readonly string[] = ['1.0']): readonly string[] {
  const normalize = schemeOf('pypi').normalize
  const read = overlaidProject('pypi:lib', document, base, { timeOf: () => null, normalize })
  if (!read.ok) throw new Error(JSON.stringify(read.problem))
  const overlaid = withReleased(read.value, released)
  const views = packageViews(overlaid.record, [])
  const visibility = visibilityOf(
    views,
    viewDelta(views, { kind: 'stable' }, () => 0),
  )
  const { body } = overlaidProjectPage(overlaid, visibility, links, simpleTypes.json)
  const { files } = JSON.parse(body) as { files: { filename: string; yanked: unknown }[] }
  return files.filter(({ yanked }) => yanked === false).map(({ filename }) => filename)
}

const old = { filename: 'lib-1.0.tar.gz', url: '/files/lib-1.0.tar.gz' }
const names = [
  'lib-2.0.tar.bz2',
  'lib-2.0.tgz',
  'lib-2.0.tar.xz',
  'lib-2.0.tar',
  'lib-2.0-py2.7.egg',
  'lib-2.0.win32-py2.7.exe',
  'lib-2.0-cp39-odd tag-any.whl',
  `lib-2.0-py3-none-${'x'.repeat(300)}.whl`,
  'lib-99999999999999999999.tar.gz',
  'lib-9007199254740993.0-py3-none-any.whl',
  'lib_2.0.tar.gz',
  'lib-v2 final.zip',
]

describe('a file whose name is odd', () => {
  it.each(names)('%s is hidden while its version is, and passed on without a rule', (filename) => {
    const document = { files: [old, { filename, url: `/files/${encodeURIComponent(filename)}` }] }
    expect(offered(document)).toEqual([old.filename])
    expect(offered(document, 'all')).toEqual([old.filename, filename])
  })

  it('of a version that is out is shown with it', () => {
    const files = ['lib-1.0.tar.bz2', 'lib-1.0-py2.7.egg'].map((filename) => ({
      filename,
      url: `/f/${filename}`,
    }))
    expect(offered({ files: [old, ...files] })).toEqual([
      old.filename,
      ...files.map(({ filename }) => filename),
    ])
  })

  it('is hidden where its name and its address say different versions: installers differ in whom they believe', () => {
    expect(offered({ files: [old, { filename: 'lib-1.0.zip', url: '/files/lib-2.0.zip' }] })).toEqual([
      old.filename,
    ])
  })

  it('is told by its address on a page in HTML, whatever the link says', () => {
    const page = (text: string) =>
      simpleHtmlDocument(
        `<a href="/f/lib-1.0.tar.gz">lib-1.0.tar.gz</a><a href="/f/lib-2.0.tar.gz">${text}</a>`,
        base,
      )
    for (const text of ['lib-1.0.zip', 'lib-2.0.ta', 'lib', ''])
      expect(offered(page(text))).toEqual([old.filename])
  })

  it.each([
    ['a slash behind it', '/f/lib-2.0.tar.gz/'],
    ['a slash that is escaped', '/f/lib-1.0.zip%2Flib-2.0.tar.gz'],
    ['a dash that is escaped twice', '/f/lib%252D2.0-py3-none-any.whl'],
    ['a query', '/f/lib-2.0.tar.gz?name=/lib-1.0.tar.gz'],
    ['a bad escape beside good ones', '/f/%zz/lib%2D2.0.tar.gz'],
  ])('is told by its address as pip reads it: %s', (_, url) => {
    const disguised = { filename: url.includes('.whl') ? 'lib-1.0-py3-none-any.whl' : 'lib-1.0.zip', url }
    expect(offered({ files: [old, disguised] })).toEqual([old.filename])
    expect(
      offered(simpleHtmlDocument(`<a href="/f/lib-1.0.tar.gz">x</a><a href="${url}">y</a>`, base)),
    ).toEqual([old.filename])
  })

  it('and comes twice is the first: nobody can say what the other one holds', () => {
    const document = { files: [old, { ...old, url: '/other/lib-1.0.tar.gz', hashes: { sha256: 'ff' } }] }
    expect(offered(document)).toEqual([old.filename])
    expect(offered(document, 'all')).toEqual([old.filename])
  })

  it('has the base address of the page that installers take: the first, for all links', () => {
    const { files } = simpleHtmlDocument(
      '<a href="a-1.tar.gz#sha256=ab&egg=a-2">a</a><base href="/one/"><base href="/two/"><a href="b-1.tar.gz">b</a>',
      base,
    )
    expect(files).toMatchObject([
      { url: 'https://index.example.org/one/a-1.tar.gz', hashes: { sha256: 'ab' } },
      { url: 'https://index.example.org/one/b-1.tar.gz' },
    ])
  })

  it('with a bad escape in its address does not spoil the page', () => {
    const document = simpleHtmlDocument(
      '<a href="/f/lib-1.0.tar.gz">x</a><a href="/f/lib-%zz.zip">y</a>',
      base,
    )
    expect(offered(document)).toEqual([old.filename])
  })
})

describe('a version whose text is odd', () => {
  const files = (...texts: readonly string[]) =>
    texts.map((text) => ({ filename: `lib-${text}.tar.gz`, url: `/f/lib-${text}.tar.gz` }))

  it.each(['', '1!', '1.', '1.0.post', '1.0rc', '1.0.dev', '1.0+'])(
    'is not its neighbour above 2^53: %s',
    (start) => {
      const [out, next] = [`${start}9007199254740992`, `${start}9007199254740993`]
      const { normalize } = schemeOf('pypi')
      expect([normalize(out), normalize(next)]).toEqual([null, null])
      expect(normalize(`${start}9007199254740991`)).toBe(`${start}9007199254740991`)
      const document = { files: files('0.1', out, next) }
      expect(offered(document, ['0.1', out])).toEqual(['lib-0.1.tar.gz'])
    },
  )

  it('has a long number only where letters make it a word', () => {
    expect(schemeOf('pypi').normalize('1.0+g12345678901234567890')).toBe('1.0+g12345678901234567890')
  })

  it('of a wheel is read as installers read it: 1.0_1 is the post release, not 1.0.1', () => {
    const wheel = { filename: 'lib-1.0_1-py3-none-any.whl', url: '/f/lib-1.0_1-py3-none-any.whl' }
    const document = { files: [...files('1.0', '1.0.1'), wheel] }
    expect(offered(document, ['1.0', '1.0.1'])).toEqual(['lib-1.0.tar.gz', 'lib-1.0.1.tar.gz'])
    expect(offered(document, ['1.0', '1.0.post1'])).toEqual(['lib-1.0.tar.gz', wheel.filename])
  })
})

it.each([
  ['a form that is not known here', { meta: { 'api-version': '2.0' }, files: [] }, 'meta.api-version'],
  ['another project by name', { name: 'other', files: [] }, 'name'],
  ['another project by its files', { files: [{ filename: 'other-1.0.tar.gz', url: '/o' }] }, 'files'],
])('a document of %s is refused', (_, document, field) => {
  const normalize = schemeOf('pypi').normalize
  const read = overlaidProject('pypi:lib', document, base, { timeOf: () => null, normalize })
  expect(read).toMatchObject({ ok: false, problem: { field } })
})
