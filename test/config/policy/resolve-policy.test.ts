import { describe, expect, it } from 'vitest'
import { defaultPace, defaultPolicy } from '../../../src/config/policy/profiles.ts'
import {
  groupRepositories,
  policyFromRequest,
  resolveGroups,
  resolvePolicy,
} from '../../../src/config/policy/resolve-policy.ts'
import { parseSlipwayFile } from '../../../src/config/policy/slipway-file.ts'
import type { PackagePolicy } from '../../../src/gates/policy.ts'

const hour = 3_600_000

/** The policy of a file with one release whose further lines are given. */
function policyFrom(...lines: string[]): PackagePolicy {
  const text = ['releases:', '  - package: pypi:demo-lib', ...lines.map((line) => `    ${line}`)].join('\n')
  const result = parseSlipwayFile(text)
  const entry = result.ok ? result.file.releases?.[0] : undefined
  if (entry === undefined) throw new Error(JSON.stringify(result))
  return resolvePolicy(entry)
}

const ladderOf = ({ policy }: Pick<PackagePolicy, 'policy'>) =>
  policy.stages.map((stage) => `${stage.basisPoints / 100}: ${stage.bakeMs / hour}h`).join(', ')

describe('a profile', () => {
  it.each([
    ['rapid', '0: 0.25h, 10: 8h, 50: 8h, 100: 8h', 24],
    ['standard', '0: 0.25h, 5: 24h, 10: 12h, 25: 12h, 50: 12h, 100: 12h', 72],
    ['cautious', '0: 0.25h, 1: 24h, 2: 24h, 5: 24h, 10: 24h, 20: 24h, 50: 24h, 100: 24h', 168],
  ])('%s is %s', (profile, ladder, hours) => {
    const resolved = policyFrom(`profile: ${profile}`)
    expect(ladderOf(resolved)).toBe(ladder)
    const bakes = resolved.policy.stages.slice(1).reduce((sum, stage) => sum + stage.bakeMs, 0)
    expect(bakes).toBe(hours * hour)
    expect(resolved.policy.profile).toBe(profile)
  })

  it('is standard when the file names none, with every default', () => {
    const { policy, train } = policyFrom()
    expect(policy).toEqual(defaultPolicy())
    expect(train).toBeNull()
    const { stages, ...rest } = policy
    expect(rest).toMatchInlineSnapshot(`
      {
        "abandonAfterMs": null,
        "canaries": [],
        "groups": {},
        "notify": {
          "dependents": true,
          "pullRequests": true,
          "trackingIssue": true,
        },
        "pace": {
          "catchUpMs": 3600000,
          "floors": "hold",
          "line": "minor",
          "onNewer": "overtake",
          "trainSettleMs": 600000,
          "waitForFilesMs": 86400000,
        },
        "profile": "standard",
        "rollback": {
          "automatic": true,
          "freezeAfter": {
            "count": 3,
            "windowMs": 604800000,
          },
        },
        "tags": [],
      }
    `)
    expect(stages[1]).toMatchInlineSnapshot(`
      {
        "bakeMs": 86400000,
        "basisPoints": 500,
        "gates": {
          "advisories": {
            "block": false,
          },
          "blockers": {
            "labels": [
              "release-blocker",
              "regression",
            ],
          },
          "canaries": {
            "maxRegressions": 0,
            "minCanaries": 0,
            "minCoverage": 80,
            "onNewlyFlaky": "hold",
            "timeoutMs": 21600000,
            "tries": 3,
          },
          "window": {
            "notBetween": [
              {
                "from": 5760,
                "to": 720,
              },
            ],
            "timezone": "UTC",
            "unlessTested": true,
          },
        },
        "groups": [],
        "name": "5 %",
      }
    `)
  })
})

describe('gates', () => {
  const gatesOf = (...lines: string[]) => policyFrom(...lines).policy.stages.map((stage) => stage.gates)

  it('of a release replace those of the profile', () => {
    const gates = gatesOf('gates: { approval: {} }')
    expect(gates).toEqual(gates.map(() => ({ approval: { by: 'maintain' } })))
  })

  it('that are {} leave the bake only', () => {
    const gates = gatesOf('gates: {}')
    expect(gates).toEqual(gates.map(() => ({})))
  })

  it('that are named take the defaults for what they leave out', () => {
    expect(gatesOf('gates: { canaries: { tries: 5 }, blockers: {} }')[0]).toEqual({
      canaries: {
        maxRegressions: 0,
        minCoverage: 80,
        minCanaries: 0,
        timeoutMs: 6 * hour,
        tries: 5,
        onNewlyFlaky: 'hold',
      },
      blockers: { labels: ['release-blocker', 'regression'] },
    })
  })

  it('of a stage merge with those of the release, kind by kind', () => {
    const [staged, half, full] = gatesOf(
      'gates: { canaries: { tries: 5 }, blockers: { labels: [stop] } }',
      'stages:',
      '  - { percent: 0, bake: 1s }',
      '  - { percent: 50, bake: 1s, gates: { canaries: { minCoverage: 100 }, approval: { by: admin }, blockers: {} } }',
      '  - { percent: 100, bake: 1s, gates: {} }',
    )
    expect(half).toEqual({
      canaries: { ...staged?.canaries, tries: 5, minCoverage: 100 },
      blockers: { labels: ['stop'] },
      approval: { by: 'admin' },
    })
    expect(full).toEqual(staged)
    expect(staged).not.toHaveProperty('approval')
  })

  it('of an own ladder without gates are those of a profile, so that leaving them out weakens nothing', () => {
    const gates = gatesOf('stages: [{ percent: 0, bake: 1s }, { percent: 100, bake: 1s }]')
    expect(gates).toEqual(gates.map(() => defaultPolicy('standard', null).stages[0]?.gates))
  })
})

