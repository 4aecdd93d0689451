import { describe, expect, it } from 'vitest'
import type { PackageRecord } from '../../../src/catalog/package-record.ts'
import { exposuresOf } from '../../../src/catalog/views/exposure.ts'
import {
  hiddenVersions,
  packageViews,
  viewDelta,
  visibilityOf,
} from '../../../src/catalog/views/package-views.ts'
import type { View } from '../../../src/catalog/views/view.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { aPackage, aRollout, at, aVersion, ended, sha256Bucket } from '../sample.ts'

const id = 'pypi:demo-lib'
const first = aRollout(`${id}@1.0.0`, null, ended('completed'))

/** The candidate of most examples: 1.1.0 over 1.0.0. */
const next = (changes: Partial<RolloutState> = {}) => aRollout(`${id}@1.1.0`, `${id}@1.0.0`, changes)

const cohort = (key: string): View => ({ kind: 'cohort', key })
const arm = (rollout: RolloutState, which: 'candidate' | 'baseline'): View => ({
  kind: 'arm',
  rollout: rollout.id,
  arm: which,
  nonce: null,
})

/** What a view does not hide, with keys put into a bucket by their own number: `key-499` is in bucket 499. */
function shown(pkg: PackageRecord, rollouts: readonly RolloutState[], view: View): readonly string[] {
  const bucket = (_: string, key: string) => Number(key.replace('key-', ''))
  const hidden = hiddenVersions(pkg, exposuresOf(pkg.id, rollouts), view, bucket)
  return Object.keys(pkg.versions).filter((version) => !hidden.has(version))
}

const two = aPackage(id, ['1.0.0', '1.1.0'])

describe('by cohort', () => {
  it.each([
    [0, 'key-0', false],
    [5, 'key-0', true],
    [5, 'key-499', true],
    [5, 'key-500', false],
    [50, 'key-4999', true],
    [50, 'key-5000', false],
    [100, 'key-9999', true],
  ])('at %i %% %s sees the candidate: %s', (percent, key, sees) => {
    expect(shown(two, [next(at(percent)), first], cohort(key))).toEqual(sees ? ['1.0.0', '1.1.0'] : ['1.0.0'])
  })

  it('a group sees the candidate from the stage that lists it, whatever the bucket', () => {
    const pkg = aPackage(id, ['1.0.0', '1.1.0'])
    const seenAt = (percent: number) => {
      const exposures = exposuresOf(id, [next(at(percent)), first])
      return !hiddenVersions(pkg, exposures, cohort('friend'), () => 9999).has('1.1.0')
    }
    expect([0, 5, 10, 50].map(seenAt)).toEqual([false, true, true, true])
  })

  it.each([
    ['paused', { ...at(5), pausedSince: 1 }],
    ['held', { ...at(5), heldSince: 1 }],
  ])('a %s rollout keeps what it showed', (_, changes) => {
    expect(shown(two, [next(changes), first], cohort('key-499'))).toContain('1.1.0')
    expect(shown(two, [next(changes), first], cohort('key-500'))).not.toContain('1.1.0')
  })

  it.each(['rolled-back', 'superseded', 'abandoned'] as const)('a %s version is seen by nobody', (kind) => {
    const rollouts = [next(ended(kind)), first]
    expect(shown(two, rollouts, cohort('key-0'))).toEqual(['1.0.0'])
    expect(hiddenVersions(two, exposuresOf(id, rollouts), cohort('friend'), () => 0)).toEqual(
      new Set(['1.1.0']),
    )
  })

  it('a completed version is seen by all', () => {
    expect(shown(two, [next(ended('completed')), first], cohort('key-9999'))).toEqual(['1.0.0', '1.1.0'])
  })

  it('a reserved rollout shows nothing, the first stage no more', () => {
    expect(shown(two, [next({ startedAt: null, policy: null }), first], cohort('key-0'))).toEqual(['1.0.0'])
    expect(shown(two, [next(), first], cohort('key-0'))).toEqual(['1.0.0'])
  })

  it('a restart counts, not the rollout before it', () => {
    const again = next(at(5))
    expect(shown(two, [again, next(ended('rolled-back')), first], cohort('key-0'))).toContain('1.1.0')
  })

  it('what several rollouts carry is shown to whom any live one shows it, and is complete with one of them', () => {
    const other = next({ ...at(5), salt: 'other' })
    expect(shown(two, [next(ended('rolled-back')), other, first], cohort('key-0'))).toContain('1.1.0')
    expect(shown(two, [next(at(0)), next(ended('completed')), first], { kind: 'stable' })).toContain('1.1.0')
  })

  it('uses the salt of each rollout by itself', () => {
    const backport = aRollout(`${id}@0.9.1`, `${id}@0.9.0`, { ...at(50), salt: 'b' })
    const pkg = aPackage(id, ['0.9.0', '0.9.1', '1.0.0', '1.1.0'])
    const old = aRollout(`${id}@0.9.0`, null, ended('completed'))
    const exposures = exposuresOf(id, [backport, next({ ...at(50), salt: 'a' }), first, old])
    const bucket = (salt: string) => (salt === 'a' ? 1 : 9000)
    expect(hiddenVersions(pkg, exposures, cohort('k'), bucket)).toEqual(new Set(['0.9.1']))
  })
})

