import { describe, expect, it } from 'vitest'
import { maintainer, publisher, stateOf, type World } from '../world.ts'
import { fileOf, membersOf, pass, percentOf, settleMs, trainWorld, write } from './train-world.ts'

const trio = ['npm:app', 'npm:core', 'pypi:lib']
const duo = ['npm:app', 'npm:core']

/** 1.1.0 of both at 50 %. */
async function halfway(): Promise<World> {
  const made = await trainWorld(duo)
  for (const name of duo) await made.upload(`${name}@1.1.0`)
  await pass(made, 10_001)
  return made
}

const restart = (release: string) =>
  ({ releases: [release], policy: null, restart: true, origin: null, who: maintainer }) as const

describe('a member that comes after its train has left', () => {
  it('starts a rollout that carries the others; nobody goes to 0 for it', async () => {
    const made = await trainWorld(trio)
    await made.upload('npm:app@1.1.0')
    await pass(made, settleMs)
    await pass(made, 10_001)
    const first = stateOf(made, 'npm:app@1.1.0')
    await made.upload('pypi:lib@1.1.0')
    await made.upload('npm:core@1.1.0')
    await pass(made, 900_001)
    expect(membersOf(made, 'pypi:lib@1.1.0')).toEqual([
      'npm:app@1.1.0 over npm:app@1.0.0',
      'npm:core@1.1.0 over npm:core@1.0.0',
      'pypi:lib@1.1.0 over pypi:lib@1.0.0',
    ])
    expect(percentOf(made, first.id)).toBe(50)
    expect(percentOf(made, 'pypi:lib@1.1.0')).toBe(0)
    expect(stateOf(made, 'pypi:lib@1.1.0').salt).toBe(first.salt)
    // The newer one is ahead from its first share on, and completes for both.
    await pass(made, 10_001)
    expect(stateOf(made, first.id)).toMatchObject({ overtaken: { by: stateOf(made, 'pypi:lib@1.1.0').id } })
    for (const ms of [3_600_001, 10_001]) await pass(made, ms)
    expect(percentOf(made, 'npm:core@1.1.0')).toBe('completed')
    expect(percentOf(made, first.id)).toBe('superseded')
    expect(percentOf(made, 'npm:app@1.1.0')).toBe('completed')
  })

  it('rides up to nothing that the others came to without it', async () => {
    const made = await trainWorld(duo)
    await made.upload('npm:app@1.1.0')
    await pass(made, settleMs)
    await pass(made, 10_001)
    await made.upload('npm:core@1.1.0')
    await pass(made, settleMs)
    const late = stateOf(made, 'npm:core@1.1.0')
    await made.engine.run(late.id, { type: 'catchUp' }, maintainer)
    expect(stateOf(made, late.id).catchUpTo).toBe(0)
  })
})

describe('a hotfix of one member at 50 %', () => {
  it('takes the place of the whole; the others keep what they have', async () => {
    const made = await halfway()
    const first = stateOf(made, 'npm:app@1.1.0')
    await made.upload('npm:app@1.1.1')
    await pass(made, settleMs)
    expect(membersOf(made, 'npm:app@1.1.1')).toEqual([
      'npm:app@1.1.1 over npm:app@1.0.0',
      'npm:core@1.1.0 over npm:core@1.0.0',
    ])
    expect(percentOf(made, first.id)).toBe(50)
    expect(stateOf(made, 'npm:core@1.1.0').id).toBe(stateOf(made, 'npm:app@1.1.1').id)
    for (const ms of [10_001, 3_600_001, 10_001]) await pass(made, ms)
    expect(percentOf(made, 'npm:core@1.1.0')).toBe('completed')
    expect(percentOf(made, first.id)).toBe('superseded')
  })

  it('that is taken back leaves the others where they were, and can be begun again', async () => {
    const made = await halfway()
    const first = stateOf(made, 'npm:app@1.1.0')
    await made.upload('npm:app@1.1.1')
    await pass(made, settleMs)
    await pass(made, 10_001)
    const fix = stateOf(made, 'npm:app@1.1.1')
    const back = { type: 'rollBack', installable: true, newerCompleted: null } as const
    expect((await made.engine.run(fix.id, back, maintainer)).ok).toBe(true)
    expect(stateOf(made, 'npm:core@1.1.0').id).toBe(first.id)
    expect(percentOf(made, 'npm:core@1.1.0')).toBe(50)
    expect(stateOf(made, first.id).overtaken).toBeNull()
    const again = await made.engine.start(restart('npm:app@1.1.1'))
    expect(again).toMatchObject({ ok: true, state: { restartOf: fix.id } })
    expect(membersOf(made, 'npm:app@1.1.1')).toHaveLength(2)
    expect(percentOf(made, first.id)).toBe(50)
  })

  it('of each of them, one after the other, carries the fix before it', async () => {
    const made = await halfway()
    await made.upload('npm:app@1.1.1')
    await pass(made, settleMs)
    await made.upload('npm:core@1.1.1')
    await pass(made, settleMs)
    expect(membersOf(made, 'npm:core@1.1.1')).toEqual([
      'npm:app@1.1.1 over npm:app@1.0.0',
      'npm:core@1.1.1 over npm:core@1.0.0',
    ])
  })

  it('of an older line carries nothing of the newer one', async () => {
    const made = await halfway()
    await made.upload('npm:app@1.0.1')
    await pass(made, settleMs)
    expect(membersOf(made, 'npm:app@1.0.1')).toEqual(['npm:app@1.0.1 over npm:app@1.0.0'])
    expect(stateOf(made, 'npm:app@1.1.0').overtaken).toBeNull()
  })

  it('takes no more files of what it carries than were tested', async () => {
    const made = await trainWorld(['pypi:lib', 'npm:core'])
    for (const name of ['pypi:lib', 'npm:core']) await made.upload(`${name}@1.1.0`)
    await pass(made, 900_001)
    await pass(made, 10_001)
    await made.upload('npm:core@1.1.1')
    await pass(made, settleMs)
    expect(stateOf(made, 'pypi:lib@1.1.0').sealedFiles).toBeNull()
    const file = { name: 'lib-1.1.0-late.whl', sha256: 'ab' }
    const late = await made.engine.admitUpload({ release: 'pypi:lib@1.1.0', file, who: publisher })
    expect(late).toMatchObject({
      ok: false,
      refusal: { message: expect.stringContaining('The file list is closed.') },
    })
  })
})

it('a whole next release goes beside the one that is live', async () => {
  const made = await halfway()
  for (const name of duo) await made.upload(`${name}@1.2.0`)
  expect(membersOf(made, 'npm:core@1.2.0')).toEqual([
    'npm:app@1.2.0 over npm:app@1.0.0',
    'npm:core@1.2.0 over npm:core@1.0.0',
  ])
  expect(percentOf(made, 'npm:core@1.1.0')).toBe(50)
})

it('a package that left the file stays with what it left with', async () => {
  const made = await halfway()
  write(made, fileOf('npm:app'))
  await made.upload('npm:app@1.1.1')
  await pass(made, settleMs)
  expect(membersOf(made, 'npm:app@1.1.1')).toEqual(['npm:app@1.1.1 over npm:app@1.0.0'])
  expect(percentOf(made, 'npm:core@1.1.0')).toBe(50)
})
