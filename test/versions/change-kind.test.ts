import { describe, expect, it } from 'vitest'
import { changeKind, greatestKind } from '../../src/versions/change-kind.ts'

describe('what the numbers of two versions promise', () => {
  it.each([
    ['npm', '1.2.3', '2.0.0', 'major'],
    ['npm', '1.2.3', '1.3.0', 'minor'],
    ['npm', '0.2.3', '0.3.0', 'major'],
    ['npm', '1.2.3', '1.2.4', 'patch'],
    ['pypi', '0.27', '0.28', 'minor'],
    ['pypi', '1.0', '1!1.0', 'major'],
    ['pypi', '1', '1.0.1', 'patch'],
    ['pypi', 'odd', 'odder', 'patch'],
  ] as const)('%s: %s to %s is %s', (ecosystem, before, after, kind) =>
    expect(changeKind(ecosystem, before, after)).toBe(kind),
  )

  it('is the greatest of several, and a patch of none', () => {
    expect(greatestKind(['patch', 'major', 'minor'])).toBe('major')
    expect(greatestKind([])).toBe('patch')
  })
})
