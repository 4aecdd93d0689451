import type { Origin } from '../../rollout/history/event.ts'
import type { ReleaseId } from '../../versions/release.ts'
import type { StartRequest } from './start-request.ts'

/** How long after the last file an announced release begins: the files of one upload come one after the other. */
const announcedSettleMs = 30_000
/** Announcements kept at most, the newest ones. */
const mostAnnounced = 1000

/** Starts that came before what they wait for. Kept in memory only; a process that begins anew waits the whole time. */
export interface AnnouncedStarts {
  note(request: StartRequest): void
  forget(releases: readonly ReleaseId[]): void
  /** Where these releases come from, as whoever announced one of them said; null: nobody did. */
  originOf(releases: readonly ReleaseId[]): Origin | null
  /** How long after its last file a release is whole. An npm version is one file; a PyPI release may get more. */
  settleOf(release: ReleaseId): number
}

export function createAnnouncedStarts(uploadSettleMs: number): AnnouncedStarts {
  const announced = new Map<ReleaseId, StartRequest>()
  const forget = (releases: readonly ReleaseId[]) => {
    for (const release of releases) announced.delete(release)
  }
  return {
    note(request) {
      forget(request.releases)
      for (const release of request.releases) announced.set(release, request)
      forget([...announced.keys()].slice(0, Math.max(0, announced.size - mostAnnounced)))
    },
    forget,
    originOf: (releases) =>
      releases.map((release) => announced.get(release)?.origin ?? null).find((one) => one !== null) ?? null,
    settleOf(release) {
      if (release.startsWith('npm:')) return 0
      return announced.has(release) ? Math.min(announcedSettleMs, uploadSettleMs) : uploadSettleMs
    },
  }
}
