import type { UpstreamCredentials } from '../config/server/overlay-settings.ts'
import type { UpstreamOutage } from '../ports/upstream.ts'
import type { PackageId } from '../versions/release.ts'
import type { Ecosystem } from '../versions/version-scheme.ts'
import { ecosystemOfId } from './fetch-package.ts'
import type { OverlayParts } from './overlay-parts.ts'

type HealthParts = Pick<OverlayParts, 'clock' | 'log' | 'settings'>

/** Tells an upstream that is out of order from one that says no to a name. */
export interface UpstreamHealth {
  answered(id: PackageId): void
  failed(id: PackageId, why: string): void
  /**
   * A name that was there before is refused (`how`: how the upstream says so). True: so many are that it is an outage.
   */
  refused(id: PackageId, how: string): boolean
  /** Whether it gave a document, or confirmed one, of another name since then. */
  answeredOthersSince(id: PackageId, since: number): boolean
  /** Another name that it gave a document of, to ask whether it answers at all; null when none is known. */
  otherThan(id: PackageId): PackageId | null
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
  /** When the log was told of an outage last. */
  saidAt: number
}

/** Knows nothing at first. Says in the log when an upstream goes out of order, and when it is back. */
export function createUpstreamHealth({ clock, log, settings }: HealthParts): UpstreamHealth {
  const { upstreams } = settings
  const tracks: Readonly<Record<Ecosystem, Track>> = { npm: emptyTrack(), pypi: emptyTrack() }
  const trackOf = (id: PackageId) => tracks[ecosystemOfId(id)]
  const about = (ecosystem: Ecosystem) => ({
    ecosystem,
    url: upstreams[ecosystem]?.url ?? '',
    credential: credentialOf(upstreams[ecosystem]?.credentials ?? null),
  })
  const isMany = ({ asked, refused }: Track) => {
    forget(asked, clock.now() - windowMs)
    forget(refused, clock.now() - windowMs)
    return refused.size > Math.max(mostRefused, asked.size / 100)
  }
  const down = (id: PackageId, why: string) => {
    const track = trackOf(id)
    // One bad document among good ones would be said again and again.
    if (track.outage === null && clock.now() - track.saidAt >= windowMs) {
      track.saidAt = clock.now()
      log.warn('an upstream is out of order; what was kept is served, and nothing is blocked', {
        ...about(ecosystemOfId(id)),
        why,
      })
    }
    track.outage = { since: track.outage?.since ?? clock.now(), why }
  }
  return {
    answered: (id) => {
      const track = trackOf(id)
      touch(track.asked, id, clock.now())
      track.refused.delete(id)
      track.answered = [...track.answered.filter((one) => one.id !== id), { id, at: clock.now() }].slice(-2)
      if (isMany(track) || track.outage === null) return
      if (track.outage.since <= track.saidAt) log.info('an upstream answers again', about(ecosystemOfId(id)))
      track.outage = null
    },
    failed: (id, why) => {
      touch(trackOf(id).asked, id, clock.now())
      down(id, why)
    },
    refused: (id, how) => {
      const track = trackOf(id)
      touch(track.asked, id, clock.now())
      touch(track.refused, id, clock.now())
      if (isMany(track)) down(id, `it ${how} for ${track.refused.size} names that were there`)
      return isMany(track)
    },
    otherThan: (id) => trackOf(id).answered.findLast((one) => one.id !== id)?.id ?? null,
    answeredOthersSince: (id, since) => trackOf(id).answered.some((one) => one.id !== id && one.at >= since),
    outages: () =>
      (['npm', 'pypi'] as const).flatMap((ecosystem) => {
        const { outage } = tracks[ecosystem]
        return outage === null ? [] : [{ ...about(ecosystem), ...outage }]
      }),
  }
}

/** What an operator has to look at; the secret itself is nowhere. */
function credentialOf(credentials: UpstreamCredentials | null): string | null {
  if (credentials === null) return null
  return credentials.kind === 'token' ? credentials.token : `${credentials.user}, ${credentials.password}`
}

function emptyTrack(): Track {
  return {
    asked: new Map(),
    refused: new Map(),
    answered: [],
    outage: null,
    saidAt: Number.NEGATIVE_INFINITY,
  }
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
