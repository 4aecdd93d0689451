import { describe, expect, it } from 'vitest'
import type { BisectFacts, BisectFound } from '../../../src/gates/evidence.ts'
import { sayFound, saySearch } from '../../../src/rollout/explaining/say-bisect.ts'

const release = (patch: number) => `npm:demo@1.0.${patch}`
const search = (kind: BisectFacts['kind'], count = 3): BisectFacts => ({
  kind,
  suspects: Array.from({ length: count }, (_, index) => ({
    release: release(index + 1),
    baseline: 'npm:demo@1.0.0',
  })),
  firstTry: 1,
  startedAt: 0,
  tries: {},
  found: null,
})

describe('what came of a search', () => {
  it.each<[BisectFacts['kind'], BisectFound['answer'], readonly number[], string]>([
    [
      'line',
      'found',
      [2],
      'The first bad release is npm:demo@1.0.2: acme/app fails with it, and passes with npm:demo@1.0.1.',
    ],
    [
      'line',
      'found',
      [1],
      'The first bad release is npm:demo@1.0.1: acme/app fails with it, and passes with npm:demo@1.0.0.',
    ],
    [
      'line',
      'unclear',
      [2, 3],
      'The first bad release is one of npm:demo@1.0.2, npm:demo@1.0.3; what lies between could not be judged on acme/app.',
    ],
    [
      'train',
      'found',
      [2],
      'The bad release is npm:demo@1.0.2: acme/app fails with it alone, with the baselines of the other packages.',
    ],
    [
      'train',
      'unclear',
      [1],
      'None of the packages is shown to break acme/app alone; npm:demo@1.0.1 could not be judged.',
    ],
    [
      'train',
      'together',
      [1, 2],
      'None of npm:demo@1.0.1, npm:demo@1.0.2 breaks acme/app alone, only together with others of them.',
    ],
    [
      'line',
      'stopped',
      [1, 2],
      'acme/app cannot be tested now, so the search was given up; left are npm:demo@1.0.1, npm:demo@1.0.2.',
    ],
  ])('%s, %s', (kind, answer, found, sentence) => {
    expect(sayFound(search(kind), { answer, releases: found.map(release) }, 'acme/app')).toBe(sentence)
  })

  it('names ten, and says how many more', () => {
    const releases = Array.from({ length: 12 }, (_, index) => release(index + 1))
    const sentence = sayFound(search('train', 12), { answer: 'together', releases }, 'acme/app')
    expect(sentence).toContain('npm:demo@1.0.10 and 2 more breaks')
  })
})

describe('a search under way', () => {
  const verdicts = ['good', 'under-way', 'untested'] as const

  it('says what is tested, and what is left', () => {
    expect(saySearch(search('line'), { verdicts, current: 1, wantsTry: null, found: null })).toBe(
      'Testing npm:demo@1.0.2 against npm:demo@1.0.0. Under suspicion: npm:demo@1.0.2, npm:demo@1.0.3.',
    )
  })

  it('says what is left where nothing is tested at the moment', () => {
    expect(saySearch(search('line'), { verdicts, current: null, wantsTry: null, found: null })).toBe(
      'Under suspicion: npm:demo@1.0.2, npm:demo@1.0.3.',
    )
  })
})
