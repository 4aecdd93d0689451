import { describe, expect, it } from 'vitest'
import { answeredFindings } from '../../../src/gates/contents/contents-gate.ts'
import type { FindingLevel } from '../../../src/gates/contents/finding-levels.ts'
import type { Actor } from '../../../src/rollout/history/actor.ts'
import { publishersOf } from '../../../src/rollout/history/reserved-state.ts'
import {
  BASELINE,
  CANDIDATE,
  completedStory,
  maintainer,
  namedOperator,
  operator,
  publisher,
  type Story,
  startedStory,
  stranger,
  writer,
} from '../builders.ts'

const dismiss = (code: string, what: string | null = null) => ({ type: 'dismiss', code, what }) as const

/** A rollout whose files were compared, with one finding. */
function found(code: string, level: FindingLevel, what: readonly string[] = ['a', 'b']): Story {
  const story = startedStory()
  const finding = { code, level, what, more: 0, sentence: `It found ${code}.`, usedBy: [] }
  const contents = {
    release: CANDIDATE,
    baseline: BASELINE,
    change: 'minor',
    files: [],
    findings: [finding],
    unread: [],
    at: story.now,
  } as const
  story.run({ type: 'recordSignal', signal: { kind: 'contents', contents } })
  return story
}

const open = ({ live }: Story) =>
  answeredFindings({ releases: live.members, contents: live.contents, findingAnswers: live.findingAnswers })
    .filter(({ dismissed }) => dismissed === null)
    .map(({ code }) => code)

const publishingOperator: Actor = {
  ...(namedOperator as Extract<Actor, { kind: 'token' }>),
  scopes: ['publish', 'operate'],
}

describe('trust takes two', () => {
  const token = (id: string, owner: string, as: string | null, scopes: ('publish' | 'operate')[]): Actor => ({
    kind: 'token',
    ...{ id, name: id, owner, as, scopes },
  })
  const ci = token('ci', 'team-web', null, ['publish'])
  const publishedBy = (actor: Actor): Story => {
    const story = found('provenance-lost', 'ask')
    Object.assign(story.live, { publishedBy: publishersOf([], actor) })
    return story
  }

  it.each([
    [
      'a token of the same owner, whoever it says it speaks for',
      ci,
      token('ops', 'team-web', 'ann', ['operate']),
    ],
    ['the same person', maintainer, maintainer],
    ['the same person in other letters', maintainer, { ...maintainer, login: 'MIA' } as Actor],
  ])('and not %s', (_, first, second) => {
    const story = publishedBy(first)
    const refusal = story.refused(dismiss('provenance-lost'), second, 'meant')
    expect(refusal).toContain('Who published it does not vouch for it too')
    expect(refusal).toContain('signoffs: 1')
    expect(open(story)).toEqual(['provenance-lost'])
    expect(story.run({ ...dismiss('provenance-lost'), signoffs: 1 }, second, 'meant')).toEqual([
      'finding-answered',
    ])
  })

  it.each([
    ['a token of another owner', ci, token('ops', 'team-security', 'ann', ['operate'])],
    ['a person beside a token', ci, maintainer],
    ['another person', { ...maintainer, login: 'max' } as Actor, maintainer],
    ['anybody, where it came from another index', { kind: 'system' } as Actor, maintainer],
  ])('such as %s', (_, first, second) => {
    expect(publishedBy(first).run(dismiss('provenance-lost'), second, 'meant')).toEqual(['finding-answered'])
  })

  it('never the token that published, also where one person suffices', () => {
    const both = token('all', 'operator', 'ann', ['publish', 'operate'])
    const asked = { ...dismiss('provenance-lost'), signoffs: 1 } as const
    expect(publishedBy(both).refused(asked, both, 'meant')).toContain('does not vouch for itself')
  })
})

describe('what stops a release is answered by another one than published it, where there is another', () => {
  const stopped = (): Story => {
    const story = found('own-import-missing', 'stop')
    Object.assign(story.live, { publishedBy: publishersOf([], maintainer) })
    return story
  }
  const other: Actor = { kind: 'person', login: 'max', permission: 'maintain' }
  it.each<[string, Actor, boolean, 1 | 2, string | null]>([
    ['by its publisher', maintainer, true, 2, 'somebody else'],
    ['by its publisher, whom nobody else can help', maintainer, false, 2, null],
    ['by its publisher, where one suffices', maintainer, true, 1, null],
    ['by another maintainer', other, true, 2, null],
  ])('%s', (_, actor, shared, signoffs, refusal) => {
    const command = { ...dismiss('own-import-missing'), shared, signoffs }
    if (refusal === null) expect(stopped().run(command, actor, 'meant')).toEqual(['finding-answered'])
    else expect(stopped().refused(command, actor, 'meant')).toContain(refusal)
  })
})

describe('dismiss', () => {
  it.each([
    ['a question', 'module-removed', 'ask', writer],
    ['a question, by the token that publishes', 'module-removed', 'ask', publisher],
    ['what stops', 'own-import-missing', 'stop', maintainer],
    ['trust', 'provenance-lost', 'ask', maintainer],
    ['trust, by a token that does not publish', 'provenance-lost', 'ask', namedOperator],
  ] as const)('settles %s', (_, code, level, actor) => {
    const story = found(code, level)
    expect(open(story)).toEqual([code])
    expect(story.run(dismiss(code), actor, 'it is meant')).toEqual(['finding-answered'])
    expect(open(story)).toEqual([])
    // Saying it twice writes nothing.
    expect(story.run(dismiss(code), actor, 'it is meant')).toEqual([])
  })

  it('settles a finding thing by thing', () => {
    const story = found('module-removed', 'ask')
    story.run(dismiss('module-removed', 'a'), writer, 'nobody used it')
    expect(open(story)).toEqual(['module-removed'])
    story.run(dismiss('module-removed', 'b'), writer, 'nor this')
    expect(open(story)).toEqual([])
  })

  it.each([
    ['a stranger', 'module-removed', 'ask', stranger, 'expected write permission'],
    ['what stops, by a writer', 'own-import-missing', 'stop', writer, 'expected maintain permission'],
    ['what stops, by the token that publishes', 'own-import-missing', 'stop', publisher, 'expected maintain'],
    ['trust, by a writer', 'provenance-lost', 'ask', writer, 'expected maintain permission'],
    ['a shared token', 'module-removed', 'ask', operator, 'must be decided by a named person'],
    [
      'a token that also publishes',
      'provenance-lost',
      'ask',
      publishingOperator,
      'does not vouch for itself',
    ],
  ] as const)('is refused: %s', (_, code, level, actor, expected) => {
    const story = found(code, level)
    expect(story.refused(dismiss(code), actor, 'it is meant')).toContain(expected)
    expect(open(story)).toEqual([code])
  })

  it('needs a reason, and a finding that there is', () => {
    const story = found('module-removed', 'ask')
    expect(story.refused(dismiss('module-removed'), writer, ' ')).toContain('reason')
    expect(story.refused(dismiss('modul-removed'), writer, 'typo')).toBe(
      'Nothing of this code stands in the way. code: got "modul-removed", expected one of module-removed.',
    )
    expect(startedStory().refused(dismiss('modul-removed'), writer, 'typo')).toContain('expected nothing')
  })

  it('is refused once the rollout is over', () => {
    expect(completedStory().refused(dismiss('module-removed'), writer, 'late')).toContain('completed')
  })
})
