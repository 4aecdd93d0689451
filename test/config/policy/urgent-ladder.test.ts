import { describe, expect, it } from 'vitest'
import { policyFromRequest } from '../../../src/config/policy/resolve-policy.ts'
import { parseServerFile } from '../../../src/config/server/server-file.ts'
import type { Policy } from '../../../src/gates/policy.ts'

function policyOf(json: object): Policy {
  const read = policyFromRequest(json)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return read.policy
}

/** Each stage of the urgent ladder: percent, hours, kinds of gates. */
function urgentOf(json: object) {
  return policyOf(json).urgent?.stages.map(({ basisPoints, bakeMs, gates }) => {
    const kinds = Object.keys(gates).sort().join(' ')
    return `${basisPoints / 100} % for ${bakeMs / 3_600_000} h: ${kinds || 'bake only'}`
  })
}

const custom = (first: object) => ({
  stages: [
    { percent: 0, bake: '1h', ...first },
    { percent: 20, bake: '5d' },
    { percent: 100, bake: '5d' },
  ],
})

describe('the urgent ladder', () => {
  it('is the rapid profile with the gates of the release, and a yes before anybody sees it', () => {
    expect(urgentOf({ profile: 'cautious', urgent: { profile: 'rapid', by: 'maintain' } })).toEqual([
      '0 % for 0.25 h: advisories approval blockers canaries',
      '10 % for 8 h: advisories blockers canaries',
      '50 % for 8 h: advisories blockers canaries',
      '100 % for 8 h: advisories blockers canaries',
    ])
    const { urgent } = policyOf({ urgent: { by: 'admin' } })
    expect(urgent?.profile).toBe('rapid')
    expect(urgent?.stages[0]?.gates.approval).toEqual({ by: 'admin' })
  })

  it('leaves the usual ladder as it is, and is not there where nobody asks for it', () => {
    const plain = policyOf({ profile: 'cautious' })
    const { urgent, ...usual } = policyOf({ profile: 'cautious', urgent: {} })
    expect(usual).toEqual(plain)
    expect(urgent).toBeDefined()
    expect(plain).not.toHaveProperty('urgent')
  })

  it.each([
    ['nobody is asked without by', { urgent: {} }, 'advisories blockers canaries'],
    ['own gates of the release', { gates: { canaries: { tries: 5 } }, urgent: {} }, 'canaries'],
    ['bake only is bake only', { gates: {}, urgent: { profile: 'standard' } }, 'bake only'],
    ['an approval of every stage stays', { gates: { approval: { by: 'admin' } }, urgent: {} }, 'approval'],
    [
      'canaries of a single stage are asked for too',
      { ...custom({ gates: { canaries: { tries: 5 } } }), gates: {}, urgent: {} },
      'canaries',
    ],
  ])('%s', (_, json, kinds) => {
    const all = urgentOf(json) ?? []
    expect(all.length).toBeGreaterThan(2)
    for (const line of all) expect(line.split(': ')[1]).toBe(kinds)
  })

  it('takes the settings of those canaries with it', () => {
    const { urgent } = policyOf({ ...custom({ gates: { canaries: { tries: 5 } } }), gates: {}, urgent: {} })
    expect(urgent?.stages.map((stage) => stage.gates.canaries?.tries)).toEqual([5, 5, 5, 5])
  })

  it('shows it to groups no later than usual', () => {
    const groups = { friends: ['key-1'], staff: ['key-2'] }
    const given = {
      groups,
      stages: [
        { percent: 0, bake: '1h', groups: ['friends'] },
        { percent: 20, bake: '5d', groups: ['staff'] },
        { percent: 100, bake: '5d' },
      ],
      urgent: {},
    }
    expect(policyOf(given).urgent?.stages.map((stage) => stage.groups)).toEqual([
      ['friends'],
      ['friends'],
      ['friends', 'staff'],
      ['friends', 'staff'],
    ])
  })

  it.each([
    [{ profile: 'fast' }, 'policy.urgent.profile', 'one of rapid, standard, cautious'],
    [{ by: 'everybody' }, 'policy.urgent.by', 'one of write, maintain, admin'],
    [{ bye: 'admin' }, 'policy.urgent.bye', 'one of profile, by'],
    ['rapid', 'policy.urgent', 'a mapping'],
  ])('%j is refused', (urgent, field, expected) => {
    const read = policyFromRequest({ urgent })
    const problems = read.ok ? [] : read.problems
    expect(problems).toEqual([
      expect.objectContaining({ field, expected: expect.stringContaining(expected) }),
    ])
  })
})

describe('an adopt rule with an urgent ladder', () => {
  const adopt = (rule: string, more = '') => {
    const text = `upstreams: { npm: { url: "https://npm.example.org" } }\nadopt: [${rule}]\n${more}`
    return parseServerFile(text)
  }
  const adopted = (rule: string, more = '') => {
    const result = adopt(rule, more)
    if (!result.ok) throw new Error(JSON.stringify(result.problems))
    return result.settings.overlay.adopt[0]?.policy
  }

  it('adds it to its own policy, or to what holds without one', () => {
    const own = adopted('{ match: "*", policy: { profile: cautious }, urgent: { by: admin } }')
    expect(own).toMatchObject({ profile: 'cautious', urgent: { profile: 'rapid' } })
    const servers = adopted('{ match: "*", urgent: { profile: standard } }', 'policy: { profile: cautious }')
    expect(servers).toMatchObject({ profile: 'cautious', urgent: { profile: 'standard' } })
    expect(adopted('{ match: "*", urgent: {} }')).toMatchObject({ profile: 'standard', urgent: {} })
    expect(adopted('{ match: "*" }')).not.toHaveProperty('urgent')
  })

  it('is said once', () => {
    const result = adopt('{ match: "*", policy: { urgent: {} }, urgent: {} }')
    expect(result.ok ? [] : result.problems.map(({ field, expected }) => `${field}: ${expected}`)).toEqual([
      'adopt[0].policy.urgent: urgent in the rule or in its policy, not in both',
    ])
  })
})
