import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchesPackage } from '../../../src/server/access/authorise.ts'

describe('package patterns of tokens', () => {
  it.each([
    ['*', 'npm:anything', true],
    ['npm:@acme/*', 'npm:@acme/tool', true],
    ['npm:@acme/*', 'npm:@acmex/tool', false],
    ['npm:@acme/*', 'pypi:acme', false],
    ['pypi:demo-*', 'pypi:demo-lib', true],
    ['pypi:demo-*', 'pypi:demo', false],
    ['pypi:demo', 'pypi:demo-lib', false],
    ['pypi:de.o', 'pypi:demo', false],
    ['npm:*-plugin', 'npm:a-plugin', true],
    ['', 'npm:a', false],
  ])('%s and %s: %s', (pattern, id, expected) => {
    expect(matchesPackage(pattern, id)).toBe(expected)
  })

  it('without a star is the package itself, whatever signs are in it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (pattern, id) => {
        const literal = pattern.replaceAll('*', '')
        expect(matchesPackage(literal, id)).toBe(literal === id)
      }),
    )
  })
})
