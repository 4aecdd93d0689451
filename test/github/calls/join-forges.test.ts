import nock from 'nock'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { joinForges } from '../../../src/github/calls/join-forges.ts'
import { broken, createFakeForge } from '../../engine/fake-forge.ts'
import { expectValid, fakeGithub, lib, testForge } from '../fake-github.ts'

function twoApps() {
  const owners = createFakeForge()
  const dependents = createFakeForge()
  const file = { '.github/slipway.yml': 'canaries: []\n' }
  owners.add('1', 'acme/lib', file)
  owners.add('2', 'acme/both', file)
  for (const [id, name] of [
    ['2', 'acme/both'],
    ['3', 'other/app'],
  ] as const) {
    dependents.repositories.set(id, { ...dependents.add(id, name, file), installationId: 9 })
  }
  return { owners, dependents, joined: joinForges(owners.forge, dependents.forge) }
}

describe('two Apps as one forge', () => {
  it('list every repository once, with the first App where both are', async () => {
    const { joined } = twoApps()
    const all = await joined.repositories()
    expect(all.ok && all.value.map(({ fullName, installationId }) => [fullName, installationId])).toEqual([
      ['acme/lib', 1],
      ['acme/both', 1],
      ['other/app', 9],
    ])
  })

  it('ask about a repository through the App that is installed there', async () => {
    const { owners, dependents, joined } = twoApps()
    const found = await joined.repository('other/app')
    if (!found.ok) throw new Error(found.failure.message)
    await joined.file(found.value, '.github/slipway.yml', null)
    await joined.commitOf(found.value, 'main')
    expect(dependents.calls).toEqual([
      'repository other/app',
      'file other/app .github/slipway.yml',
      'commit other/app main',
    ])
    expect(owners.calls).toEqual(['repository other/app'])
    const own = await joined.repository('acme/both')
    if (own.ok) await joined.file(own.value, '.github/slipway.yml', null)
    expect(dependents.calls).toHaveLength(3)
  })

  it('answer with the failure of either: half a list is none', async () => {
    for (const which of ['owners', 'dependents'] as const) {
      const apps = twoApps()
      apps[which].failing = () => broken
      expect(await apps.joined.repositories()).toEqual({ ok: false, failure: broken })
    }
  })

  it('do not ask the second App when the first one cannot tell now', async () => {
    const { owners, dependents, joined } = twoApps()
    owners.failing = () => broken
    expect(await joined.repository('other/app')).toEqual({ ok: false, failure: broken })
    expect(dependents.calls).toEqual([])
  })
})

describe('the App that may read one file', () => {
  beforeEach(() => nock.disableNetConnect())
  afterEach(() => {
    nock.cleanAll()
    nock.enableNetConnect()
  })

  it('asks for that file with that permission, and for no other file at all', async () => {
    const content = Buffer.from('canaries: []\n').toString('base64')
    const github = fakeGithub({
      'GET /repos/{owner}/{repo}/contents/{path}': {
        status: 200,
        body: { type: 'file', encoding: 'base64', content },
      },
    })
    const forge = testForge({ oneFile: true })
    expect(await forge.file(lib, '.github/workflows/ci.yml', null)).toEqual({ ok: true, value: null })
    expect(github.sent).toEqual([])
    expect(await forge.file(lib, '.github/slipway.yml', null)).toEqual({ ok: true, value: 'canaries: []\n' })
    expect(github.sent[0]?.body).toEqual({ repository_ids: [11], permissions: { single_file: 'read' } })
    expectValid(github)
  })
})
