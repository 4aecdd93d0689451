import { describe, expect, it } from 'vitest'
import type { Policy } from '../../../src/gates/policy.ts'
import type { Actor } from '../../../src/rollout/history/actor.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import type { KnownVersion } from '../../../src/rollout/starting/known-versions.ts'
import { planStart } from '../../../src/rollout/starting/plan-start.ts'
import { DAY, maintainer, policy, source, writer } from '../builders.ts'
import { aWorld, breakDown, climb, finish, rolloutOf } from '../laws/lib-world.ts'
import { World } from '../world.ts'

const known = (version: string, change: Partial<KnownVersion> = {}): KnownVersion => ({
  version,
  installable: true,
  withdrawn: false,
  released: false,
  ...change,
})

interface Ask {
  readonly releases?: readonly string[]
  readonly policies?: readonly Policy[]
  readonly restart?: boolean
  readonly actor?: Actor
  readonly reason?: string
  readonly versions?: World['versions']
  readonly relatives?: readonly RolloutState[]
  readonly sameUsers?: boolean
  readonly unread?: readonly string[]
}

const back = { type: 'rollBack', installable: true, newerCompleted: null } as const

function plan(world: World, version: string, ask: Ask = {}) {
  const releases = ask.releases ?? [`npm:lib@${version}`]
  const planned = planStart({
    releases,
    policies: releases.map(() => policy()),
    world: world.states,
    versions: world.versions,
    restart: false,
    actor: maintainer,
    reason: 'because',
    now: world.now,
    salt: 'fresh',
    ...ask,
  })
  return planned
}

function planned(world: World, version: string, ask: Ask = {}) {
  const result = plan(world, version, ask)
  if (!result.ok) throw new Error(result.refusal.message)
  if (result.plan.kind !== 'start') throw new Error(result.plan.kind)
  return result.plan
}

function refused(world: World, version: string, ask: Ask = {}): string {
  const result = plan(world, version, ask)
  return result.ok ? 'accepted' : result.refusal.message
}

describe('planning a start', () => {
  it('knows a first release by its missing baseline', () => {
    expect(planned(new World(() => policy()), '1.0.0')).toMatchObject({
      rollout: null,
      members: [{ candidate: 'npm:lib@1.0.0', baseline: null }],
      salt: 'fresh',
      restartOf: null,
    })
  })

  it('begins what was reserved', () => {
    const world = aWorld()
    const id = world.upload('npm:lib@1.1.0')
    expect(planned(world, '1.1.0')).toMatchObject({
      rollout: id,
      join: [],
      members: [{ baseline: 'npm:lib@1.0.0' }],
    })
  })

  it('changes nothing when it runs or has completed', () => {
    const world = aWorld('1.1.0')
    expect(plan(world, '1.1.0')).toEqual({
      ok: true,
      plan: { kind: 'running', rollout: rolloutOf(world, '1.1.0').id },
    })
    expect(plan(world, '1.0.0')).toMatchObject({ ok: true, plan: { kind: 'running' } })
  })

  it('leaves an older one of the line where it is until it is ahead of it', () => {
    const world = aWorld('1.1.0')
    world.start(['npm:lib@1.1.1'])
    expect(rolloutOf(world, '1.1.0').end).toBeNull()
    expect(planned(world, '1.1.2').members).toEqual([
      { candidate: 'npm:lib@1.1.2', baseline: 'npm:lib@1.0.0' },
    ])
  })

  it('takes any version after any other', () => {
    const world = aWorld('1.2.0')
    climb(world, '1.2.0')
    finish(world, '1.2.0')
    expect(planned(world, '1.1.0').members[0]?.baseline).toBe('npm:lib@1.0.0')
    expect(planned(world, '1.2.1').members[0]?.baseline).toBe('npm:lib@1.2.0')
    expect(planned(world, '0.9.0').members[0]?.baseline).toBe('npm:lib@1.2.0')
  })

  it.each([
    [
      'a pre-release',
      ['npm:lib@1.1.0-rc.1'],
      'Pre-releases are not staged. release: got "npm:lib@1.1.0-rc.1"',
    ],
    ['no release', ['npm:lib'], 'It is no release. release: got "npm:lib"'],
    ['nothing', [], 'The releases do not make a rollout. releases: got []'],
    [
      'one package twice',
      ['npm:lib@1.1.0', 'npm:lib@1.2.0'],
      'one or more releases, each of another package',
    ],
  ])('refuses %s', (_, releases, message) => {
    expect(refused(aWorld(), '', { releases })).toContain(message)
  })

  it('refuses in a freeze', () => {
    const frozen = policy({ rollback: { automatic: true, freezeAfter: { count: 1, windowMs: DAY } } })
    const world = aWorld('1.1.0')
    breakDown(world, '1.1.0')
    const publisher = {
      kind: 'token',
      id: 'ci',
      name: 'ci',
      owner: 'ops',
      as: null,
      scopes: ['publish'],
    } as const
    expect(refused(world, '1.2.0', { policies: [frozen], actor: publisher })).toBe(
      'npm:lib is frozen after 1 automatic rollbacks. start: got "1.2.0", expected a start after 2026-11-21 14:00 UTC, or one with maintain permission and a reason.',
    )
    expect(planned(world, '1.2.0', { policies: [frozen] }).kind).toBe('start')
    expect(refused(world, '1.2.0', { policies: [frozen], reason: ' ' })).toContain('frozen')
    world.now += DAY
    expect(planned(world, '1.2.0', { policies: [frozen], actor: publisher }).kind).toBe('start')
  })
})

