import { canaryLabels, isSecret } from '../../gates/canaries/canary-label.ts'
import { compare } from '../../gates/canaries/comparison.ts'
import type { CanaryFacts, ComparisonKind } from '../../gates/evidence.ts'
import { formatDuration } from '../../gates/format-time.ts'
import { permits } from '../../gates/permission.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { isLive, type LiveRollout } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
import { lacksPermission, lacksPerson, lacksReason, permissionOf, personOf } from './authority.ts'
import type { Command } from './command.ts'
import { notLive } from './decide-steering.ts'
import { accept, type Decision, deny, reject } from './decision.ts'
import { canariesRuleOf, currentStage } from './evaluate.ts'

type CommandOf<Type extends Command['type']> = Extract<Command, { type: Type }>

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** A dependent may ask for this much time, once per rollout (DESIGN.md section 10). */
const DEPENDENT_HOLD_MS = 72 * HOUR_MS
const HOLD_MS = 30 * DAY_MS
const WAIVER_MS = 14 * DAY_MS

/** Approves the current stage. */
export function decideApprove(command: CommandOf<'approve'>, state: RolloutState): Decision {
  if (!isLive(state)) return notLive(state, 'approve')
  const rule = currentStage(state).gates.approval
  if (rule === undefined) {
    const { name } = currentStage(state)
    return deny('conflict', 'This stage asks for no approval.', 'stage', name, stagesToApprove(state))
  }
  const refusal = lacksPermission(command, rule.by) ?? lacksPerson(command)
  if (refusal !== null) return reject(refusal)
  const by = personOf(command.actor) ?? ''
  const permission = approverPermission(command)
  const repeated = state.approvals.some(
    (fact) =>
      fact.by === by &&
      fact.stageIndex === state.stageIndex &&
      fact.at >= state.stageEnteredAt &&
      permits(fact.permission, permission),
  )
  if (repeated) return accept(command)
  return accept(command, { type: 'approved', stageIndex: state.stageIndex, by, permission })
}

function stagesToApprove({ policy }: LiveRollout): string {
  const names = (policy?.stages ?? []).flatMap(({ name, gates }) => (gates.approval ? [name] : []))
  if (names.length === 0) return 'a stage with an approval gate; the policy has none'
  return `a stage with an approval gate: ${names.join(', ')}`
}

function approverPermission(command: Command): 'write' | 'maintain' | 'admin' {
  const permission = permissionOf(command.actor)
  return permission === 'admin' || permission === 'maintain' ? permission : 'write'
}

/** Comparisons that stand in nobody's way. */
const NOTHING_TO_WAIVE: ReadonlySet<ComparisonKind> = new Set([
  'pending',
  'same-pass',
  'fixed',
  'same-fail',
  'quarantined',
])

/** Ignores one comparison for 14 days; void as soon as the evidence behind it changes. */
export function decideWaive(command: CommandOf<'waive'>, state: RolloutState): Decision {
  const refusal = lacksPermission(command, 'write') ?? lacksPerson(command) ?? lacksReason(command)
  if (refusal !== null) return reject(refusal)
  if (!isLive(state)) return notLive(state, 'waive')
  const canary = findCanary(state, command.canary)
  const rule = canariesRuleOf(state.policy, state.stageIndex)
  if (canary === null || rule === null) return noSuchCanary(state, command.canary)
  const secret = isSecret(canary.entry, state.origin?.repositoryId ?? null)
  const { kind, evidence, sentence } = compare(canary, state.members, rule, command.at, secret)
  if (kind === 'waived') return accept(command)
  if (NOTHING_TO_WAIVE.has(kind)) {
    const expected = 'a canary whose comparison stands in the way'
    return deny('conflict', `There is nothing to waive: it ${sentence}.`, 'canary', command.canary, expected)
  }
  const by = personOf(command.actor) ?? ''
  const expiresAt = command.at + WAIVER_MS
  return accept(command, { type: 'waived', canary: canary.entry.id, by, evidence, expiresAt })
}

/** Asks for time: maintainers as they need, an admitted dependent once and at most 72 hours. */
export function decideHold(command: CommandOf<'hold'>, state: RolloutState): Decision {
  const { actor } = command
  const refusal =
    actor.kind === 'dependent' ? null : (lacksPermission(command, 'write') ?? lacksPerson(command))
  if (refusal !== null) return reject(refusal)
  if (!isLive(state)) return notLive(state, 'hold')
  const canary = actor.kind === 'dependent' ? actor.canary : null
  const most = canary === null ? HOLD_MS : DEPENDENT_HOLD_MS
  if (!Number.isSafeInteger(command.durationMs) || command.durationMs <= 0 || command.durationMs > most) {
    const shown = formatDuration(command.durationMs)
    return deny(
      'invalid',
      'The hold has no fitting length.',
      'duration',
      shown,
      `at most ${most / HOUR_MS} h`,
    )
  }
  const until = command.at + command.durationMs
  const by = personOf(actor) ?? ''
  if (state.holds.some((fact) => fact.by === by && fact.canary === canary && fact.until === until)) {
    return accept(command)
  }
  if (canary !== null) {
    const stranger = maynotHold(state, canary)
    if (stranger !== null) return stranger
  }
  return accept(command, { type: 'hold-placed', by, canary, until })
}

function maynotHold(state: LiveRollout, canary: string): Decision | null {
  const admission = ownEntry(state.canaries, canary)?.entry.admission ?? 'none'
  if (admission === 'none') {
    const expected = 'a canary that the maintainers admitted'
    return deny('needs-approval', 'Only admitted canaries may ask for time.', 'canary', canary, expected)
  }
  if (!state.holds.some((fact) => fact.canary === canary)) return null
  const why = 'This canary has asked for time once already.'
  return deny('permanent', why, 'canary', canary, 'one hold for each canary in a rollout')
}

/** Starts a new round of tries: what the canary said before no longer counts. */
export function decideRetryCanary(command: CommandOf<'retryCanary'>, state: RolloutState): Decision {
  const refusal = lacksPermission(command, 'write')
  if (refusal !== null) return reject(refusal)
  if (!isLive(state)) return notLive(state, 'retry')
  const canary = findCanary(state, command.canary)
  if (canary === null) return noSuchCanary(state, command.canary)
  const last = Object.values(canary.tries).reduce((most, { number }) => Math.max(most, number), 0)
  const firstTry = Math.max(last + 1, canary.firstTry)
  return accept(command, { type: 'canary-retried', canary: canary.entry.id, firstTry })
}

/** A canary by id, by repository name, or by the label under which a private one is shown. */
export function findCanary(state: RolloutState, text: string): CanaryFacts | null {
  const byId = ownEntry(state.canaries, text)
  if (byId !== undefined) return byId
  const wanted = text.toLowerCase()
  const labels = canaryLabels(state.canaries, state.origin?.repositoryId ?? null)
  return (
    Object.values(state.canaries).find(({ entry }) => labels.get(entry.id)?.toLowerCase() === wanted) ?? null
  )
}

export function noSuchCanary(state: RolloutState, text: string): Decision {
  const labels = canaryLabels(state.canaries, state.origin?.repositoryId ?? null)
  const known = [...labels.values()].slice(0, 10)
  const expected = known.length === 0 ? 'nothing: the rollout has no canaries' : `one of ${known.join(', ')}`
  return deny('unknown', 'It is no canary of this rollout.', 'canary', text, expected)
}
