import { describe, expect, it } from 'vitest'
import { policyFromRequest } from '../../../src/config/policy/resolve-policy.ts'
import { parseSlipwayFile } from '../../../src/config/policy/slipway-file.ts'
import type { Policy } from '../../../src/gates/policy.ts'

function policyOf(json: object): Policy {
  const read = policyFromRequest(json)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return read.policy
}

function problemsOf(lines: string): readonly string[] {
  const read = parseSlipwayFile(`releases:\n  - package: npm:a\n    ${lines}\n`)
  if (read.ok) return []
  return read.problems.map((one) => {
    return `${one.line}:${one.column} ${one.field}: got ${one.value}, expected ${one.expected}`
  })
}

const ladder = (gates: object = {}, bake: unknown = '1h') => ({
  stages: [
    { percent: 0, bake: '1h' },
    { percent: 10, bake, gates },
    { percent: 100, bake: '1h' },
  ],
})
const gatesOf = (json: object) => policyOf(json).stages.map(({ gates }) => gates)
const window = { notBetween: ['Fri 00:00/Mon 12:00'] }
const weekend = { notBetween: [{ from: 5760, to: 720 }], timezone: 'UTC' }

describe('the gates of a policy', () => {
  it('are on the profiles: canaries, blockers and advisories; false switches one off', () => {
    expect(Object.keys(gatesOf({ profile: 'rapid' })[1] ?? {})).toEqual([
      'canaries',
      'blockers',
      'advisories',
    ])
    expect(gatesOf({ gates: { advisories: false } })[0]).toEqual({})
    expect(gatesOf({ gates: { advisories: true }, ...ladder({ advisories: false }) })).toEqual([
      { advisories: { block: false } },
      {},
      { advisories: { block: false } },
    ])
    expect(gatesOf({ gates: { advisories: { block: true } } })[0]).toEqual({ advisories: { block: true } })
  })

  it('take their defaults where they are named', () => {
    const gates = {
      checks: { required: ['ci', 'ci'] },
      exposure: {},
      http: { url: 'https://gate.example/x' },
    }
    expect(gatesOf({ gates })[0]).toMatchInlineSnapshot(`
      {
        "checks": {
          "required": [
            "ci",
          ],
        },
        "exposure": {
          "confidencePercent": 95,
          "maxHarmBasisPoints": 500,
          "minRuns": 59,
          "onInconclusive": {
            "afterMs": 604800000,
            "kind": "advance-after",
          },
        },
        "http": {
          "timeoutMs": 10000,
          "url": "https://gate.example/x",
        },
      }
    `)
    const own = { minRuns: 20, maxHarm: 2.5, confidence: 90 }
    expect(
      ['hold', 'roll-back', 'advance-after 3d'].map(
        (onInconclusive) => gatesOf({ gates: { exposure: { ...own, onInconclusive } } })[0]?.exposure,
      ),
    ).toMatchInlineSnapshot(`
      [
        {
          "confidencePercent": 90,
          "maxHarmBasisPoints": 250,
          "minRuns": 20,
          "onInconclusive": {
            "kind": "hold",
          },
        },
        {
          "confidencePercent": 90,
          "maxHarmBasisPoints": 250,
          "minRuns": 20,
          "onInconclusive": {
            "kind": "roll-back",
          },
        },
        {
          "confidencePercent": 90,
          "maxHarmBasisPoints": 250,
          "minRuns": 20,
          "onInconclusive": {
            "afterMs": 259200000,
            "kind": "advance-after",
          },
        },
      ]
    `)
  })

  it('bind every raise of the release to its window, a single stage may have its own', () => {
    const own = { notBetween: ['Sat 00:00/Sun 00:00'], timezone: 'Europe/Berlin' }
    expect(gatesOf({ gates: {}, window, ...ladder({ window: own }) })).toEqual([
      { window: weekend },
      { window: { notBetween: [{ from: 7200, to: 8640 }], timezone: 'Europe/Berlin' } },
      {},
    ])
    expect(gatesOf({ window, profile: 'rapid' }).map((gates) => gates.window)).toEqual([
      weekend,
      weekend,
      weekend,
      undefined,
    ])
  })

  it('call Friday to Monday noon by its name', () => {
    const [first] = policyOf({ window: 'weekdays', profile: 'rapid' }).stages
    expect(first?.gates.window).toEqual(weekend)
    expect(problemsOf('window: weekends').join()).toContain('got "weekends", expected')
  })

  it('let no window hold up the urgent ladder', () => {
    const urgent = policyOf({ window, gates: { window, blockers: {} }, urgent: {} }).urgent?.stages ?? []
    expect(urgent.map(({ gates }) => Object.keys(gates))).toEqual([
      ['blockers'],
      ['blockers'],
      ['blockers'],
      ['blockers'],
    ])
  })

  it('bake in time, in runs, or in both', () => {
    const bakes = ['12h', { runs: 59 }, { time: '24h', runs: 1 }]
    expect(
      bakes
        .map((bake) => policyOf(ladder({}, bake)).stages[1])
        .map((stage) => [stage?.bakeMs, stage?.bakeRuns]),
    ).toEqual([
      [43_200_000, undefined],
      [0, 59],
      [86_400_000, 1],
    ])
  })
})

