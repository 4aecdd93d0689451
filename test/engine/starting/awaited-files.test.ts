import { describe, expect, it } from 'vitest'
import { createWorld, maintainer, type World } from '../world.ts'

const minute = 60_000
const hour = 60 * minute

const wheel = (version: string, tag: string) => `demo-${version}-${tag}.whl`
const linux = 'cp312-cp312-manylinux_2_17_x86_64'
const mac = 'cp312-cp312-macosx_11_0_arm64'

/** 1.0.0 has wheels for Linux and macOS and is out; these are the first files of 1.1.0, the settle time ago. */
async function world(...tags: readonly string[]): Promise<World> {
  const made = await createWorld({ owned: false })
  for (const tag of [linux, mac]) await made.upload('pypi:demo@1.0.0', { name: wheel('1.0.0', tag) })
  await later(made, 16 * minute)
  for (const tag of tags) await made.upload('pypi:demo@1.1.0', { name: wheel('1.1.0', tag) })
  await later(made, 16 * minute)
  return made
}

async function later(made: World, ms: number): Promise<void> {
  made.clock.pass(ms)
  await made.engine.tick()
}

const begun = (made: World) => made.engine.find('pypi:demo@1.1.0')?.startedAt !== null

describe('a release whose baseline had wheels for more', () => {
  it('waits for them, says which, and begins when they came and it settled', async () => {
    const made = await world(linux)
    expect(begun(made)).toBe(false)
    const { id = '' } = made.engine.find('pypi:demo@1.1.0') ?? {}
    expect(made.engine.startProblem(id)?.refusal).toMatchObject({
      reason: 'temporary',
      field: 'files',
      message: expect.stringContaining(
        'pypi:demo@1.1.0 has no wheel yet for cp312 macos arm64, which pypi:demo@1.0.0 has.',
      ),
    })
    await made.upload('pypi:demo@1.1.0', { name: wheel('1.1.0', 'cp312-cp312-macosx_14_0_arm64') })
    await later(made, 16 * minute)
    expect(begun(made)).toBe(true)
  })

  it('waits a day after its last file at most', async () => {
    const made = await world(linux)
    await later(made, 23 * hour)
    expect(begun(made)).toBe(false)
    await later(made, hour)
    expect(begun(made)).toBe(true)
  })

  it('begins at once when somebody starts it', async () => {
    const made = await world(linux)
    const request = {
      releases: ['pypi:demo@1.1.0'],
      policy: null,
      restart: false,
      origin: null,
      who: maintainer,
    }
    expect(await made.engine.start(request)).toMatchObject({ ok: true })
    expect(begun(made)).toBe(true)
  })

  it.each([
    ['all of them', [linux, mac]],
    ['one for every place', ['py3-none-any']],
    [
      'one for this Python and later ones, and both halves of a Mac',
      ['cp38-abi3-manylinux_2_28_x86_64', 'cp312-cp312-macosx_11_0_universal2'],
    ],
  ])('and has %s waits for nothing', async (_, tags) => {
    expect(begun(await world(...tags))).toBe(true)
  })
})