describe('the rest of a policy', () => {
  it('is taken over from the entry', () => {
    const { policy, train } = policyFrom(
      'train: demo',
      'stages: [{ percent: 0, bake: 2s, name: first, groups: [beta] }, { percent: 12.5, bake: 0s }, { percent: 100, bake: 1s }]',
      'canaries: [{ repo: acme/app, required: true, weight: 2 }, { repo: "acme/*" }]',
      'rollback: { automatic: false, freezeAfter: never }',
      'groups: { beta: [acme/app, my-key] }',
      'abandonAfter: 1d',
      'line: major',
      'onNewer: pipeline',
      'catchUp: never',
      'tags: ["demo-v{version}"]',
      'notify: { pullRequests: false, trackingIssue: false, dependents: false }',
    )
    expect(train).toBe('demo')
    expect(policy).toMatchObject({
      profile: 'custom',
      canaries: [
        { repo: 'acme/app', required: true, weight: 2 },
        { repo: 'acme/*', required: false, weight: 1 },
      ],
      rollback: { automatic: false, freezeAfter: null },
      groups: { beta: ['acme/app', 'my-key'] },
      abandonAfterMs: 86_400_000,
      pace: { ...defaultPace, line: 'major', onNewer: 'pipeline', catchUpMs: null },
      tags: ['demo-v{version}'],
      notify: { pullRequests: false, trackingIssue: false, dependents: false },
    })
    expect(policy.stages.map((stage) => stage.name)).toEqual(['first', '12.5 %', '100 %'])
    expect(policy.stages[0]?.groups).toEqual(['beta'])
  })
})

describe('groups', () => {
  const { policy } = policyFrom(
    'stages: [{ percent: 0, bake: 1s, groups: [beta] }, { percent: 100, bake: 1s }]',
    'groups: { beta: [acme/app, my-key, acme/gone], other: [acme/gone] }',
  )

  it('name the repositories that need a key', () => {
    expect(groupRepositories(policy)).toEqual(['acme/app', 'acme/gone'])
  })

  it('are stored as keys; a repository without one is left out and named', () => {
    const keyOf = (repository: string) => (repository === 'acme/app' ? 'r-abc' : null)
    const resolved = resolveGroups(policy, keyOf)
    expect(resolved.policy.groups).toEqual({ beta: ['r-abc', 'my-key'], other: [] })
    expect(resolved.unresolved).toEqual(['acme/gone'])
  })
})

describe('the policy of a request', () => {
  it('has the shape of a release entry without package', () => {
    const given = { train: 'demo', profile: 'rapid', gates: {} }
    const result = policyFromRequest(given)
    expect(result).toMatchObject({ ok: true, train: 'demo', policy: { profile: 'rapid' } })
    expect(policyFromRequest({})).toEqual({ ok: true, train: null, policy: defaultPolicy() })
  })

  it('is refused with all problems, fields beginning with policy', () => {
    const stages = [
      { percent: 0.001, bake: '1 fortnight' },
      { percent: 100, bake: '1h' },
    ]
    expect(policyFromRequest({ package: 'npm:a', stages, series: {} })).toMatchInlineSnapshot(`
      {
        "ok": false,
        "problems": [
          {
            "expected": "a number from 0 to 100 with at most two decimals",
            "field": "policy.stages[0].percent",
            "value": "0.001",
          },
          {
            "expected": "a duration such as 30s, 15m, 12h, 7d or 1h30m (units s, m, h, d, w)",
            "field": "policy.stages[0].bake",
            "value": ""1 fortnight"",
          },
          {
            "expected": "one of train, profile, stages, line, onNewer, catchUp, waitForFiles, trainSettle, floors, gates, canaries, urgent, window, rollback, groups, tags, abandonAfter, notify",
            "field": "policy.package",
            "value": "the unknown key "package"",
          },
          {
            "expected": "one of train, profile, stages, line, onNewer, catchUp, waitForFiles, trainSettle, floors, gates, canaries, urgent, window, rollback, groups, tags, abandonAfter, notify",
            "field": "policy.series",
            "value": "the unknown key "series"",
          },
        ],
      }
    `)
  })

  it.each([[null], ['rapid'], [[]]])('%j is refused', (given) => {
    expect(policyFromRequest(given)).toMatchObject({ ok: false, problems: [{ field: 'policy' }] })
  })
})
