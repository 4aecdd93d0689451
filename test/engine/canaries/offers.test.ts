import { describe, expect, it } from 'vitest'
import { broken } from '../fake-forge.ts'
import {
  actionWorkflow,
  canaryId,
  createWorld,
  dependentsFile,
  stateOf,
  type World,
  worldAtStageZero,
} from '../world.ts'

const file = '.github/slipway.yml'
const brokenFile = 'canaries:\n  - { for: "npm:demo", workflw: ci.yml }\n'

const app = (world: World) => {
  const repository = world.forge.repositories.get(canaryId)
  if (repository === undefined) throw new Error('acme/app is gone')
  return repository
}
/** The dependent's file becomes this text, and a webhook tells of it. */
async function rewrite(world: World, text: string | null) {
  if (text === null) app(world).files.delete(file)
  else app(world).files.set(file, text)
  return world.engine.readOffers(app(world))
}
const roster = (world: World, release: string) =>
  Object.values(stateOf(world, release).canaries).map(
    ({ entry }) => `${entry.repo} ${entry.mode === 'absent' ? 'absent' : entry.admission}`,
  )
const conditionOf = (world: World, release = 'npm:demo@1.1.0') =>
  stateOf(world, release).canaries[canaryId]?.state
const next = async (world: World, release: string) => {
  world.clock.pass(1000)
  await world.upload(release)
}

describe('what a dependent offers', () => {
  it('is known from before: a start asks nobody while the last sweep is fresh', async () => {
    const { world } = await worldAtStageZero()
    world.forge.calls.length = 0
    await next(world, 'npm:demo@1.2.0')
    expect(roster(world, 'npm:demo@1.2.0')).toEqual(['acme/app required'])
    expect(world.forge.calls.filter((call) => /repositories|acme\/app/.test(call))).toEqual([])
  })

  it('is read again for a start when the last sweep is too old', async () => {
    const { world } = await worldAtStageZero()
    world.clock.pass(27 * 3_600_000)
    app(world).files.delete(file)
    await next(world, 'npm:demo@1.2.0')
    expect(roster(world, 'npm:demo@1.2.0')).toEqual(['acme/app absent'])
  })

  it('is asked to the end before the engine closes, so that nothing is written to storage that is shut', async () => {
    const { world } = await worldAtStageZero()
    world.clock.pass(25 * 3_600_000)
    const { noteSweep } = world.stores.offers
    const slowly = async (at: number) => {
      await new Promise((resolve) => setTimeout(resolve, 50))
      await noteSweep(at)
    }
    Object.assign(world.stores.offers, { noteSweep: slowly })
    await world.engine.tick()
    expect(await world.stores.offers.sweptAt()).not.toBe(world.clock.now())
    await world.engine.close()
    expect(await world.stores.offers.sweptAt()).toBe(world.clock.now())
  })

  it('follows its file: who removes it has left, who comes counts from the next rollout', async () => {
    const { world } = await worldAtStageZero()
    await rewrite(world, null)
    expect(conditionOf(world)).toMatchObject({
      state: 'config-broken',
      message: 'its .github/slipway.yml is gone',
    })
    await next(world, 'npm:demo@1.2.0')
    expect(roster(world, 'npm:demo@1.2.0')).toEqual(['acme/app absent'])
    await rewrite(world, dependentsFile)
    expect(roster(world, 'npm:demo@1.2.0')).toEqual(['acme/app absent'])
    await next(world, 'npm:demo@1.3.0')
    expect(roster(world, 'npm:demo@1.3.0')).toEqual(['acme/app required'])
  })

  it('is swept once a day: a file that no webhook told of, and an App that is gone', async () => {
    const { world } = await worldAtStageZero()
    world.forge.add('7', 'acme/late', { [file]: dependentsFile })
    world.forge.repositories.delete(canaryId)
    world.clock.pass(23 * 3_600_000)
    await world.engine.tick()
    expect(await world.engine.offersOf('7')).toBeNull()
    world.clock.pass(3_600_000)
    await world.engine.tick()
    await expect.poll(() => conditionOf(world)?.state).toBe('app-removed')
    expect((await world.engine.offersOf('7'))?.offers).toMatchObject([{ package: 'npm:demo' }])
    expect(await world.engine.offersOf(canaryId)).toBeNull()
    const asked = world.forge.calls.length
    world.clock.pass(60_000)
    await world.engine.tick()
    expect(world.forge.calls.length).toBe(asked)
  })

  it('stays known where it could not be read, and an admitted one must be read before a start', async () => {
    const { world } = await worldAtStageZero()
    world.forge.failing = (call) => (call.startsWith('file acme/app') ? broken : null)
    expect(await rewrite(world, dependentsFile)).toMatchObject({ kind: 'broken' })
    await next(world, 'npm:demo@1.2.0')
    expect(stateOf(world, 'npm:demo@1.2.0').startedAt).toBeNull()
    world.forge.failing = () => null
    world.clock.pass(30_000)
    await world.engine.tick()
    expect(roster(world, 'npm:demo@1.2.0')).toEqual(['acme/app required'])
  })
})

