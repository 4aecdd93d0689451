import { describe, expect, it } from 'vitest'
import { exposuresOf } from '../../../src/catalog/views/exposure.ts'
import { packageViews, viewDelta, visibilityOf } from '../../../src/catalog/views/package-views.ts'
import { hiddenSentence, isHiddenSentence } from '../../../src/catalog/views/staged-reason.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { aPackage, aRollout, aVersion, ended, noon } from '../sample.ts'

const end = (
  kind: 'rolled-back' | 'superseded' | 'abandoned',
  change: object = {},
): Partial<RolloutState> => {
  const { end: plain } = ended(kind)
  if (plain == null) throw new Error('an ended rollout has an end')
  return { ...ended(kind), end: { ...plain, at: noon, ...change } }
}

/** What a lock file is told of 1.1.0 for ever. */
function sentenceOf(changes: Partial<RolloutState>, others: readonly RolloutState[] = []) {
  const pkg = aPackage('pypi:demo-lib', ['1.0.0', aVersion('1.1.0')])
  const first = aRollout('pypi:demo-lib@1.0.0', null, ended('completed'))
  const rollout = aRollout('pypi:demo-lib@1.1.0', 'pypi:demo-lib@1.0.0', changes)
  const views = packageViews(pkg, exposuresOf(pkg.id, [...others, rollout, first]))
  const { hidden, hiddenBecause } = visibilityOf(
    views,
    viewDelta(views, { kind: 'stable' }, () => 0),
  )
  expect(hidden.has('1.1.0')).toBe(true)
  return hiddenSentence(hiddenBecause?.get('1.1.0'), 'https://index.example/status')
}

const newer = aRollout('pypi:demo-lib@1.1.1', 'pypi:demo-lib@1.0.0')

describe('why a version is hidden', () => {
  it.each<[string, Partial<RolloutState>, readonly RolloutState[]]>([
    [
      'Staged rollout by Slipway, not a defect; status and how to choose: https://index.example/status',
      {},
      [],
    ],
    [
      'Taken back on 2026-11-20 (regression); use 1.0.0: https://index.example/status',
      end('rolled-back', { automatic: true, regressions: ['7'] }),
      [],
    ],
    [
      'Taken back on 2026-11-20 (by a person); use 1.0.0: https://index.example/status',
      end('rolled-back', { automatic: false }),
      [],
    ],
    [
      'Superseded on 2026-11-20 by 1.1.1: https://index.example/status',
      end('superseded', { supersededBy: newer.id }),
      [newer],
    ],
    ['Given up on 2026-11-20; use 1.0.0: https://index.example/status', end('abandoned'), []],
  ])('%s', (sentence, changes, others) => {
    expect(sentenceOf(changes, others)).toBe(sentence)
    expect(isHiddenSentence(sentence)).toBe(true)
  })

  it.each(['Taken back by its maintainers', 'Superseded by other-lib', 'use 2.x'])(
    'is not what a maintainer says: %s',
    (text) => {
      expect(isHiddenSentence(text)).toBe(false)
    },
  )
})
