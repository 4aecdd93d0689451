import { type Advisory, affects } from '../../versions/advisory.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { type PackageId, packageIdOf, parseReleaseId, type ReleaseId } from '../../versions/release.ts'
import type { Signal } from '../history/event.ts'
import type { RolloutState } from '../history/state.ts'

/** Open ones that name a release of the rollout and were not known; known ones that no longer do. `known`: all of the package. */
export function advisoryNews(
  state: Pick<RolloutState, 'members' | 'advisories'>,
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
