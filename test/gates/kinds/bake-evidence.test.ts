import { describe, expect, it } from 'vitest'
import type { ContentsFact, ContentsFinding } from '../../../src/gates/contents/contents-facts.ts'
import type { FindingLevel } from '../../../src/gates/contents/finding-levels.ts'
import type { CanaryFacts, GateFacts } from '../../../src/gates/evidence.ts'
import { bakeGate, bakeUntil } from '../../../src/gates/kinds/bake.ts'
import { BASELINE, CANDIDATE, canariesRule, HOUR, NOON, stage } from '../../rollout/builders.ts'
import { FLAKY, gateFacts, PASS, REGRESSED, tested } from '../gate-builders.ts'

const gates = { canaries: canariesRule(), blockers: { labels: ['regression'] } }
const baked = stage({ bakeMs: 24 * HOUR, bakeLeastMs: 4 * HOUR, gates })

function finding(code: string, level: FindingLevel): ContentsFinding {
  return { code, level, what: ['a'], more: 0, sentence: `${code}.`, usedBy: [] }
}

function compared(
  findings: readonly ContentsFinding[] = [],
  change: Partial<ContentsFact> = {},
): Pick<GateFacts, 'compares' | 'contents'> {
  const base = {
    release: CANDIDATE,
    baseline: BASELINE,
    change: 'patch',
    files: [],
    unread: [],
    at: 1,
  } as const
  return { compares: true, contents: { [CANDIDATE]: { ...base, findings, ...change } } }
}

function canaries(...facts: readonly CanaryFacts[]): Pick<GateFacts, 'canaries'> {
  return { canaries: Object.fromEntries(facts.map((fact, index) => [String(index), fact])) }
}

const three = canaries(tested(PASS), tested(PASS), tested(PASS, { admission: 'advisory' }))
const whole = { ...compared(), ...three }
const blocker = { issue: 'a/b#1', title: 't', labels: ['regression'], open: true, observedAt: NOON }

const hours = (facts: Partial<GateFacts>, at = baked) => (bakeUntil(at, gateFacts(facts)) - NOON) / HOUR

describe('a bake with a most and a least', () => {
  it.each<[what: string, facts: Partial<GateFacts>, hours: number]>([
    ['nothing is known', {}, 24],
    ['all evidence is there', whole, 4],
    ['nobody compares files', { ...whole, compares: false }, 24],
    ['they are still to be compared', { ...three, compares: true }, 24],
    [
      'they were compared with another baseline',
      { ...three, ...compared([], { baseline: 'npm:demo-lib@0.9.0' }) },
      24,
    ],
    ['a file cannot be read', { ...three, ...compared([], { unread: [{ file: 'a.tgz', why: 'cut' }] }) }, 24],
    ['two dependents have decided', { ...compared(), ...canaries(tested(PASS), tested(PASS)) }, 24],
    [
      'the third one is not admitted',
      { ...compared(), ...canaries(tested(PASS), tested(PASS), tested(PASS, { admission: 'none' })) },
      24,
    ],
    [
      'a fourth one regresses',
      { ...compared(), ...canaries(tested(PASS), tested(PASS), tested(PASS), tested(REGRESSED)) },
      24,
    ],
    [
      'a fourth one fails now and then',
      { ...compared(), ...canaries(tested(PASS), tested(PASS), tested(PASS), tested(FLAKY)) },
      24,
    ],
    ['an issue blocks it', { ...whole, blockers: { 'a/b#1': blocker } }, 24],
    ['that issue is closed', { ...whole, blockers: { 'a/b#1': { ...blocker, open: false } } }, 4],
    ['a question about its files is open', { ...three, ...compared([finding('name-removed', 'ask')]) }, 24],
    ['it has less trust', { ...three, ...compared([finding('provenance-lost', 'ask')]) }, 24],
    ['one finding is only said', { ...three, ...compared([finding('dependency-added', 'say')]) }, 8],
    [
      'four findings are only said',
      { ...three, ...compared(Array.from({ length: 4 }, () => finding('dependency-added', 'say'))) },
      48,
    ],
    ['one is only said and dependents are missing', compared([finding('dependency-added', 'say')]), 48],
  ])('when %s', (_, facts, expected) => {
    expect(hours(facts)).toBe(expected)
  })

  it('says what is missing, and when it ends with and without that', () => {
    const say = (facts: Partial<GateFacts>) => bakeGate(baked, gateFacts(facts), NOON).sentence
    expect([
      say({}),
      say(whole),
      say({ ...three, ...compared([finding('dependency-added', 'say')]) }),
    ]).toMatchInlineSnapshot(`
      [
        "Baking for 24 h, until 2026-11-21 12:00 UTC; it ends at 2026-11-20 16:00 UTC with its files compared (nobody compares them here), 3 dependents that pass with it (0 so far).",
        "Baking for 4 h, until 2026-11-20 16:00 UTC, because nothing was found against it; else it would be 24 h.",
        "Baking for 8 h, until 2026-11-20 20:00 UTC, because nothing was found against it; else it would be 24 h; 1 finding that is only said makes it longer.",
      ]
    `)
  })

  it('ends when its evidence comes, not before the least, and passes then', () => {
    const answer = (facts: Partial<GateFacts>, now: number) => bakeGate(baked, gateFacts(facts), now).answer
    expect(answer(whole, NOON + 4 * HOUR - 1)).toBe('wait')
    expect(answer({}, NOON + 4 * HOUR)).toBe('wait')
    expect(answer(whole, NOON + 4 * HOUR)).toBe('pass')
  })

  it('is what it says where there is no least, whatever is known', () => {
    const fixed = stage({ bakeMs: 24 * HOUR, gates })
    expect([hours({}, fixed), hours(whole, fixed)]).toEqual([24, 24])
    expect(hours(compared([finding('dependency-added', 'say')]), fixed)).toBe(24)
  })
})
