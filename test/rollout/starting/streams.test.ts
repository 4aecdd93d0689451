import { describe, expect, it } from 'vitest'
import type { StreamRule } from '../../../src/gates/policy.ts'
import { freezeOf } from '../../../src/rollout/deciding/freeze.ts'
import { explain } from '../../../src/rollout/explaining/explain.ts'
import type { Actor } from '../../../src/rollout/history/actor.ts'
import { planStart } from '../../../src/rollout/starting/plan-start.ts'
import { schemeOf } from '../../../src/versions/scheme-of.ts'
import { DAY, HOUR, maintainer, policy, system } from '../builders.ts'
import { breakDown, climb, finish, rolloutOf } from '../laws/lib-world.ts'
import { World } from '../world.ts'

const order = ['beta', 'rc', 'stable']

/** Betas pause for release candidates, which have no ladder; a final comes a week after the last of them. */
function streamOf(release: string): StreamRule | undefined {
  const label = schemeOf('npm').preReleaseLabel(release.slice(release.lastIndexOf('@') + 1))
  const name = label ?? 'stable'
  const upTo = order.slice(0, order.indexOf(name) + 1)
  if (upTo.length === 0) return undefined
  return {
    name,
    kind: label === null ? 'final' : 'prerelease',
    upTo,
    channels: upTo,
    direct: name === 'rc',
    pauseDuring: name === 'beta' ? 'rc' : null,
    after: name === 'stable' ? { stream: 'rc', minMs: 7 * DAY } : null,
  }
}

/** 3.9.0 is out; further releases are uploaded and started as named, one hour apart. */
function streams(...versions: readonly string[]): World {
  const world = new World(() => policy())
  world.streamOf = streamOf
  for (const version of ['3.9.0', ...versions]) release(world, version)
  return world
}

function release(world: World, version: string): void {
  world.now += HOUR
  world.upload(`npm:lib@${version}`)
  world.start([`npm:lib@${version}`])
  const state = world
    .rolloutsOf('npm:lib')
    .find(({ members }) => members[0]?.candidate === `npm:lib@${version}`)
  const signal = { kind: 'blockers-searched', labels: ['regression'], at: 0 } as const
  if (state !== undefined && state.end === null) world.command(state.id, { type: 'recordSignal', signal })
}

function plan(world: World, version: string, actor: Actor = system, reason = '') {
  const id = `npm:lib@${version}`
  return planStart({
    releases: [id],
    policies: [world.policyOfRelease(id)],
    world: world.states,
    versions: world.versions,
    restart: false,
    actor,
    reason,
    now: world.now,
    salt: 'fresh',
  })
}

const refused = (world: World, version: string) => {
  const planned = plan(world, version)
  return planned.ok ? 'accepted' : planned.refusal.message
}

const endOf = (world: World, version: string) => rolloutOf(world, version).end?.kind ?? 'live'
const baselineOf = (world: World, version: string) => rolloutOf(world, version).members[0]?.baseline

describe('two streams at once', () => {
  it('neither supersede nor block each other', () => {
    const world = streams('3.10.0-beta.1', '3.9.1')
    expect(endOf(world, '3.10.0-beta.1')).toBe('live')
    expect(endOf(world, '3.9.1')).toBe('live')
    release(world, '3.10.0-beta.2')
    climb(world, '3.10.0-beta.2')
    const overtaken = (version: string) => rolloutOf(world, version).overtaken !== null
    expect([overtaken('3.10.0-beta.1'), overtaken('3.9.1')]).toEqual([true, false])
    finish(world, '3.10.0-beta.2')
    expect(endOf(world, '3.10.0-beta.1')).toBe('superseded')
    expect(endOf(world, '3.9.1')).toBe('live')
    release(world, '3.10.0-beta.0')
    expect(endOf(world, '3.10.0-beta.0')).toBe('live')
  })

  it('compare a pre-release with its own stream and more mature ones, a final with finals', () => {
    const world = streams('3.10.0-beta.1')
    expect(baselineOf(world, '3.10.0-beta.1')).toBe('npm:lib@3.9.0')
    climb(world, '3.10.0-beta.1')
    finish(world, '3.10.0-beta.1')
    release(world, '3.10.0-beta.2')
    expect(baselineOf(world, '3.10.0-beta.2')).toBe('npm:lib@3.10.0-beta.1')
    release(world, '3.10.0-rc.1')
    world.now += 8 * DAY
    release(world, '3.10.0')
    expect(baselineOf(world, '3.10.0')).toBe('npm:lib@3.9.0')
    release(world, '3.11.0-beta.1')
    expect(baselineOf(world, '3.11.0-beta.1')).toBe('npm:lib@3.10.0-rc.1')
  })

  it('a beta that was taken back again and again freezes its own stream only', () => {
    const world = streams()
    for (const version of ['3.10.0-beta.1', '3.10.0-beta.2']) {
      release(world, version)
      breakDown(world, version)
      expect(endOf(world, version)).toBe('rolled-back')
    }
    const frozen = (version: string) => {
      const own = world.policyOfRelease(`npm:lib@${version}`)
      const rollback = { automatic: true, freezeAfter: { count: 2, windowMs: DAY } }
      return freezeOf(world.states, 'npm:lib', { ...own, rollback }, world.now) !== null
    }
    expect([frozen('3.10.0-beta.3'), frozen('3.10.0-rc.1'), frozen('3.9.1')]).toEqual([true, false, false])
  })

  it('a pre-release of no stream has no rollout', () => {
    expect(refused(streams(), '3.10.0-alpha.1')).toContain('Pre-releases are not staged')
  })

  it('a stream without a ladder is for all who ask at once, and says so', () => {
    const world = streams('3.10.0-rc.1')
    const said = (version: string) => explain(rolloutOf(world, version), world.now, null).sentence
    expect(said('3.10.0-rc.1')).toContain('to all who ask for pre-releases: the stream rc has no ladder')
    expect(said('3.9.0')).toContain('Visible to all since')
    expect(rolloutOf(world, '3.10.0-rc.1').end).toMatchObject({ kind: 'completed', direct: true })
  })
})