describe('the baseline', () => {
  const empty = () => new World(() => policy())
  it.each([
    [
      'the greatest below',
      [
        known('1.0.0', { released: true }),
        known('1.1.0', { released: true }),
        known('3.0.0', { released: true }),
      ],
      'npm:lib@1.1.0',
    ],
    [
      'a withdrawn one where all are',
      [
        known('1.0.0', { released: true, withdrawn: true }),
        known('1.1.0', { released: true, withdrawn: true }),
      ],
      'npm:lib@1.1.0',
    ],
    [
      'a withdrawn one below rather than one above',
      [known('1.0.0', { released: true, withdrawn: true }), known('3.0.0', { released: true })],
      'npm:lib@1.0.0',
    ],
    ['one above where nothing is below', [known('3.0.0', { released: true })], 'npm:lib@3.0.0'],
    [
      'not a withdrawn one',
      [known('1.0.0', { released: true }), known('1.1.0', { released: true, withdrawn: true })],
      'npm:lib@1.0.0',
    ],
    [
      'not one without files',
      [known('1.0.0', { released: true }), known('1.1.0', { released: true, installable: false })],
      'npm:lib@1.0.0',
    ],
    [
      'not a pre-release',
      [known('1.0.0', { released: true }), known('1.1.0-rc.1', { released: true })],
      'npm:lib@1.0.0',
    ],
    ['not what was never released', [known('1.0.0', { released: true }), known('1.1.0')], 'npm:lib@1.0.0'],
    ['nothing', [known('1.1.0')], null],
  ])('is %s', (_, versions, baseline) => {
    const members = planned(empty(), '2.0.0', { versions: { 'npm:lib': versions } }).members
    expect(members).toEqual([{ candidate: 'npm:lib@2.0.0', baseline }])
  })

  it('is not what is still live in another line, not even at 100 %', () => {
    const world = aWorld('1.1.0')
    climb(world, '1.1.0')
    expect(planned(world, '2.0.0')).toMatchObject({
      members: [{ baseline: 'npm:lib@1.0.0' }],
    })
  })

  it('is not what was taken back or blocked, whatever the index says', () => {
    const world = aWorld('1.1.0')
    climb(world, '1.1.0')
    finish(world, '1.1.0')
    expect(planned(world, '1.2.0').members[0]?.baseline).toBe('npm:lib@1.1.0')
    world.command(rolloutOf(world, '1.1.0').id, { type: 'block' })
    expect(planned(world, '1.2.0').members[0]?.baseline).toBe('npm:lib@1.0.0')
  })
})

