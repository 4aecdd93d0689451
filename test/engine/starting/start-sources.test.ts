import { describe, expect, it } from 'vitest'
import { hmacOf, repositoryKey } from '../../../src/engine/core/hashes.ts'
import { broken, gone } from '../fake-forge.ts'
import { createWorld, maintainer, ownersFile, policyOf, publisher, stateOf, type World } from '../world.ts'

const request = { releases: ['npm:demo@1.1.0'], policy: null, restart: false, origin: null, who: publisher }

/** 1.0.0 is out; 1.1.0 is uploaded and tried to start under what `prepare` set up. */
async function startedWith(
  prepare: (world: World) => void,
  options: Parameters<typeof createWorld>[0] = {},
): Promise<{ world: World; state: ReturnType<typeof stateOf> }> {
  const world = await createWorld(options)
  await world.upload('npm:demo@1.0.0')
  prepare(world)
  await world.upload('npm:demo@1.1.0')
  return { world, state: stateOf(world, 'npm:demo@1.1.0') }
}

const setFile = (world: World, text: string) =>
  world.forge.repositories.get('1')?.files.set('.github/slipway.yml', text)

describe('where the policy comes from', () => {
  it('a policy given with the reservation goes before the file', async () => {
    const world = await createWorld()
    await world.upload('npm:demo@1.0.0')
    await world.engine.reserve({ ...request, policy: policyOf({ profile: 'rapid' }), who: maintainer })
    await world.upload('npm:demo@1.1.0')
    const state = stateOf(world, 'npm:demo@1.1.0')
    expect(state.policySource?.kind).toBe('request')
    expect(state.policy?.profile).toBe('rapid')
    expect(state.startedAt).not.toBeNull()
  })

  it.each([
    { name: 'no file', text: null },
    { name: 'a file without this package', text: ownersFile.replace('npm:demo', 'npm:else') },
  ])('$name: the server default, else standard', async ({ text }) => {
    const prepare = (world: World) => {
      if (text === null) world.forge.repositories.get('1')?.files.clear()
      else setFile(world, text)
    }
    const standard = await startedWith(prepare)
    expect(standard.state.policySource?.kind).toBe('default')
    expect(standard.state.policy?.profile).toBe('standard')
    const settings = { serverPolicy: policyOf({ profile: 'cautious' }) }
    const server = await startedWith(prepare, { settings })
    expect(server.state.policySource?.kind).toBe('server')
    expect(server.state.policy?.profile).toBe('cautious')
  })

  it('a package without an owner takes no repository file', async () => {
    const { state } = await startedWith(() => {}, { owned: false })
    expect(state.policySource?.kind).toBe('default')
    expect(state.origin).toBeNull()
  })

  it('a broken file refuses the start, names every problem with its place, and keeps the upload hidden', async () => {
    const { world, state } = await startedWith((prepared) =>
      setFile(prepared, 'releases:\n  - package: npm:demo\n    profil: rapid\n    abandonAfter: soon\n'),
    )
    expect(state).toMatchObject({ startedAt: null, end: null, policy: null })
    const outcome = await world.engine.start(request)
    expect(outcome).toMatchObject({ ok: false, refusal: { reason: 'blocked', field: 'policy' } })
    const message = outcome.ok ? '' : outcome.refusal.message
    expect(message).toContain('acme/lib has a .github/slipway.yml with problems')
    expect(message).toContain('.github/slipway.yml:3:5')
    expect(message).toContain('.github/slipway.yml:4:')
    expect(stateOf(world, state.id)).toBe(state)
    setFile(world, ownersFile)
    expect(await world.engine.start(request)).toMatchObject({ ok: true, changed: true })
  })

  it('a mended file begins the rollout by itself, without asking the forge all the time', async () => {
    const { world, state } = await startedWith((prepared) => setFile(prepared, 'releases: 7'))
    setFile(world, ownersFile)
    await world.stores.offers.noteSweep(world.clock.now())
    world.forge.calls.length = 0
    world.clock.pass(299_000)
    await world.engine.tick()
    expect(world.forge.calls).toEqual([])
    world.clock.pass(1_000)
    await world.engine.tick()
    expect(stateOf(world, state.id).startedAt).toBe(world.clock.now())
  })

  it('a broken file does not hide a first release, which has no ladder', async () => {
    const world = await createWorld()
    setFile(world, 'nonsense: true')
    expect((await world.upload('npm:demo@1.0.0'))?.end).toMatchObject({ kind: 'completed', direct: true })
  })

  it('a file that changes on the way counts from the next rollout', async () => {
    const { world, state } = await startedWith(() => {})
    setFile(world, ownersFile.replace('percent: 50', 'percent: 20').replace('tries: 2', 'tries: 5'))
    world.clock.pass(1500)
    await world.engine.tick()
    await world.settle()
    const percents = (id: string) =>
      stateOf(world, id).policy?.stages.map(({ basisPoints }) => basisPoints / 100)
    expect(percents(state.id)).toEqual([0, 50, 100])
    expect(stateOf(world, state.id).policy).toBe(state.policy)
    await world.upload('npm:demo@1.2.0')
    expect(percents('npm:demo@1.2.0')).toEqual([0, 20, 100])
  })

  it.each([
    { failure: broken, reason: 'temporary' },
    { failure: gone, reason: 'blocked' },
  ])(
    'an owner repository that is $failure.kind refuses the start as $reason',
    async ({ failure, reason }) => {
      const { world, state } = await startedWith((prepared) => {
        prepared.forge.failing = (call) => (call === 'repository 1' ? failure : null)
      })
      expect(state.startedAt).toBeNull()
      expect(await world.engine.start(request)).toMatchObject({ ok: false, refusal: { reason } })
    },
  )

  it('so are those of a policy in a request, also when it is sent again to what runs', async () => {
    const { world, state } = await startedWith((prepared) => {
      prepared.forge.repositories.get('2')?.files.clear()
    })
    const policy = policyOf({
      gates: {},
      stages: [
        { percent: 0, bake: '1h' },
        { percent: 100, bake: '1h', groups: ['beta'] },
      ],
      groups: { beta: ['acme/app'] },
    })
    const again = { ...request, policy, who: maintainer }
    expect(await world.engine.start(again)).toMatchObject({ ok: true, changed: true })
    const key = repositoryKey(hmacOf('a secret of this server'), '2')
    expect(stateOf(world, state.id).policy?.groups).toEqual({ beta: [key] })
    expect(await world.engine.start(again)).toMatchObject({ ok: true, changed: false })
  })

  it('groups are stored as the keys of their repositories; unknown ones are left out', async () => {
    const text = ownersFile
      .replace('bake: 1s }', 'bake: 1s, groups: [beta] }')
      .concat('    groups: { beta: [acme/app, acme/nobody, chosen-key] }\n')
    const { world, state } = await startedWith((prepared) => setFile(prepared, text))
    const key = repositoryKey(hmacOf('a secret of this server'), '2')
    expect(key).toMatch(/^r-[a-z2-7]{52}$/)
    expect(state.policy?.groups).toEqual({ beta: [key, 'chosen-key'] })
    expect(world.log.map((line) => line.message).join('\n')).toContain('acme/nobody')
  })
})

