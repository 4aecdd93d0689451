import { describe, expect, it } from 'vitest'
import { phaseOf } from '../../../src/rollout/history/phase.ts'
import { createWorld, maintainer, ownerId, publisher, stateOf, type World } from '../world.ts'

const stages = `
    stages:
      - { percent: 0, bake: 10s }
      - { percent: 50, bake: 10s }
      - { percent: 100, bake: 10s }
    gates: {}`

const entry = (name: string, train: string | null, more = stages) =>
  `  - package: ${name}\n${train === null ? '' : `    train: ${train}\n`}${more.slice(1)}\n`

const both = `releases:\n${entry('npm:app', 'suite')}${entry('npm:core', 'suite')}`

/** 1.0.0 of each package is out; all of them belong to `acme/lib`, whose file is given. */
async function world(file: string, names = ['npm:app', 'npm:core']): Promise<World> {
  const made = await createWorld()
  made.forge.repositories.get(ownerId)?.files.set('.github/slipway.yml', file)
  for (const name of names) {
    await made.stores.access.setOwner({ package: name, repositoryId: ownerId, repository: 'acme/lib' })
    await made.upload(`${name}@1.0.0`)
  }
  return made
}

const membersOf = (made: World, release: string) =>
  stateOf(made, release).members.map(({ candidate, baseline }) => `${candidate} over ${baseline}`)

const pass = async (made: World, ms: number) => {
  made.clock.pass(ms)
  await made.engine.tick()
}

describe('packages of a train', () => {
  it('roll out together when they are uploaded one after the other', async () => {
    const made = await world(both)
    await made.upload('npm:app@1.1.0')
    await made.upload('npm:core@1.1.0')
    expect(stateOf(made, 'npm:core@1.1.0').id).toBe(stateOf(made, 'npm:app@1.1.0').id)
    expect(membersOf(made, 'npm:app@1.1.0')).toEqual([
      'npm:app@1.1.0 over npm:app@1.0.0',
      'npm:core@1.1.0 over npm:core@1.0.0',
    ])
    expect(stateOf(made, 'npm:app@1.1.0').train).toBe('suite')
    await pass(made, 10_001)
    expect(stateOf(made, 'npm:core@1.1.0')).toMatchObject({ stageIndex: 1 })
    expect(stateOf(made, 'npm:core@1.1.0').sealedFiles).toHaveLength(2)
  })

  it('that come after the train has left wait for the next rollout', async () => {
    const made = await world(both)
    await made.upload('npm:app@1.1.0')
    await pass(made, 10_001)
    await made.upload('npm:core@1.1.0')
    const late = stateOf(made, 'npm:core@1.1.0')
    const first = stateOf(made, 'npm:app@1.1.0')
    expect(late.id).not.toBe(first.id)
    expect(late).toMatchObject({ startedAt: null, end: null, train: 'suite' })
    expect(made.engine.startProblem(late.id)?.refusal).toMatchObject({
      reason: 'temporary',
      message: expect.stringContaining(`The train suite has left (${first.id})`),
    })
    for (let step = 0; step < 4; step += 1) await pass(made, 40_000)
    expect(phaseOf(stateOf(made, 'npm:app@1.1.0'))).toBe('completed')
    expect(stateOf(made, 'npm:core@1.1.0').startedAt).not.toBeNull()
  })

  it('go beside an older rollout of the train together', async () => {
    const made = await world(both)
    for (const name of ['npm:app', 'npm:core']) await made.upload(`${name}@1.1.0`)
    const older = stateOf(made, 'npm:app@1.1.0').id
    await pass(made, 10_001)
    for (const name of ['npm:app', 'npm:core']) await made.upload(`${name}@1.2.0`)
    expect(made.engine.find(older)?.end).toBeNull()
    expect(membersOf(made, 'npm:core@1.2.0')).toEqual([
      'npm:app@1.2.0 over npm:app@1.0.0',
      'npm:core@1.2.0 over npm:core@1.0.0',
    ])
  })

  it('do not join under another policy', async () => {
    const made = await world(both)
    await made.upload('npm:app@1.1.0')
    const changed = both.replaceAll('percent: 50', 'percent: 60')
    made.forge.repositories.get(ownerId)?.files.set('.github/slipway.yml', changed)
    await made.upload('npm:core@1.1.0')
    expect(membersOf(made, 'npm:app@1.1.0')).toHaveLength(1)
    expect(stateOf(made, 'npm:core@1.1.0').startedAt).toBeNull()
  })

  it('of different repositories are different trains', async () => {
    const made = await world(both)
    made.forge.add('77', 'evil/lib', { '.github/slipway.yml': `releases:\n${entry('npm:evil', 'suite')}` })
    await made.stores.access.setOwner({ package: 'npm:evil', repositoryId: '77', repository: 'evil/lib' })
    await made.upload('npm:evil@1.0.0')
    await made.upload('npm:app@1.1.0')
    await made.upload('npm:evil@1.1.0')
    expect(membersOf(made, 'npm:app@1.1.0')).toHaveLength(1)
    expect(stateOf(made, 'npm:evil@1.1.0').startedAt).not.toBeNull()
  })

  it('stay apart and hidden while the file cannot be read', async () => {
    const made = await world(both)
    await made.upload('npm:app@1.1.0')
    made.forge.repositories.get(ownerId)?.files.set('.github/slipway.yml', 'releases: 7')
    await made.upload('npm:core@1.1.0')
    expect(membersOf(made, 'npm:app@1.1.0')).toHaveLength(1)
    expect(stateOf(made, 'npm:core@1.1.0').startedAt).toBeNull()
  })
})

it('an upload does not wait for a forge that does not answer', async () => {
  const made = await world(both)
  made.forge.forge.repository = () => new Promise(() => {})
  const upload = { release: 'npm:app@1.1.0', file: { name: 'x', sha256: 'x' }, who: publisher }
  const admitted = await made.engine.admitUpload(upload)
  expect(admitted).toMatchObject({ ok: true, state: { startedAt: null, train: null } })
}, 10_000)

it('a first release does not wait for a train, and a person may still stop one', async () => {
  const made = await world(both, ['npm:app'])
  await made.stores.access.setOwner({ package: 'npm:core', repositoryId: ownerId, repository: 'acme/lib' })
  await made.upload('npm:app@1.1.0')
  await made.upload('npm:core@1.0.0')
  expect(phaseOf(stateOf(made, 'npm:core@1.0.0'))).toBe('completed')
  const paused = await made.engine.run(stateOf(made, 'npm:app@1.1.0').id, { type: 'pause' }, maintainer)
  expect(paused.ok).toBe(true)
  expect(
    (
      await made.engine.admitUpload({
        release: 'npm:app@1.1.1-rc.1',
        file: { name: 'x', sha256: 'x' },
        who: publisher,
      })
    ).ok,
  ).toBe(true)
})
