import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compareReleases } from '../../src/contents/compare-releases.ts'
import { archiveOf } from './made-archives.ts'

const words = [
  'import',
  'from',
  '.',
  '..',
  '*',
  '(',
  ')',
  'class A:',
  'def f(',
  '):',
  '\n',
  '  ',
  '__all__',
  '=',
  '[',
  ']',
  "'",
  '"""',
  'try:',
  'except',
  'raise',
  '\\',
  '\0',
  '{',
  '}',
  'export',
  'require(',
  'é',
  '`${',
  '/*',
  '@',
  'lambda',
  ',',
  '/',
  'async',
]
const text = fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((parts) => parts.join(' '))
const files = fc.dictionary(
  fc.constantFrom(
    'demo/__init__.py',
    'demo/a.py',
    'index.js',
    'b.mjs',
    'index.d.ts',
    'd-1.dist-info/METADATA',
    'd-1.dist-info/entry_points.txt',
  ),
  text,
)
const metadata = { 'd-1.dist-info/METADATA': '' }
const manifest = fc.json({ maxDepth: 4 })

it('is total: whatever files hold, there is an answer, and none about a release compared with itself', () => {
  fc.assert(
    fc.property(files, files, manifest, manifest, (left, right, one, other) => {
      const before = {
        version: '1.0.0',
        files: [],
        archive: archiveOf('d-1-py3-none-any.whl', { ...left, 'package.json': one }),
      }
      const after = {
        version: '1.1.0',
        files: [],
        archive: archiveOf('d-1-py3-none-any.whl', { ...right, 'package.json': other }),
      }
      for (const ecosystem of ['pypi', 'npm'] as const) {
        compareReleases(ecosystem, before, after, [{ release: 'x', archive: after.archive }])
        expect(compareReleases(ecosystem, after, after).findings).toEqual([])
      }
    }),
    {
      numRuns: Number(process.env.HOSTILE_RUNS ?? 60),
      // No name of Python, and no pattern either.
      examples: [[metadata, { ...metadata, 'demo/__init__.py': 'import import )' }, '[]', '{}']],
    },
  )
})

it('a source that nests without end is read or left, and ends', () => {
  const deep = (open: string, close: string) => `x = ${open.repeat(20_000)}1${close.repeat(20_000)}`
  for (const [path, source] of [
    ['demo.py', deep('(', ')')],
    ['index.js', deep('[', ']')],
    ['demo.py', Array.from({ length: 800 }, (_, at) => `${' '.repeat(at)}if 1:`).join('\n')],
  ] as const) {
    const side = (version: string, more: string) => ({
      version,
      files: [],
      archive: archiveOf('d-1-py3-none-any.whl', { [path]: source + more, 'package.json': '{}' }),
    })
    for (const ecosystem of ['pypi', 'npm'] as const)
      expect(compareReleases(ecosystem, side('1.0.0', ''), side('1.1.0', '\n')).findings).toEqual([])
  }
})

it('a line without end in a module is left alone', () => {
  const text = `export const a = 1\n${"'".repeat(3)}${'x"'.repeat(200_000)}`
  const side = (version: string, more: string) => ({
    version,
    files: [],
    archive: archiveOf('d.tgz', { 'index.mjs': text + more, 'package.json': '{"exports":"./index.mjs"}' }),
  })
  expect(compareReleases('npm', side('1.0.0', ''), side('1.1.0', '\n')).findings).toEqual([])
})
