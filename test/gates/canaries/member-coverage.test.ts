import { describe, expect, it } from 'vitest'
import type { CanaryFacts, RosterEntry } from '../../../src/gates/evidence.ts'
import { armResult, canariesRule } from '../../rollout/builders.ts'
import { ask, tested } from '../gate-builders.ts'

const duo = [
  { candidate: 'npm:a@1.1.0', baseline: 'npm:a@1.0.0' },
  { candidate: 'npm:b@1.1.0', baseline: 'npm:b@1.0.0' },
]

/** A canary for these packages whose arms had those installed. */
function had(
  installed: readonly string[],
  change: Partial<RosterEntry>,
  outcome: 'pass' | 'fail' = 'pass',
): CanaryFacts {
  const tries = [1, 2, 3].map((number) => ({
    number,
    dispatches: {},
    legs: {
      default: {
        candidate: armResult(outcome, { installed: installed.map((name) => `${name}@1.1.0`) }),
        baseline: armResult('pass', { installed: installed.map((name) => `${name}@1.0.0`) }),
      },
    },
  }))
  return { ...tested([], change), tries: Object.fromEntries(tries.map((one) => [one.number, one])) }
}

const judged = (...canaries: readonly CanaryFacts[]) => {
  const roster = Object.fromEntries(
    canaries.map((one, index) => {
      const id = String(101 + index)
      return [id, { ...one, entry: { ...one.entry, id, repo: `acme/c${index + 1}` } }]
    }),
  )
  const verdict = ask({ canaries: canariesRule({ minCoverage: 80 }) }, { releases: duo, canaries: roster })
  return `${verdict.answer}: ${verdict.sentence}`
}

describe('the canaries of a train', () => {
  const both = { admission: 'advisory', packages: ['npm:a', 'npm:b'] } as const
  const table: readonly (readonly [string, readonly CanaryFacts[], string])[] = [
    [
      'cover both packages',
      [had(['npm:a', 'npm:b'], both)],
      "pass: 100 % of the canaries' weight is decided (1 of 1), no regression counts.",
    ],
    [
      'say nothing of the one that they had not installed',
      [had(['npm:a'], both)],
      "hold: Of npm:b: 0 % of the canaries' weight is decided (0 of 1), 80 % needed; a person must retry or waive.",
    ],
    [
      'of one package make up for none of the other',
      [had(['npm:a'], { admission: 'advisory', packages: ['npm:a'] }), had(['npm:a'], both)],
      "hold: Of npm:b: 0 % of the canaries' weight is decided (0 of 1), 80 % needed; a person must retry or waive.",
    ],
    [
      'cover each its own',
      [
        had(['npm:a'], { admission: 'advisory', packages: ['npm:a'] }),
        had(['npm:b'], { admission: 'advisory', packages: ['npm:b'] }),
      ],
      "pass: 100 % of the canaries' weight is decided (2 of 2), no regression counts.",
    ],
    [
      'that are required for both hold while one was not installed',
      [had(['npm:a'], { ...both, admission: 'required' })],
      'hold: Required and undecided for npm:b: acme/c1 (not-exercised); a person must retry or waive.',
    ],
    [
      'take it back whichever package they regressed with',
      [had(['npm:a'], { ...both, admission: 'required' }, 'fail')],
      'fail: 1 required canary regressed: acme/c1 (regressed).',
    ],
    [
      'that are for no package in particular count for what they use',
      [had(['npm:a'], { admission: 'advisory' })],
      "pass: 100 % of the canaries' weight is decided (1 of 1), no regression counts.",
    ],
  ]

  it.each(table)('%s', (_, canaries, said) => {
    expect(judged(...canaries)).toBe(said)
  })
})
