import type { RolloutId } from '../../rollout/history/event.ts'
import type { EngineCore, Unwritten } from './engine-core.ts'
import { readAnew } from './load-rollouts.ts'
import { decideAndAppend } from './run-command.ts'

/**
 * Writes what could not be written before, and only then lets it be told outside: a process that dies first has
 * decided nothing. Must run in a turn.
 */
export async function writeUnwritten(core: EngineCore): Promise<void> {
  for (const [id, unwritten] of core.unwritten) {
    const outcome = await core.parts.events.append(unwritten.batch)
    core.unwritten.delete(id)
    core.parts.damage.mend('unwritten', id)
    if (outcome.ok) core.reconcileSoon(id)
    else await decideAnew(core, id, unwritten)
  }
}

/**
 * Somebody else wrote meanwhile: theirs is the truth now, also where it has no more events than ours had. What was asked
 * here is asked again of it, and where that cannot be written either, it waits as before.
 */
async function decideAnew(core: EngineCore, id: RolloutId, unwritten: Unwritten): Promise<void> {
  const { log } = core.parts
  log.info('it was taken back here, and another process wrote before that could be; deciding again', {
    rollout: id,
  })
  await readAnew(core, id)
  const { bodies, who } = unwritten.asked
  try {
    const outcome = await decideAndAppend(core, id, bodies, who)
    if (outcome.ok) return
    log.error('what was taken back here is not, after what another process wrote', {
      rollout: id,
      why: outcome.refusal.message,
    })
    if (!isPassing.has(outcome.refusal.reason)) return
  } catch (error) {
    core.unwritten.set(id, unwritten)
    throw error
  }
  core.unwritten.set(id, unwritten)
}

const isPassing: ReadonlySet<string> = new Set(['temporary', 'conflict'])
