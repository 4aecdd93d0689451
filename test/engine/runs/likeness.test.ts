import { describe, expect, it } from 'vitest'
import type { Who } from '../../../src/engine/core/who.ts'
import type { Loudest } from '../../../src/ports/release-comparer.ts'
import { createWorld, policyOf, publisher, system } from '../world.ts'

const policy = policyOf({
  stages: [
    { percent: 0, bake: '1s' },
    { percent: 5, bake: '12h' },
    { percent: 25, bake: '12h' },
    { percent: 100, bake: '12h' },
  ],
  gates: {},
})
const operator: Who = {
  actor: { kind: 'token', id: 'o', name: 'o', owner: 'o', as: 'olga', scopes: ['operate', 'publish'] },
  reason: '',
}

/** 1.1.0 has come to 5 % by its gates; 1.1.1 begins beside it. What 1.1.1 knows of 1.1.0 then. */
async function known(loudest: Loudest | null, who: Who = operator, given = policy) {
  const world = await createWorld({ owned: false })
  const asked: string[] = []
  const comparer = {
    loudest: async (before: string, after: string) => {
      asked.push(`${before} ${after}`)
      return loudest
    },
  }
  const engine = await world.reopen({ comparer })
  await world.upload('npm:demo@1.0.0', { engine })
  const begin = async (release: string, by: Who) => {
    await engine.reserve({ releases: [release], policy: given, restart: false, origin: null, who: by })
    await world.upload(release, { engine, who: by })
  }
  await begin('npm:demo@1.1.0', operator)
  world.clock.pass(2000)
  await engine.tick()
  if (who === operator) await begin('npm:demo@1.1.1', operator)
  else await world.upload('npm:demo@1.1.1', { engine, who })
  const likeness = () => engine.find('npm:demo@1.1.1')?.likenesses['npm:demo@1.1.0']
  return { asked, likeness, engine, world }
}

describe('a release that begins beside an older live one of its line', () => {
  it.each<[string, Loudest | null, boolean, string]>([
    ['nothing differs', 'nothing', true, ''],
    ['something is to be said', 'say', true, ''],
    ['something is to be asked about', 'ask', false, 'their files differ in what matters (ask)'],
    ['nobody can compare them', null, false, 'their files cannot be compared'],
  ])('knows whether it is like that: %s', async (_, loudest, alike, because) => {
    const { asked, likeness } = await known(loudest)
    await expect.poll(likeness).toMatchObject({ alike, because })
    expect(asked).toEqual(['npm:demo@1.1.0 npm:demo@1.1.1'])
  })

  it('is not like what somebody else published, and reads no file for it', async () => {
    const { asked, likeness } = await known('nothing', publisher)
    await expect.poll(likeness).toMatchObject({ alike: false, because: 'somebody else published it' })
    expect(asked).toEqual([])
  })

  it('is told how far that came, as far as it is like it', async () => {
    const { likeness, engine, world } = await known('nothing')
    await expect.poll(likeness).toMatchObject({ alike: true })
    world.clock.pass(2000)
    await engine.tick()
    expect(engine.find('npm:demo@1.1.1')).toMatchObject({ stageIndex: 1, reached: 500 })
  })

  it('asks nothing where nothing catches up', async () => {
    const never = { ...policy, pace: { ...policy.pace, catchUpMs: null } }
    const { asked, likeness, engine } = await known('nothing', operator, never)
    await engine.run(
      engine.find('npm:demo@1.1.1')?.id ?? '',
      { type: 'tick', freeze: null, files: [] },
      system,
    )
    expect([asked, likeness()]).toEqual([[], undefined])
  })
})
