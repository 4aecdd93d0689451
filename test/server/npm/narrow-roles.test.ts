import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../../src/engine/core/engine.ts'
import type { ReleaseStarter } from '../../../src/engine/roles/release-starter.ts'
import type { RolloutReader } from '../../../src/engine/roles/rollout-reader.ts'
import { publishBegun } from '../pypi-form.ts'
import { publishNpm, startIndex, type TestIndex } from '../running-server.ts'

/** All methods of the two roles, and none of another: the compiler holds the table complete. */
const roles: Readonly<Record<keyof (RolloutReader & ReleaseStarter), true>> = {
  find: true,
  rolloutsOf: true,
  all: true,
  list: true,
  explain: true,
  startProblem: true,
  history: true,
  canaryOfNonce: true,
  position: true,
  onChange: true,
  start: true,
  reserve: true,
  board: true,
  admitUpload: true,
  uploaded: true,
}

let index: TestIndex
beforeAll(async () => {
  const onlyRoles = (engine: Engine): Engine =>
    new Proxy(engine, {
      get: (target, name) => {
        // Not a route's: what watches the store of packages tells of what is published or withdrawn.
        if (!(name in roles) && name !== 'publicationChanged')
          throw new Error(`the routes of an index asked the engine for ${String(name)}`)
        return Reflect.get(target, name)
      },
    })
  index = await startIndex({}, { seenAs: onlyRoles })
})
afterAll(() => index.close())

describe('with a reader and a starter and nothing else of the engine', () => {
  it('npm publishes, reads and moves tags', async () => {
    for (const version of ['1.0.0', '1.1.0']) await publishNpm(index, 'narrow', version)
    const { json } = await index.ask('GET', '/npm/narrow')
    expect(json['dist-tags']).toMatchObject({ latest: '1.0.0' })
    const tagged = await index.ask('PUT', '/npm/-/package/narrow/dist-tags/next', '"1.1.0"')
    expect(tagged.status).toBe(201)
    expect(index.errors).toEqual([])
  })

  it('PyPI publishes and reads', async () => {
    await publishBegun(index, 'narrow', '1.0.0')
    expect((await index.ask('GET', '/pypi/simple/narrow/')).text).toContain('narrow-1.0.0')
    expect(index.errors).toEqual([])
  })

  it('and another method is not there', async () => {
    expect((await index.ask('POST', '/api/v1/rollouts/npm:narrow@1.1.0/pause', { reason: 'x' })).status).toBe(
      500,
    )
    expect(index.errors.join()).toContain('asked the engine for run')
  })
})
