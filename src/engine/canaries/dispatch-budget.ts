import { armsToDispatch } from '../../gates/canaries/arm-pair.ts'
import { allTries, tryOf } from '../../gates/canaries/bisect.ts'
import type { Effect } from '../../rollout/effects/effect.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import type { EngineCore } from '../core/engine-core.ts'
import type { EffectPass } from '../effects/effect-pass.ts'
import { tellOne } from './canary-conditions.ts'

const minuteMs = 60_000

/**
 * Whether a run may be started now. A rollout starts so many in a minute and the rest later, and a canary is
 * never started more often in a calendar month (UTC) than its file allows; that one is told as its state.
 */
export async function mayDispatch(
  pass: EffectPass,
  state: RolloutState,
  effect: Effect & { readonly kind: 'dispatch' },
): Promise<boolean> {
  const { core, memory } = pass
  const now = core.parts.clock.now()
  const waiting = memory.backOff.get(effect.key)
  if (waiting !== undefined && waiting.notBefore > now) return true
  // What was begun is settled, not begun again.
  if (memory.applied.get(effect.key) !== undefined || memory.unstored.has(effect.key)) return true
  if (await isSpent(core, state, effect)) return false
  while ((memory.dispatchedAt[0] ?? now) <= now - minuteMs) memory.dispatchedAt.shift()
  const oldest = memory.dispatchedAt[0]
  if (oldest !== undefined && memory.dispatchedAt.length >= core.parts.settings.dispatchesPerMinute) {
    memory.backOff.set(effect.key, { attempts: waiting?.attempts ?? 0, notBefore: oldest + minuteMs })
    return false
  }
  memory.dispatchedAt.push(now)
  return true
}

async function isSpent(
  core: EngineCore,
  state: RolloutState,
  { canary, try: number }: Effect & { readonly kind: 'dispatch' },
): Promise<boolean> {
  const facts = ownEntry(state.canaries, canary)
  const most = facts?.entry.runsPerMonth ?? null
  if (facts === undefined || most === null) return false
  const needed = armsToDispatch(facts.entry, tryOf(facts, number)).length
  const used = runsSince(core, canary, monthStart(core.parts.clock.now()))
  // A try that has begun is finished: half of one says nothing.
  const begun = Object.keys(tryOf(facts, number)?.dispatches ?? {}).length > 0
  if (begun || used + needed <= most) return false
  const message = `${used} of its ${most} runs of this month are spent`
  await tellOne(core, state, canary, { state: 'budget-spent', message })
  return true
}

/** Runs of a canary that were started since then, in all rollouts. */
function runsSince(core: EngineCore, canary: string, since: number): number {
  let count = 0
  for (const state of core.memory.everWithCanary(canary)) {
    const facts = ownEntry(state.canaries, canary)
    for (const { dispatches } of facts === undefined ? [] : allTries(facts)) {
      for (const { at, failure } of Object.values(dispatches)) if (failure === null && at >= since) count += 1
    }
  }
  return count
}

/** In a new month every canary whose runs were spent can be tested again. */
export async function renewBudgets(core: EngineCore, state: RolloutState): Promise<void> {
  if (state.end !== null) return
  const since = monthStart(core.parts.clock.now())
  for (const [id, { state: condition }] of Object.entries(state.canaries)) {
    if (condition?.state !== 'budget-spent' || condition.at >= since) continue
    await tellOne(core, state, id, { state: 'ok', message: '' })
  }
}

function monthStart(now: number): number {
  const date = new Date(now)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth())
}
