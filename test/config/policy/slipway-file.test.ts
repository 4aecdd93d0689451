import { describe, expect, it } from 'vitest'
import { parseSlipwayFile } from '../../../src/config/policy/slipway-file.ts'
import { explainProblems } from '../../../src/config/reading/explain-problems.ts'

/** Everything of the file format that works today, as docs/configuration.md shows it. */
const wholeFile = `
releases:
  - package: pypi:Demo_Lib
    train: demo
    stages:
      - { name: canaries, percent: 0, bake: 15m, groups: [beta-testers] }
      - { name: early, percent: 5, bake: 24h }
      - { percent: 25, bake: 12h, gates: { approval: { by: maintain } } }
      - { percent: 100, bake: 24h }
    gates:
      canaries:  { maxRegressions: 0, minCoverage: 80, minCanaries: 0, timeout: 6h, tries: 3, onNewlyFlaky: hold }
      blockers:  { labels: [release-blocker, regression] }
      advisories: false
    canaries:
      - { repo: acme/app, required: true, weight: 2 }
      - { repo: "acme/*" }
    rollback: { automatic: true, freezeAfter: 3 in 7d }
    groups: { beta-testers: [acme/app, acme/site, r-abc234] }
    abandonAfter: 14d
    notify: { pullRequests: true, trackingIssue: true, dependents: false }
  - package: npm:@scope/lib
    profile: rapid
canaries:
  - for: pypi:demo-lib
    mode: dispatch
    workflow: ci.yml
    ref: main
    timeout: 30m
  - { for: npm:other, workflow: other.yaml }
`

function problemsOf(text: string): string {
  const result = parseSlipwayFile(text)
  return result.ok ? 'no problems' : explainProblems('slipway.yml', result.problems)
}

/** A file with one release whose further lines are given. */
const release = (...lines: string[]) =>
  ['releases:', '  - package: pypi:demo-lib', ...lines.map((line) => `    ${line}`)].join('\n')

describe('a slipway.yml that is right', () => {
  it('gives typed settings: ids in normal form, milliseconds, basis points', () => {
    const result = parseSlipwayFile(wholeFile)
    expect(result).toMatchObject({ ok: true, warnings: [] })
    expect(result.ok && result.file.releases?.[0]).toMatchObject({
      package: 'pypi:demo-lib',
      stages: [
        { percent: 0, bake: 900_000, groups: ['beta-testers'] },
        { percent: 500 },
        { percent: 2500, gates: { approval: { by: 'maintain' } } },
        { percent: 10_000 },
      ],
      rollback: { freezeAfter: { count: 3, windowMs: 604_800_000 } },
    })
    expect(result.ok && result.file.canaries?.map((offer) => offer.for)).toEqual([
      'pypi:demo-lib',
      'npm:other',
    ])
  })

  it('may hold one half only', () => {
    expect(problemsOf('releases: [{ package: npm:a }]')).toBe('no problems')
    expect(problemsOf('canaries: [{ for: npm:a, workflow: ci.yml }]')).toBe('no problems')
  })

  it('may switch the freeze off', () => {
    const result = parseSlipwayFile(release('rollback: { freezeAfter: never }'))
    expect(result.ok && result.file.releases?.[0]?.rollback).toEqual({ freezeAfter: null })
  })

  const warningsOf = (text: string) => {
    const result = parseSlipwayFile(text)
    return result.ok ? explainProblems('slipway.yml', result.warnings) : 'refused'
  }

  it('warns of a group that no stage lists', () => {
    expect(warningsOf(release('groups: { beta: [acme/app] }'))).toMatchInlineSnapshot(
      `"slipway.yml:3:21 releases[0].groups.beta: got ["acme/app"], expected a stage that lists this group, else it has no effect"`,
    )
    const stages = 'stages: [{ percent: 0, bake: 1s, groups: [beta] }, { percent: 100, bake: 1s }]'
    expect(warningsOf(release(stages, 'groups: { beta: [acme/app] }'))).toBe('')
  })
})

