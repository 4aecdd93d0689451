import { describe, expect, it } from 'vitest'
import { phaseOf } from '../../../src/rollout/history/phase.ts'
import { canaryId, createWorld, maintainer, publisher, stateOf, system } from '../world.ts'
import { entry, fileOf, membersOf, own, pass, percentOf, settleMs, trainWorld, write } from './train-world.ts'

const duo = ['npm:app', 'npm:core']

const start = (releases: readonly string[], who = publisher) =>
  ({ releases, policy: null, restart: false, origin: null, who }) as const

describe('a train gathers', () => {
  it('and begins when every package that its file names is here', async () => {
    const made = await trainWorld(duo)
    await made.upload('npm:app@1.1.0')
    expect(stateOf(made, 'npm:app@1.1.0')).toMatchObject({ startedAt: null, train: 'suite' })
    made.clock.pass(2500)
    await made.upload('npm:core@1.1.0')
    expect(stateOf(made, 'npm:core@1.1.0').id).toBe(stateOf(made, 'npm:app@1.1.0').id)
    expect(stateOf(made, 'npm:core@1.1.0').startedAt).toBe(made.clock.now())
    expect(membersOf(made, 'npm:app@1.1.0')).toEqual([
      'npm:app@1.1.0 over npm:app@1.0.0',
      'npm:core@1.1.0 over npm:core@1.0.0',
    ])
    await pass(made, 10_001)
    expect(stateOf(made, 'npm:core@1.1.0')).toMatchObject({ stageIndex: 1 })
    expect(stateOf(made, 'npm:core@1.1.0').sealedFiles).toHaveLength(2)
  })

  it('so that the canaries of all members are asked, also of one that comes seconds later', async () => {
    const gates = `
    stages:
      - { percent: 0, bake: 10s }
      - { percent: 100, bake: 10s }
    gates:
      canaries: {}
    canaries:
      - { repo: acme/app, required: true }
      - { repo: acme/site, required: true }`
    const file = `releases:\n${duo.map((name) => entry(name, 'suite', gates)).join('')}`
    const made = await trainWorld(duo, file)
    made.forge.add(canaryId, 'acme/app', offering('npm:app'))
    made.forge.add('3', 'acme/site', offering('npm:core'))
    for (const id of [canaryId, '3']) {
      const repository = made.forge.repositories.get(id)
      if (repository !== undefined) await made.engine.readOffers(repository)
    }
    await made.upload('npm:app@1.1.0')
    made.clock.pass(2500)
    await made.upload('npm:core@1.1.0')
    const { canaries } = stateOf(made, 'npm:app@1.1.0')
    expect(Object.values(canaries).map(({ entry: { repo, mode } }) => `${repo} ${mode}`)).toEqual([
      'acme/app dispatch',
      'acme/site dispatch',
    ])
  })

  it('and begins without who does not come for ten minutes, counted from the last one', async () => {
    const made = await trainWorld([...duo, 'npm:extra'])
    await made.upload('npm:app@1.1.0')
    await pass(made, settleMs - 60_000)
    await made.upload('npm:core@1.1.0')
    await pass(made, 120_000)
    expect(stateOf(made, 'npm:app@1.1.0').startedAt).toBeNull()
    await pass(made, settleMs)
    expect(membersOf(made, 'npm:app@1.1.0')).toHaveLength(2)
    expect(stateOf(made, 'npm:app@1.1.0').startedAt).not.toBeNull()
  })

  it('and says what it waits for', async () => {
    const made = await trainWorld(duo)
    await made.upload('npm:app@1.1.0')
    const { sentence, next } = made.engine.explain(stateOf(made, 'npm:app@1.1.0'))
    expect(sentence).toBe('Nothing is visible yet. Its train also has npm:core.')
    expect(next.sentence).toContain('or without them at')
    expect(next.at).toBe(made.clock.now() + settleMs - 1)
  })

  it('across npm and PyPI, where a release is whole when no further file came', async () => {
    const made = await trainWorld(['npm:app', 'pypi:core'])
    await made.upload('pypi:core@1.1.0')
    await made.upload('npm:app@1.1.0')
    expect(stateOf(made, 'npm:app@1.1.0').id).toBe(stateOf(made, 'pypi:core@1.1.0').id)
    expect(stateOf(made, 'npm:app@1.1.0').startedAt).toBeNull()
    await pass(made, 900_001)
    expect(membersOf(made, 'npm:app@1.1.0')).toEqual([
      'npm:app@1.1.0 over npm:app@1.0.0',
      'pypi:core@1.1.0 over pypi:core@1.0.0',
    ])
  })
})

