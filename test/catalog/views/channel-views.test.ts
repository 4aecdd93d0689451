import { describe, expect, it } from 'vitest'
import type { PackageRecord } from '../../../src/catalog/package-record.ts'
import { exposuresOf } from '../../../src/catalog/views/exposure.ts'
import { latestVersion } from '../../../src/catalog/views/latest-version.ts'
import { packageViews, viewDelta, visibilityOf } from '../../../src/catalog/views/package-views.ts'
import type { View } from '../../../src/catalog/views/view.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { aPackage, aRollout, at, aVersion, ended, policy } from '../sample.ts'

const id = 'pypi:demo-lib'
const order = ['beta', 'rc', 'stable']

/** A rollout of a stream; its pre-releases are shown in the channels of this and earlier streams. */
function ofStream(name: string, version: string, baseline: string | null, changes: Partial<RolloutState>) {
  const upTo = order.slice(0, order.indexOf(name) + 1)
  const kind = name === 'stable' ? 'final' : 'prerelease'
  const stream = { name, kind, upTo, channels: upTo, direct: false, pauseDuring: null, after: null } as const
  const before = baseline === null ? null : `${id}@${baseline}`
  return aRollout(`${id}@${version}`, before, { policy: { ...policy, stream }, ...changes })
}

const stable = ofStream('stable', '3.9.0', null, ended('completed'))
const beta1 = ofStream('beta', '3.10.0b1', '3.9.0', ended('completed'))
const beta2 = ofStream('beta', '3.10.0b2', '3.10.0b1', at(25))
const rc = ofStream('rc', '3.10.0rc1', null, ended('completed'))
const everything = [rc, beta2, beta1, stable]
const alpha = aVersion('3.10.0a1')
const pkg = aPackage(id, ['3.9.0', alpha, '3.10.0b1', '3.10.0b2', '3.10.0rc1'])

const channel = (name: string, key: string | null = null): View => ({ kind: 'channel', channel: name, key })
const inside = 'key-0'
const outside = 'key-9999'

function look(view: View, rollouts: readonly RolloutState[] = everything, of: PackageRecord = pkg) {
  const views = packageViews(of, exposuresOf(id, rollouts))
  const delta = viewDelta(views, view, (_, key) => Number(key.replace('key-', '')))
  const seen = visibilityOf(views, delta)
  const shown = Object.keys(of.versions).filter((version) => !seen.hidden.has(version))
  return { shown, latest: latestVersion(of, seen)?.version, key: delta.key }
}