describe('gates that are wrong', () => {
  it.each([
    ['checks: { required: [] }'],
    ['checks: {}'],
    ['checks: { requird: [ci] }'],
    ['advisories: yes'],
    ['advisories: { blok: true }'],
    ['advisories: { block: 1 }'],
    ['exposure: { maxHarm: 0, confidence: 99.9 }'],
    ['exposure: { onInconclusive: advance }'],
    ['exposure: { onInconclusive: advance-after 0h }'],
    ['window: { notBetween: [] }'],
    ['window: { notBetween: ["Fri 00:00/Fri 00:00", "Fri/Mon", 7], timezone: Europe/Berln }'],
    ['window: { notBetween: ["Mon 00:00/Sun 00:00", "Sat 00:00/Tue 00:00"] }'],
    ['window: { notBetween: ["Mon 00:00/Tue 00:00"], timezone: "+01:00" }'],
    [
      'window: { notBetween: [2026-12-20/2027-01-04, 2026-12-20/2026-12-19, 2026-02-30/2026-03-01], timezone: EST }',
    ],
    ['window: { notBetween: [2026-12-20/2027-01-04], timezone: Etc/GMT+5 }'],
    ['http: { url: "http://gate.example/" }'],
    ['http: { url: "https://me:pw@gate.example/" }'],
    ['http: { url: 7, timeout: 1ms }'],
  ])('gates: { %s }', (gate) => {
    expect(problemsOf(`gates: { ${gate} }`)).toMatchSnapshot()
  })

  it('bakes that cannot be', () => {
    const stages = (bake: string, percent = 5) =>
      problemsOf(`stages: [{ percent: ${percent}, bake: ${bake} }, { percent: 100, bake: 1h }]`).filter(
        (one) => one.includes('bake'),
      )
    expect([
      ...stages('{ runs: 5 }', 0),
      ...stages('{ time: 1h }'),
      ...stages('{ time: soon, runs: 0 }'),
      ...stages('{ tim: 1h, runs: 1 }'),
      ...stages('[1h]'),
    ]).toMatchInlineSnapshot(`
      [
        "3:42 releases[0].stages[0].bake.runs: got 5, expected no runs at 0 percent without groups: nobody has the candidate",
        "3:34 releases[0].stages[0].bake: got {"time":"1h"}, expected runs, such as { time: 24h, runs: 59 }, or both of most and least",
        "3:42 releases[0].stages[0].bake.time: got "soon", expected a duration such as 30s, 15m, 12h, 7d or 1h30m (units s, m, h, d, w)",
        "3:54 releases[0].stages[0].bake.runs: got 0, expected a whole number from 1 to 1000000",
        "3:36 releases[0].stages[0].bake.tim: got the unknown key "tim", expected one of time, runs, most, least; did you mean time",
        "3:34 releases[0].stages[0].bake: got ["1h"], expected a duration such as 30s, 15m, 12h, 7d or 1h30m (units s, m, h, d, w)",
      ]
    `)
  })

  it('a window of the whole release that never opens', () => {
    expect(
      problemsOf('window: { notBetween: ["Mon 00:00/Sun 23:00", "Sun 22:00/Mon 12:00"] }'),
    ).toMatchInlineSnapshot(`
      [
        "3:27 releases[0].window.notBetween: got ["Mon 00:00/Sun 23:00","Sun 22:00/Mon 12:00"], expected spans that leave some time of the week for raises",
      ]
    `)
  })
})

