import { expect, it } from 'vitest'
import { exposuresOf } from '../../../src/catalog/views/exposure.ts'
import { packageViews, viewDelta } from '../../../src/catalog/views/package-views.ts'
import { bucketOf } from '../../../src/cohort/bucket.ts'
import { aPackage } from '../../catalog/sample.ts'
import { maintainer, policy, sha256, stage } from '../builders.ts'
import { rolloutOf } from '../laws/lib-world.ts'
import { World } from '../world.ts'

it('twenty live releases of a package nest under one salt, so they have 21 views at most', () => {
  const percents = Array.from({ length: 20 }, (_, index) => (index + 1) * 450)
  const stages = [0, ...percents, 10_000].map((basisPoints) => stage({ name: `${basisPoints}`, basisPoints }))
  const world = new World(() => policy({ stages }))
  const versions = ['1.0.0', ...percents.map((_, index) => `1.${index + 1}.0`)]
  for (const [index, version] of versions.entries()) {
    world.upload(`npm:lib@${version}`)
    world.start([`npm:lib@${version}`])
    const to = percents[20 - index]
    if (to === undefined) continue
    const { id } = rolloutOf(world, version)
    world.command(id, { type: 'advance', to, files: [] }, { actor: maintainer, reason: 'because' })
  }
  const live = world.live
  expect(live).toHaveLength(20)
  expect(new Set(live.map(({ salt }) => salt)).size).toBe(1)
  const views = packageViews(
    aPackage('npm:lib', versions),
    exposuresOf('npm:lib', world.rolloutsOf('npm:lib')),
  )
  const keys = Array.from({ length: 3000 }, (_, index) => `key-${index}`)
  const seen = keys.map((key) =>
    viewDelta(views, { kind: 'cohort', key }, (salt, name) => bucketOf(sha256, salt, name)),
  )
  // One rendering each: equal keys of a package show the same documents.
  expect(new Set(seen.map(({ key }) => key)).size).toBeLessThanOrEqual(21)
  expect(new Set(seen.map(({ shown }) => shown.length)).size).toBeGreaterThan(10)
})