describe('a channel', () => {
  it.each([
    ['beta', null, ['3.9.0', '3.10.0b1', '3.10.0rc1'], '3.10.0rc1'],
    ['beta', outside, ['3.9.0', '3.10.0b1', '3.10.0rc1'], '3.10.0rc1'],
    ['beta', inside, ['3.9.0', '3.10.0b1', '3.10.0b2', '3.10.0rc1'], '3.10.0rc1'],
    ['rc', inside, ['3.9.0', '3.10.0rc1'], '3.10.0rc1'],
    ['no-such-channel', inside, ['3.9.0'], '3.9.0'],
  ])('%s shows %s its streams and later ones', (name, key, shown, latest) => {
    expect(look(channel(name, key))).toMatchObject({ shown, latest })
  })

  it('is kept apart from the same channel at a turn at which nothing was there yet', () => {
    const early: View = { kind: 'channel', channel: 'beta', key: null, turnedAt: 0 }
    expect(look(early).shown).toEqual(['3.9.0'])
    expect(look(early).key).not.toBe(look(channel('beta')).key)
  })

  it('has the final as latest once it is out, and finals by cohort until then', () => {
    const final = (changes: Partial<RolloutState>) => [
      ofStream('stable', '3.10.0', '3.9.0', changes),
      ...everything,
    ]
    const record = aPackage(id, [...Object.keys(pkg.versions), '3.10.0'])
    const latest = (changes: Partial<RolloutState>, key: string) =>
      look(channel('beta', key), final(changes), record).latest
    expect(latest(at(25), inside)).toBe('3.10.0')
    expect(latest(at(25), outside)).toBe('3.10.0rc1')
    expect(latest(ended('completed'), outside)).toBe('3.10.0')
    expect(look(channel('stable', null), final(at(25)), record).latest).toBe('3.9.0')
  })

  it('renders one document for all whose bucket says the same', () => {
    expect(look(channel('beta', inside)).key).toBe(look(channel('beta', 'key-1')).key)
    expect(look(channel('beta', outside)).key).toBe(look(channel('beta')).key)
    expect(look(channel('rc')).key).not.toBe(look(channel('beta')).key)
    expect(look(channel('other')).key).toBe(look(channel('another', inside)).key)
  })

  it('never shows nothing, also of a package that has only pre-releases', () => {
    const only = aPackage(id, ['3.10.0b1', '3.10.0b2'])
    const first = ofStream('beta', '3.10.0b1', null, ended('completed'))
    expect(look(channel('beta', outside), [beta2, first], only).shown).toEqual(['3.10.0b1'])
    expect(look(channel('rc'), [beta2, first], only).shown).toEqual(['3.10.0b1'])
    const fallen = ofStream('beta', '3.10.0b2', '3.10.0b1', ended('rolled-back'))
    const lost = ofStream('beta', '3.10.0b1', '3.9.0', ended('superseded'))
    expect(look(channel('beta'), [fallen, lost], only).shown).toEqual(['3.10.0b1'])
    expect(look({ kind: 'stable' }, [fallen, lost], only).latest).toBe('3.10.0b1')
  })

  it('does not have what is blocked', () => {
    const blocked = ofStream('rc', '3.10.0rc1', null, { ...ended('completed'), blocked: [`${id}@3.10.0rc1`] })
    expect(look(channel('rc'), [blocked, stable]).latest).toBe('3.9.0')
  })

  it('has no pre-release in the place of the only final when that is blocked', () => {
    const blocked = { ...stable, blocked: [`${id}@3.9.0`] }
    const rolling = ofStream('stable', '3.10.0', '3.9.0', at(25))
    const record = aPackage(id, [...Object.keys(pkg.versions), '3.10.0'])
    expect(look({ kind: 'stable' }, [rolling, rc, blocked], record).latest).toBeUndefined()
    const finals = look({ kind: 'stable', finals: true }, [rolling, rc, blocked], record)
    expect(finals.shown).toEqual(['3.9.0'])
    expect(finals.latest).toBeUndefined()
    expect(look(channel('rc'), [rolling, rc, blocked], record).latest).toBe('3.10.0rc1')
  })

  it('keeps its pre-release for everybody while its first final waits to begin', () => {
    const waiting = ofStream('stable', '3.10.0', null, { startedAt: null, stageIndex: 0 })
    const record = aPackage(id, ['3.10.0rc1', '3.10.0'])
    const finals = look({ kind: 'stable', finals: true }, [waiting, rc], record)
    expect(finals).toMatchObject({ shown: ['3.10.0rc1'], latest: '3.10.0rc1' })
  })
})

describe('every other view', () => {
  it('of a package without streams has its pre-releases as ever', () => {
    const plain = [aRollout(`${id}@3.9.0`, null, ended('completed'))]
    expect(look({ kind: 'stable', finals: true }, plain).shown).toEqual(Object.keys(pkg.versions))
    expect(look(channel('beta', inside), plain)).toMatchObject({ latest: '3.9.0', key: '' })
  })

  it.each([
    [{ kind: 'stable' }, ['3.9.0', '3.10.0a1', '3.10.0b1', '3.10.0rc1']],
    [{ kind: 'cohort', key: inside }, ['3.9.0', '3.10.0a1', '3.10.0b1', '3.10.0rc1']],
    [{ kind: 'candidate' }, ['3.9.0', '3.10.0a1', '3.10.0b1', '3.10.0b2', '3.10.0rc1']],
    [{ kind: 'stable', finals: true }, ['3.9.0']],
  ] as const)(
    '%j leaves completed pre-releases to those who ask, and has a final as latest',
    (view, shown) => {
      expect(look(view)).toMatchObject({ shown, latest: '3.9.0' })
    },
  )

  it('an arm has the release that it tests as latest', () => {
    const arm = (which: 'candidate' | 'baseline'): View => ({
      kind: 'arm',
      rollout: beta2.id,
      arm: which,
      nonce: null,
    })
    const rollouts = [beta2, beta1, stable]
    const before = aPackage(id, ['3.9.0', '3.10.0b1', '3.10.0b2'])
    expect(look(arm('candidate'), rollouts, before).latest).toBe('3.10.0b2')
    expect(look(arm('baseline'), rollouts, before).latest).toBe('3.10.0b1')
  })
})