describe('a restart', () => {
  const fallen = () => {
    const world = aWorld('1.1.0')
    world.command(rolloutOf(world, '1.1.0').id, { type: 'rollBack', installable: true, newerCompleted: null })
    return world
  }

  it('is a new rollout with a new salt that says what it follows', () => {
    const world = fallen()
    const { id, salt } = rolloutOf(world, '1.1.0')
    const again = planned(world, '1.1.0', { restart: true })
    expect(again).toMatchObject({ rollout: null, restartOf: id, salt: 'fresh' })
    expect(again.salt).not.toBe(salt)
  })

  it.each([
    [
      'without being asked for',
      {},
      'It was rolled-back before. restart: got false, expected a restart with maintain permission and a reason.',
    ],
    [
      'by a writer',
      { restart: true, actor: writer },
      'A restart is not yours to do. actor: got "wanda (write)"',
    ],
    ['without a reason', { restart: true, reason: ' ' }, 'A restart needs a reason. reason: got " "'],
  ])('is refused %s', (_, ask, message) => {
    expect(refused(fallen(), '1.1.0', ask)).toContain(message)
  })

  it('is refused where nothing has ended badly', () => {
    expect(refused(aWorld('1.1.0'), '1.1.0', { restart: true })).toContain(
      'It has not ended badly. restart: got',
    )
    expect(refused(aWorld(), '1.1.0', { restart: true })).toContain('There is nothing to restart.')
  })

  it('is not got around by joining what is only reserved', () => {
    const world = fallen()
    world.reserve(['npm:other@1.1.0'], null)
    const releases = ['npm:other@1.1.0', 'npm:lib@1.1.0']
    const message = 'It was rolled-back before. releases: got ["npm:lib@1.1.0"]'
    expect(refused(world, '', { releases, actor: writer })).toContain(message)
    expect(refused(world, '', { releases, restart: true })).toContain(message)
  })

  it('never brings back a blocked one beside one that is not', () => {
    const world = fallen()
    world.upload('npm:other@1.0.0')
    const other = world.upload('npm:other@1.1.0') ?? ''
    world.start(['npm:other@1.1.0'])
    world.command(other, { type: 'block' })
    const releases = ['npm:lib@1.1.0', 'npm:other@1.1.0']
    expect(refused(world, '', { releases, restart: true })).toContain('It is blocked.')
  })

  it('never brings back what is blocked', () => {
    const world = fallen()
    world.command(rolloutOf(world, '1.1.0').id, { type: 'block' })
    expect(refused(world, '1.1.0', { restart: true })).toContain('It is blocked.')
  })
})

describe('a train', () => {
  const releases = ['npm:lib@1.1.0', 'npm:other@1.1.0']

  it('starts together; a first release in it has no baseline', () => {
    expect(planned(aWorld(), '', { releases }).members).toEqual([
      { candidate: 'npm:lib@1.1.0', baseline: 'npm:lib@1.0.0' },
      { candidate: 'npm:other@1.1.0', baseline: null },
    ])
  })

  it('refuses policies that differ', () => {
    const policies = [policy(), policy({ profile: 'rapid' })]
    expect(refused(aWorld(), '', { releases, policies })).toContain('The policies differ. policies: got')
  })

  it('lets the second join what is reserved, not what runs', () => {
    const world = aWorld()
    world.upload('npm:lib@1.1.0')
    expect(planned(world, '', { releases }).join).toEqual(['npm:other@1.1.0'])
    world.start(['npm:lib@1.1.0'])
    expect(refused(world, '', { releases })).toBe(
      'The others have begun without it; it gets a rollout of its own. releases: got ["npm:other@1.1.0"], expected npm:lib@1.1.0.',
    )
  })

  it('reserved together starts together', () => {
    const world = aWorld()
    world.reserve(releases, 'duo')
    expect(refused(world, '1.1.0')).toContain('They were reserved together and start together.')
    expect(planned(world, '', { releases }).join).toEqual([])
    world.start(releases)
    expect(plan(world, '1.1.0')).toMatchObject({ ok: true, plan: { kind: 'running' } })
  })

  it('refuses releases of different rollouts', () => {
    const world = aWorld()
    for (const release of releases) world.reserve([release], null)
    expect(refused(world, '', { releases })).toContain('They are in different rollouts.')
  })

  it('may be builds of one public version, not of two', () => {
    const builds = ['pypi:lib@2.1+cpu', 'pypi:lib@2.1+cu118']
    expect(planned(aWorld(), '', { releases: builds }).members).toHaveLength(2)
    const message = 'one or more releases, each of another package'
    expect(refused(aWorld(), '', { releases: [...builds, 'pypi:lib@2.2+cpu'] })).toContain(message)
    expect(refused(aWorld(), '', { releases: ['pypi:lib@2.1+cpu', 'pypi:lib@2.1+cpu'] })).toContain(message)
  })
})