describe('a broken file', () => {
  it('is told once, edited with its problems, and closed when it is mended', async () => {
    const { world } = await worldAtStageZero()
    const said = () => world.effector.told.map(({ problems, applied }) => [problems, applied?.place.issue])
    await rewrite(world, brokenFile)
    await rewrite(world, brokenFile)
    expect(said()).toEqual([[expect.stringContaining('workflw'), undefined]])
    await rewrite(world, 'canaries: 7')
    await rewrite(world, dependentsFile)
    await rewrite(world, dependentsFile)
    expect(said().slice(1)).toEqual([
      [expect.stringContaining('canaries'), 1],
      [null, 2],
    ])
  })

  it('takes nobody off the list: the canary is there, undecided, until the file is mended', async () => {
    const { world } = await worldAtStageZero()
    await rewrite(world, brokenFile)
    await next(world, 'npm:demo@1.2.0')
    const state = () => stateOf(world, 'npm:demo@1.2.0')
    expect(roster(world, 'npm:demo@1.2.0')).toEqual(['acme/app required'])
    expect(conditionOf(world, 'npm:demo@1.2.0')?.state).toBe('config-broken')
    const [canary] = world.engine.explain(state()).canaries
    expect(canary?.comparison).toMatchObject({ kind: 'infra', decided: false, wantsTry: null })
    expect(canary?.comparison.sentence).toBe(
      'could not be judged: its .github/slipway.yml cannot be read (config-broken)',
    )
    expect(state()).toMatchObject({ stageIndex: 0, heldSince: world.clock.now() })
    expect(world.effector.dispatches().filter((key) => key.startsWith(state().id))).toEqual([])
    await rewrite(world, dependentsFile)
    await world.settle()
    expect(conditionOf(world, 'npm:demo@1.2.0')?.state).toBe('ok')
    expect(world.effector.dispatches().filter((key) => key.startsWith(state().id))).toHaveLength(1)
  })
})

it.each([
  ['may sign', 'permissions: { id-token: write }', 'in a second job alone'],
  ['has a secret', `env: { TOKEN: "\${{ secrets.NPM_TOKEN }}" }`, 'expected no secrets'],
  ['may write', 'permissions: { contents: write }', 'expected contents: read'],
  ['takes what strangers send', 'on: [workflow_dispatch, pull_request_target]', 'of strangers'],
])('a workflow in which the candidate %s is not started, until it is mended', async (_, line, expected) => {
  const world = await createWorld()
  app(world).files.set('.github/workflows/ci.yml', `${line}\n${actionWorkflow}`)
  await world.upload('npm:demo@1.0.0')
  await world.upload('npm:demo@1.1.0')
  await world.settle()
  expect(conditionOf(world)).toMatchObject({
    state: 'workflow-refused',
    message: expect.stringMatching(/^its workflow is not started: \.github\/workflows\/ci\.yml:1:/),
  })
  expect(conditionOf(world)?.message).toContain(expected)
  expect(world.effector.dispatches()).toEqual([])
  app(world).files.set('.github/workflows/ci.yml', actionWorkflow)
  await rewrite(world, dependentsFile)
  await world.settle()
  expect(conditionOf(world)?.state).toBe('ok')
  expect(world.effector.dispatches()).toHaveLength(1)
})

it('an installation that is suspended or removed is one clear state of each of its canaries', async () => {
  const { world } = await worldAtStageZero()
  const suspended = { state: 'suspended', message: 'the App is suspended there' } as const
  await world.engine.lostInstallation(2, suspended, false)
  expect(conditionOf(world)).toBeNull()
  await world.engine.lostInstallation(1, suspended, false)
  expect(conditionOf(world)?.state).toBe('suspended')
  expect(await world.engine.offersOf(canaryId)).not.toBeNull()
  await rewrite(world, dependentsFile)
  expect(conditionOf(world)?.state).toBe('ok')
  await world.engine.lostInstallation(1, { state: 'app-removed', message: 'gone' }, true)
  expect(conditionOf(world)?.state).toBe('app-removed')
  expect(await world.engine.offersOf(canaryId)).toBeNull()
})

it('without GitHub nothing is asked', async () => {
  const world = await createWorld({ forge: false })
  await world.engine.tick()
  expect(world.forge.calls).toEqual([])
})
