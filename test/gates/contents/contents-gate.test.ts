import { describe, expect, it } from 'vitest'
import type {
  ContentsFact,
  ContentsFinding,
  FindingAnswer,
} from '../../../src/gates/contents/contents-facts.ts'
import { answeredFindings, contentsGate } from '../../../src/gates/contents/contents-gate.ts'
import { parseMeant } from '../../../src/gates/contents/finding-levels.ts'
import { gateFacts } from '../gate-builders.ts'

const [candidate, baseline] = ['npm:demo@1.1.0', 'npm:demo@1.0.0'] as const
const releases = [{ candidate, baseline }]

const finding = (code: string, level: ContentsFinding['level'], what = ['a']): ContentsFinding => ({
  code,
  level,
  what,
  more: 0,
  sentence: `${code} is so.`,
  usedBy: [],
})

function compared(findings: readonly ContentsFinding[], change: Partial<ContentsFact> = {}) {
  const fact = {
    release: candidate,
    baseline,
    change: 'minor',
    files: [],
    findings,
    unread: [],
    at: 1,
    ...change,
  }
  return { releases, compares: true, contents: { [candidate]: fact as ContentsFact } }
}

const said = (
  code: string,
  permission: FindingAnswer['permission'],
  what: string | null = null,
): FindingAnswer => ({
  code,
  what,
  by: 'ada',
  permission,
  at: 2,
  reason: 'meant so',
})

const answer = (gate: 'contents' | 'trust', facts: Parameters<typeof gateFacts>[0]) =>
  contentsGate(gate, gateFacts(facts))?.answer ?? null

describe('contents', () => {
  it.each<[string, Parameters<typeof gateFacts>[0], string | null]>([
    ['waits until the files were compared', { releases, compares: true }, 'wait'],
    ['waits for nobody where nobody compares', { releases, compares: false }, null],
    [
      'waits for nothing before a first release',
      { releases: [{ candidate, baseline: null }], compares: true },
      null,
    ],
    ['waits anew for another baseline', compared([], { baseline: 'npm:demo@0.9.0' }), 'wait'],
    ['says nothing of a good release', compared([]), null],
    ['says nothing of what is only told', compared([finding('dependency-added', 'say')]), null],
    ['holds for what is asked', compared([finding('name-removed', 'ask')]), 'hold'],
    ['holds for what stops', compared([finding('entry-missing', 'stop')]), 'hold'],
    ['says nothing of trust', compared([finding('provenance-lost', 'ask')]), null],
  ])('%s', (_, facts, expected) => expect(answer('contents', facts)).toBe(expected))

  it('names the cause, who may answer, and what to type', () => {
    const verdict = contentsGate('contents', gateFacts(compared([finding('entry-missing', 'stop')])))
    expect(verdict?.sentence).toBe(
      'entry-missing is so. Waiting for another release, or for somebody with maintain permission to say why it is meant: /slipway dismiss entry-missing <reason>.',
    )
    expect(verdict?.subjects).toEqual(['entry-missing'])
  })

  it.each<[string, ContentsFinding, FindingAnswer[], string | null]>([
    ['a question, by who publishes', finding('name-removed', 'ask'), [said('name-removed', 'publish')], null],
    [
      'a question, by its one thing',
      finding('name-removed', 'ask'),
      [said('name-removed', 'publish', 'a')],
      null,
    ],
    [
      'a question, by another thing',
      finding('name-removed', 'ask'),
      [said('name-removed', 'write', 'b')],
      'hold',
    ],
    [
      'a question, by half of it',
      finding('name-removed', 'ask', ['a', 'b']),
      [said('name-removed', 'write', 'a')],
      'hold',
    ],
    ['another question', finding('name-removed', 'ask'), [said('param-removed', 'admin')], 'hold'],
    [
      'what stops, by who publishes',
      finding('entry-missing', 'stop'),
      [said('entry-missing', 'publish')],
      'hold',
    ],
    ['what stops, by who writes', finding('entry-missing', 'stop'), [said('entry-missing', 'write')], 'hold'],
    [
      'what stops, by a maintainer',
      finding('entry-missing', 'stop'),
      [said('entry-missing', 'maintain')],
      null,
    ],
  ])('is answered: %s', (_, found, findingAnswers, expected) =>
    expect(answer('contents', { ...compared([found]), findingAnswers })).toBe(expected),
  )

  it('is not answered by things where more was found than is listed', () => {
    const found = { ...finding('name-removed', 'ask'), more: 3 }
    expect(
      answer('contents', { ...compared([found]), findingAnswers: [said('name-removed', 'write', 'a')] }),
    ).toBe('hold')
  })
})

describe('trust', () => {
  const lost = compared([finding('provenance-lost', 'ask'), finding('name-removed', 'ask')])
  it.each<[string, FindingAnswer[], string | null]>([
    ['holds', [], 'hold'],
    ['is not answered by who publishes', [said('provenance-lost', 'publish')], 'hold'],
    ['is not answered by who writes', [said('provenance-lost', 'write')], 'hold'],
    ['is answered by a maintainer', [said('provenance-lost', 'maintain')], null],
  ])('%s', (_, findingAnswers, expected) =>
    expect(answer('trust', { ...lost, findingAnswers })).toBe(expected),
  )
})

it('what was compared with another baseline is not shown as a finding', () => {
  const facts = gateFacts(compared([finding('name-removed', 'ask')], { baseline: 'npm:demo@0.9.0' }))
  expect(answeredFindings(facts)).toEqual([])
})

it.each([
  ['name-removed', { code: 'name-removed', what: null }],
  ['name-removed: demo:old', { code: 'name-removed', what: 'demo:old' }],
  [' name-removed :x ', { code: 'name-removed', what: 'x' }],
  ['', { code: '', what: null }],
  ['two words', { code: '', what: null }],
])('%j is read as %j', (text, meant) => expect(parseMeant(text)).toEqual(meant))
