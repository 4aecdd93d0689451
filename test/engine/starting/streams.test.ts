import { beforeEach, describe, expect, it } from 'vitest'
import {
  canaryId,
  createWorld,
  maintainer,
  ownerId,
  publisher,
  reportOf,
  stateOf,
  system,
  type World,
} from '../world.ts'

const broken = { candidate: 'fail', baseline: 'pass' } as const
const day = 24 * 3_600_000

const file = `
releases:
${['npm', 'pypi']
  .map(
    (ecosystem) => `
  - package: ${ecosystem}:demo
    gates: { canaries: { tries: 1, timeout: 1h } }
    canaries: [{ repo: acme/app, required: true }]
    streams:
      beta:   { match: prerelease beta, channel: beta, profile: rapid, pauseDuring: rc, required: [] }
      rc:     { match: prerelease rc, channel: rc, length: 2 months, count: 2, freeze: [api] }
      stable: { match: final, channel: stable, profile: standard, required: [acme/app], after: { stream: rc, min: 1 week } }`,
  )
  .join('')}
`

let world: World

beforeEach(async () => {
  world = await createWorld()
  world.forge.repositories.get(ownerId)?.files.set('.github/slipway.yml', file)
  for (const id of ['npm:demo', 'pypi:demo']) await world.upload(`${id}@3.9.0`)
  world.clock.pass(day)
  await world.engine.tick()
})

const end = (release: string) => stateOf(world, release).end?.kind ?? 'live'

/** An upload of which the commit is known. */
async function start(release: string) {
  await world.upload(release, { announce: false })
  const origin = {
    ...{ repositoryId: ownerId, repository: 'acme/lib', commit: 'c0ffee', tag: null, installationId: 1 },
  }
  const request = { releases: [release], policy: null, restart: false, origin, who: publisher }
  expect(await world.engine.start(request)).toMatchObject({ ok: true })
}

/** What the forge says of the check that release candidates freeze. */
async function report(release: string, state: 'success' | 'failure') {
  const now = world.clock.now()
  const check = { name: 'api', state, url: null, observedAt: now }
  for (const signal of [{ kind: 'check', check } as const, { kind: 'checks-read', at: now } as const])
    await world.engine.run(stateOf(world, release).id, { type: 'recordSignal', signal }, system)
}

/** A release candidate, and how its frozen check is. */
async function candidate(version: string, check: 'success' | null) {
  await start(`npm:demo@${version}`)
  if (check !== null) await report(`npm:demo@${version}`, check)
  await world.engine.tick()
}

