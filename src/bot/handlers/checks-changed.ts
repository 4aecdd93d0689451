import type { RolloutCommander } from '../../engine/roles/rollout-commander.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { readChecks } from '../../github/calls/read-checks.ts'
import { currentStage } from '../../rollout/deciding/evaluate.ts'
import { isLive, type LiveRollout } from '../../rollout/history/phase.ts'
import { type BotParts, must, noteRefusal } from '../bot-parts.ts'

/** What a `check_run`, `check_suite` or `status` delivery says that something changed at. */
export interface CheckChange {
  readonly repositoryId: number
  readonly commit: string
  /** The name of the check; null: any of the commit's may have changed. */
  readonly name: string | null
}

/**
 * A check of a release commit is said to have changed: the checks that live rollouts wait for are read again, and
 * what the forge says counts. What no gate asks for costs no request.
 */
export async function onChecksChanged(
  parts: BotParts<RolloutReader & RolloutCommander>,
  change: CheckChange,
): Promise<void> {
  const who = { actor: { kind: 'system' }, reason: '' } as const
  for (const state of parts.engine.all()) {
    const names = isLive(state) ? wantedNames(state, change) : []
    if (names.length === 0) continue
    const signals = must(await readChecks(parts.forge, state, names, parts.clock.now()))
    for (const signal of signals) {
      const outcome = await parts.engine.run(state.id, { type: 'recordSignal', signal }, who)
      if (!outcome.ok) noteRefusal(parts, outcome.refusal, 'check not recorded', { rollout: state.id })
    }
  }
}

/** The checks that the current stage requires of this commit, when the delivery is about one of them. */
function wantedNames(state: LiveRollout, change: CheckChange): readonly string[] {
  const { origin } = state
  if (origin?.repositoryId !== String(change.repositoryId) || origin.commit !== change.commit) return []
  const names = currentStage(state).gates.checks?.required ?? []
  return change.name === null || names.includes(change.name) ? names : []
}
