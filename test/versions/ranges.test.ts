import { describe, expect, it } from 'vitest'
import { type Advisory, affects, spares } from '../../src/versions/advisory.ts'
import { schemeOf } from '../../src/versions/scheme-of.ts'

describe('a range', () => {
  it.each([
    ['npm', '1.2.2', '>=1.0.0 <1.2.3', true],
    ['npm', '1.2.3', '>=1.0.0 <1.2.3', false],
    ['npm', '2.0.0', '<1.2.3 || 2.0.0', true],
    ['npm', '1.2.3-rc.1', '>=1.0.0 <1.2.3', true],
    ['npm', '1.0.0', '*', true],
    ['npm', '1.0.0', '', null],
    ['npm', '1.0.0', '>=1.0.0, <1.2.3', null],
    ['npm', '1.0.0', 'latest', null],
    ['pypi', '1.2.2', '>=1.0,<1.2.3', true],
    ['pypi', '1.2.3', '>=1.0,<1.2.3', false],
    ['pypi', '1.1.9', '==1.1.*', true],
    ['pypi', '1.1rc1', '<1.2', true],
    ['pypi', '1.1', '', null],
    ['pypi', '1.1', '>=1.0 <2', null],
    ['pypi', '1.1', '^1.0', null],
  ] as const)('%s: %s in %j is %s', (ecosystem, version, range, expected) => {
    expect(schemeOf(ecosystem).satisfies(version, range)).toBe(expected)
  })

  it.each(['npm', 'pypi'] as const)('%s: the example of the messages is one', (ecosystem) => {
    const scheme = schemeOf(ecosystem)
    const examples = [...scheme.expectedRange.matchAll(/"([^"]+)"/g)].map(([, range]) => range ?? '')
    expect(examples).toHaveLength(2)
    for (const range of examples) expect(scheme.satisfies('1.1.0', range)).toBe(true)
  })
})

describe('an advisory', () => {
  const advisory = (affected: string): Advisory => ({ id: 'GHSA-1', affected, summary: '', url: null })

  it('affects a version or spares it; where it cannot be read it does neither', () => {
    expect(affects(advisory('<1.1.0'), 'npm', '1.0.0')).toBe(true)
    expect(spares(advisory('<1.1.0'), 'npm', '1.0.0')).toBe(false)
    expect(affects(advisory('<1.1.0'), 'npm', '1.1.0')).toBe(false)
    expect(spares(advisory('<1.1.0'), 'npm', '1.1.0')).toBe(true)
    expect(affects(advisory('most'), 'npm', '1.0.0')).toBe(false)
    expect(spares(advisory('most'), 'npm', '1.0.0')).toBe(false)
  })
})
