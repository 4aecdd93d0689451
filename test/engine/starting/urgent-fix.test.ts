import { describe, expect, it } from 'vitest'
import { basisPointsOf, phaseOf } from '../../../src/rollout/history/phase.ts'
import { packageIdOf } from '../../../src/versions/release.ts'
import {
  canaryId,
  climb,
  createWorld,
  maintainer,
  ownerId,
  ownersFile,
  policyOf,
  publisher,
  reportOf,
  stateOf,
  type World,
} from '../world.ts'

const fix = 'npm:demo@1.1.0'
const withUrgent = `${ownersFile}    urgent: { profile: rapid, by: maintain }\n`
const quarter = 15 * 60_000
const hour = 60 * 60_000

/** 1.0.0 is out, the owner's file has an urgent ladder, and an advisory says which versions are bad. */
async function worldWithAdvisory(affected: string | null, file = withUrgent): Promise<World> {
  const world = await createWorld()
  world.forge.repositories.get(ownerId)?.files.set('.github/slipway.yml', file)
  await world.upload('npm:demo@1.0.0')
  world.clock.pass(1000)
  if (affected !== null) {
    const advisory = { id: 'GHSA-abcd', affected, summary: 'reads too much', url: null }
    await world.stores.advisories.setAdvisories('npm:demo', [advisory])
  }
  return world
}

const ladder = (world: World) =>
  stateOf(world, fix).policy?.stages.map(({ basisPoints }) => basisPoints / 100)
const sentence = (world: World) => world.engine.explain(stateOf(world, fix)).sentence
const percent = (world: World) => basisPointsOf(stateOf(world, fix)) / 100

describe('a release that fixes an advisory', () => {
  it('climbs the urgent ladder after a yes, still behind its canaries, and says why', async () => {
    const world = await worldWithAdvisory('<1.1.0')
    await world.upload(fix)
    expect(ladder(world)).toEqual([0, 10, 50, 100])
    expect(stateOf(world, fix).policySource).toEqual({
      kind: 'file',
      detail: 'acme/lib@head:.github/slipway.yml; its urgent ladder, because the release fixes GHSA-abcd',
      urgent: ['GHSA-abcd'],
    })
    expect(sentence(world)).toContain(', on the urgent ladder because it fixes GHSA-abcd')
    await climb(world, fix, quarter, 2)
    expect(percent(world)).toBe(0)
    expect(sentence(world)).toMatch(/maintain/)

    const approved = await world.engine.run(stateOf(world, fix).id, { type: 'approve' }, maintainer)
    expect(approved.ok).toBe(true)
    await climb(world, fix, 1000, 2)
    // The yes of a person does not stand in for the canary.
    expect(percent(world)).toBe(0)
    await world.engine.report(reportOf(world, stateOf(world, fix), { candidate: 'pass', baseline: 'pass' }))
    await climb(world, fix, 1000, 1)
    expect(percent(world)).toBe(10)
    await climb(world, fix, 8 * hour, 3)
    expect(phaseOf(stateOf(world, fix))).toBe('completed')
  })

  it('is rolled back like any other where a required canary breaks, approved or not', async () => {
    const world = await worldWithAdvisory('<1.1.0')
    await world.upload(fix)
    await world.engine.run(stateOf(world, fix).id, { type: 'approve' }, maintainer)
    for (let tries = 0; tries < 2; tries += 1) {
      await world.settle()
      await world.engine.report(reportOf(world, stateOf(world, fix), { candidate: 'fail', baseline: 'pass' }))
    }
    expect(stateOf(world, fix).end).toMatchObject({
      kind: 'rolled-back',
      automatic: true,
      regressions: [canaryId],
    })
  })

  it.each([
    ['there is no advisory', null, withUrgent],
    ['the advisory names the fix too', '<=1.1.0', withUrgent],
    ['the advisory does not name the version before', '>=2.0.0', withUrgent],
    ['its policy has no urgent ladder', '<1.1.0', ownersFile],
  ])('takes the usual ladder where %s', async (_, affected, file) => {
    const world = await worldWithAdvisory(affected, file)
    await world.upload(fix)
    expect(ladder(world)).toEqual([0, 50, 100])
    expect(stateOf(world, fix).policySource).toEqual({
      kind: 'file',
      detail: 'acme/lib@head:.github/slipway.yml',
    })
    expect(sentence(world)).not.toContain('urgent')
  })

  it('stays on the ladder it began with when an advisory comes later', async () => {
    const world = await worldWithAdvisory(null)
    await world.upload(fix)
    const late = { id: 'GHSA-late', affected: '<1.1.0', summary: 'late', url: null }
    await world.stores.advisories.setAdvisories('npm:demo', [late])
    await climb(world, fix, 1000, 2)
    expect(ladder(world)).toEqual([0, 50, 100])
  })

  it('repeats its start under the policy it began with, and takes another at stage 0', async () => {
    const world = await worldWithAdvisory('<1.1.0')
    const asked = {
      releases: [fix],
      policy: policyOf({ profile: 'cautious', urgent: { profile: 'standard' } }),
      restart: false,
      origin: null,
      who: maintainer,
    }
    await world.engine.reserve(asked)
    await world.upload(fix)
    const { id, version } = stateOf(world, fix)
    expect(ladder(world)).toEqual([0, 5, 10, 25, 50, 100])
    expect(await world.engine.start(asked)).toMatchObject({ ok: true, changed: false, state: { version } })
    const other = policyOf({ profile: 'cautious', urgent: { profile: 'rapid' } })
    expect(await world.engine.start({ ...asked, policy: other })).toMatchObject({ ok: true, state: { id } })
    expect(ladder(world)).toEqual([0, 10, 50, 100])
    expect(stateOf(world, fix).policySource).toMatchObject({ kind: 'request', urgent: ['GHSA-abcd'] })
    await world.engine.start({ ...asked, policy: policyOf({ profile: 'standard' }) })
    expect(ladder(world)).toEqual([0, 5, 10, 25, 50, 100])
    expect(stateOf(world, fix).policySource).not.toHaveProperty('urgent')
  })

  it('takes its train with it', async () => {
    const world = await worldWithAdvisory('<1.1.0')
    const other = 'npm:other@1.1.0'
    const stages = policyOf({ profile: 'cautious', gates: {}, urgent: {} })
    await world.upload('npm:other@1.0.0')
    const asked = { releases: [other, fix], policy: stages, restart: false, origin: null, who: maintainer }
    await world.engine.reserve(asked)
    await world.upload(other, { announce: false })
    await world.upload(fix, { announce: false })
    expect(await world.engine.start({ ...asked, policy: null, who: publisher })).toMatchObject({ ok: true })
    const train = stateOf(world, other)
    expect(train.members.map(({ candidate }) => packageIdOf(candidate))).toEqual(['npm:other', 'npm:demo'])
    expect(train.policy?.profile).toBe('rapid')
    expect(train.policySource?.urgent).toEqual(['GHSA-abcd'])
  })

  it('means the same to an engine that reads the history again', async () => {
    const world = await worldWithAdvisory('<1.1.0')
    await world.upload(fix)
    const before = stateOf(world, fix)
    const again = await world.reopen()
    expect(again.find(fix)).toEqual(before)
    expect(again.explain(before).sentence).toContain('because it fixes GHSA-abcd')
  })
})
