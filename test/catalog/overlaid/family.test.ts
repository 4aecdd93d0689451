import { describe, expect, it } from 'vitest'
import { cameTogether, kinFinder } from '../../../src/catalog/overlaid/family.ts'
import { overlaidPackument } from '../../../src/catalog/overlaid/overlaid-packument.ts'

const minute = 60_000

interface Change {
  readonly minutes?: number
  readonly before?: readonly string[]
  readonly now?: readonly string[]
  readonly first?: string
}

/** A package with 1.0.0 of long ago and 1.1.0 of some minutes past an hour. */
function aPackage(
  name: string,
  { minutes = 0, before = ['mona'], now = before, first = '1.0.0' }: Change = {},
) {
  const people = (names: readonly string[]) => names.map((one) => ({ name: one }))
  const document = {
    name,
    versions: { [first]: { maintainers: people(before) }, '1.1.0': { maintainers: people(now) } },
    time: { [first]: '0', '1.1.0': String(1000 * minute + minutes * minute) },
  }
  const read = overlaidPackument(`npm:${name}`, document, 'https://index.example.org/', Number)
  if (!read.ok) throw new Error(JSON.stringify(read.problem))
  return read.value
}

describe('who may be of one family', () => {
  it.each([
    ['of one scope', '@a/one', '@a/two', {}, true],
    ['of another scope', '@a/one', '@b/two', { before: ['max'] }, false],
    ['of one maintainer', 'one', 'two', {}, true],
    ['of one maintainer, in a scope', 'one', '@one/two', {}, true],
    ['of other maintainers', 'one', 'two', { before: ['max'] }, false],
    ['whose new release alone names the maintainer', 'one', 'two', { before: ['max'], now: ['mona'] }, false],
    ['without maintainers', 'one', 'two', { before: [] }, false],
    ['that did not have the release before', '@a/one', '@a/two', { first: '0.9.0' }, false],
    ['the package itself', 'one', 'one', {}, false],
  ] as const)('%s', (_, name, other, change, expected) => {
    expect(kinFinder(aPackage(name), '1.1.0')(aPackage(other, change))).toBe(expected)
  })

  it('nobody of a package that had no release before', () => {
    expect(kinFinder(aPackage('@a/one'), '1.0.0')(aPackage('@a/two'))).toBe(false)
  })
})

describe('what came together', () => {
  it.each([
    [0, true],
    [60, true],
    [-60, true],
    [61, false],
    [-61, false],
  ])('%s minutes apart', (minutes, expected) => {
    expect(cameTogether(aPackage('one'), aPackage('two', { minutes }), '1.1.0')).toBe(expected)
  })

  it('a version that only one of them has did not', () => {
    expect(cameTogether(aPackage('one'), aPackage('two'), '1.2.0')).toBe(false)
  })
})
