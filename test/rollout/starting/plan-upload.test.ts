import { describe, expect, it } from 'vitest'
import { freezeOf } from '../../../src/rollout/deciding/freeze.ts'
import { planUpload } from '../../../src/rollout/starting/plan-upload.ts'
import { DAY, HOUR, policy } from '../builders.ts'
import { aWorld, breakDown, climb, rolloutOf } from '../laws/lib-world.ts'
import { World } from '../world.ts'

describe('planning an upload', () => {
  const file = { name: 'lib.tgz', sha256: 'ab'.repeat(32) }
  const upload = (world: World, version: string, name = 'new.whl') =>
    planUpload({
      release: `npm:lib@${version}`,
      file: { ...file, name },
      world: world.states,
      staged: false,
    })
  const message = (world: World, version: string) => {
    const result = upload(world, version)
    return result.kind === 'refused' ? result.refusal.message : result.kind
  }

  it('tells pre-releases, first releases and what must be hidden apart', () => {
    expect(upload(new World(() => policy()), '1.0.0')).toEqual({ kind: 'reserve' })
    expect(upload(aWorld(), '1.1.0-rc.1')).toEqual({ kind: 'direct' })
    expect(upload(aWorld(), '1.1.0')).toEqual({ kind: 'reserve' })
    expect(message(aWorld(), 'nope')).toContain('It is no release. release: got "npm:lib@nope"')
  })

  it('takes files at stage 0', () => {
    const world = aWorld('1.1.0')
    expect(upload(world, '1.1.0')).toEqual({ kind: 'existing', rollout: rolloutOf(world, '1.1.0').id })
    expect(message(world, '1.0.0')).toContain('The file list is closed.')
  })

  it('refuses a late file, but not one that is there already', () => {
    const world = aWorld('1.1.0')
    climb(world, '1.1.0')
    expect(message(world, '1.1.0')).toBe(
      'The file list is closed. file: got "new.whl", expected one of npm:lib@1.1.0.tgz, or a new version.',
    )
    expect(upload(world, '1.1.0', 'npm:lib@1.1.0.tgz').kind).toBe('existing')
    const { id } = rolloutOf(world, '1.1.0')
    world.command(id, { type: 'abandon' })
    expect(message(world, '1.1.0')).toBe(
      'The rollout is over (abandoned), so the release takes no more files. file: got "new.whl", expected a new version.',
    )
  })

  it('refuses a new file after a ladder was completed', () => {
    const world = aWorld('1.1.0')
    climb(world, '1.1.0')
    world.now += HOUR
    world.tick(rolloutOf(world, '1.1.0').id)
    expect(message(world, '1.1.0')).toContain(
      'The file list is closed. file: got "new.whl", expected one of npm:lib@1.1.0.tgz, or a new version.',
    )
  })

  it('says so where the closed list is empty', () => {
    const world = aWorld('1.1.0')
    world.command(rolloutOf(world, '1.1.0').id, { type: 'seal', files: [] })
    expect(message(world, '1.1.0')).toContain('expected a new version.')
  })

  it('takes any version after any other', () => {
    expect(message(aWorld('1.2.0'), '1.1.0')).toBe('reserve')
  })

  it('takes nothing more into what was called off before it began', () => {
    const world = aWorld()
    const id = world.upload('npm:lib@1.1.0') ?? ''
    world.command(id, { type: 'rollBack', installable: true, newerCompleted: null })
    expect(message(world, '1.1.0')).toBe(
      'npm:lib@1.1.0 was called off at 2026-11-20 13:00 UTC before it began. file: got "new.whl", expected a restart with maintain permission and a reason first.',
    )
  })

  it('reserves a pre-release that a stream shows by a ladder', () => {
    const world = aWorld()
    const ask = { release: 'npm:lib@1.1.0-rc.1', file, world: world.states }
    expect(planUpload({ ...ask, staged: true })).toEqual({ kind: 'reserve' })
    expect(planUpload({ ...ask, staged: false })).toEqual({ kind: 'direct' })
  })

  it('brings builds of one public version together until the file list is closed', () => {
    const world = new World(() => policy())
    world.upload('pypi:lib@2.0')
    const id = world.upload('pypi:lib@2.1+cpu') ?? ''
    const ask = { release: 'pypi:lib@2.1+cu118', file, staged: false }
    expect(planUpload({ ...ask, world: world.states })).toEqual({ kind: 'join', rollout: id })
    expect(planUpload({ ...ask, release: 'pypi:lib@2.2', world: world.states })).toEqual({ kind: 'reserve' })
    world.command(id, { type: 'seal', files: [] })
    expect(planUpload({ ...ask, world: world.states })).toEqual({ kind: 'reserve' })
  })
})

describe('a freeze', () => {
  const rule = (count: number) =>
    policy({ rollback: { automatic: true, freezeAfter: { count, windowMs: DAY } } })

  it('does not count what a person takes back', () => {
    const world = aWorld('1.1.0')
    const back = { type: 'rollBack', installable: true, newerCompleted: null } as const
    world.command(rolloutOf(world, '1.1.0').id, back)
    expect(freezeOf(world.states, 'npm:lib', rule(1), world.now)).toBeNull()
  })

  it('lasts until fewer rollbacks than allowed are in the window', () => {
    const world = aWorld('1.1.0')
    breakDown(world, '1.1.0')
    const first = world.now
    world.now += HOUR
    world.start(['npm:lib@1.2.0'])
    breakDown(world, '1.2.0')
    const freeze = (count: number, now = world.now) => freezeOf(world.states, 'npm:lib', rule(count), now)
    expect(freeze(2)).toEqual({ until: first + DAY, rollbacks: 2 })
    expect(freeze(1)).toEqual({ until: first + HOUR + DAY, rollbacks: 2 })
    expect(freeze(3)).toBeNull()
    expect(freeze(2, first + DAY)).toBeNull()
    expect(freezeOf(world.states, 'npm:other', rule(1), world.now)).toBeNull()
    expect(freezeOf(world.states, 'npm:lib', policy(), world.now)).toBeNull()
  })
})
