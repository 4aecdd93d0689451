import { existsSync, globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { housePicture } from '../scripts/house-picture.ts'
import { circleComplaints } from './tidy/import-circles.ts'
import {
  crowdComplaints,
  importComplaints,
  importsOf,
  namingComplaints,
  purityComplaints,
  sizeComplaints,
  skippingComplaints,
  widthComplaints,
  wordComplaints,
} from './tidy/rules.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const files = (pattern: string) => globSync(pattern, { cwd: root, exclude: ['**/node_modules/**'] }).sort()
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8')
const complaintsOf = (paths: string[], rule: (path: string, text: string) => string[]) =>
  paths.flatMap((path) => rule(path, read(path)))

const source = files('src/**/*.ts')
const around = [
  'scripts/**/*.ts',
  'bench/*.ts',
  'bench/evidence/*.ts',
  'examples/demo/**/*.ts',
  'test/**/*.ts',
].flatMap(files)
// Contract suites are tests too: their one function holds all the cases of a port.
const tests = around.filter(
  (path) => path.startsWith('test/') && importsOf(path, read(path)).includes('vitest'),
)

/** Files of the repository that a file imports. */
const importedBy = (path: string) =>
  importsOf(path, read(path)).flatMap((specifier) =>
    specifier.startsWith('.') ? [posix.normalize(posix.join(posix.dirname(path), specifier))] : [],
  )

describe('the house', () => {
  it('imports run one way', () => expect(complaintsOf(source, importComplaints)).toEqual([]))
  it('no imports run in a circle', () =>
    expect(circleComplaints(new Map(source.map((path) => [path, importedBy(path)])))).toEqual([]))
  it('no folder is a hall', () => expect(crowdComplaints(source)).toEqual([]))
  it('who asks holds no more than it needs', () => expect(complaintsOf(source, widthComplaints)).toEqual([]))
  it('what is pure stays pure', () => expect(complaintsOf(source, purityComplaints)).toEqual([]))
  it('files and functions stay short', () =>
    expect(
      complaintsOf(source.concat(around.filter((path) => !tests.includes(path))), sizeComplaints),
    ).toEqual([]))
  it('tests stay readable in one sitting', () =>
    expect(
      complaintsOf(tests, (path, text) => sizeComplaints(path, text, { file: 400, function: 400 })),
    ).toEqual([]))
  it('nothing is left unfinished or switched off', () =>
    expect(
      complaintsOf(
        source.concat(around).filter((path) => !path.includes('tidy')),
        wordComplaints,
      ),
    ).toEqual([]))
  it('no test is left out without a printed reason', () =>
    expect(
      complaintsOf(
        tests.filter((path) => !path.includes('tidy')),
        skippingComplaints,
      ),
    ).toEqual([]))
  it('names say what is inside', () =>
    expect(complaintsOf([...source, ...files('test/**/*.ts')], namingComplaints)).toEqual([]))

  it('every source file is reached from an entry', () => {
    const reached = new Set<string>()
    const visit = (path: string): void => {
      if (reached.has(path) || !path.endsWith('.ts') || !existsSync(root + path)) return
      reached.add(path)
      importedBy(path).forEach(visit)
    }
    // Beside the program itself: scripts, and the second adapter of every port, which tests and replays run on.
    const entries = [
      ...files('src/main/**/*.ts'),
      ...files('scripts/*.ts'),
      'src/stores/memory/open-memory.ts',
    ]
    entries.forEach(visit)
    expect(source.filter((path) => !reached.has(path))).toEqual([])
  })

  it('the demo and the stand-in import nothing from src', () => {
    const outside = [...files('examples/**/*.ts'), ...files('test/github-stand-in/**/*.ts')].filter(
      (path) => !path.includes('node_modules'),
    )
    const into = outside.filter((path) =>
      importsOf(path, read(path)).some((specifier) => /(^|\/)src\//.test(specifier)),
    )
    expect(into).toEqual([])
  })

  it('docs/architecture.md describes every folder', () => {
    const text = read('docs/architecture.md')
    const folders = [...new Set(source.map((path) => path.split('/')[1]))]
    expect(folders.filter((folder) => !text.includes(`${folder}/`))).toEqual([])
  })

  it('docs/house.svg shows the house as it is (npm run picture draws it)', () =>
    expect(read('docs/house.svg')).toBe(housePicture()))

  it('the four ways that docs/architecture.md follows name files and rooms that are there, each file once', () => {
    const text = read('docs/architecture.md').split('## Four things, followed')[1] ?? ''
    const [ways = '', places = ''] = text.split('## Where a change belongs')
    const pathsIn = (part: string) => [...part.matchAll(/src\/[\w/.-]+/g)].map(([path]) => path)
    const named = pathsIn(ways)
    expect(named.length).toBeGreaterThan(25)
    expect(named.filter((path, index) => named.indexOf(path) !== index)).toEqual([])
    const missing = [...named, ...pathsIn(places)].filter((path) => !existsSync(root + path))
    expect(missing).toEqual([])
  })
})

describe('the checker itself', () => {
  it.each([
    ['src/gates/a.ts', "import { b } from '../versions/b.ts'", 0],
    ['src/gates/a.ts', "import { b } from './deep/b.ts'", 0],
    ['src/gates/deep/a.ts', "import type { b } from '../../rollout/b.ts'", 1],
    ['src/engine/a.ts', "import { b } from '../github/b.ts'", 1],
    ['src/engine/a.ts', "const b = await import('../server/b.ts')", 1],
    ['src/rollout/a.ts', "export { b } from '../engine/b.ts'", 1],
    ['src/rollout/a.ts', "import { readFile } from 'node:fs'", 1],
    ['src/server/a.ts', "import { readFile } from 'node:fs'", 0],
    ['src/server/a.ts', "import { b } from '../engine/b'", 1],
    ['src/server/a.ts', "import { b } from '../../test/b.ts'", 1],
    ['src/elsewhere/a.ts', '', 1],
  ])('%s with `%s` has %i forbidden imports', (path, text, count) => {
    expect(importComplaints(path, text)).toHaveLength(count)
  })

  it.each([
    ['const a = Date.now()', 1],
    ['const a = new Date()', 1],
    ['const a = Math.random()', 1],
    ['const f = async () => 1', 1],
    ['const a = { Date: 1 }; a.Date; interface B { process: string }', 0],
    ['// Date in a comment\nconst text = "Date"', 0],
  ])('`%s` has %i impurities', (text, count) => {
    expect(purityComplaints('src/gates/a.ts', text)).toHaveLength(count)
    expect(purityComplaints('src/server/a.ts', text)).toEqual([])
  })

  it('counts lines of files and functions', () => {
    const body = 'x()\n'.repeat(70)
    expect(sizeComplaints('src/a.ts', `function f() {\n${body}}\n`)).toEqual([
      'src/a.ts:1: function of 72 lines, at most 70; push parts down',
    ])
    expect(sizeComplaints('src/a.ts', `function f() {\n${'x()\n'.repeat(68)}}\n`)).toEqual([])
    expect(sizeComplaints('src/a.ts', 'x()\n'.repeat(300))).toEqual([])
    expect(sizeComplaints('src/a.ts', 'x()\n'.repeat(301))).toEqual([
      'src/a.ts: 301 lines, at most 300; split by theme',
    ])
  })

  it.each<[Record<string, string[]>, string[]]>([
    [{ 'a.ts': ['b.ts'], 'b.ts': ['c.ts'], 'c.ts': [] }, []],
    // Two ways to one file are no circle.
    [{ 'a.ts': ['b.ts', 'c.ts'], 'b.ts': ['d.ts'], 'c.ts': ['d.ts'], 'd.ts': [] }, []],
    [{ 'a.ts': ['b.ts'], 'b.ts': ['a.ts'] }, ['a.ts -> b.ts -> a.ts']],
    [{ 'a.ts': ['a.ts'] }, ['a.ts -> a.ts']],
    [
      { 'z.ts': ['a.ts'], 'a.ts': ['b.ts'], 'b.ts': ['c.ts', 'd.ts'], 'c.ts': ['a.ts'], 'd.ts': [] },
      ['a.ts -> b.ts -> c.ts -> a.ts'],
    ],
    [
      { 'a.ts': ['b.ts'], 'b.ts': ['a.ts', 'c.ts'], 'c.ts': ['d.ts'], 'd.ts': ['c.ts'] },
      ['c.ts -> d.ts -> c.ts', 'a.ts -> b.ts -> a.ts'],
    ],
  ])('in %j finds the circles %j', (graph, ways) => {
    const found = circleComplaints(new Map(Object.entries(graph)))
    expect(found.map((complaint) => complaint.split(':')[0])).toEqual(ways)
  })

  it('counts an import of types as an import', () => {
    expect(importsOf('src/a.ts', "import type { B } from './b.ts'\nexport type { C } from './c.ts'")).toEqual(
      ['./b.ts', './c.ts'],
    )
  })

  it('counts the files of each folder for itself', () => {
    const many = (folder: string, count: number) =>
      Array.from({ length: count }, (_, n) => `${folder}/${n}.ts`)
    expect(crowdComplaints([...many('src/a', 24), ...many('src/a/b', 24)])).toEqual([])
    expect(crowdComplaints(many('src/a', 25))).toEqual([
      'src/a: 25 files side by side, at most 24; make rooms by theme',
    ])
  })

  it('counts methods, however they are written', () => {
    const methods = (count: number) => Array.from({ length: count }, (_, n) => `m${n}(): void`).join('; ')
    const wide = 'Wide has 13 methods, at most 12; split it by who asks'
    expect(widthComplaints('src/a.ts', `interface Slim { ${methods(12)}; readonly data: string }`)).toEqual(
      [],
    )
    expect(widthComplaints('src/a.ts', `interface Wide { ${methods(13)} }`)).toEqual([`src/a.ts:1: ${wide}`])
    expect(
      widthComplaints('src/a.ts', `type Wide = { ${methods(12)}; readonly last: () => void }`),
    ).toHaveLength(1)
  })

  it('sees words and names', () => {
    expect(wordComplaints('a.ts', 'ok()\n// TODO later\nx as unknown as y')).toHaveLength(2)
    expect(skippingComplaints('a.test.ts', "it.skip('x', () => {})")).toHaveLength(1)
    expect(skippingComplaints('a.test.ts', "it.runIf(has)('x', () => {})")).toHaveLength(1)
    expect(skippingComplaints('a.test.ts', "if (!has) console.log('no'); it.runIf(has)('x')")).toEqual([])
    expect(namingComplaints('src/a/date-utils.ts', '')).toHaveLength(1)
    expect(namingComplaints('src/a/index.ts', "export * from './b.ts'")).toHaveLength(2)
    expect(namingComplaints('src/a/camelCase.ts', 'export default 1')).toHaveLength(2)
    expect(namingComplaints('src/a/good-name.ts', 'export const a = 1')).toEqual([])
  })
})
