import { expect, it } from 'vitest'
import { hasOtherMaintainers } from '../../../src/engine/past/other-maintainers.ts'
import type { Permission } from '../../../src/gates/policy.ts'
import type { Repository } from '../../../src/ports/forge.ts'
import type { Actor } from '../../../src/rollout/history/actor.ts'
import { BASELINE, CANDIDATE, maintainer, startedStory } from '../../rollout/builders.ts'
import { broken, createFakeForge } from '../fake-forge.ts'

/** A rollout that mia published from `acme/lib`, with one finding that stops it. */
function stopped() {
  const story = startedStory()
  const finding = {
    code: 'entry-missing',
    level: 'stop',
    what: ['a'],
    more: 0,
    sentence: 'It.',
    usedBy: [],
  } as const
  const contents = {
    release: CANDIDATE,
    baseline: BASELINE,
    change: 'minor',
    files: [],
    unread: [],
    at: story.now,
  } as const
  story.run({
    type: 'recordSignal',
    signal: { kind: 'contents', contents: { ...contents, findings: [finding] } },
  })
  const origin = { repositoryId: '7', repository: 'acme/lib', tag: null, commit: null, installationId: 1 }
  return { ...story.live, publishedBy: ['person mia'], origin }
}

const other: Actor = { kind: 'person', login: 'max', permission: 'maintain' }
const token: Actor = { kind: 'token', id: 't', name: 't', owner: 'o', as: 'mia', scopes: ['operate'] }

/** A forge that gives everybody one permission. */
function forgeGiving(permission: Permission) {
  const fake = createFakeForge()
  fake.add('7', 'acme/lib')
  const asked: string[] = []
  const forge = {
    repository: fake.forge.repository,
    permission: async (_: Repository, login: string) => {
      asked.push(login)
      return { ok: true, value: permission } as const
    },
  }
  return { fake, forge, asked }
}

/** Rollouts of the package that others published. */
const earlier = (...people: readonly string[]) =>
  people.map((one) => ({ ...stopped(), publishedBy: [`person ${one}`] }))

it.each<[string, Actor, string, readonly string[], Permission, boolean, readonly string[]]>([
  ['the publisher beside another', maintainer, 'entry-missing', ['mia', 'max'], 'maintain', true, ['max']],
  ['beside one who is none any more', maintainer, 'entry-missing', ['max'], 'write', false, ['max']],
  ['the publisher alone', maintainer, 'entry-missing', ['mia'], 'admin', false, []],
  ['another than published it', other, 'entry-missing', ['max'], 'admin', false, []],
  ['a token', token, 'entry-missing', ['max'], 'admin', false, []],
  ['what is only asked', maintainer, 'name-removed', ['max'], 'admin', false, []],
])('%s', async (_, actor, code, people, permission, expected, named) => {
  const { forge, asked } = forgeGiving(permission)
  expect(await hasOtherMaintainers(forge, code, stopped(), earlier(...people), actor)).toBe(expected)
  expect(asked).toEqual(named)
})

it('a forge that does not say so leaves the publisher a way on', async () => {
  const { fake, forge } = forgeGiving('admin')
  fake.failing = () => broken
  expect(await hasOtherMaintainers(forge, 'entry-missing', stopped(), earlier('max'), maintainer)).toBe(false)
})
