import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Forge, Repository } from '../../../src/ports/forge.ts'
import type { PullRequestRef, RecordedEvent } from '../../../src/rollout/history/event.ts'
import { redactEvents } from '../../../src/server/api/redact-events.ts'
import { canary as canaryEntry, startedStory } from '../../rollout/builders.ts'
import { publishNpm, startIndex, type TestIndex } from '../running-server.ts'

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
  it('is named by no answer that needs no token, and its history without it is for everybody', async () => {
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
    const publisher = await index.token(['publish', 'read'], ['npm:demo'])
    for (const token of [null, publisher]) {
      const { status, text } = await index.ask('GET', `${api}/events`, undefined, token)
      expect([status, text.includes('70700707'), text.includes('secret-app')]).toEqual([200, false, false])
      expect(JSON.parse(text).events[1]).toMatchObject({
        type: 'started',
        members: [{ candidate: 'npm:demo@1.1.0', baseline: 'npm:demo@1.0.0' }],
        roster: [{ redacted: 'private repository 1' }],
      })
    }
    expect((await index.ask('GET', `${api}/events`)).text).toContain('secret-app')
  })

  it('is named by no rule of the policy either, whether it offered or not', () => {
    const { live: state } = startedStory({ roster: [canaryEntry({ id: '101', repo: 'acme/open' })] })
    const canaries = ['acme/open', 'Acme/*', 'acme/closed', 'other/*'].map((repo) => ({
      repo,
      required: false,
      weight: 1,
    }))
    const event = JSON.parse(JSON.stringify({ type: 'started', policy: { canaries } })) as RecordedEvent
    const [shown] = redactEvents(state, [event]) as { policy: { canaries: { repo: string }[] } }[]
    expect(shown?.policy.canaries.map(({ repo }) => repo)).toEqual([
      'acme/open',
      'Acme/*',
      'a repository that is not named here',
      'a repository that is not named here',
    ])
  })

  it('is left out of the history wherever it stands in it', () => {
    const { live: state } = startedStory({
      roster: [
        canaryEntry({ id: '101', repo: 'acme/open' }),
        canaryEntry({ id: '102', repo: 'Acme/Closed', private: true }),
      ],
    })
    const secret = {
      ...state,
      pullRequests: [pullRequest('7', 'acme/internal', true), pullRequest('8', 'acme/site', false)],
      shownTo: [{ repositoryId: '9', repository: 'acme/seen' }],
    }
    const event = (rest: object) =>
      ({
        v: 1,
        at: 5,
        previous: 'a',
        hash: 'b',
        actor: { kind: 'system' },
        reason: '',
        ...rest,
      }) as RecordedEvent
    const shown = redactEvents(secret, [
      event({ type: 'result-recorded', fact: { canary: '102', try: 1, result: { detail: 'our words' } } }),
      event({ type: 'waived', canary: '102', by: 'ada', evidence: 'x', expiresAt: 1 }),
      event({ type: 'rolled-back', automatic: true, regressions: ['101', '102'] }),
      event({
        type: 'held',
        sentences: ['See https://github.com/acme/closed/actions/runs/5.', 'See acme/closed-2.'],
      }),
      event({ type: 'paused', reason: 'git clone acme%2Finternal.git and acme/seen.' }),
      event({
        type: 'signal-recorded',
        signal: { kind: 'x', pullRequests: secret.pullRequests, byId: { 9: 1 } },
      }),
    ])
    const text = JSON.stringify(shown)
    for (const word of ['102', 'our words', 'ada', 'losed/', 'internal', 'seen']) {
      expect([word, text.includes(word)]).toEqual([word, false])
    }
    expect(shown).toMatchObject([
      { type: 'result-recorded', at: 5, hash: 'b', fact: { redacted: 'private repository 1' } },
      { type: 'waived', redacted: 'private repository 1' },
      { regressions: ['101', 'private repository 1'] },
      { sentences: ['private repository 1', 'See acme/closed-2.'] },
      { reason: 'private repository 2' },
      {
        signal: {
          pullRequests: [{ redacted: 'private repository 2' }, { repository: 'acme/site' }],
          byId: { 'private repository 3': 1 },
        },
      },
    ])
  })
})

function pullRequest(repositoryId: string, repository: string, isPrivate: boolean): PullRequestRef {
  const bump = { release: 'npm:demo@1.1.0', private: isPrivate }
  return { repositoryId, repository, number: 1, bump, status: 'open', observedAt: 1 }
}