describe('channels', () => {
  const others = aPackage(id, ['1.0.0', '1.1.0', '2.0.0', '2.0.1'])
  const live = [
    aRollout(`${id}@2.0.1`, `${id}@2.0.0`, at(100)),
    aRollout(`${id}@2.0.0`, `${id}@1.0.0`, ended('completed')),
    next(at(0)),
    first,
  ]

  it('stable shows full releases only, not one that bakes at 100 %', () => {
    expect(shown(others, live, { kind: 'stable' })).toEqual(['1.0.0', '2.0.0'])
  })

  it('canary shows every live candidate, but none that was given up or not begun', () => {
    expect(shown(others, live, { kind: 'candidate' })).toEqual(['1.0.0', '1.1.0', '2.0.0', '2.0.1'])
    expect(shown(two, [next(ended('rolled-back')), first], { kind: 'candidate' })).toEqual(['1.0.0'])
    expect(shown(two, [next({ startedAt: null }), first], { kind: 'candidate' })).toEqual(['1.0.0'])
  })

  it('source hides nothing', () => {
    expect(shown(two, [next(), first], { kind: 'source' })).toEqual(['1.0.0', '1.1.0'])
  })
})

describe('arms', () => {
  const pkg = aPackage(id, ['1.0.0', '1.1.0', '2.0.0'])
  const other = aRollout(`${id}@2.0.0`, `${id}@1.0.0`, at(50))

  it('are stable plus or minus the one rollout, nothing else live', () => {
    const rollout = next(at(50))
    const rollouts = [other, rollout, first]
    expect(shown(pkg, rollouts, arm(rollout, 'candidate'))).toEqual(['1.0.0', '1.1.0'])
    expect(shown(pkg, rollouts, arm(rollout, 'baseline'))).toEqual(['1.0.0'])
  })

  it.each(['completed', 'rolled-back', 'superseded', 'abandoned'] as const)(
    'stay what they were after the rollout was %s',
    (kind) => {
      const rollout = next(ended(kind))
      const rollouts = [other, next(at(5)), rollout, first]
      expect(shown(pkg, rollouts, arm(rollout, 'candidate'))).toEqual(['1.0.0', '1.1.0'])
      expect(shown(pkg, rollouts, arm(rollout, 'baseline'))).toEqual(['1.0.0'])
    },
  )

  it('of a train change its package only', () => {
    const members = [
      { candidate: `${id}@1.1.0`, baseline: `${id}@1.0.0` },
      { candidate: 'npm:demo@5.0.0', baseline: null },
    ]
    const train = next({ members })
    expect(shown(two, [train, first], arm(train, 'candidate'))).toEqual(['1.0.0', '1.1.0'])
    expect(exposuresOf('npm:demo', [train, first]).map(({ version }) => version)).toEqual(['5.0.0'])
  })

  it('of a rollout that has nothing to do with the package are stable', () => {
    const stranger = aRollout('npm:other@1.0.0', null)
    expect(shown(two, [next(at(50)), first], arm(stranger, 'candidate'))).toEqual(['1.0.0'])
    expect(shown(two, [next(at(50)), first], arm(stranger, 'baseline'))).toEqual(['1.0.0'])
  })
})