describe('where the release comes from', () => {
  it.each(['v1.1.0', '1.1.0'])('the tag %s, when there is one', async (tag) => {
    const { state } = await startedWith((world) => {
      const tags = world.forge.repositories.get('1')?.tags
      tags?.clear()
      tags?.set(tag, 'tagged')
    })
    expect(state.origin).toEqual({
      repositoryId: '1',
      repository: 'acme/lib',
      commit: 'tagged',
      tag,
      installationId: 1,
    })
  })

  it('what the request says goes before', async () => {
    const world = await createWorld()
    await world.upload('npm:demo@1.0.0')
    await world.upload('npm:demo@1.1.0', { announce: false })
    const origin = { repositoryId: '1', repository: 'acme/lib', commit: 'abc', tag: 'r7', installationId: 3 }
    await world.engine.start({ ...request, origin })
    expect(stateOf(world, 'npm:demo@1.1.0').origin).toEqual(origin)
  })

  it('what the request leaves open is read from its tag', async () => {
    const world = await createWorld()
    await world.upload('npm:demo@1.0.0')
    await world.upload('npm:demo@1.1.0', { announce: false })
    world.forge.repositories.get('1')?.tags.set('release-7', 'tagged')
    const given = { repositoryId: '1', repository: 'acme/lib', commit: null, tag: 'release-7' }
    await world.engine.start({ ...request, origin: { ...given, installationId: null } })
    expect(stateOf(world, 'npm:demo@1.1.0').origin).toEqual({ ...given, commit: 'tagged', installationId: 1 })
  })
})

