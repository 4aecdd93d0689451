import { describe, expect, it } from 'vitest'
import { distTags } from '../../../src/catalog/hosted/packument.ts'
import { exposuresOf } from '../../../src/catalog/views/exposure.ts'
import { floatingTags } from '../../../src/catalog/views/floating-tags.ts'
import { packageViews, viewDelta, visibilityOf } from '../../../src/catalog/views/package-views.ts'
import type { View } from '../../../src/catalog/views/view.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { aPackage, aRollout, at, aVersion, ended } from '../sample.ts'

const id = 'npm:demo'
const done = (version: string) => aRollout(`${id}@${version}`, null, ended('completed'))
const rolling = (version: string, percent: number) => aRollout(`${id}@${version}`, `${id}@1.0.0`, at(percent))

const seen = (pkg: ReturnType<typeof aPackage>, rollouts: readonly RolloutState[], view: View) => {
  const views = packageViews(pkg, exposuresOf(id, rollouts))
  return visibilityOf(
    views,
    viewDelta(views, view, () => 0),
  )
}
const tags = (versions: Parameters<typeof aPackage>[1], rollouts: readonly RolloutState[], view: View) => {
  const pkg = aPackage(id, versions)
  return floatingTags(pkg, seen(pkg, rollouts, view))
}

const stable: View = { kind: 'stable' }

describe('floating names', () => {
  it('stand for the newest full release of each major and minor version', () => {
    const versions = ['0.9.1', '1.0.0', '1.2.0', '1.2.10', '1.2.9', '2.0.0']
    expect(tags(versions, versions.map(done), stable)).toEqual({
      v0: '0.9.1',
      'v0.9': '0.9.1',
      v1: '1.2.10',
      'v1.0': '1.0.0',
      'v1.2': '1.2.10',
      v2: '2.0.0',
      'v2.0': '2.0.0',
    })
  })

  it.each<View>([stable, { kind: 'candidate' }, { kind: 'cohort', key: 'friend' }])(
    'never move to what is rolling out, also for $kind',
    (view) => {
      const rollouts = [rolling('1.1.0', 50), done('1.0.0')]
      expect(tags(['1.0.0', '1.1.0'], rollouts, view)).toEqual({ v1: '1.0.0', 'v1.0': '1.0.0' })
    },
  )

  it('know neither pre-releases nor blocked versions, and deprecated ones only for want of others', () => {
    const blocked = aRollout(`${id}@1.3.0`, null, { ...ended('completed'), blocked: [`${id}@1.3.0`] })
    const versions = ['1.0.0', aVersion('1.1.0', { withdrawn: 'leaks' }), '1.2.0-rc.1', '1.3.0']
    expect(tags(versions, [blocked, done('1.1.0'), done('1.0.0')], stable)).toEqual({
      v1: '1.0.0',
      'v1.0': '1.0.0',
      'v1.1': '1.1.0',
    })
  })

  it('stand beside the tags of maintainers, and are not in what publishers read to write it back', () => {
    const pkg = aPackage(id, ['1.0.0'], { tags: { latest: '1.0.0', next: '1.0.0' } })
    expect(distTags(pkg, seen(pkg, [done('1.0.0')], stable))).toEqual({
      latest: '1.0.0',
      next: '1.0.0',
      v1: '1.0.0',
      'v1.0': '1.0.0',
    })
    expect(distTags(pkg, seen(pkg, [done('1.0.0')], { kind: 'source' }))).toEqual({
      latest: '1.0.0',
      next: '1.0.0',
    })
  })
})
