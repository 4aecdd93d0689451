import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitsPattern } from '../../src/versions/star-pattern.ts'

describe('a pattern with stars', () => {
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
    expect(fitsPattern(pattern, id)).toBe(expected)
  })

  it('without a star is the package itself, whatever signs are in it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (pattern, id) => {
        const literal = pattern.replaceAll('*', '')
        expect(fitsPattern(literal, id)).toBe(literal === id)
      }),
    )
  })

  it('says what the regular expression says', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 12 })
    fc.assert(
      fc.property(letters, letters, (pattern, given) => {
        const text = given.replaceAll('*', '')
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`)
        expect(fitsPattern(pattern, text)).toBe(expression.test(text))
      }),
      { numRuns: 2000 },
    )
  })

  it('takes no longer for many stars', () => {
    const text = 'a'.repeat(100_000)
    expect(fitsPattern(`${'*a'.repeat(2000)}*b`, text)).toBe(false)
  })
})