describe('unsure means no exposure', () => {
  it('a final that no rollout knows is hidden, a pre-release is not', () => {
    const pkg = aPackage(id, ['1.0.0', '1.1.0', '1.2.0rc1'])
    expect(shown(pkg, [first], cohort('key-0'))).toEqual(['1.0.0', '1.2.0rc1'])
    expect(shown(pkg, [first], { kind: 'candidate' })).toEqual(['1.0.0', '1.2.0rc1'])
  })

  it('a first release is visible to all from its start, also beside staged members of its train', () => {
    const members = [
      { candidate: `${id}@1.0.0`, baseline: null },
      { candidate: 'npm:demo@5.0.0', baseline: 'npm:demo@4.0.0' },
    ]
    const train = aRollout(`${id}@1.0.0`, null, { members })
    expect(shown(aPackage(id, ['1.0.0']), [train], { kind: 'stable' })).toEqual(['1.0.0'])
    const npm = aPackage('npm:demo', ['4.0.0', '5.0.0'])
    const before = aRollout('npm:demo@4.0.0', null, ended('completed'))
    expect(shown(npm, [train, before], cohort('key-0'))).toEqual(['4.0.0'])
  })
})

describe('no view is without an installable version', () => {
  it.each([
    ['a package that no rollout knows shows its greatest final', ['1.0.0', '1.1.0'], [], ['1.1.0']],
    [
      'a first release whose rollout has not begun',
      ['1.0.0'],
      [aRollout(`${id}@1.0.0`, null, { startedAt: null })],
      [],
    ],
    ['the baseline before a version without rollout', ['1.0.0', '1.1.0', '1.2.0'], [next()], ['1.0.0']],
    ['a version without rollout before a live candidate', ['0.9.0', '1.1.0'], [next()], ['0.9.0']],
    [
      'a live candidate before one given up',
      ['1.1.0', '1.2.0'],
      [aRollout(`${id}@1.2.0`, null, { ...ended('superseded'), startedAt: null }), next()],
      ['1.1.0'],
    ],
    [
      'a superseded one before one that broke others',
      ['1.1.0', '1.2.0'],
      [aRollout(`${id}@1.2.0`, `${id}@1.0.0`, ended('rolled-back')), next(ended('superseded'))],
      ['1.1.0'],
    ],
    [
      'even one that was rolled back, when there is nothing else',
      ['1.1.0'],
      [next(ended('rolled-back'))],
      ['1.1.0'],
    ],
  ])('%s', (_, versions, rollouts, expected) => {
    expect(shown(aPackage(id, versions), rollouts, cohort('key-9999'))).toEqual(expected)
  })

  it('holds in a baseline arm whose candidate is the only other version', () => {
    const only = aRollout(`${id}@1.0.0`, null)
    expect(shown(aPackage(id, ['1.0.0']), [only], arm(only, 'baseline'))).toEqual(['1.0.0'])
    const pkg = aPackage(id, ['0.9.0', '1.1.0'])
    const done = next(ended('completed'))
    expect(shown(pkg, [done], arm(done, 'baseline'))).toEqual(['0.9.0'])
  })

  it('where its publisher left nothing but what is withdrawn, no candidate takes its place', () => {
    const yanked = aPackage(id, [aVersion('1.0.0', { withdrawn: 'leaks' }), '1.1.0'])
    expect(shown(yanked, [next(at(5)), first], cohort('key-9999'))).toEqual(['1.0.0'])
    const npm = aPackage('npm:demo', [aVersion('1.0.0', { withdrawn: 'old' }), '1.1.0'])
    const rollouts = [
      aRollout('npm:demo@1.1.0', 'npm:demo@1.0.0', at(5)),
      aRollout('npm:demo@1.0.0', null, ended('completed')),
    ]
    expect(shown(npm, rollouts, cohort('key-9999'))).toEqual(['1.0.0'])
  })

  it('a version without files does not count', () => {
    const pkg = aPackage(id, [aVersion('1.0.0', { files: [] }), '1.1.0'])
    expect(shown(pkg, [next(ended('superseded'))], { kind: 'stable' })).toEqual([])
  })
})

