import { describe, expect, it } from 'vitest'
import { findBumps, manifestOf } from '../../../src/github/calls/find-bumps.ts'

const npm = 'npm:demo@1.1.0'
const scoped = 'npm:@acme/lib@2.0.0'
const python = 'pypi:demo-lib@1.1.0'
const all = [npm, scoped, python, 'npm:other@9.9.9', 'pypi:other@9.9.9']

const found = (path: string, ...patch: readonly string[]) =>
  findBumps([{ path, patch: ['@@ -1,4 +1,4 @@', ...patch].join('\n') }], all)

describe('a pull request bumps to a release', () => {
  it.each([
    ['a manifest', 'package.json', npm, ['-    "demo": "^1.0.0",', '+    "demo": "^1.1.0",']],
    ['an exact pin', 'web/package.json', npm, ['+    "demo": "1.1.0"']],
    ['a scoped name', 'package.json', scoped, ['+    "@acme/lib": "~2.0.0"']],
    ['an alias', 'package.json', npm, ['+    "old-demo": "npm:demo@1.1.0"']],
    [
      'package-lock.json',
      'package-lock.json',
      npm,
      [
        '     "node_modules/demo": {',
        '-      "version": "1.0.0",',
        '+      "version": "1.1.0",',
        '+      "resolved": "https://registry.npmjs.org/demo/-/demo-1.1.0.tgz",',
      ],
    ],
    [
      'a lockfile whose hunk shows the tarball only',
      'package-lock.json',
      scoped,
      ['+      "resolved": "https://index.test/npm/@acme/lib/-/lib-2.0.0.tgz",'],
    ],
    ['Yarn 1', 'yarn.lock', npm, ['-demo@^1.0.0:', '+demo@^1.1.0:', '+  version "1.1.0"']],
    ['Yarn 4', 'yarn.lock', npm, ['+  resolution: "demo@npm:1.1.0"']],
    ['pnpm packages', 'pnpm-lock.yaml', npm, ['+  demo@1.1.0:', '+    resolution: {integrity: sha512-x}']],
    ['old pnpm packages', 'pnpm-lock.yaml', scoped, ['+  /@acme/lib@2.0.0:']],
    [
      'pnpm importers',
      'pnpm-lock.yaml',
      npm,
      [
        '       demo:',
        '         specifier: ^1.0.0',
        '-        version: 1.0.0',
        '+        version: 1.1.0(react@19.0.0)',
      ],
    ],
    ['Bun', 'bun.lock', npm, ['+    "demo": ["demo@1.1.0", "", {}, "sha512-x"],']],
    ['Deno', 'deno.json', npm, ['+    "demo": "npm:demo@^1.1.0"']],
    ['requirements', 'requirements.txt', python, ['-demo-lib==1.0.0', '+Demo_Lib[extra]==1.1.0 \\']],
    ['requirements in a folder', 'requirements/dev.in', python, ['+demo.lib >= 1.1']],
    ['constraints', 'constraints-3.14.txt', python, ['+demo-lib~=1.1.0']],
    ['pyproject dependencies', 'pyproject.toml', python, ['+    "demo-lib>=1.1.0,<2",']],
    ['Poetry tables', 'pyproject.toml', python, ['+demo-lib = "^1.1.0"']],
    [
      'Poetry inline tables',
      'pyproject.toml',
      python,
      ['+demo-lib = { extras = ["x"], version = "^1.1.0" }'],
    ],
    [
      'poetry.lock',
      'poetry.lock',
      python,
      [' [[package]]', ' name = "demo-lib"', '-version = "1.0.0"', '+version = "1.1.0"'],
    ],
    [
      'uv.lock',
      'uv.lock',
      python,
      ['+sdist = { url = "https://files.test/x/demo_lib-1.1.0.tar.gz", hash = "sha256:x" }'],
    ],
    ['Pipfile.lock', 'Pipfile.lock', python, ['         "demo-lib": {', '+            "version": "==1.1.0"']],
    ['a version written otherwise', 'requirements.txt', python, ['+demo-lib==1.1.0.0']],
  ] as const)('in %s', (_, path, release, patch) => {
    expect(found(path, ...patch)).toEqual([release])
  })

  it.each([
    ['a line that was taken out', 'package.json', ['-    "demo": "^1.1.0"']],
    ['a line that was there before', 'package.json', ['     "demo": "^1.1.0"']],
    ['another version', 'package.json', ['+    "demo": "^1.1.1"']],
    ['a bound from above', 'requirements.txt', ['+demo-lib<1.1.0', '+demo-lib!=1.1.0']],
    [
      'another package of the same last name',
      'package-lock.json',
      [
        '+  "resolved": "https://registry.npmjs.org/@other/demo/-/demo-1.1.0.tgz"',
        '+    "@other/demo": "1.1.0"',
      ],
    ],
    ['another package that ends the same', 'pnpm-lock.yaml', ['+  /@other/demo@1.1.0:', '+  my-demo@1.1.0:']],
    ['a package of the other ecosystem', 'requirements.txt', ['+demo==1.1.0']],
    [
      'the version of another entry',
      'poetry.lock',
      [
        ' name = "demo-lib"',
        ' version = "1.0.0"',
        ' ',
        ' [[package]]',
        ' name = "zebra"',
        '+version = "1.1.0"',
      ],
    ],
    [
      'the version of another hunk',
      'package-lock.json',
      ['     "node_modules/demo": {', '@@ -80,4 +80,4 @@', '+      "version": "1.1.0",'],
    ],
    ['a text that says so', 'CHANGELOG.md', ['+"demo": "^1.1.0"', '+demo==1.1.0']],
  ] as const)('but not for %s', (_, path, patch) => {
    expect(found(path, ...patch)).toEqual([])
  })

  it('names every release that one pull request bumps to', () => {
    const files = [
      { path: 'package.json', patch: '@@\n+ "demo": "1.1.0",\n+ "@acme/lib": "^2.0.0"' },
      { path: 'py/requirements.txt', patch: '@@\n+demo-lib==1.1.0' },
      { path: 'huge-lock/package-lock.json', patch: null },
    ]
    expect(findBumps(files, all)).toEqual([npm, scoped, python])
  })

  it('is not slowed down by a hostile diff', () => {
    const lines = Array.from({ length: 4000 }, () => `+${'"demo": 1 '.repeat(100)}`)
    const nested = `+demo-lib${'['.repeat(1500)}`
    const began = performance.now()
    expect(found('package.json', ...lines, `+${'a'.repeat(5_000_000)}`)).toEqual([])
    expect(found('requirements.txt', ...Array.from({ length: 500 }, () => nested))).toEqual([])
    expect(performance.now() - began).toBeLessThan(5000)
  })
})

it('knows manifests and lockfiles by their path', () => {
  expect(
    ['a/package.json', 'uv.lock', 'docs/requirements.md', 'src/package.json.ts'].map(manifestOf),
  ).toEqual(['npm', 'pypi', null, null])
})
