import { describe, expect, it } from 'vitest'
import { parsePythonRequirement, plainSpecifier } from '../../src/versions/python-requirement.ts'

describe('a requirement of core metadata', () => {
  it.each([
    ['requests', { name: 'requests', extras: [], specifier: '', marker: null, url: null }],
    ['Demo_Lib (>=1.0, <2)', { name: 'demo-lib', specifier: '<2,>=1.0' }],
    [
      'a[x, Y_z]>=1;python_version<"3"',
      { name: 'a', extras: ['x', 'y-z'], specifier: '>=1', marker: 'python_version<"3"' },
    ],
    ["a ; extra == 'test'", { name: 'a', specifier: '', marker: 'extra=="test"' }],
    ['a==1.0', { specifier: '==1.0' }],
    ['a @ https://example.org/a.whl ; extra == "x"', { url: 'https://example.org/a.whl', specifier: '' }],
  ])('%s', (text, expected) => {
    expect(parsePythonRequirement(text)).toMatchObject(expected)
  })

  it.each([
    ["a>=1,<2 ; extra == 'x'", 'A (<2, >=1); extra == "x"'],
    ['a[b,c]', 'a[C, b]'],
  ])('%s is %s', (one, other) => {
    expect(parsePythonRequirement(one)).toEqual(parsePythonRequirement(other))
  })

  it.each(['', '>=1', '../a', '-a', 'a b c @@ d; x; y'])('%s is none, or at least no path', (text) => {
    expect(parsePythonRequirement(text)?.name ?? 'a').toMatch(/^[a-z0-9-]+$/)
  })

  it('sorts the clauses of a specifier', () => {
    expect(plainSpecifier('>= 3.8, <4')).toBe(plainSpecifier('<4,>=3.8'))
  })
})