describe('blocked versions', () => {
  const blocked = next({ ...at(50), blocked: [`${id}@1.1.0`] })
  const visibility = (rollouts: readonly RolloutState[], view: View, pkg = two) => {
    const views = packageViews(pkg, exposuresOf(id, rollouts))
    return visibilityOf(
      views,
      viewDelta(views, view, () => 0),
    )
  }

  it.each([cohort('key-0'), { kind: 'stable' }, { kind: 'candidate' }, arm(blocked, 'candidate')] as View[])(
    'are refused in every view: %j',
    (view) => {
      const { hidden, blocked: refused } = visibility([blocked, first], view)
      expect([...refused]).toEqual(['1.1.0'])
      expect([...hidden]).toEqual([])
    },
  )

  it('stay refused after a restart of the version', () => {
    expect([...visibility([next(at(50)), blocked, first], cohort('k')).blocked]).toEqual(['1.1.0'])
  })

  it('are not brought back when nothing else is there', () => {
    const { hidden, blocked: refused } = visibility([blocked], cohort('k'), aPackage(id, ['1.1.0']))
    expect([[...hidden], [...refused]]).toEqual([[], ['1.1.0']])
  })

  it('are all there in the source document', () => {
    expect(visibility([blocked, first], { kind: 'source' }).blocked.size).toBe(0)
  })
})

describe('a delta', () => {
  const rollout = next(at(50))
  const views = packageViews(two, exposuresOf(id, [rollout, first]))
  const keyOf = (view: View) => viewDelta(views, view, (_, key) => Number(key)).key

  it('has one key for all views that show the same', () => {
    const inside = `${rollout.id.slice('ro-'.length)} +1.1.0`
    expect(keyOf(cohort('1'))).toBe(inside)
    expect(keyOf(cohort('2'))).toBe(inside)
    expect(keyOf({ kind: 'candidate' })).toBe(inside)
    expect(keyOf({ kind: 'rollouts', ids: new Set([rollout.id]) })).toBe(inside)
    expect(keyOf({ kind: 'rollouts', ids: new Set() })).toBe(keyOf({ kind: 'stable' }))
    expect(keyOf(cohort('7000'))).toBe(keyOf({ kind: 'stable' }))
    expect(keyOf(arm(rollout, 'baseline'))).toBe('-1.1.0')
    expect(keyOf({ kind: 'source' })).toBe('source')
  })

  it('asks for the buckets of live rollouts only', () => {
    const salts: string[] = []
    viewDelta(views, cohort('k'), (salt) => salts.push(salt))
    expect(salts).toEqual([rollout.salt])
  })
})

describe('the time of the last change', () => {
  it('is the later of package and rollouts', () => {
    const transition = {
      version: 3,
      type: 'stage-entered',
      at: 9e12,
      actor: { kind: 'system' },
      reason: '',
      basisPoints: 500,
    } as const
    const changed = next({ ...at(5), transitions: [transition] })
    expect(packageViews(two, exposuresOf(id, [changed, first])).changedAt).toBe(9e12)
    expect(packageViews({ ...two, modifiedAt: 9.5e12 }, exposuresOf(id, [changed])).changedAt).toBe(9.5e12)
    expect(packageViews({ ...two, modifiedAt: 5 }, []).changedAt).toBe(5)
  })
})

describe('the share of cohort keys', () => {
  it('follows the percent', () => {
    const keys = Array.from({ length: 4000 }, (_, index) => `key-${index}`)
    const exposures = exposuresOf(id, [next({ ...at(25), salt: 'fixed' }), first])
    const seeing = keys.filter(
      (key) => !hiddenVersions(two, exposures, cohort(key), sha256Bucket).has('1.1.0'),
    )
    expect(seeing.length / keys.length).toBeCloseTo(0.25, 1)
  })
})
