import { beforeEach, describe, expect, it } from 'vitest'
import { createGithubEffector } from '../../../src/github/effects/effector.ts'
import { createWorld, ownerId, type World } from '../../engine/world.ts'
import { createPaperForge, type PaperForge } from '../paper-forge.ts'

let world: World
let paper: PaperForge
beforeEach(async () => {
  world = await createWorld()
  paper = createPaperForge()
  Object.assign(world.forge.forge, paper.writing)
  const effector = createGithubEffector({ forge: world.forge.forge, publicUrl: 'https://slipway.test/' })
  world.engine = await world.reopen({ effector })
  await world.upload('npm:demo@1.0.0')
  world.clock.pass(1000)
})

describe('what people do to the tracking issue', () => {
  it('who closes it is not fought: its state is set at transitions only', async () => {
    await world.upload('npm:demo@1.1.0')
    const own = () => [...paper.issues.values()][0]
    Object.assign(own() ?? {}, { state: 'closed', title: 'Mine' })
    await world.engine.drifted({ repositoryId: ownerId, issue: 4 })
    await world.settle()
    expect(own()).toMatchObject({ state: 'closed', title: expect.stringContaining('Release npm:demo@1.1.0') })
  })

  it.each([10_000, 60_000, 63_900, 65_400])(
    '%i characters around the block stay, and do not stop it',
    async (size) => {
      await world.upload('npm:demo@1.1.0')
      const own = () => [...paper.issues.values()][0]
      const words = 'x'.repeat(size)
      Object.assign(own() ?? {}, { body: `${own()?.body ?? ''}\n\n${words}`, title: 'Mine' })
      await world.engine.drifted({ repositoryId: ownerId, issue: 4 })
      await world.settle()
      expect(own()?.title).toContain('Release npm:demo@1.1.0')
      expect(own()?.body).toContain(words)
      if (size < 65_000) expect(own()?.body.length).toBeLessThanOrEqual(65_536)
    },
  )
})
