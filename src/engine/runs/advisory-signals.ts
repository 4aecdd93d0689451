import { advisoryNews } from '../../rollout/effects/advisory-news.ts'
import { isLive } from '../../rollout/history/phase.ts'
import { type PackageId, packageIdOf } from '../../versions/release.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { runCommands } from '../core/run-command.ts'

const system = { actor: { kind: 'system' }, reason: '' } as const

/** Tells the live rollouts of a package what is known of advisories now, and ticks them. */
export async function tellAdvisories(core: EngineCore, id: PackageId): Promise<void> {
  const known = await core.parts.advisories.advisoriesOf(id)
  for (const state of core.memory.rolloutsOf(id)) {
    if (!isLive(state)) continue
    const signals = advisoryNews(state, id, known, core.parts.clock.now())
    const bodies = signals.map((signal) => ({ type: 'recordSignal', signal }) as const)
    if (bodies.length === 0) continue
    const outcome = await runCommands(core, state.id, bodies, system)
    if (!outcome.ok && outcome.refusal.reason === 'conflict') throw new Error(outcome.refusal.message)
  }
}

/** Packages of every live rollout: what may have been missed while no process ran. */
export function packagesInRollout(core: EngineCore): readonly PackageId[] {
  const live = core.memory.open().filter(isLive)
  return [...new Set(live.flatMap(({ members }) => members.map(({ candidate }) => packageIdOf(candidate))))]
}
