import type { RolloutId } from '../../rollout/history/event.ts'
import { planStart } from '../../rollout/starting/plan-start.ts'
import { packageIdOf, type ReleaseId } from '../../versions/release.ts'
import { appendDecided } from '../core/append-decided.ts'
import { claimsOn, takenBy } from '../core/claims-on.ts'
import { decideChain } from '../core/decide-chain.ts'
import { type EngineCore, refuseBroken } from '../core/engine-core.ts'
import type { EngineOutcome } from '../core/engine-outcome.ts'
import { catchUp } from '../core/load-rollouts.ts'
import { tooBusy } from '../core/run-command.ts'
import { knownVersions, worldOf } from './known-packages.ts'

const who = { actor: { kind: 'system' }, reason: 'found later than the rest of its family' } as const

/** Takes a release that was found late into the rollout of its family. `since`: when its own first stage began, integer ms. */
export function boardFamily(
  core: EngineCore,
  id: RolloutId,
  release: ReleaseId,
  since: number,
): Promise<EngineOutcome> {
  return core.turns(async () => {
    for (let attempt = 0; attempt < core.parts.settings.appendAttempts; attempt += 1) {
      const outcome = await tryBoard(core, id, release, since)
      if (outcome !== null) return outcome
    }
    return { ok: false, refusal: tooBusy(release) }
  })
}

/** Null: another process was faster. */
async function tryBoard(
  core: EngineCore,
  id: RolloutId,
  release: ReleaseId,
  since: number,
): Promise<EngineOutcome | null> {
  const { parts, memory } = core
  const state = memory.get(id)
  const claims = await claimsOn(core, [release], true, state?.policy)
  await catchUp(core)
  const refusal = refuseBroken(core, id)
  if (refusal !== null) return { ok: false, refusal }
  const packages = [packageIdOf(release)]
  const now = parts.clock.now()
  const planned = planStart({
    releases: [release],
    policies: state?.policy ? [state.policy] : [],
    world: worldOf(memory, packages),
    versions: await knownVersions(parts.packages, packages),
    restart: false,
    ...who,
    now,
    salt: '',
  })
  if (!planned.ok) return planned
  const member = planned.plan.kind === 'start' ? planned.plan.members[0] : undefined
  const known = memory.get(planned.plan.rollout ?? id)
  if (member === undefined) return known === null ? null : { ok: true, state: known, changed: false }
  const before = memory.get(id)
  const decided = decideChain(id, before, [{ type: 'board', member, since }], { at: now, ...who })
  if (!decided.ok) return decided
  if (!(await appendDecided(core, [{ id, state: before, events: decided.events }], takenBy(id, claims))))
    return null
  const stored = memory.get(id)
  if (stored === null) throw new Error(`${id} is stored and not in memory`)
  return { ok: true, state: stored, changed: true }
}