describe('a package of which a history cannot be read', () => {
  it('is never taken for a new one', () => {
    expect(refused(new World(() => policy()), '1.0.0', { unread: ['npm:lib'] })).toBe(
      'A stored history of npm:lib cannot be read, so what would be shown instead is not known for certain. release: got "npm:lib@1.0.0", expected a package whose histories are whole (an operator has to restore them).',
    )
    expect(planned(new World(() => policy()), '1.0.0', { unread: ['npm:other'] }).kind).toBe('start')
  })

  it('goes on by itself with nothing; somebody who answers for it may start it on its ladder', () => {
    const unread = ['npm:lib']
    const actor = { kind: 'system' } as const
    expect(refused(aWorld(), '1.1.0', { unread, actor })).toContain(
      'or a start (with npm:lib@1.0.0 shown instead) with maintain permission and a reason',
    )
    expect(refused(aWorld(), '1.1.0', { unread, reason: ' ' })).toContain('cannot be read')
    expect(planned(aWorld(), '1.1.0', { unread }).members).toEqual([
      { candidate: 'npm:lib@1.1.0', baseline: 'npm:lib@1.0.0' },
    ])
  })
})

describe('the salt', () => {
  const one = () => {
    const world = aWorld('1.1.0')
    return { world, salt: rolloutOf(world, '1.1.0').salt }
  }

  it('is that of another live release of the package, so that they nest', () => {
    const { world, salt } = one()
    expect(planned(world, '1.1.1').salt).toBe(salt)
    expect(planned(world, '3.0.0').salt).toBe(salt)
    world.now += 30 * DAY - 1
    expect(planned(world, '1.1.1').salt).toBe(salt)
    world.now += 1
    expect(planned(world, '1.1.1').salt).toBe('fresh')
  })

  it('is drawn anew when nothing is live', () => {
    const { world } = one()
    world.command(rolloutOf(world, '1.1.0').id, back)
    expect(planned(world, '1.1.1')).toMatchObject({ salt: 'fresh', saltDrawnAt: world.now })
  })

  it('is that of the same owner for a week', () => {
    const { world, salt } = one()
    const ask = (now: number) =>
      planned(Object.assign(new World(() => policy()), { now }), '', {
        releases: ['npm:other@1.1.0'],
        versions: { 'npm:other': [known('1.0.0', { released: true })] },
        relatives: world.states,
      }).salt
    expect(ask(world.now)).toBe(salt)
    expect(ask(rolloutOf(world, '1.1.0').saltDrawnAt + 7 * DAY)).toBe('fresh')
  })

  it('of a restart is a new one, unless another release is live or it was a false alarm', () => {
    const { world, salt } = one()
    world.command(rolloutOf(world, '1.1.0').id, back)
    expect(planned(world, '1.1.0', { restart: true, relatives: aWorld('1.1.0').states }).salt).toBe('fresh')
    expect(planned(world, '1.1.0', { restart: true, sameUsers: true }).salt).toBe(salt)
    world.start(['npm:lib@2.0.0'])
    expect(planned(world, '1.1.0', { restart: true }).salt).toBe(rolloutOf(world, '2.0.0').salt)
  })
})

describe('the source of a policy', () => {
  it('is kept with the rollout', () => {
    expect(rolloutOf(aWorld('1.1.0'), '1.1.0').policySource).toEqual(source)
  })
})
