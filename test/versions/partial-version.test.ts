import { describe, expect, it } from 'vitest'
import { floatingNames, parsePartialVersion } from '../../src/versions/partial-version.ts'

describe('partial versions', () => {
  it.each([
    ['v1', { major: 1, minor: null }],
    ['1', { major: 1, minor: null }],
    ['v1.2', { major: 1, minor: 2 }],
    ['v0.0', { major: 0, minor: 0 }],
  ])('%s', (text, expected) => {
    expect(parsePartialVersion(text)).toEqual(expected)
  })

  it.each(['', 'v', 'v1.2.3', 'v01', 'v1.', 'v1.x', 'next', '^1', 'v1-rc', ' v1', 'v9999999999'])(
    '%j is none',
    (text) => {
      expect(parsePartialVersion(text)).toBeNull()
    },
  )

  it('a version has two floating names', () => {
    expect(floatingNames('1.2.3')).toEqual(['v1', 'v1.2'])
  })
})