function offering(id: string) {
  return {
    '.github/slipway.yml': `canaries:\n  - { for: "${id}", workflow: ci.yml, timeout: 10m }\n`,
    '.github/workflows/ci.yml': 'jobs: {}\n',
  }
}

describe('a start', () => {
  it('of one of its packages says nothing of the others; a maintainer leaves without them', async () => {
    const made = await trainWorld(duo)
    await made.upload('npm:app@1.1.0')
    const asked = await made.engine.start(start(['npm:app@1.1.0']))
    expect(asked).toMatchObject({ ok: true, changed: false, state: { startedAt: null } })
    const begun = await made.engine.start(start(['npm:app@1.1.0'], maintainer))
    expect(begun.ok && begun.state.startedAt).toBe(made.clock.now())
  })

  it('of all of them needs no time to settle', async () => {
    const made = await trainWorld(['npm:app', 'pypi:core'])
    await made.upload('pypi:core@1.1.0')
    await made.upload('npm:app@1.1.0')
    expect(await made.engine.start(start(['npm:app@1.1.0']))).toMatchObject({ state: { startedAt: null } })
    const begun = await made.engine.start(start(['npm:app@1.1.0', 'pypi:core@1.1.0']))
    expect(begun.ok && begun.state.startedAt).toBe(made.clock.now())
  })
})

describe('what was reserved before its files', () => {
  it('is one rollout, whoever reserves one after the other', async () => {
    const made = await trainWorld(duo)
    const ids: string[] = []
    for (const release of ['npm:app@1.1.0', 'npm:core@1.1.0']) {
      const reserved = await made.engine.reserve(start([release]))
      if (reserved.ok) ids.push(reserved.state.id)
      await made.upload(release)
    }
    expect(ids).toEqual([stateOf(made, 'npm:app@1.1.0').id, stateOf(made, 'npm:app@1.1.0').id])
    expect(membersOf(made, 'npm:core@1.1.0')).toHaveLength(2)
    expect(stateOf(made, 'npm:core@1.1.0').startedAt).not.toBeNull()
  })

  it('says of which release no file is here', async () => {
    const made = await trainWorld(['npm:app', 'npm:core', 'npm:extra'])
    await made.engine.reserve(start(['npm:app@1.1.0', 'npm:core@1.1.0']))
    await made.upload('npm:app@1.1.0')
    const state = stateOf(made, 'npm:app@1.1.0')
    expect(made.engine.explain(state).sentence).toBe(
      'Nothing is visible yet. No file is here yet of npm:core@1.1.0. Its train also has npm:extra.',
    )
    // What never comes holds up nobody, and is no part of what began.
    await pass(made, settleMs)
    expect(membersOf(made, 'npm:app@1.1.0')).toEqual(['npm:app@1.1.0 over npm:app@1.0.0'])
    expect(made.engine.find('npm:core@1.1.0')).toBeNull()
  })

  it('of no train waits for its files, and names them', async () => {
    const made = await trainWorld(duo, `releases:\n${entry('npm:app', null)}${entry('npm:core', null)}`)
    await made.engine.reserve(start(['npm:app@1.1.0', 'npm:core@1.1.0']))
    await made.upload('npm:app@1.1.0')
    await pass(made, 10 * settleMs)
    const state = stateOf(made, 'npm:app@1.1.0')
    expect(state.startedAt).toBeNull()
    expect(made.engine.explain(state)).toMatchObject({
      sentence: 'Nothing is visible yet. No file is here yet of npm:core@1.1.0.',
      next: { sentence: 'It begins when they are here.', at: null },
    })
  })

  it('under a policy of its own is no part of the train', async () => {
    const made = await trainWorld(duo)
    const policy = stateOf(made, 'npm:app@1.0.0').policy
    await made.engine.reserve({ ...start(['npm:app@1.1.0']), policy })
    await made.upload('npm:app@1.1.0')
    await made.upload('npm:core@1.1.0')
    expect(membersOf(made, 'npm:app@1.1.0')).toHaveLength(1)
  })
})