describe('a bake', () => {
  it('is a time, a time with runs, or a span that evidence decides', () => {
    const bakes = ['1h', { time: '2h', runs: 5 }, { runs: 5 }, { most: '24h', least: '4h' }]
    expect(bakes.map((bake) => policyOf(ladder({}, bake)).stages[1])).toMatchObject([
      { bakeMs: 3_600_000 },
      { bakeMs: 7_200_000, bakeRuns: 5 },
      { bakeMs: 0, bakeRuns: 5 },
      { bakeMs: 86_400_000, bakeLeastMs: 14_400_000 },
    ])
    expect(policyOf(ladder()).stages[1]).not.toHaveProperty('bakeLeastMs')
  })

  it.each([
    ['{}', 'releases[0].stages[1].bake: got {}, expected runs, such as'],
    ['{ time: 24h }', 'expected runs, such as { time: 24h, runs: 59 }, or both of most and least'],
    ['{ most: 24h }', 'expected most and least together'],
    ['{ least: 24h }', 'expected most and least together'],
    ['{ most: 4h, least: 24h }', 'bake.least: got "24h", expected at most 4h, the most of this bake'],
    ['{ time: 4h, most: 24h, least: 4h }', 'bake.time: got "4h", expected time, or most and least, not both'],
    ['{ most: soon, least: 4h }', 'bake.most: got "soon", expected a duration'],
  ])('%s is refused', (bake, problem) => {
    const stages = `stages: [{ percent: 0, bake: 1h }, { percent: 10, bake: ${bake} }, { percent: 100, bake: 1h }]`
    const problems = problemsOf(stages)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(problem)
  })
})

describe('a profile', () => {
  it('gate knows no percents: evidence and an hour, then everybody', () => {
    const stages = policyOf({ profile: 'gate' }).stages.map(({ name, basisPoints, bakeMs }) => [
      name,
      basisPoints,
      bakeMs,
    ])
    expect(stages).toEqual([
      ['evidence', 0, 3_600_000],
      ['everybody', 10_000, 86_400_000],
    ])
  })

  it('may be one for each kind of change', () => {
    const { byChange, stages, profile } = policyOf({ profile: { major: 'cautious', patch: 'gate' } })
    expect(byChange?.major.profile).toBe('cautious')
    expect(byChange?.minor).toEqual({ profile, stages })
    expect([byChange?.patch.profile, profile]).toEqual(['gate', 'standard'])
  })

  it.each([
    ['profile: slow', 'profile: got "slow", expected one of rapid, standard, cautious, gate'],
    ['profile: { security: rapid }', 'profile.security: got'],
    [
      'profile: { major: slow }',
      'profile.major: got "slow", expected one of rapid, standard, cautious, gate',
    ],
    ['urgent: { profile: gate }', 'urgent.profile: got "gate", expected one of rapid, standard, cautious'],
  ])('%s is refused', (line, problem) => {
    expect(problemsOf(line).join()).toContain(problem)
  })
})

describe('the window of a profile', () => {
  const windows = (json: object) =>
    policyOf(json).stages.map(({ gates }) => gates.window?.unlessTested ?? gates.window)

  it('is on weekdays for those that take days, unless dependents have tested it', () => {
    expect(windows({})).toEqual([true, true, true, true, true, undefined])
    expect(windows({ profile: 'cautious' })[1]).toBe(true)
    expect([windows({ profile: 'rapid' }), windows({ profile: 'gate' })].flat()).toEqual(
      Array(6).fill(undefined),
    )
    const { byChange } = policyOf({ profile: { major: 'cautious', minor: 'rapid', patch: 'rapid' } })
    expect(byChange?.major.stages[0]?.gates.window?.unlessTested).toBe(true)
    expect(byChange?.patch.stages[0]?.gates.window).toBeUndefined()
  })

  it.each([
    ['always', { window: 'always' }],
    ['gates of its own', { gates: {} }],
    ['a ladder of its own', ladder()],
  ])('is none with %s', (_, json) => {
    expect(new Set(windows(json))).toEqual(new Set([undefined]))
  })

  it('that is named binds every release', () => {
    expect(windows({ window: 'weekdays' })[0]).toEqual(weekend)
  })
})
