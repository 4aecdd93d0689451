import { expect, it } from 'vitest'
import { exposuresOf } from '../../../src/catalog/views/exposure.ts'
import { latestVersion } from '../../../src/catalog/views/latest-version.ts'
import { packageViews, viewDelta, visibilityOf } from '../../../src/catalog/views/package-views.ts'
import { aPackage } from '../../catalog/sample.ts'
import { maintainer, policy, stage, writer } from '../builders.ts'
import { rolloutOf } from '../laws/lib-world.ts'
import { World } from '../world.ts'

const BUCKETS: Readonly<Record<string, number>> = { '5 %': 500, '30 %': 3000, '80 %': 8000 }
const because = { actor: maintainer, reason: 'because' }
const by = { actor: writer, reason: 'because' }

/** A package with 1.0.0 out and a ladder of 0, 25, 50, 90 and 100 %. */
function aLibrary(): World {
  const stages = [0, 2500, 5000, 9000, 10_000].map((basisPoints) =>
    stage({ name: `${basisPoints / 100} %`, basisPoints, gates: {} }),
  )
  const world = new World(() => policy({ stages }))
  publish(world, '1.0.0')
  return world
}

function publish(world: World, version: string): void {
  world.upload(`npm:lib@${version}`)
  world.start([`npm:lib@${version}`])
}

const advance = (world: World, version: string, percent: number | null) => {
  const state = rolloutOf(world, version)
  const to = percent === null ? null : percent * 100
  const command = { type: 'advance', to, files: [], surroundings: world.around(state) } as const
  const decided = world.command(state.id, command, because)
  if (!decided.ok) throw new Error(decided.refusal.message)
}
const takeBack = (world: World, version: string) =>
  world.command(
    rolloutOf(world, version).id,
    { type: 'rollBack', installable: true, newerCompleted: null },
    by,
  )
const lower = (world: World, version: string, percent: number) =>
  world.command(rolloutOf(world, version).id, { type: 'lower', to: percent * 100 }, by)

/** What each of the three gets for `*`, `~1.1.0` being the same where 1.2.0 is not there. */
function seen(world: World): readonly string[] {
  const versions = (world.versions['npm:lib'] ?? []).map(({ version }) => version)
  const views = packageViews(
    aPackage('npm:lib', versions),
    exposuresOf('npm:lib', world.rolloutsOf('npm:lib')),
  )
  return Object.values(BUCKETS).map((bucket) => {
    const delta = viewDelta(views, { kind: 'cohort', key: 'somebody' }, () => bucket)
    return latestVersion(views.pkg, visibilityOf(views, delta))?.version ?? 'nothing'
  })
}

it('what three users get is what docs/three-users.md says', async () => {
  const rows: string[] = []
  const tell = (what: string, world: World) => rows.push(`| ${what} | ${seen(world).join(' | ')} |`)

  const world = aLibrary()
  publish(world, '1.1.0')
  advance(world, '1.1.0', 50)
  tell('1.1.0 is at 50 %', world)
  publish(world, '1.1.1')
  tell('1.1.1 comes, at 0 %', world)
  advance(world, '1.1.1', 25)
  expect(rolloutOf(world, '1.1.0').overtaken).not.toBeNull()
  tell('1.1.1 overtakes it, at 25 %', world)
  takeBack(world, '1.1.1')
  expect(rolloutOf(world, '1.1.0').overtaken).toBeNull()
  tell('1.1.1 is taken back at 25 %', world)
  publish(world, '1.1.2')
  advance(world, '1.1.2', 90)
  tell('1.1.2 overtakes it, at 90 %', world)
  takeBack(world, '1.1.2')
  tell('1.1.2 is taken back at 90 %', world)
  lower(world, '1.1.0', 25)
  tell('1.1.0 is lowered to 25 %', world)
  publish(world, '1.1.3')
  advance(world, '1.1.3', 50)
  tell('1.1.3 comes, at 50 %', world)
  lower(world, '1.1.3', 0)
  tell('1.1.3 is stopped', world)
  publish(world, '1.2.0')
  advance(world, '1.2.0', 50)
  tell('1.2.0 of another line is beside them, at 50 %', world)

  const other = aLibrary()
  publish(other, '1.1.0')
  advance(other, '1.1.0', 100)
  publish(other, '1.1.1')
  advance(other, '1.1.1', 25)
  expect(rolloutOf(other, '1.1.0').overtaken).toBeNull()
  tell('a second package: 1.1.0 is at 100 % when 1.1.1 comes, at 25 %', other)
  advance(other, '1.1.0', null)
  tell('its 1.1.0 completes', other)
  advance(other, '1.1.1', null)
  advance(other, '1.1.1', 100)
  advance(other, '1.1.1', null)
  tell('its 1.1.1 completes', other)

  const table = [
    '# Several live releases, as three users see them',
    '',
    'A test prints this table (`test/rollout/siblings/three-users.test.ts`). The users are in the buckets 5 %, 30 % and',
    '80 % and ask for no version. Nobody who has a release is sent back because a newer one starts; who had the newer',
    'one gets the older one again when the newer one is taken back.',
    '',
    '| what happens | 5 % | 30 % | 80 % |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
  await expect(table).toMatchFileSnapshot('../../../docs/three-users.md')
})
