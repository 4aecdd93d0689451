import { nextFirstTry, searchOf } from '../../gates/canaries/bisect.ts'
import { isSecret, labelWhenAsked } from '../../gates/canaries/canary-label.ts'
import { compare } from '../../gates/canaries/comparison.ts'
import type { BisectFacts, CanaryFacts, Suspect } from '../../gates/evidence.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { sayFound } from '../explaining/say-bisect.ts'
import type { EventBody } from '../history/event.ts'
import type { RolloutState } from '../history/state.ts'
import { lacksPermission } from './authority.ts'
import type { Command } from './command.ts'
import { findCanary, noSuchCanary } from './decide-people.ts'
import { notLive } from './decide-steering.ts'
import { accept, type Decision, deny, reject } from './decision.ts'
import { canariesRuleOf } from './evaluate.ts'

type Bisect = Extract<Command, { type: 'bisectCanary' }>

/**
 * Starts the search for the first release that a regressed canary fails with. It changes neither exposure nor what
 * counts, so it may be asked for after the end too: most regressions are found out by being taken back.
 */
export function decideBisect(command: Bisect, state: RolloutState): Decision {
  const refusal = lacksPermission(command, 'write')
  if (refusal !== null) return reject(refusal)
  if (state.startedAt === null || state.policy === null) return notLive(state, 'retry --bisect')
  const canary = findCanary(state, command.canary)
  const rule = canariesRuleOf(state.policy, state.stageIndex)
  if (canary === null || rule === null) return noSuchCanary(state, command.canary)
  const label = labelWhenAsked(state.canaries, state.origin?.repositoryId ?? null)(canary.entry.id)
  const secret = isSecret(canary.entry, state.origin?.repositoryId ?? null)
  // A waiver says that it does not count, not that it is fine.
  const seen = { ...canary, waiver: null }
  const { kind, sentence } = compare(seen, state.members, rule, state.end?.at ?? command.at, secret)
  if (kind !== 'regressed') {
    const why = `There is nothing to search for on ${label}: ${sentence}.`
    return deny('conflict', why, 'canary', label, 'a canary that regressed')
  }
  const strange = cannotBeAsked(canary, label)
  if (strange !== null) return strange
  if (state.searching.includes(canary.entry.id)) return accept(command)
  const plan = planOf(command, state)
  if (plan === null) return nothingBetween(state)
  const firstTry = nextFirstTry(canary)
  return accept(command, { type: 'bisect-started', canary: canary.entry.id, ...plan, firstTry })
}

/** Its runs must be ours to ask for. */
function cannotBeAsked({ entry }: CanaryFacts, label: string): Decision | null {
  if (entry.mode === 'observe') {
    const why = 'This canary is observed: its runs are its own and cannot be asked for.'
    return deny('conflict', why, 'canary', label, 'a canary with mode dispatch or pull')
  }
  if (entry.admission !== 'none') return null
  const why = 'This canary is not admitted, so nothing is run on it.'
  return deny('conflict', why, 'canary', label, 'a canary that the maintainers admitted')
}

/** Several packages are told apart first; of one, the releases of its line since the baseline. */
function planOf(
  { between }: Bisect,
  { members }: RolloutState,
): Pick<BisectFacts, 'kind' | 'suspects'> | null {
  const paired = members.flatMap(({ candidate, baseline }): readonly Suspect[] =>
    baseline === null ? [] : [{ release: candidate, baseline }],
  )
  const [only] = paired
  if (only === undefined) return null
  if (paired.length > 1) return { kind: 'train', suspects: paired }
  if (between.length === 0) return null
  const suspects = [...between, only.release].map((release) => ({ release, baseline: only.baseline }))
  return { kind: 'line', suspects }
}

function nothingBetween({ members }: RolloutState): Decision {
  const candidates = members.map(({ candidate }) => candidate)
  const known = members.map(({ baseline }) => baseline ?? 'nothing').join(', ')
  const why = `Nothing lies between baseline (${known}) and candidate.`
  const expected =
    'a candidate with other installable releases of its line since the baseline, or a train of several packages'
  return deny('conflict', why, 'release', candidates.join(', '), expected)
}

/** Searches that have their answer now; part of every tick, also after the end. */
export function endedSearches(
  state: RolloutState,
  now: number,
): readonly (EventBody & { readonly reason: string })[] {
  const rule = state.policy === null ? null : canariesRuleOf(state.policy, state.stageIndex)
  if (rule === null) return []
  const labelOf = labelWhenAsked(state.canaries, state.origin?.repositoryId ?? null)
  return state.searching.flatMap((id) => {
    const canary = ownEntry(state.canaries, id)
    const found = canary === undefined ? null : (searchOf(canary, rule, now)?.found ?? null)
    if (canary?.bisect === undefined || found === null) return []
    const reason = sayFound(canary.bisect, found, labelOf(id))
    return [{ type: 'bisect-ended', canary: id, ...found, reason } as const]
  })
}
