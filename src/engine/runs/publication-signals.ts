import { publicationOf } from '../../catalog/publication-of.ts'
import type { PublicationFact } from '../../gates/publication-fact.ts'
import type { Signal } from '../../rollout/history/event.ts'
import { isLive } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { type PackageId, packageIdOf } from '../../versions/release.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { runCommands } from '../core/run-command.ts'

/** What publishers say of candidates now, as far as the rollout does not know it yet. */
export async function publicationSignals(
  { parts }: Pick<EngineCore, 'parts'>,
  state: Pick<RolloutState, 'members' | 'publications'>,
): Promise<readonly Signal[]> {
  const signals: Signal[] = []
  for (const { candidate } of state.members) {
    const id = packageIdOf(candidate)
    const record = await parts.packages.get(id)
    const known = ownEntry(state.publications, candidate)
    // What is seen later counts, whatever the clock says.
    const at = Math.max(parts.clock.now(), (known?.observedAt ?? 0) + 1)
    const publication = record === null ? null : publicationOf(record, candidate.slice(id.length + 1), at)
    if (publication === null || !isNews(known, publication)) continue
    signals.push({ kind: 'publication', publication })
  }
  return signals
}

/** That nobody says anything is worth no event. */
function isNews(known: PublicationFact | undefined, fact: PublicationFact): boolean {
  if (known === undefined) return fact.standing !== 'offered' || fact.latestBelow !== null
  return (
    known.standing !== fact.standing ||
    known.because !== fact.because ||
    known.withAll !== fact.withAll ||
    known.latestBelow !== fact.latestBelow
  )
}

/** Reserved, and then its publisher took all of it away: nothing comes any more, their numbers are never given again. */
async function isAllGone({ parts, broken }: EngineCore, state: RolloutState): Promise<boolean> {
  if (state.end !== null || state.startedAt !== null || broken.has(state.id)) return false
  for (const { candidate } of state.members) {
    const id = packageIdOf(candidate)
    const record = await parts.packages.get(id)
    if (ownEntry(record?.unpublished ?? {}, candidate.slice(id.length + 1)) === undefined) return false
  }
  return true
}

async function giveUp(core: EngineCore, { id, members }: RolloutState): Promise<void> {
  const reason = `Its publisher unpublished ${members.map(({ candidate }) => candidate).join(', ')}.`
  await runCommands(core, id, [{ type: 'abandon' }], { ...system, reason })
}

const system = { actor: { kind: 'system' }, reason: '' } as const

/**
 * Tells the live rollouts of a package what its publisher says of their candidates now, and ticks them. A damaged one
 * is left alone: it shows nothing.
 */
export async function tellPublication(core: EngineCore, id: PackageId): Promise<void> {
  // A start under way may have read the package before it changed, and is not live yet.
  await core.turns(async () => {})
  for (const state of core.memory.rolloutsOf(id)) {
    if (await isAllGone(core, state)) await giveUp(core, state)
    if (!isLive(state) || core.broken.has(state.id)) continue
    const signals = await publicationSignals(core, state)
    if (signals.length === 0) continue
    const bodies = signals.map((signal) => ({ type: 'recordSignal', signal }) as const)
    const outcome = await runCommands(core, state.id, bodies, system)
    if (!outcome.ok && outcome.refusal.reason === 'conflict') throw new Error(outcome.refusal.message)
  }
}
