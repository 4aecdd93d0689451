import { describe, expect, it } from 'vitest'
import { askedBefore, hiddenFloor, needsHidden } from '../../src/catalog/dependency-floors.ts'
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
  return hiddenFloor(packageViews(pkg, exposuresOf(BASE, rollouts)), range, together)
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
  ])('%s is %s', (range, release) => expect(floor(range)?.release ?? null).toBe(release))

  it('is none that rolls out together with the asker', () => {
    expect(floor('^1.1.0', {}, [`${BASE}@1.1.0`])).toBeNull()
  })

  it('is none that was completed', () => {
    expect(floor('^1.1.0', ended('completed'))).toBeNull()
  })

  it.each(['rolled-back', 'superseded', 'abandoned'] as const)(
    'is told as taken back when it was %s',
    (kind) => {
      expect(floor('^1.1.0', ended(kind))).toEqual({ release: `${BASE}@1.1.0`, hiddenAs: 'taken back' })
      expect(floor('^1.0.0', ended(kind))).toBeNull()
      expect(floor('^2.0.0', ended(kind))).toBeNull()
    },
  )
})

describe('what both sides are told', () => {
  it('names the release, the range and the way out', () => {
    const dependency = { package: BASE, range: '^1.1.0', optional: false }
    expect(
      needsHidden('npm:demo@2.0.0', dependency, { release: `${BASE}@1.1.0`, hiddenAs: 'rolling out' }),
    ).toMatchInlineSnapshot(
      `"npm:demo@2.0.0 needs npm:base@^1.1.0, and of that only npm:base@1.1.0 fits, which is still rolling out: clients that do not see it cannot install npm:demo@2.0.0. Put both into one train, or publish again when npm:base@1.1.0 is completed."`,
    )
    const told = (release: string, hiddenAs: 'taken back' | 'blocked') =>
      needsHidden('demo', dependency, { release, hiddenAs })
    expect(told('npm:base@1.1.0', 'taken back')).toContain(
      'was taken back: who installs demo gets it all the same',
    )
    expect(told('pypi:base@1.1', 'taken back')).toContain('was taken back: nobody can install demo')
    expect(told('npm:base@1.1.0', 'blocked')).toContain('is blocked: nobody can install demo')
    const dependent = { release: 'pypi:demo@2.0', range: '>=1.1', optional: false }
    expect(askedBefore('pypi:base@1.1', dependent)).toMatchInlineSnapshot(
      `"pypi:demo@2.0 already asks for pypi:base >=1.1, and of that only pypi:base@1.1 fits, which is still rolling out: clients that do not see it cannot install pypi:demo@2.0. Put both into one train, or widen the range."`,
    )
    expect(askedBefore('pypi:base@1.1', { ...dependent, range: '' })).toContain('asks for pypi:base, and')
  })
})
