import { describe, expect, it } from 'vitest'
import type { PolicySource } from '../../../src/gates/policy.ts'
import type { Member } from '../../../src/rollout/history/event.ts'
import { planStart } from '../../../src/rollout/starting/plan-start.ts'
import {
  fixedBy,
  likeRunning,
  onLadderOf,
  onUrgentLadder,
  urgencyOf,
  urgentSource,
} from '../../../src/rollout/starting/urgent-ladder.ts'
import type { Advisory } from '../../../src/versions/advisory.ts'
import { maintainer, policy, source, stage } from '../builders.ts'
import { aWorld } from '../laws/lib-world.ts'

const advisory = (id: string, affected: string): Advisory => ({ id, affected, summary: 'bad', url: null })
const member = (candidate: string, baseline: string | null): Member => ({ candidate, baseline })
const lib = member('npm:lib@1.1.0', 'npm:lib@1.0.0')

describe('what a release fixes', () => {
  it.each([
    ['what the baseline has and the candidate not', [advisory('A', '<1.1.0')], ['A']],
    ['not what both have', [advisory('A', '<2.0.0')], []],
    ['not what neither has', [advisory('A', '<1.0.0')], []],
    ['not what only the candidate has', [advisory('A', '>=1.1.0')], []],
    ['nothing where a range cannot be read', [advisory('A', 'the old ones')], []],
    ['nothing where nothing is known', [], []],
    ['all of several', [advisory('A', '<=1.0.0'), advisory('B', '*'), advisory('C', '1.0.x')], ['A', 'C']],
    ['each once', [advisory('A', '<1.1.0'), advisory('A', '=1.0.0')], ['A']],
  ])('%s', (_, known, expected) => {
    expect(fixedBy([lib], { 'npm:lib': known })).toEqual(expected)
  })

  it('reads Python ranges for Python packages', () => {
    const members = [member('pypi:lib@1.1', 'pypi:lib@1.0.post1')]
    expect(fixedBy(members, { 'pypi:lib': [advisory('P', '>=1,<1.1')] })).toEqual(['P'])
    expect(fixedBy(members, { 'pypi:lib': [advisory('P', '>=1 <1.1')] })).toEqual([])
  })

  it('is of its own package: one of another name says nothing about it', () => {
    expect(fixedBy([lib], { 'npm:other': [advisory('A', '<1.1.0')] })).toEqual([])
    expect(fixedBy([member('npm:constructor@1.1.0', 'npm:constructor@1.0.0')], {})).toEqual([])
  })

  it('is nothing for a first release; one member is enough for a train', () => {
    const known = { 'npm:lib': [advisory('A', '<1.1.0')] }
    expect(fixedBy([member('npm:lib@1.1.0', null)], known)).toEqual([])
    expect(fixedBy([member('npm:other@3.0.0', 'npm:other@2.0.0'), lib], known)).toEqual(['A'])
  })
})

const urgent = {
  profile: 'rapid' as const,
  stages: [
    stage({ name: 'urgent', gates: { approval: { by: 'maintain' as const } } }),
    stage({ name: 'all', basisPoints: 10_000 }),
  ],
}
const withUrgent = policy({ urgent })

describe('the policy of an urgent rollout', () => {
  it('has the other stages and all the other rules', () => {
    const { urgent: _, ...usual } = withUrgent
    expect(onUrgentLadder(withUrgent)).toEqual({ ...usual, profile: 'rapid', stages: urgent.stages })
    expect(onUrgentLadder(policy())).toEqual(policy())
  })

  it('says where it comes from and why', () => {
    expect(urgentSource(source, [])).toBe(source)
    expect(urgencyOf(source)).toBe('')
    expect(urgencyOf(null)).toBe('')
    const named = urgentSource(source, ['GHSA-1', 'GHSA-2', 'CVE-3'])
    expect(named).toEqual({
      kind: 'default',
      detail: 'test; its urgent ladder, because the release fixes GHSA-1, GHSA-2 and CVE-3',
      urgent: ['GHSA-1', 'GHSA-2', 'CVE-3'],
    })
    expect(urgencyOf(named)).toBe(', on the urgent ladder because it fixes GHSA-1, GHSA-2 and CVE-3')
  })

  it('is compared with what was given as if that had been given at its start', () => {
    const running = urgentSource(source, ['GHSA-1'])
    const request: PolicySource = { kind: 'request', detail: 'given with the request' }
    expect(onLadderOf({ policy: null, policySource: source }, withUrgent)).toBe(withUrgent)
    expect(onLadderOf({ policy: null, policySource: running }, withUrgent)).toEqual(
      onUrgentLadder(withUrgent),
    )
    expect(
      likeRunning({ policy: null, policySource: running }, { policy: withUrgent, source: request }),
    ).toEqual({
      policy: onUrgentLadder(withUrgent),
      source: urgentSource(request, ['GHSA-1']),
    })
    const plain = { policy: policy(), source: request }
    expect(likeRunning({ policy: null, policySource: running }, plain)).toEqual(plain)
  })
})

describe('planning the start of a fix', () => {
  const plan = (given: ReturnType<typeof policy>, affected: string | null) => {
    const world = aWorld()
    const planned = planStart({
      releases: ['npm:lib@1.1.0'],
      policies: [given],
      world: world.states,
      versions: world.versions,
      ...(affected === null ? {} : { advisories: { 'npm:lib': [advisory('GHSA-1', affected)] } }),
      restart: false,
      actor: maintainer,
      reason: 'because',
      now: world.now,
      salt: 'fresh',
    })
    if (!planned.ok || planned.plan.kind !== 'start') throw new Error(JSON.stringify(planned))
    return planned.plan
  }

  it('takes the urgent ladder where the policy has one and the release fixes something', () => {
    const fix = plan(withUrgent, '<1.1.0')
    expect(fix).toMatchObject({ urgent: ['GHSA-1'], members: [{ baseline: 'npm:lib@1.0.0' }] })
    expect(fix.policy).toEqual(onUrgentLadder(withUrgent))
  })

  it.each([
    ['without an advisory', withUrgent, null],
    ['with one that the candidate has too', withUrgent, '<2.0.0'],
    ['without an urgent ladder in the policy', policy(), '<1.1.0'],
  ])('%s nothing changes', (_, given, affected) => {
    expect(plan(given, affected)).toMatchObject({ urgent: [], policy: given })
  })
})
