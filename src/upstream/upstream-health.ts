import type { OverlaySettings } from '../config/server/overlay-settings.ts'
import type { Clock } from '../ports/clock.ts'
import type { UpstreamOutage } from '../ports/upstream.ts'
import type { PackageId } from '../versions/release.ts'
import type { Ecosystem } from '../versions/version-scheme.ts'
import { ecosystemOfId } from './fetch-package.ts'

/** Tells an upstream that is out of order from one that says no to a name. */
export interface UpstreamHealth {
  answered(id: PackageId): void
  failed(id: PackageId, why: string): void
  /** A name that was there before is refused. True: so many are that it is an outage. */
  refused(id: PackageId, status: number): boolean
  /** Whether it gave a document, or confirmed one, of another name since then. */
  answeredOthersSince(id: PackageId, since: number): boolean
  outages(): readonly UpstreamOutage[]
}

/** Refusals within this time are counted together. */
const windowMs = 10 * 60_000
/** As many names, or a hundredth of those asked for, may be refused before it is the upstream that is wrong. */
const mostRefused = 3

interface Track {
  readonly asked: Map<PackageId, number>
  readonly refused: Map<PackageId, number>
  /** The last two names that were answered, newest last. */
  answered: readonly { readonly id: PackageId; readonly at: number }[]
  outage: { readonly since: number; readonly why: string } | null
}

/** Knows nothing at first. */
export function createUpstreamHealth(
  clock: Clock,
  { upstreams }: Pick<OverlaySettings, 'upstreams'>,
): UpstreamHealth {
  const tracks: Readonly<Record<Ecosystem, Track>> = { npm: emptyTrack(), pypi: emptyTrack() }
  const trackOf = (id: PackageId) => tracks[ecosystemOfId(id)]
  const isMany = ({ asked, refused }: Track) => {
    forget(asked, clock.now() - windowMs)
    forget(refused, clock.now() - windowMs)
    return refused.size > Math.max(mostRefused, asked.size / 100)
  }
  const down = (track: Track, why: string) => {
    track.outage ??= { since: clock.now(), why }
  }
  return {
    answered: (id) => {
      const track = trackOf(id)
      touch(track.asked, id, clock.now())
      track.refused.delete(id)
      track.answered = [...track.answered.filter((one) => one.id !== id), { id, at: clock.now() }].slice(-2)
      if (!isMany(track)) track.outage = null
    },
    failed: (id, why) => {
      touch(trackOf(id).asked, id, clock.now())
      down(trackOf(id), why)
    },
    refused: (id, status) => {
      const track = trackOf(id)
      touch(track.asked, id, clock.now())
      touch(track.refused, id, clock.now())
      if (isMany(track)) down(track, `it answers ${status} for ${track.refused.size} names that were there`)
      return isMany(track)
    },
    answeredOthersSince: (id, since) => trackOf(id).answered.some((one) => one.id !== id && one.at >= since),
    outages: () =>
      (['npm', 'pypi'] as const).flatMap((ecosystem) => {
        const { outage } = tracks[ecosystem]
        const url = upstreams[ecosystem]?.url
        return outage === null || url === undefined ? [] : [{ ecosystem, url, ...outage }]
      }),
  }
}

function emptyTrack(): Track {
  return { asked: new Map(), refused: new Map(), answered: [], outage: null }
}

/** Moves a name to the end, so that the oldest stand first. */
function touch(names: Map<PackageId, number>, id: PackageId, at: number): void {
  names.delete(id)
  names.set(id, at)
}

function forget(names: Map<PackageId, number>, before: number): void {
  for (const [id, at] of names) {
    if (at >= before) return
    names.delete(id)
  }
}