describe('while GitHub is silent', () => {
  it('what was uploaded apart is one rollout once the file can be read', async () => {
    const made = await trainWorld(duo)
    write(made, 'releases: 7')
    for (const name of duo) {
      await made.upload(`${name}@1.1.0`)
      made.clock.pass(1)
    }
    const [first, second] = duo.map((name) => stateOf(made, `${name}@1.1.0`))
    expect(first?.id).not.toBe(second?.id)
    expect(first?.startedAt).toBeNull()
    write(made, fileOf(...duo))
    await pass(made, settleMs)
    expect(membersOf(made, 'npm:core@1.1.0')).toHaveLength(2)
    expect(stateOf(made, 'npm:app@1.1.0')).toMatchObject({ id: first?.id, train: 'suite', end: null })
    expect(made.engine.find(second?.id ?? '')?.end).toMatchObject({
      kind: 'superseded',
      supersededBy: first?.id,
    })
    expect(made.engine.find('npm:core@1.1.0')?.id).toBe(first?.id)
  })

  it('an upload does not wait for it', async () => {
    const made = await createWorld()
    write(made, fileOf(...duo))
    await own(made, 'npm:app')
    made.forge.forge.repository = () => new Promise(() => {})
    const upload = { release: 'npm:app@1.1.0', file: { name: 'x', sha256: 'x' }, who: publisher }
    expect(await made.engine.admitUpload(upload)).toMatchObject({
      ok: true,
      state: { startedAt: null, train: null },
    })
  }, 15_000)
})

describe('first releases', () => {
  it('begin nothing anew for the others', async () => {
    const made = await trainWorld(['npm:app'], fileOf(...duo))
    await own(made, 'npm:core')
    await made.upload('npm:app@1.1.0')
    await pass(made, settleMs)
    await made.upload('npm:core@1.0.0')
    await pass(made, settleMs)
    expect(phaseOf(stateOf(made, 'npm:core@1.0.0'))).toBe('completed')
    expect(membersOf(made, 'npm:core@1.0.0')).toHaveLength(1)
    expect(stateOf(made, 'npm:app@1.1.0').overtaken).toBeNull()
    const paused = await made.engine.run(stateOf(made, 'npm:app@1.1.0').id, { type: 'pause' }, maintainer)
    expect(paused.ok).toBe(true)
  })
})

describe('a stranger', () => {
  const evil = `releases:\n${entry('npm:evil', 'suite')}${entry('npm:app', 'suite')}${entry('npm:core', 'suite')}`

  it('has trains of its own, whatever they are called and whatever its file names', async () => {
    const made = await trainWorld(duo)
    made.forge.add('77', 'evil/lib', { '.github/slipway.yml': evil })
    await own(made, 'npm:evil', '77', 'evil/lib')
    await made.upload('npm:evil@1.0.0')
    await pass(made, settleMs)
    await made.upload('npm:app@1.1.0')
    const before = stateOf(made, 'npm:app@1.1.0')
    await made.upload('npm:evil@1.1.0')
    expect(stateOf(made, 'npm:app@1.1.0')).toBe(before)
    await made.upload('npm:core@1.1.0')
    await pass(made, 10_001)
    const climbing = stateOf(made, 'npm:app@1.1.0')
    await made.upload('npm:evil@1.2.0')
    await pass(made, settleMs)
    expect(percentOf(made, 'npm:app@1.1.0')).toBe(50)
    expect(stateOf(made, 'npm:app@1.1.0')).toBe(climbing)
    expect(membersOf(made, 'npm:evil@1.1.0')).toHaveLength(1)
  })

  it('of no owner boards nobody’s train', async () => {
    const made = await trainWorld(duo, fileOf(...duo, 'npm:loose'))
    await made.upload('npm:loose@1.0.0')
    await made.upload('npm:app@1.1.0')
    await made.upload('npm:loose@1.1.0')
    expect(membersOf(made, 'npm:app@1.1.0')).toHaveLength(1)
    expect(stateOf(made, 'npm:loose@1.1.0').train).toBeNull()
    // It does not wait for what is not its owner's either.
    await made.upload('npm:core@1.1.0')
    expect(stateOf(made, 'npm:app@1.1.0').startedAt).not.toBeNull()
  })
})

it('a webhook of the release of one package brings its origin and waits for the others', async () => {
  const made = await trainWorld(duo)
  await made.upload('npm:app@1.1.0')
  const origin = { repositoryId: '1', repository: 'acme/lib', commit: 'c0ffee', tag: 'v1', installationId: 7 }
  await made.engine.start({ ...start(['npm:app@1.1.0'], system), origin })
  expect(stateOf(made, 'npm:app@1.1.0').startedAt).toBeNull()
  await made.upload('npm:core@1.1.0')
  expect(stateOf(made, 'npm:app@1.1.0')).toMatchObject({ origin: { commit: 'c0ffee' } })
})
