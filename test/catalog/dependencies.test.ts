import { describe, expect, it } from 'vitest'
import { dependenciesOf } from '../../src/catalog/dependencies.ts'
import { pinnedVersion, satisfiesRange } from '../../src/versions/version-range.ts'

const read = (ecosystem: 'npm' | 'pypi', manifest: Record<string, unknown>) =>
  dependenciesOf(ecosystem, { manifest }).map(
    ({ package: id, range, optional }) => `${id} ${range}${optional ? ' (optional)' : ''}`,
  )

describe('what a version needs', () => {
  it('on npm: dependencies, peers and optional ones, by the real name of an alias', () => {
    const manifest = {
      dependencies: { a: '^1.0.0', '@s/b': '2.0.0', other: 'npm:c@~3.0.0', both: '^1.0.0' },
      optionalDependencies: { d: '*' },
      peerDependencies: { e: '>=1', f: '1', both: '*' },
      peerDependenciesMeta: { f: { optional: true } },
      devDependencies: { g: '1' },
    }
    expect(read('npm', manifest).sort()).toEqual([
      'npm:@s/b 2.0.0',
      'npm:a ^1.0.0',
      'npm:both ^1.0.0',
      'npm:c ~3.0.0',
      'npm:d * (optional)',
      'npm:e >=1',
      'npm:f 1 (optional)',
    ])
  })

  it('not what is no package of the registry, nor what is no metadata at all', () => {
    const dependencies = { a: 'git+https://example.org/a', b: 'file:../b', c: 'workspace:*', _d: '1', e: 7 }
    expect(read('npm', { dependencies })).toEqual([])
    expect(read('npm', { dependencies: 'x', peerDependencies: [] })).toEqual([])
    expect(read('pypi', { requires_dist: 7 })).toEqual([])
  })

  it('on PyPI: every requirement, those of extras as optional', () => {
    const requires_dist = [
      'Core_Lib (>=1.0,<2)',
      'x; extra == "fast"',
      'y @ https://example.org/y.whl',
      'z; python_version<"3"',
    ]
    expect(read('pypi', { requires_dist })).toEqual([
      'pypi:core-lib <2,>=1.0',
      'pypi:x  (optional)',
      'pypi:z ',
    ])
    expect(read('pypi', { requires_dist: 'one==1.0' })).toEqual(['pypi:one ==1.0'])
  })
})

describe('ranges', () => {
  it.each([
    ['npm', '1.2.0', '^1.1.0', true],
    ['npm', '2.0.0', '^1.1.0', false],
    ['npm', '1.2.0', 'nonsense', false],
    ['pypi', '1.2.0', '>=1.1,<2', true],
    ['pypi', '1.2.0', '', true],
    ['pypi', '1.2.0', '==1.1.*', false],
  ] as const)('%s %s in %s: %s', (ecosystem, version, range, expected) => {
    expect(satisfiesRange(ecosystem, version, range)).toBe(expected)
  })

  it.each([
    ['npm', '1.2.0', '1.2.0'],
    ['npm', '=1.2.0', '1.2.0'],
    ['npm', '^1.2.0', null],
    ['npm', '1.2', null],
    ['pypi', '==1.2', '1.2'],
    ['pypi', '===1.2.0', '1.2.0'],
    ['pypi', '==1.2.*', null],
    ['pypi', '==1.2,<2', null],
    ['pypi', '', null],
  ] as const)('%s %s pins %s', (ecosystem, range, expected) => {
    expect(pinnedVersion(ecosystem, range)).toBe(expected)
  })
})