describe('while a release candidate is open', () => {
  it('no beta starts, whoever asks', () => {
    const world = streams('3.10.0-rc.1')
    expect(refused(world, '3.10.0-beta.9')).toBe(
      'No release of the stream beta starts while 3.10.0-rc.1 of the stream rc is open. release: got "3.10.0-beta.9", expected a release after 3.10.0 has started or 3.10.0-rc.1 was blocked or withdrawn.',
    )
    expect(refused(world, '3.11.0-beta.1')).toContain('while 3.10.0-rc.1')
    expect(refused(world, '3.9.1')).toBe('accepted')
    expect(plan(world, '3.10.0-beta.9', maintainer, 'because').ok).toBe(false)
  })

  it.each([
    ['its final has started', (world: World) => release(world, '3.10.0')],
    ['a later final has started', (world: World) => release(world, '3.11.0')],
    [
      'a final of another index is out',
      (world: World) => {
        const known = { installable: true, withdrawn: false, released: true }
        world.versions['npm:lib']?.push({ ...known, version: '3.10.0' })
      },
    ],
    [
      'its maintainer withdrew it',
      (world: World) => {
        const known = world.versions['npm:lib'] ?? []
        world.versions['npm:lib'] = known.map((one) =>
          one.version === '3.10.0-rc.1' ? { ...one, withdrawn: true } : one,
        )
      },
    ],
    [
      'it was blocked',
      (world: World) => {
        const who = { actor: maintainer, reason: 'broken' }
        world.command(rolloutOf(world, '3.10.0-rc.1').id, { type: 'block' }, who)
      },
    ],
  ])('betas go on when %s', (_, happens) => {
    const world = streams('3.10.0-rc.1')
    world.now += 8 * DAY
    happens(world)
    expect(refused(world, '3.12.0-beta.1')).toBe('accepted')
  })

  it('a final that was only reserved does not close it', () => {
    const world = streams('3.10.0-rc.1')
    world.upload('npm:lib@3.10.0')
    expect(refused(world, '3.12.0-beta.1')).toContain('while 3.10.0-rc.1')
  })
})

describe('a final after its release candidates', () => {
  it('waits so long after the last one', () => {
    const world = streams('3.10.0-rc.1')
    world.now += 6 * DAY
    release(world, '3.10.0-rc.2')
    world.now += DAY
    const planned = plan(world, '3.10.0')
    expect(planned).toMatchObject({ ok: false, refusal: { reason: 'temporary' } })
    expect(refused(world, '3.10.0')).toContain('comes too soon after 3.10.0-rc.2 of the stream rc')
    expect(plan(world, '3.10.0', maintainer, 'a fix that cannot wait').ok).toBe(true)
    expect(plan(world, '3.10.0', maintainer, ' ').ok).toBe(false)
    world.now += 6 * DAY
    expect(refused(world, '3.10.0')).toBe('accepted')
  })

  it('waits for none of another series', () => {
    expect(refused(streams('3.10.0-rc.1'), '3.9.1')).toBe('accepted')
  })
})
