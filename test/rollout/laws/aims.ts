import { compare } from '../../../src/gates/canaries/comparison.ts'
import { dismissible } from '../../../src/gates/kinds/publication.ts'
import { canariesRuleOf } from '../../../src/rollout/deciding/evaluate.ts'
import { basisPointsOf } from '../../../src/rollout/history/phase.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import type { World } from '../world.ts'

export type Steering =
  | 'approve'
  | 'advance'
  | 'pause'
  | 'lower'
  | 'resume'
  | 'rollBack'
  | 'waive'
  | 'hold'
  | 'retryCanary'
  | 'seal'
  | 'abandon'
  | 'block'
  | 'unblock'
  | 'urgent'
  | 'catchUp'
  | 'dismiss'

/** A canary that a person would waive: it was asked and did not say yes. */
export function standingInTheWay(world: World, state: RolloutState): string | null {
  const rule = state.policy === null ? null : canariesRuleOf(state.policy, state.stageIndex)
  if (rule === null) return null
  const kinds = ['regressed', 'newly-flaky', 'infra', 'timed-out', 'no-baseline']
  const found = Object.values(state.canaries).find((canary) =>
    kinds.includes(compare(canary, state.members, rule, world.now).kind),
  )
  return found?.entry.id ?? null
}

/** What a sensible person would aim the command at. */
export function aims(world: World, type: Steering): readonly RolloutState[] {
  if (type === 'block') {
    const inUse = world.live.flatMap(({ members }) => members.map(({ baseline }) => baseline))
    const below = world.states.filter((state) => candidates(state).some((release) => inUse.includes(release)))
    return below.length > 0 ? below : world.live
  }
  if (type === 'advance') {
    const standings = world.live.map((state) => world.around(state).standing)
    const ahead = new Set(standings.flatMap((standing) => ('by' in standing ? [standing.by] : [])))
    const leaders = world.live.filter(({ id }) => ahead.has(id))
    return leaders.length > 0 ? leaders : world.live
  }
  if (type === 'unblock') return world.states.filter(({ blocked }) => blocked.length > 0)
  if (type === 'catchUp') {
    const behind = world.live.filter((state) => world.around(state).reached > basisPointsOf(state))
    return behind.length > 0 ? behind : world.live
  }
  if (type === 'dismiss') {
    const said = world.live.filter(
      (state) =>
        Object.keys(state.contents).length > 0 ||
        dismissible({ ...state, releases: state.members }).length > 0,
    )
    return said.length > 0 ? said : world.live
  }
  if (type === 'resume') return world.live.filter(({ pausedSince }) => pausedSince !== null)
  if (type === 'approve')
    return world.live.filter(({ policy: own, stageIndex }) => own?.stages[stageIndex]?.gates.approval)
  if (type === 'waive') {
    const held = world.live.filter((state) => standingInTheWay(world, state) !== null)
    return held.length > 0 ? held : world.live
  }
  return world.live
}

const candidates = ({ members }: RolloutState) => members.map(({ candidate }) => candidate)
