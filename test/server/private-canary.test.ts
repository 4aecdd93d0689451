import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Forge, Repository } from '../../src/ports/forge.ts'
import { publishNpm, startIndex, type TestIndex } from './running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex({}, { forge: forgeWithPrivateCanary() })
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

const canary: Repository = {
  id: '70700707',
  fullName: 'acme/secret-app',
  private: true,
  defaultBranch: 'main',
  installationId: 3,
}

/** A GitHub with one private repository that offers to test npm:demo. */
function forgeWithPrivateCanary(): Forge {
  const answers: Pick<Forge, 'repositories' | 'repository' | 'file'> = {
    repositories: async () => ({ ok: true, value: [canary] }),
    repository: async () => ({ ok: true, value: canary }),
    file: async (_repository, path) => ({
      ok: true,
      value: path.endsWith('slipway.yml')
        ? 'canaries:\n  - { for: npm:demo, mode: dispatch, workflow: ci.yml }\n'
        : 'jobs: {}\n',
    }),
  }
  const none = async () =>
    ({ ok: false, failure: { kind: 'broken', message: 'not here', retryAt: null } }) as const
  return new Proxy(answers, {
    get: (known, name) => (Object.hasOwn(known, name) ? Reflect.get(known, name) : none),
  }) as Forge
}

describe('a private canary', () => {
  it('is named by no answer that needs no token, and its history is for operators', async () => {
    await publishNpm(index, 'demo', '1.0.0')
    const policy = { profile: 'standard', canaries: [{ repo: 'acme/secret-app', required: true }] }
    await index.ask('POST', '/api/v1/rollouts', { releases: ['npm:demo@1.1.0'], policy })
    await publishNpm(index, 'demo', '1.1.0')
    const { id = '' } = index.engine.find('npm:demo@1.1.0') ?? {}
    expect(Object.keys(index.engine.find(id)?.canaries ?? {})).toEqual(['70700707'])

    const api = `/api/v1/rollouts/${id}`
    const pages = [`/rollouts/${id}`, '/', '/packages/npm/demo', '/badge/npm:demo@1.1.0.svg', '/metrics']
    const answers = [api, `${api}/explanation`, '/api/v1/rollouts', '/api/v1/packages/npm/demo']
    for (const path of [...pages, ...answers, `${api}/events`]) {
      const { text } = await index.ask('GET', path, undefined, null)
      expect([path, text.includes('secret-app')]).toEqual([path, false])
    }
    expect((await index.ask('GET', `${api}/events`, undefined, null)).status).toBe(401)
    const publisher = await index.token(['publish', 'read'], ['npm:demo'])
    expect((await index.ask('GET', `${api}/events`, undefined, publisher)).status).toBe(403)
    expect((await index.ask('GET', `${api}/events`)).text).toContain('secret-app')
  })
})
