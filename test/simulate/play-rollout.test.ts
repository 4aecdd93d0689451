import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../src/config/policy/profiles.ts'
import type { Policy } from '../../src/gates/policy.ts'
import type { Assumptions } from '../../src/simulate/assumptions.ts'
import { type Played, playRollout } from '../../src/simulate/play-rollout.ts'
import { reachedUsers } from '../../src/simulate/population.ts'
import { HORIZON_MS } from '../../src/simulate/world.ts'
import { calm, canaryRule, policyWith, sha256, worldOf } from './sample-worlds.ts'

const HOUR_MS = 3_600_000

interface Story {
  readonly assumed?: Partial<Assumptions>
  readonly policy?: Policy
  readonly fixedCooldownMs?: number
}

/** One release of a calm world, and what became of it in hours since the release. */
function tell({ assumed = {}, policy = defaultPolicy('standard', null), fixedCooldownMs = 0 }: Story) {
  const world = worldOf(calm(assumed))
  const played: Played = playRollout(world, { policy, fixedCooldownMs }, sha256)
  const hours = (at: number | null) => (at === null ? null : (at - world.releasedAt) / HOUR_MS)
  const { exposed, broken } = reachedUsers(world.users, played.showing, world.releasedAt + HORIZON_MS)
  return {
    steps: played.showing.steps.map(
      ({ at, basisPoints }) => `${basisPoints / 100} % after ${hours(at)?.toFixed(1)} h`,
    ),
    takenBack: hours(played.showing.takenBackAt),
    toAll: hours(played.offeredToAllAt),
    by: played.takenBackBy,
    actions: played.actions,
    exposed,
    broken,
    hits: world.users.filter(({ hit }) => hit).length,
  }
}

const bad = { bad: 100, severity: 100, coverage: 100 } as const

