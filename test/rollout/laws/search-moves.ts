import { isBisectTry, searchOf, suspectOf } from '../../../src/gates/canaries/bisect.ts'
import { compare } from '../../../src/gates/canaries/comparison.ts'
import type { CanaryFacts, Outcome } from '../../../src/gates/evidence.ts'
import type { Command } from '../../../src/rollout/deciding/command.ts'
import { canariesRuleOf } from '../../../src/rollout/deciding/evaluate.ts'
import type { ResultFact } from '../../../src/rollout/history/event.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { packageIdOf } from '../../../src/versions/release.ts'
import type { Who, World } from '../world.ts'

/** Whether a command belongs to a search for the first bad release. */
export function isOfSearch(command: Command): boolean {
  if (command.type === 'bisectCanary') return true
  return command.type === 'recordResult' && isBisectTry(command.fact.try)
}

/** Begins a search on a regressed canary, or answers a try that one wants; ended rollouts are searched, too. */
export function search(world: World, a: number, b: number, who: Who): void {
  const open = world.states.filter(({ searching }) => searching.length > 0)
  const state = open[a % Math.max(1, open.length)]
  if (state !== undefined) {
    answer(world, state, b)
    return
  }
  const regressed = world.states.flatMap((one) =>
    regressedIn(one, world.now).map((canary) => [one, canary] as const),
  )
  const [aim, canary] = regressed[a % Math.max(1, regressed.length)] ?? [world.states[0], undefined]
  if (aim === undefined) return
  const id = packageIdOf(aim.members[0]?.candidate ?? '')
  const between = aim.members.length > 1 ? [] : [`${id}@1.0.7`, `${id}@1.0.8`]
  world.command(aim.id, { type: 'bisectCanary', canary: canary?.entry.id ?? '101', between }, who)
}

function regressedIn(state: RolloutState, now: number): readonly CanaryFacts[] {
  const rule = state.policy === null ? null : canariesRuleOf(state.policy, state.stageIndex)
  if (rule === null) return []
  return Object.values(state.canaries).filter(
    (canary) => compare(canary, state.members, rule, state.end?.at ?? now).kind === 'regressed',
  )
}

function answer(world: World, state: RolloutState, b: number): void {
  const canary = state.canaries[state.searching[0] ?? '']
  const rule = state.policy === null ? null : canariesRuleOf(state.policy, state.stageIndex)
  const number = canary === undefined || rule === null ? null : searchOf(canary, rule, world.now)?.wantsTry
  if (canary === undefined || typeof number !== 'number') return
  for (const fact of searchFacts(canary, number, [b % 2 === 0 ? 'fail' : 'pass', 'pass'], world.now)) {
    world.command(state.id, { type: 'recordResult', fact })
  }
  world.tick(state.id)
}

/** Both arms of a try of a search, candidate first. */
export function searchFacts(
  canary: CanaryFacts,
  number: number,
  [candidate, baseline]: readonly [Outcome, Outcome],
  observedAt: number,
): readonly ResultFact[] {
  const suspect = suspectOf(canary, number)
  const place = { canary: canary.entry.id, try: number, leg: 'default' }
  const shared = { commit: 'c0ffee', runId: number, runAttempt: 1, url: null, detail: '', observedAt }
  const installed = (id: string | undefined) => (id === undefined ? [] : [id])
  return [
    {
      ...place,
      arm: 'candidate',
      result: { ...shared, outcome: candidate, installed: installed(suspect?.release) },
    },
    {
      ...place,
      arm: 'baseline',
      result: { ...shared, outcome: baseline, installed: installed(suspect?.baseline) },
    },
  ]
}
