import { describe, expect, it } from 'vitest'
import { normalizeName } from '../../src/versions/normalize-name.ts'
import { ownEntry } from '../../src/versions/own-entry.ts'
import { sayProblem, showValue } from '../../src/versions/problem.ts'
import {
  formatReleaseId,
  packageIdOf,
  parsePackageId,
  parseReleaseId,
  purlOf,
} from '../../src/versions/release.ts'
import { schemeOf } from '../../src/versions/scheme-of.ts'

describe('parseReleaseId', () => {
  it.each([
    ['pypi:demo-lib@1.3.0', 'pypi:demo-lib@1.3.0', 'pkg:pypi/demo-lib@1.3.0'],
    ['pypi:Demo_.Lib@1.3.0', 'pypi:demo-lib@1.3.0', 'pkg:pypi/demo-lib@1.3.0'],
    ['pypi:a@1!2.0+x', 'pypi:a@1!2.0+x', 'pkg:pypi/a@1%212.0%2Bx'],
    ['pypi:a@1.0-RC1', 'pypi:a@1.0rc1', 'pkg:pypi/a@1.0rc1'],
    ['npm:lib@2.0.0', 'npm:lib@2.0.0', 'pkg:npm/lib@2.0.0'],
    ['npm:@scope/lib@2.0.0', 'npm:@scope/lib@2.0.0', 'pkg:npm/%40scope/lib@2.0.0'],
    ["npm:Old!'()*@1.0.0", "npm:Old!'()*@1.0.0", 'pkg:npm/Old%21%27%28%29%2A@1.0.0'],
    ['npm:@s/_x@1.0.0', 'npm:@s/_x@1.0.0', 'pkg:npm/%40s/_x@1.0.0'],
    ['npm:lib@v2.0.0-rc.1+build.5', 'npm:lib@2.0.0-rc.1', 'pkg:npm/lib@2.0.0-rc.1'],
  ])('%s', (text, id, purl) => {
    const parsed = parseReleaseId(text)
    if (!parsed.ok) throw new Error(sayProblem(parsed.problem))
    expect(formatReleaseId(parsed.value)).toBe(id)
    expect(purlOf(parsed.value)).toBe(purl)
    expect(packageIdOf(parsed.value)).toBe(packageIdOf(id))
  })

  it.each([
    [
      'demo-lib@1.0.0',
      'a release id such as pypi:demo-lib@1.3.0 or npm:@scope/lib@2.0.0, with a package id such as',
    ],
    ['npm:@scope/lib', 'a release id such as'],
    ['npm:@1.0.0', 'a release id such as'],
    ['npm:lib', 'a release id such as'],
    ['', 'a release id such as'],
    ['pypi:demo@nope', 'with a PEP 440 version such as 1.2.3 or 1.2.3rc1'],
    ['npm:demo@1.2', 'with a semver version such as 1.2.3'],
    ['npm:../x@1.0.0', 'with an npm package name'],
    ['gem:rails@1.0.0', 'with a package id such as'],
    ['npm%3Alib@1.0.0', 'with a package id such as'],
  ])('refuses %s', (text, expected) => {
    const parsed = parseReleaseId(text)
    expect(parsed.ok ? '' : sayProblem(parsed.problem)).toContain(expected)
    expect(parsed.ok ? '' : parsed.problem.value).toBe(showValue(text))
  })
})