describe('one release, played through the heart', () => {
  it('a good one climbs the ladder of the policy', () => {
    const { steps, takenBack, actions } = tell({ assumed: { canaries: 0 } })
    expect(steps).toEqual([
      '5 % after 0.3 h',
      '10 % after 24.3 h',
      '25 % after 36.3 h',
      '50 % after 48.3 h',
      '100 % after 60.3 h',
    ])
    expect({ takenBack, actions }).toEqual({ takenBack: null, actions: 0 })
  })

  it('a bad one that required canaries notice reaches nobody', () => {
    const story = tell({ assumed: bad })
    expect(story).toMatchObject({ steps: [], by: 'evidence', exposed: 0, toAll: null, actions: 0 })
    expect(story.takenBack).toBeLessThan(6)
  })

  it('one that nobody notices reaches everybody in time and breaks whom it hits', () => {
    const story = tell({ assumed: { ...bad, severity: 40, coverage: 0 } })
    expect(story).toMatchObject({ by: null, takenBack: null })
    expect(story.broken).toBeGreaterThan(0)
    expect(story.broken).toBeLessThanOrEqual(story.hits)
    expect(story.exposed).toBeGreaterThan(story.broken)
  })

  it('advisory canaries stop nothing, but a maintainer may see them', () => {
    const assumed = { ...bad, required: 0 }
    expect(tell({ assumed: { ...assumed, attention: 0 } })).toMatchObject({ by: null, actions: 0 })
    const seen = tell({ assumed: { ...assumed, attention: 100 } })
    expect(seen).toMatchObject({ by: 'person', actions: 1 })
  })

  it('reports of broken users bring a maintainer, also after everybody has it', () => {
    const assumed = { ...bad, canaries: 0, reports: 100, attention: 100 }
    const atOnce = policyWith({})
    const everybody = {
      ...atOnce,
      stages: atOnce.stages.filter(({ basisPoints }) => basisPoints % 10_000 === 0),
    }
    const story = tell({ assumed, policy: everybody })
    expect(story).toMatchObject({ by: 'person', actions: 1 })
    expect(story.toAll).not.toBeNull()
    expect(story.exposed).toBeLessThan(50)
    expect(tell({ assumed: { ...assumed, attention: 0 }, policy: everybody }).by).toBeNull()
  })

  it('with a fixed cool-down only early users meet it before', () => {
    const cooldown = {
      assumed: { ...bad, canaries: 0 },
      policy: policyWith({}),
      fixedCooldownMs: 200 * HOUR_MS,
    }
    expect(tell(cooldown).toAll).toBe(200)
    const early = { ...cooldown, assumed: { ...cooldown.assumed, reports: 100, attention: 100, early: 100 } }
    expect(tell(early)).toMatchObject({ by: 'person', toAll: null })
  })

  it('a required canary that cannot say anything needs a waiver, after two more tries where they may help', () => {
    expect(tell({ assumed: { capped: 100, canaries: 1, required: 100 } })).toMatchObject({
      actions: 1,
      by: null,
    })
    const broken = tell({ assumed: { infra: 100, canaries: 1, required: 100 } })
    expect(broken).toMatchObject({ actions: 3, by: null })
    expect(broken.toAll).toBeGreaterThan(60)
  })

  it('an outage makes runs unusable, not failing', () => {
    const story = tell({ assumed: { outages: 100, 'outage-hours': 200, canaries: 3, required: 100 } })
    expect(story.by).toBeNull()
    expect(story.actions).toBeGreaterThan(0)
  })

  it('a canary that is red anyway stops nothing', () => {
    expect(tell({ assumed: { red: 100, canaries: 2, required: 100 } })).toMatchObject({
      actions: 0,
      by: null,
    })
  })

  it('a false alarm holds a good release until a maintainer looks', () => {
    const quiet = tell({ assumed: { canaries: 0 } })
    const alarmed = tell({ assumed: { canaries: 0, 'false-alarms': 100 } })
    expect(alarmed).toMatchObject({ actions: 1, by: null })
    expect(alarmed.toAll).toBeGreaterThanOrEqual(quiet.toAll ?? 0)
    expect(tell({ assumed: { 'false-alarms': 100 }, policy: policyWith({}) }).actions).toBe(0)
  })

  it('an approval is an action at every stage that asks for one', () => {
    const policy = policyWith({ approval: { by: 'maintain' } })
    expect(tell({ assumed: { canaries: 0 }, policy }).actions).toBe(policy.stages.length)
  })

  it('a window keeps raises away and lets the rest of the ladder go on', () => {
    const all = { from: 0, to: 7 * 24 * 60 - 1 }
    const policy = policyWith({ window: { notBetween: [all], timezone: 'UTC' } })
    const story = tell({ assumed: { canaries: 0 }, policy })
    expect(story.steps.length).toBeLessThan(6)
    expect(story.by).toBeNull()
  })

  it('a tolerant policy lets a regression pass', () => {
    const policy = policyWith({ canaries: canaryRule({ maxRegressions: 10 }) })
    expect(tell({ assumed: { ...bad, attention: 0 }, policy }).by).toBeNull()
  })

  it('what only the surroundings of a release can say is taken for a yes', () => {
    const policy = policyWith({
      checks: { required: ['ci'] },
      http: { url: 'https://x.example', timeoutMs: 1000 },
    })
    expect(tell({ assumed: { canaries: 0 }, policy })).toMatchObject({ actions: 0, by: null })
    expect(tell({ assumed: { canaries: 0 }, policy }).toAll).toBeCloseTo(60.25, 1)
  })

  describe('ordinary runs', () => {
    const onInconclusive = { kind: 'advance-after', afterMs: 0 } as const
    const rule = { minRuns: 59, maxHarmBasisPoints: 500, confidencePercent: 95, onInconclusive }
    const policy = policyWith({ exposure: rule })
    const many = { canaries: 0, repositories: 400, 'repository-runs': 8, locked: 0 } as const

    it('take back what nobody else notices, before everybody has it', () => {
      const story = tell({ assumed: { ...bad, ...many }, policy })
      expect(story).toMatchObject({ by: 'evidence', toAll: null, actions: 0 })
      expect(story.exposed).toBeLessThan(50)
      expect(story.steps.length).toBeGreaterThan(0)
    })

    it('leave a good release alone, and are not made up where no gate asks for them', () => {
      expect(tell({ assumed: many, policy })).toMatchObject({ by: null, takenBack: null })
      expect(tell({ assumed: { ...bad, ...many } }).by).toBeNull()
    })

    it('fill a bake that is counted in runs; without any the rollout is abandoned', () => {
      const ladder = policyWith({})
      const stages = ladder.stages.map((stage) =>
        stage.basisPoints === 500 ? { ...stage, bakeRuns: 30 } : stage,
      )
      const counted = { ...ladder, stages, abandonAfterMs: 14 * 24 * 3_600_000 }
      expect(tell({ assumed: many, policy: counted }).toAll).not.toBeNull()
      const none = tell({ assumed: { ...many, repositories: 0 }, policy: counted })
      expect(none).toMatchObject({ by: null, toAll: null })
      expect(none.takenBack).toBeGreaterThan(14 * 24)
    })
  })
})