describe('a slipway.yml that is wrong', () => {
  it('has a train whose packages differ in more than their tags', () => {
    const train = (...entries: string[]) => problemsOf(`releases:\n  - ${entries.join('\n  - ')}`)
    const leader = '{ package: npm:a, train: demo }'
    expect(train(leader, '{ package: npm:b, train: demo, profile: rapid }')).toMatchInlineSnapshot(
      `"slipway.yml:3:30 releases[1].train: got "demo", expected the policy of npm:a, which is in the same train and comes first"`,
    )
    const right = 'no problems'
    expect(train(leader, '{ package: npm:b, train: demo, profile: standard }')).toBe(right)
    expect(train(leader, '{ package: npm:b, train: demo, tags: ["b-{version}"] }')).toBe(right)
    expect(train(leader, '{ package: npm:b, profile: rapid }', '{ package: npm:c, train: other }')).toBe(
      right,
    )
  })

  it('is told everything at once, in the order of the lines', () => {
    const text = `releases:
  - pakage: pypi:demo-lib
    profile: standart
    stages:
      - { percent: 0.001, bake: 1 fortnight }
      - { percent: "50%", bake: 24h, groups: [bata] }
      - { percent: .nan, bake: 12 }
      - { percent: 101, bake: 1h }
      - { percent: 40, bake: 1h, name: late }
      - { percent: 30, bake: 1h, name: late }
      - { percent: 40, bake: 1h }
    groups: { beta: [acme/app, "no good"], "bad name": [] }
    gates: { canarys: {}, canaries: { maxRegresions: 1, tries: 0.5 }, approval: { by: write-access } }
    canaries: [{ repo: "acme/*" }, { repo: acme/app }, { repo: acme }]
    rollback: { automatic: yes, freezeAfter: often }
  - package: npm:Bad Name
  - { package: pypi:a.b, abandonAfter: 0s }
  - { package: pypi:a-b, notify: [], profile: carefull }
canaries:
  - { for: pypi:a, mode: dispath }
  - { for: pypi:A, workflow: ../ci.yml, runsPerMonth: -1, ref: a..b }
  - { for: pypi:c }
`
    expect(problemsOf(text)).toMatchInlineSnapshot(`
      "slipway.yml:2:5 releases[0].package: got nothing, expected a package id such as pypi:demo-lib or npm:@scope/lib
      slipway.yml:2:5 releases[0].pakage: got the unknown key "pakage", expected one of package, train, profile, stages, line, onNewer, catchUp, waitForFiles, trainSettle, floors, gates, canaries, urgent, window, rollback, groups, tags, abandonAfter, notify, streams, series; did you mean package
      slipway.yml:3:14 releases[0].profile: got "standart", expected one of rapid, standard, cautious, gate; did you mean standard
      slipway.yml:3:14 releases[0].profile: got "standart", expected profile or stages, not both: a profile brings its own stages
      slipway.yml:5:20 releases[0].stages[0].percent: got 0.001, expected a number from 0 to 100 with at most two decimals
      slipway.yml:5:33 releases[0].stages[0].bake: got "1 fortnight", expected a duration such as 30s, 15m, 12h, 7d or 1h30m (units s, m, h, d, w)
      slipway.yml:6:20 releases[0].stages[1].percent: got "50%", expected a number from 0 to 100 with at most two decimals, written without quotes and without the % sign
      slipway.yml:6:47 releases[0].stages[1].groups[0]: got "bata", expected one of the groups beta, bad name; did you mean beta
      slipway.yml:7:20 releases[0].stages[2].percent: got NaN, expected a number from 0 to 100 with at most two decimals
      slipway.yml:7:32 releases[0].stages[2].bake: got 12, expected a duration such as 30s, 15m, 12h, 7d or 1h30m (units s, m, h, d, w)
      slipway.yml:8:20 releases[0].stages[3].percent: got 101, expected a number from 0 to 100 with at most two decimals
      slipway.yml:10:20 releases[0].stages[5].percent: got 30, expected more than 40, the percent of the stages must rise
      slipway.yml:10:40 releases[0].stages[5].name: got "late", expected a name that no other stage of this ladder has
      slipway.yml:11:20 releases[0].stages[6].percent: got 40, expected more than 40, this percent is already a stage
      slipway.yml:12:32 releases[0].groups.beta[1]: got "no good", expected owner/name or a cohort key of letters, digits and . _ ~ -
      slipway.yml:12:44 releases[0].groups.bad name: got "bad name", expected a group name: letters, digits, dots, dashes and underscores
      slipway.yml:13:14 releases[0].gates.canarys: got the unknown key "canarys", expected one of canaries, checks, blockers, approval, exposure, advisories, window, http; did you mean canaries
      slipway.yml:13:39 releases[0].gates.canaries.maxRegresions: got the unknown key "maxRegresions", expected one of maxRegressions, minCoverage, minCanaries, timeout, tries, onNewlyFlaky; did you mean maxRegressions
      slipway.yml:13:64 releases[0].gates.canaries.tries: got 0.5, expected a whole number from 1 to 10
      slipway.yml:13:87 releases[0].gates.approval.by: got "write-access", expected one of write, maintain, admin
      slipway.yml:14:44 releases[0].canaries[1].repo: got "acme/app", expected a repository that no earlier rule covers (acme/* does, and the first match wins)
      slipway.yml:14:64 releases[0].canaries[2].repo: got "acme", expected a repository as owner/name, or owner/* for all of an owner
      slipway.yml:15:28 releases[0].rollback.automatic: got "yes", expected true or false
      slipway.yml:15:46 releases[0].rollback.freezeAfter: got "often", expected a count and a duration such as "3 in 7d", or never
      slipway.yml:16:14 releases[1].package: got "npm:Bad Name", expected an npm package name: letters, digits and any of "-_.~!*'()", with at most one @scope/ in front
      slipway.yml:17:40 releases[2].abandonAfter: got "0s", expected a duration such as 30s, 15m, 12h, 7d or 1h30m (units s, m, h, d, w), at least 1s, or never
      slipway.yml:18:16 releases[3].package: got "pypi:a-b", expected each package once, pypi:a-b is already listed above
      slipway.yml:18:34 releases[3].notify: got [], expected a mapping with some of the keys pullRequests, trackingIssue, dependents
      slipway.yml:18:47 releases[3].profile: got "carefull", expected one of rapid, standard, cautious, gate
      slipway.yml:20:26 canaries[0].mode: got "dispath", expected one of dispatch, pull, observe; did you mean dispatch
      slipway.yml:21:12 canaries[1].for: got "pypi:A", expected each package once, pypi:a is already listed above
      slipway.yml:21:30 canaries[1].workflow: got "../ci.yml", expected the file name of a workflow, such as ci.yml
      slipway.yml:21:55 canaries[1].runsPerMonth: got -1, expected a whole number from 0 to 100000
      slipway.yml:21:64 canaries[1].ref: got "a..b", expected a branch or tag name
      slipway.yml:22:5 canaries[2].workflow: got nothing, expected the file name of the workflow to start, such as ci.yml"
    `)
  })

  it.each([
    ['empty', '', ['1:1 file: got nothing, expected a mapping with releases, canaries or both']],
    [
      'only a comment',
      '# nothing yet\n',
      ['1:1 file: got nothing, expected a mapping with releases, canaries or both'],
    ],
    ['an empty mapping', '{}', ['1:1 file: got {}, expected a mapping with releases, canaries or both']],
    [
      'a list',
      '[releases]',
      [
        '1:1 file: got ["releases"], expected a mapping with some of the keys releases, canaries, needs, notices',
      ],
    ],
    [
      'a word',
      'releases',
      [
        '1:1 file: got "releases", expected a mapping with some of the keys releases, canaries, needs, notices',
      ],
    ],
    [
      'halves of the wrong type',
      'releases: all\ncanaries:',
      [
        '1:11 releases: got "all", expected a list of releases, each with a package',
        '2:10 canaries: got nothing, expected a list of offers, each with for: and a workflow',
      ],
    ],
  ])('%s: says what a file holds', (_, text, said) => {
    expect(problemsOf(text).split('\n')).toEqual(said.map((line) => `slipway.yml:${line}`))
  })

  it.each([
    [
      'tabs',
      'releases:\n\t- package: pypi:a\n',
      ['2:1 file: got "\\t- package: pypi:a", expected spaces for indentation, YAML allows no tabs there'],
    ],
    [
      'a tab further in',
      'releases:\n  - package: pypi:a\n\t  train: b\n',
      ['3:1 file: got "\\t  train: b", expected spaces for indentation, YAML allows no tabs there'],
    ],
    [
      'an open quote',
      'releases:\n  - package: "pypi:a\n',
      ['3:1 file: got "", expected valid YAML (Missing closing "quote)'],
    ],
    [
      'two documents',
      'releases: []\n---\ncanaries: []\n',
      ['2:1 file: got "---", expected one YAML document, without further --- lines'],
    ],
    [
      'a key twice',
      'releases: []\nreleases: []\n',
      ['2:1 file: got "releases: []", expected each key once in its mapping'],
    ],
    [
      'an unknown alias',
      'releases: *all\n',
      ['1:11 file: got *all, expected an alias of an anchor that stands above it'],
    ],
    [
      'an alias of itself',
      'releases: &all [*all]\n',
      ['1:17 file: got *all, expected an alias of an anchor that stands above it'],
    ],
    [
      'a key that is a list',
      'releases: []\n? [a, b]\n: 1\n',
      [
        '1:1 [ a, b ]: got the unknown key "[ a, b ]", expected one of releases, canaries, needs, notices',
        '2:3 file: got a key that is no word, expected keys that are plain words',
      ],
    ],
    [
      'a __proto__ key',
      'releases: []\n__proto__: { canaries: [] }\n',
      [
        '2:1 file: got the key "__proto__", expected keys that are plain words',
        '2:1 __proto__: got the unknown key "__proto__", expected one of releases, canaries, needs, notices',
      ],
    ],
    [
      'a bomb of aliases',
      aliasBomb(),
      ['1:1 file: got more, expected aliases that expand at most 100 times'],
    ],
  ])('%s: says where the YAML breaks', (_, text, said) => {
    expect(problemsOf(text).split('\n')).toEqual(said.map((line) => `slipway.yml:${line}`))
  })

  it('refuses a file too long to be settings', () => {
    expect(problemsOf(`# ${'x'.repeat(256_000)}`)).toBe(
      'slipway.yml:1:1 file: got 256002, expected at most 100000 characters',
    )
  })

  it.each([
    [
      'starts above 0',
      '[{ percent: 5, bake: 1s }, { percent: 100, bake: 1s }]',
      [
        '3:25 releases[0].stages[0].percent: got 5, expected 0, the first stage shows the candidate to nobody',
      ],
    ],
    [
      'ends below 100',
      '[{ percent: 0, bake: 1s }, { percent: 50, bake: 1s }]',
      ['3:51 releases[0].stages[1].percent: got 50, expected 100, the last stage reaches everybody'],
    ],
    [
      'falls',
      '[{ percent: 0, bake: 1s }, { percent: 50, bake: 1s }, { percent: 20, bake: 1s }, { percent: 100, bake: 1s }]',
      [
        '3:78 releases[0].stages[2].percent: got 20, expected more than 50, the percent of the stages must rise',
      ],
    ],
    [
      'repeats a percent',
      '[{ percent: 0, bake: 1s }, { percent: 50, bake: 1s }, { percent: 50, bake: 1s }, { percent: 100, bake: 1s }]',
      ['3:78 releases[0].stages[2].percent: got 50, expected more than 50, this percent is already a stage'],
    ],
    [
      'has one rung',
      '[{ percent: 100, bake: 1s }]',
      [
        '3:13 releases[0].stages: got [{"percent":100,"bake":"1s"}], expected at least two stages, the first at 0 and the last at 100 percent',
      ],
    ],
    [
      'has none',
      '[]',
      [
        '3:13 releases[0].stages: got [], expected at least two stages, the first at 0 and the last at 100 percent',
      ],
    ],
  ])('a ladder that %s is refused', (_, stages, said) => {
    const text = release(`stages: ${stages}`)
    expect(problemsOf(text).split('\n')).toEqual(said.map((line) => `slipway.yml:${line}`))
  })
})

function aliasBomb(): string {
  const rows = ['releases: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let row = 1; row < 9; row++) {
    rows.push(`k${row}: &a${row} [${Array.from({ length: 10 }, () => `*a${row - 1}`).join(', ')}]`)
  }
  return rows.join('\n')
}
