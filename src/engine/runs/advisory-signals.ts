import type { Signal } from '../../rollout/history/event.ts'
import { isLive, type LiveRollout } from '../../rollout/history/phase.ts'
import { type Advisory, affects } from '../../versions/advisory.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { type PackageId, packageIdOf, parseReleaseId, type ReleaseId } from '../../versions/release.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { runCommands } from '../core/run-command.ts'

const system = { actor: { kind: 'system' }, reason: '' } as const

/** Tells the live rollouts of a package what is known of advisories now, and ticks them. */
export async function tellAdvisories(core: EngineCore, id: PackageId): Promise<void> {
  const known = await core.parts.advisories.advisoriesOf(id)
  for (const state of core.memory.rolloutsOf(id)) {
    if (!isLive(state)) continue
    const signals = newsFor(state, id, known, core.parts.clock.now())
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

/** Open ones that name a release of the rollout and were not known; known ones that no longer do. */
function newsFor(
  state: LiveRollout,
  id: PackageId,
  known: readonly Advisory[],
  observedAt: number,
): readonly Signal[] {
  const releases = state.members.flatMap(({ candidate, baseline }) => [candidate, baseline ?? candidate])
  return [...new Set(releases)]
    .filter((release) => packageIdOf(release) === id)
    .flatMap((release) => {
      const open = known.filter((advisory) => names(advisory, release))
      const gone = Object.values(state.advisories).filter(
        (fact) => fact.release === release && fact.open && !open.some((advisory) => advisory.id === fact.id),
      )
      const found = open.filter((advisory) => !ownEntry(state.advisories, `${advisory.id} ${release}`)?.open)
      return [
        ...found.map(({ id: name, summary, severity = null, url }) => {
          const fact = { id: name, release, summary, severity, url, open: true, observedAt }
          return { kind: 'advisory', advisory: fact } as const
        }),
        ...gone.map(
          (fact) => ({ kind: 'advisory', advisory: { ...fact, open: false, observedAt } }) as const,
        ),
      ]
    })
}

function names(advisory: Advisory, release: ReleaseId): boolean {
  const parsed = parseReleaseId(release)
  return parsed.ok && affects(advisory, parsed.value.ecosystem, parsed.value.version)
}