describe('releases of streams', () => {
  it('an npm pre-release begins right after its upload, by the ladder of its stream', async () => {
    const beta = await world.upload('npm:demo@3.10.0-beta.1')
    expect(beta?.policy).toMatchObject({ profile: 'rapid', stream: { name: 'beta', channels: ['beta'] } })
    expect(beta?.members[0]?.baseline).toBe('npm:demo@3.9.0')
    expect(await world.upload('npm:demo@3.10.0-canary.1')).toBeNull()
  })

  it('a PyPI one begins when no further file comes, or when somebody starts it', async () => {
    expect(await world.upload('pypi:demo@3.10.0b1')).toMatchObject({ startedAt: null })
    await world.engine.tick()
    expect(stateOf(world, 'pypi:demo@3.10.0b1').startedAt).toBeNull()
    world.clock.pass(day)
    await world.engine.tick()
    expect(stateOf(world, 'pypi:demo@3.10.0b1').policy?.stream?.name).toBe('beta')
    await world.upload('pypi:demo@3.10.0b2')
    const request = { releases: ['pypi:demo@3.10.0b2'], policy: null, restart: false, origin: null }
    expect(await world.engine.start({ ...request, who: publisher })).toMatchObject({
      ok: true,
      changed: true,
    })
    expect(end('pypi:demo@3.10.0b1')).toBe('live')
  })

  it('one that is marked as no stream has it is refused at its first byte, with what can be done', async () => {
    for (const [release, words] of [
      ['npm:demo@3.10.0-alpha.1', 'one marked beta or rc'],
      ['pypi:demo@3.10.0a5', 'one marked b or rc'],
    ] as const) {
      await expect(world.upload(release)).rejects.toThrow(words)
      const [id = '', version = ''] = release.split('@')
      expect((await world.stores.packages.get(id))?.versions[version]).toBeUndefined()
    }
    // Snapshots belong to nobody, and say so by their word.
    expect(await world.upload('pypi:demo@3.10.0.dev5')).toBeNull()
  })

  it('one of a stream without a ladder is hidden until it begins, too', async () => {
    expect(await world.upload('pypi:demo@3.11.0rc1')).toMatchObject({ startedAt: null })
    world.clock.pass(day)
    await world.engine.tick()
    expect(stateOf(world, 'pypi:demo@3.11.0rc1').startedAt).not.toBeNull()
  })

  it('two streams roll at once: what a beta breaks is advisory there and holds nothing of the stable one', async () => {
    await world.upload('npm:demo@3.10.0-beta.1')
    await world.upload('npm:demo@3.9.1')
    const roster = (release: string) => stateOf(world, release).canaries[canaryId]?.entry.admission
    expect([roster('npm:demo@3.10.0-beta.1'), roster('npm:demo@3.9.1')]).toEqual(['advisory', 'required'])
    const beta = stateOf(world, 'npm:demo@3.10.0-beta.1')
    await world.engine.report(reportOf(world, beta, broken))
    world.clock.pass(day)
    await world.engine.tick()
    expect(stateOf(world, 'npm:demo@3.10.0-beta.1')).toMatchObject({ end: null, stageIndex: 1 })
    const stable = stateOf(world, 'npm:demo@3.9.1')
    expect(stable.end).toBeNull()
    await world.engine.report(reportOf(world, stable, broken))
    expect(end('npm:demo@3.9.1')).toBe('rolled-back')
    expect(end('npm:demo@3.10.0-beta.1')).toBe('live')
  })

  it('ordinary runs are counted for finals only: nobody gets a beta unasked', async () => {
    for (const release of ['npm:demo@3.10.0-beta.1', 'npm:demo@3.9.1']) await world.upload(release)
    for (const id of ['npm:demo@3.10.0-beta.1', 'npm:demo@3.9.1']) {
      const advance = { type: 'advance', to: 10_000, files: [] } as const
      expect(await world.engine.run(stateOf(world, id).id, advance, maintainer)).toMatchObject({ ok: true })
    }
    const run = { repositoryId: '9', runId: 1, runAttempt: 1, commit: null, workflowRef: 'ci.yml' }
    const seen = { packages: ['npm:demo'], installed: ['npm:demo@3.9.1'] }
    expect(await world.engine.recordRun({ ...run, ...seen, outcome: 'success' })).toBe(1)
    expect(stateOf(world, 'npm:demo@3.10.0-beta.1').exposures).toEqual({})
  })

  it('no beta is taken while a release candidate is open, not even its first byte', async () => {
    await candidate('3.10.0-rc.1', 'success')
    expect(end('npm:demo@3.10.0-rc.1')).toBe('completed')
    await expect(world.upload('npm:demo@3.10.0-beta.2')).rejects.toThrow('while 3.10.0-rc.1')
    expect((await world.stores.packages.get('npm:demo'))?.versions['3.10.0-beta.2']).toBeUndefined()
    await world.upload('npm:demo@3.10.0')
    expect(stateOf(world, 'npm:demo@3.10.0').startedAt).toBeNull()
    world.clock.pass(7 * day)
    await world.engine.tick()
    expect(stateOf(world, 'npm:demo@3.10.0')).toMatchObject({ end: null, startedAt: world.clock.now() })
    await world.upload('npm:demo@3.11.0-beta.1')
    expect([end('npm:demo@3.11.0-beta.1'), end('npm:demo@3.10.0')]).toEqual(['live', 'live'])
  })

  it('a frozen check that is not green keeps a release candidate without a ladder from everybody', async () => {
    await candidate('3.10.0-rc.1', null)
    expect(stateOf(world, 'npm:demo@3.10.0-rc.1')).toMatchObject({ stageIndex: 0, end: null })
    await report('npm:demo@3.10.0-rc.1', 'failure')
    world.clock.pass(day)
    await world.engine.tick()
    expect(stateOf(world, 'npm:demo@3.10.0-rc.1')).toMatchObject({ stageIndex: 0, end: null })
    expect(world.engine.explain(stateOf(world, 'npm:demo@3.10.0-rc.1')).sentence).toContain('api')
    await report('npm:demo@3.10.0-rc.1', 'success')
    await world.engine.tick()
    expect(end('npm:demo@3.10.0-rc.1')).toBe('completed')
  })

  it('a check that was frozen with the release candidate and goes red holds the final', async () => {
    await candidate('3.10.0-rc.1', 'success')
    world.clock.pass(8 * day)
    await start('npm:demo@3.10.0')
    const final = stateOf(world, 'npm:demo@3.10.0')
    await world.engine.report(reportOf(world, final, { candidate: 'pass', baseline: 'pass' }))
    await report('npm:demo@3.10.0', 'failure')
    world.clock.pass(day)
    await world.engine.tick()
    expect(stateOf(world, 'npm:demo@3.10.0')).toMatchObject({ stageIndex: 0, end: null })
    expect(world.engine.explain(stateOf(world, 'npm:demo@3.10.0')).sentence).toContain('api')
    await world.engine.run(
      final.id,
      { type: 'rollBack', installable: true, newerCompleted: null },
      maintainer,
    )
    expect(end('npm:demo@3.10.0')).toBe('rolled-back')
  })
})