describe('names', () => {
  it.each([
    ['pypi', 'Foo.Bar__baz', 'foo-bar-baz'],
    ['pypi', 'a', 'a'],
    ['npm', 'left-pad', 'left-pad'],
    ['npm', '@scope/some.thing', '@scope/some.thing'],
  ] as const)('%s %s is %s', (ecosystem, name, expected) => {
    expect(normalizeName(ecosystem, name)).toEqual({ ok: true, value: expected })
  })

  it.each([
    ['pypi', ''],
    ['pypi', '../etc'],
    ['pypi', 'a/b'],
    ['pypi', '-a'],
    ['pypi', 'a.'],
    ['pypi', 'a\n'],
    ['npm', '../x'],
    ['npm', '.hidden'],
    ['npm', '_private'],
    ['npm', 'Node_Modules'],
    ['npm', '@s/.x'],
    ['npm', '@scope'],
    ['npm', '@scope/../x'],
    ['npm', '@a/b/c'],
    ['npm', 'node_modules'],
    ['npm', 'a b'],
    ['npm', 'a%2fb'],
  ] as const)('refuses %s %j', (ecosystem, name) => {
    const result = normalizeName(ecosystem, name)
    expect(result.ok ? '' : sayProblem(result.problem)).toMatch(/^name: got ".*, expected an? (PyPI|npm)/)
  })

  it('refuses names that are too long', () => {
    const result = normalizeName('pypi', 'x'.repeat(215))
    expect(result.ok ? '' : result.problem.expected).toBe('a name of at most 214 characters')
  })

  it('reads package ids', () => {
    expect(parsePackageId('pypi:Demo_Lib')).toEqual({
      ok: true,
      value: { ecosystem: 'pypi', name: 'demo-lib' },
    })
    expect(parsePackageId('demo').ok).toBe(false)
    expect(parsePackageId('npm:_up').ok).toBe(false)
  })
})

describe('versions', () => {
  it.each([
    ['pypi', ' v1.0-RC1 ', '1.0rc1'],
    ['pypi', '1.0+Ab_c.5', '1.0+ab.c.5'],
    ['pypi', '1!2.0.post3', '1!2.0.post3'],
    ['pypi', '1.0.x', null],
    ['pypi', `1.${'9'.repeat(30)}`, null],
    ['npm', '1.2.3-rc.1', '1.2.3-rc.1'],
    ['npm', '1.2', null],
    ['npm', '01.2.3', null],
  ] as const)('%s %j is normally %j', (ecosystem, text, expected) => {
    expect(schemeOf(ecosystem).normalize(text)).toBe(expected)
  })

  it.each([
    ['pypi', '1.0', ['1.0', '1', '*']],
    ['pypi', '2', ['2.0', '2', '*']],
    ['pypi', '3.9.1', ['3.9', '3', '*']],
    ['pypi', '0.5.1', ['0.5', '0.5', '*']],
    ['pypi', '0', ['0.0', '0.0', '*']],
    ['pypi', '1!0.3', ['1!0.3', '1!0.3', '*']],
    ['pypi', '2!4.1', ['2!4.1', '2!4', '*']],
    ['pypi', '2.1+cpu', ['2.1', '2', '*']],
    ['npm', '3.2.1', ['3.2', '3', '*']],
    ['npm', '0.4.9', ['0.4', '0.4', '*']],
  ] as const)('%s %s is of the minor, major and package lines %j', (ecosystem, version, lines) => {
    const { lineOf } = schemeOf(ecosystem)
    expect((['minor', 'major', 'package'] as const).map((width) => lineOf(version, width))).toEqual(lines)
  })

  it.each([
    ['pypi', '2.1+cpu', '2.1'],
    ['pypi', '2.1.post1+cu118', '2.1.post1'],
    ['npm', '2.1.0', '2.1.0'],
  ] as const)('%s %s is a build of %s', (ecosystem, version, expected) => {
    expect(schemeOf(ecosystem).publicOf(version)).toBe(expected)
  })

  it.each([
    ['pypi', '1.0.dev1', true],
    ['pypi', '1.0a1', true],
    ['pypi', '1.0rc1', true],
    ['pypi', '1.0.post1', false],
    ['pypi', '1.0+local', false],
    ['npm', '1.0.0-beta', true],
    ['npm', '1.0.0', false],
  ] as const)('%s %s is a pre-release: %s', (ecosystem, version, expected) => {
    expect(schemeOf(ecosystem).isPrerelease(version)).toBe(expected)
  })

  it.each([
    ['pypi', '1.0b2', 'b', '1.0'],
    ['pypi', '1!3.9.0rc1.post2', 'rc', '1!3.9.0'],
    ['pypi', '1.0b1.dev3', '', '1.0'],
    ['pypi', '1.0.post1', null, '1.0'],
    ['npm', '1.0.0-beta.2', 'beta', '1.0.0'],
    ['npm', '1.0.0-RC1', 'rc', '1.0.0'],
    ['npm', '1.0.0-0', '', '1.0.0'],
    ['npm', '1.0.0', null, '1.0.0'],
  ] as const)('%s %s has the word %j and leads to %s', (ecosystem, version, word, final) => {
    const scheme = schemeOf(ecosystem)
    expect(scheme.preReleaseLabel(version)).toBe(word)
    expect(scheme.finalOf(version)).toBe(final)
  })

  it('knows the other spellings of a pre-release word on PyPI', () => {
    const words = ['beta', 'alpha', 'c', 'preview', 'B', 'odd'].map(schemeOf('pypi').normalizeLabel)
    expect(words).toEqual(['b', 'a', 'rc', 'rc', 'b', 'odd'])
    expect(schemeOf('npm').normalizeLabel('Beta')).toBe('beta')
  })

  it.each([
    ['pypi', ['1.0.dev1', '1.0a1', '1.0b1', '1.0rc1', '1.0', '1.0.post1', '1.9', '1.10', '1!0.1']],
    ['npm', ['1.0.0-alpha', '1.0.0-rc.1', '1.0.0', '1.9.0', '1.10.0', '2.0.0']],
  ] as const)('%s orders as its clients do', (ecosystem, ascending) => {
    expect(ascending.toReversed().toSorted(schemeOf(ecosystem).compare)).toEqual(ascending)
  })

  it('asks only about normal forms', () => {
    expect(() => schemeOf('pypi').lineOf('what', 'minor')).toThrow(
      'what is no normal form of a PEP 440 version',
    )
  })
})

describe('small things', () => {
  it('shortens long values', () => {
    expect(showValue('x'.repeat(300))).toHaveLength(200)
    expect(showValue(Number.NaN)).toBe('NaN')
    expect(showValue(undefined)).toBe('nothing')
  })

  it('finds only what an object has itself', () => {
    expect(ownEntry({ a: 1 }, 'a')).toBe(1)
    expect(ownEntry<number>({ a: 1 }, 'constructor')).toBeUndefined()
  })
})
