import { describe, expect, it } from 'vitest'
import { askedBefore, needsStaged, stagedFloor } from '../../src/catalog/dependency-floors.ts'
import { exposuresOf } from '../../src/catalog/views/exposure.ts'
import { packageViews } from '../../src/catalog/views/package-views.ts'
import type { RolloutState } from '../../src/rollout/history/state.ts'
import { aPackage, aRollout, aVersion, ended } from './sample.ts'

const BASE = 'npm:base'

/** Of npm:base with 1.0.0 completed and 1.1.0 rolling out: what alone satisfies a range and is still staged. */
function floor(range: string, change: Partial<RolloutState> = {}, together: readonly string[] = []) {
  const pkg = aPackage(BASE, ['1.0.0', '1.1.0', aVersion('1.2.0', { files: [] })])
  const rollouts = [
    aRollout(`${BASE}@1.0.0`, null, ended('completed')),
    aRollout(`${BASE}@1.1.0`, `${BASE}@1.0.0`, change),
  ]
  return stagedFloor(packageViews(pkg, exposuresOf(BASE, rollouts)), range, together)
}

describe('the staged release that a dependency needs', () => {
  it.each([
    ['^1.1.0', `${BASE}@1.1.0`],
    ['>1.0.0', `${BASE}@1.1.0`],
    ['^1.0.0', null],
    ['*', null],
    ['^2.0.0', null],
    // Nothing was uploaded for it.
    ['1.2.0', null],
  ])('%s is %s', (range, release) => expect(floor(range)).toBe(release))

  it('is none that rolls out together with the asker', () => {
    expect(floor('^1.1.0', {}, [`${BASE}@1.1.0`])).toBeNull()
  })

  it.each(['completed', 'rolled-back', 'superseded', 'abandoned'] as const)('is none that was %s', (kind) => {
    expect(floor('^1.1.0', ended(kind))).toBeNull()
  })
})

describe('what both sides are told', () => {
  it('names the release, the range and the way out', () => {
    const dependency = { package: BASE, range: '^1.1.0', optional: false }
    expect(needsStaged('npm:demo@2.0.0', dependency, `${BASE}@1.1.0`)).toMatchInlineSnapshot(
      `"npm:demo@2.0.0 needs npm:base@^1.1.0, and of that only npm:base@1.1.0 fits, which is still rolling out: clients that do not see it cannot install npm:demo@2.0.0. Put both into one train, or publish again when npm:base@1.1.0 is completed."`,
    )
    const dependent = { release: 'pypi:demo@2.0', range: '>=1.1', optional: false }
    expect(askedBefore('pypi:base@1.1', dependent)).toMatchInlineSnapshot(
      `"pypi:demo@2.0 already asks for pypi:base >=1.1, and of that only pypi:base@1.1 fits, which is still rolling out: clients that do not see it cannot install pypi:demo@2.0. Put both into one train, or widen the range."`,
    )
    expect(askedBefore('pypi:base@1.1', { ...dependent, range: '' })).toContain('asks for pypi:base, and')
  })
})
