import { expect, it } from 'vitest'
import { compareReleases } from '../../src/contents/compare-releases.ts'
import { tarballOf } from './made-archives.ts'

type Files = Readonly<Record<string, string>>
type Manifest = Readonly<Record<string, unknown>>
type Side = readonly [files: Files, manifest?: Manifest]

const between = (before: Side, after: Side, to = '1.1.0') =>
  compareReleases('npm', tarballOf('1.0.0', ...before), tarballOf(to, ...after)).findings.map(
    ({ level, code, what }) => `${level} ${code}: ${what.join(' | ')}`,
  )

const plain: Side = [{ 'index.js': 'module.exports = {}' }, { main: 'index.js' }]

it.each<[string, Side, Side, string[]]>([
  ['nothing', plain, plain, []],
  [
    'a main that was not packed',
    plain,
    [{ 'a.js': '', 'index.js': '' }, { main: 'dist/index.cjs' }],
    ['stop entry-missing: main: dist/index.cjs'],
  ],
  [
    'exports targets without ./',
    [{ 'index.js': '' }, { exports: './index.js' }],
    [{ 'index.js': '' }, { exports: 'index.js' }],
    ['stop exports-target-invalid: .: index.js'],
  ],
  [
    'a new map that closes files',
    [{ 'index.js': '', 'lib/a.js': '' }, { main: 'index.js' }],
    [{ 'index.js': '', 'lib/a.js': '' }, { exports: { '.': './index.js' } }],
    ['stop exports-map-added: lib/a.js'],
  ],
  [
    'a new map that closes nothing',
    [{ 'index.js': '', 'lib/a.js': '' }, { main: 'index.js' }],
    [{ 'index.js': '', 'lib/a.js': '' }, { exports: { '.': './index.js', './*': './*' } }],
    [],
  ],
  [
    'a subpath of exports',
    [{ 'i.js': '', 'u.js': '' }, { exports: { '.': './i.js', './utils': './u.js' } }],
    [{ 'i.js': '', 'u.js': '' }, { exports: { '.': './i.js' } }],
    ['stop exports-subpath-removed: ./utils'],
  ],
  [
    'a module for what was a script',
    [{ 'index.js': 'module.exports = 1' }, {}],
    [{ 'index.js': 'module.exports = 2' }, { type: 'module' }],
    ['stop format-mismatch: index.js is written for require and loaded as an ES module'],
  ],
  [
    'no require any more',
    [{ 'index.js': 'module.exports = 1' }, {}],
    [{ 'index.js': 'export default 1' }, { type: 'module' }],
    ['ask require-lost: index.js -> index.js'],
  ],
  [
    'an import nobody declares',
    plain,
    [
      { 'index.js': 'module.exports = require("hasown")' },
      { main: 'index.js', dependencies: { 'has-own': '1' } },
    ],
    ['stop undeclared-import: hasown in index.js', 'say dependency-added: has-own 1'],
  ],
  [
    'an import that may fail, a builtin, itself',
    plain,
    [
      {
        'index.js':
          'try { require("bufferutil") } catch {}\nrequire("node:fs"); require("fs/promises"); exports.a = () => require("demo/package.json")',
      },
      { main: 'index.js' },
    ],
    [],
  ],
  [
    'tools of the repository that were packed',
    plain,
    [
      {
        'index.js': 'module.exports = {}',
        'eslint.config.mjs': 'import a from "eslint"',
        'test/a.js': 'require("tape")',
      },
      { main: 'index.js' },
    ],
    [],
  ],
  [
    'a file that is gone',
    [{ 'index.js': 'require("./b")', 'b.js': '' }, {}],
    [{ 'index.js': 'require("./b"); 1' }, {}],
    ['stop broken-relative-import: index.js -> ./b', 'ask file-removed: b.js'],
  ],
  [
    'a helper that is not required',
    [{ 'index.js': 'var a = require("./a"); a()', 'a.js': '' }, {}],
    [{ 'index.js': 'b()', 'a.js': '' }, {}],
    ['stop free-name: b in index.js'],
  ],
  [
    'globals of any place',
    plain,
    [
      {
        'index.js':
          'module.exports = {}; if (typeof Foo === "function") Foo(); fetch(""); new DOMException(); define()',
      },
      { main: 'index.js' },
    ],
    [],
  ],
  [
    'a function that is now an object',
    [{ 'index.js': 'module.exports = function f() {}' }, {}],
    [{ 'index.js': 'module.exports = { f() {} }' }, {}],
    ['stop kind-changed: index.js: function -> object'],
  ],
  [
    'an exported name',
    [{ 'index.js': 'exports.a = 1; exports.b = 2' }, {}],
    [{ 'index.js': 'exports.a = 1' }, {}],
    ['ask name-removed: b'],
  ],
  [
    'a name that a file passes on',
    [{ 'index.mjs': 'export const a = 1' }, { exports: { import: './index.mjs' } }],
    [
      { 'index.mjs': 'export * from "./b.mjs"', 'b.mjs': 'export const a = 1' },
      { exports: { import: './index.mjs' } },
    ],
    [],
  ],
  [
    'types',
    [{ 'index.js': '', 'index.d.ts': 'export type A = 1' }, {}],
    [{ 'index.js': '' }, {}],
    ['stop types-gone: demo'],
  ],
  [
    'one type',
    [{ 'index.js': '', 'index.d.ts': 'export type A = 1;\nexport interface B {}' }, {}],
    [{ 'index.js': '', 'index.d.ts': 'export interface B {}' }, {}],
    ['ask type-removed: A'],
  ],
  [
    'declarations that TypeScript refuses',
    [{ 'index.js': '', 'index.d.ts': 'declare function f(): void;\nexport = f' }, {}],
    [{ 'index.js': '', 'index.d.ts': 'declare function f(): void;\nexport type A = 1;\nexport = f' }, {}],
    ['stop declarations-invalid: index.d.ts: "export =" beside other exports'],
  ],
  [
    'engines',
    [{ 'index.js': '' }, { engines: { node: '>=16 || 14 >=14.18' } }],
    [{ 'index.js': '' }, { engines: { node: '>=18' } }],
    ['ask engines-narrowed: node >=16 || 14 >=14.18 -> >=18'],
  ],
  [
    'wider engines',
    [{ 'index.js': '' }, { engines: { node: '>=18' } }],
    [{ 'index.js': '' }, { engines: { node: '>=16' } }],
    [],
  ],
  [
    'a peer',
    [{ 'index.js': '' }, {}],
    [
      { 'index.js': '' },
      { peerDependencies: { react: '>=18', vue: '3' }, peerDependenciesMeta: { vue: { optional: true } } },
    ],
    ['ask peer-added: react >=18'],
  ],
  [
    'a command',
    [{ 'index.js': '' }, { bin: { a: 'index.js', b: 'index.js' } }],
    [{ 'index.js': '' }, { bin: { a: 'index.js' } }],
    ['ask entry-point-removed: bin b'],
  ],
  [
    'an install script',
    [{ 'index.js': '' }, {}],
    [{ 'index.js': '' }, { scripts: { postinstall: 'node x.js' } }],
    ['ask install-script-added: postinstall: node x.js'],
  ],
])('%s', (_name, before, after, expected) => expect(between(before, after)).toEqual(expected))

it('tells of removals in a major, which its number announces', () => {
  const [files, manifest]: Side = [
    { 'i.js': 'exports.a = 1', 'u.js': '' },
    { exports: { '.': './i.js', './u': './u.js' } },
  ]
  expect(
    between([files, manifest], [{ 'i.js': 'exports.b = 1' }, { exports: { '.': './i.js' } }], '2.0.0'),
  ).toEqual(['say exports-subpath-removed: ./u', 'say name-removed: a'])
})

it.each(['{', '[]', '"x"', '{"exports":{"./a":{"b":[]}},"bin":7,"scripts":[1],"dependencies":null}'])(
  'says nothing about a manifest that is %s, and does not fail',
  (text) => {
    const odd = tarballOf('1.1.0', {})
    const bytes = new Map([['package.json', new TextEncoder().encode(text)]])
    const archive = odd.archive === null ? null : { ...odd.archive, bytes }
    expect(compareReleases('npm', tarballOf('1.0.0', {}), { ...odd, archive }).findings).toEqual([])
  },
)
