import { describe, expect, it } from 'vitest'
import { cameTogether, kinFinder } from '../../../src/catalog/overlaid/family.ts'
import { overlaidPackument } from '../../../src/catalog/overlaid/overlaid-packument.ts'

const minute = 60_000

interface Change {
  readonly minutes?: number
  readonly before?: readonly string[]
  readonly now?: readonly string[]
  readonly first?: string
  /** How many minutes after the beginning of all times the first one came. */
  readonly firstMinutes?: number
  /** Who published the first one; absent: the index does not say. */
  readonly by?: string | { readonly workflow: string }
  /** What the new one asks for. */
  readonly asks?: Readonly<Record<string, string>>
}

/** A package with 1.0.0 of long ago and 1.1.0 of some minutes past an hour. */
function aPackage(
  name: string,
  {
    minutes = 0,
    before = ['mona'],
    now = before,
    first = '1.0.0',
    firstMinutes = 0,
    by,
    asks = {},
  }: Change = {},
) {
  const people = (names: readonly string[]) => names.map((one) => ({ name: one }))
  const publisher =
    typeof by === 'object' ? { name: by.workflow, trustedPublisher: { id: 'github' } } : { name: by }
  const document = {
    name,
    versions: {
      [first]: { maintainers: people(before), ...(by !== undefined && { _npmUser: publisher }) },
      '1.1.0': { maintainers: people(now), peerDependencies: asks },
    },
    time: { [first]: String(firstMinutes * minute), '1.1.0': String(1000 * minute + minutes * minute) },
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
    ['that had no release in common before', '@a/one', '@a/two', { first: '0.9.0' }, false],
    ['that came hours apart before', '@a/one', '@a/two', { firstMinutes: 61 }, false],
    ['the package itself', 'one', 'one', {}, false],
  ] as const)('%s', (_, name, other, change, expected) => {
    expect(kinFinder(aPackage(name), '1.1.0')(aPackage(other, change))).toBe(expected)
  })

  it.each([
    ['both published by one who both list', { by: 'mona' }, { by: 'mona' }, true],
    [
      'each published by one whom the other lists',
      { before: ['mona', 'max'], by: 'mona' },
      { before: ['mona', 'max'], by: 'max' },
      true,
    ],
    // Anybody may add a maintainer to a package, who is not asked.
    [
      'a stranger who lists its maintainer',
      { by: 'mona' },
      { before: ['mona', 'stranger'], by: 'stranger' },
      false,
    ],
    [
      'a stranger who lists nobody else any more',
      { by: 'mona' },
      { before: ['mona'], by: 'stranger' },
      false,
    ],
    [
      'a stranger whose workflow publishes',
      { by: 'mona' },
      { before: ['mona'], by: { workflow: 'GitHub Actions' } },
      false,
    ],
  ] as const)('%s', (_, own, change, expected) => {
    const [one, other] = [aPackage('one', own), aPackage('two', change)]
    expect(kinFinder(one, '1.1.0')(other)).toBe(expected)
    expect(kinFinder(other, '1.1.0')(one)).toBe(expected)
  })

  it.each([
    ['that ask for each other', { two: '1.1.0' }, { one: '1.1.0' }, true],
    ['that ask for each other, and nothing older', { two: '^1.1.0' }, { one: '>=1.1.0' }, true],
    ['of which one asks for the other', {}, { one: '1.1.0' }, false],
    ['of which one would do with an older one', { two: '*' }, { one: '1.1.0' }, false],
    ['that ask for older ones of each other', { two: '1.0.0' }, { one: '1.0.0' }, false],
  ] as const)('%s', (_, own, asks, expected) => {
    const nobody = { before: [] }
    const [one, other] = [aPackage('one', { ...nobody, asks: own }), aPackage('two', { ...nobody, asks })]
    expect(kinFinder(one, '1.1.0')(other)).toBe(expected)
    expect(kinFinder(other, '1.1.0')(one)).toBe(expected)
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