describe('a start without files', () => {
  it('is refused for now: the upload begins the rollout', async () => {
    const world = await createWorld()
    await world.upload('npm:demo@1.0.0')
    expect(await world.engine.start(request)).toMatchObject({
      ok: false,
      refusal: { reason: 'temporary', field: 'release', message: expect.stringContaining('No file of it') },
    })
    expect(world.engine.find('npm:demo@1.1.0')).toBeNull()
    await world.upload('npm:demo@1.1.0')
    expect(stateOf(world, 'npm:demo@1.1.0').startedAt).toBe(world.clock.now())
  })
})

describe('why a rollout could not begin', () => {
  const inTheWay = async () => {
    const { world, state } = await startedWith((prepared) => setFile(prepared, 'releases: 7'))
    return { world, state, problem: () => world.engine.startProblem(state.id) }
  }

  it('is known with the time of the attempt and of the next', async () => {
    const { world, state, problem } = await inTheWay()
    const at = world.clock.now()
    expect(problem()).toMatchObject({ refusal: { reason: 'blocked', field: 'policy' }, at })
    expect(problem()?.retryAt).toBe(at + 300_000)
    const { sentence, next, percent } = world.engine.explain(state)
    expect(sentence).toMatch(
      /^Nothing is visible: it could not begin at 2023-11-14 22:13 UTC\. acme\/lib has/,
    )
    expect({ next, percent }).toEqual({
      next: { sentence: 'It is tried again by itself, or when somebody starts it.', at: at + 300_000 },
      percent: 0,
    })
  })

  it('is the newest refusal, and is forgotten when it begins', async () => {
    const { world, state, problem } = await inTheWay()
    world.forge.failing = (call) => (call === 'repository 1' ? broken : null)
    await world.engine.start(request)
    expect(problem()?.refusal.reason).toBe('temporary')
    world.forge.failing = () => null
    setFile(world, ownersFile)
    await world.engine.start(request)
    expect(problem()).toBeNull()
    expect(world.engine.explain(stateOf(world, state.id)).sentence).not.toContain('could not begin')
  })

  it('is forgotten when it is given up', async () => {
    const { world, state, problem } = await inTheWay()
    await world.engine.run(state.id, { type: 'abandon' }, maintainer)
    expect(problem()).toBeNull()
  })

  it('is not what somebody asked for wrongly, and not that files are missing', async () => {
    const world = await createWorld()
    await world.upload('npm:demo@1.0.0')
    await world.engine.reserve(request)
    const { id } = stateOf(world, 'npm:demo@1.1.0')
    expect(await world.engine.start(request)).toMatchObject({ ok: false })
    expect(await world.engine.start({ ...request, restart: true })).toMatchObject({ ok: false })
    expect(world.engine.startProblem(id)).toBeNull()
    expect(world.engine.startProblem('ro-none')).toBeNull()
  })
})
