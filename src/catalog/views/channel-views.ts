import type { VersionScheme } from '../../versions/version-scheme.ts'
import type { PackageRecord } from '../package-record.ts'
import type { Exposure } from './exposure.ts'

/** What the channels of a package's streams show of its pre-releases, worked out once for all who look. */
export interface ChannelViews {
  /** By channel: the pre-releases that all of its users see, and those that are rolling out to them. */
  readonly channels: ReadonlyMap<string, ChannelView>
  /** Every pre-release, also those of no stream; none where there are no channels. */
  readonly prereleases: readonly string[]
}

export interface ChannelView {
  readonly full: readonly Exposure[]
  readonly live: readonly Exposure[]
}

/** `inForce`: the exposure of each version that counts; blocked versions are in no channel. */
export function channelViews(
  pkg: PackageRecord,
  inForce: readonly Exposure[],
  blocked: ReadonlySet<string>,
  { isPrerelease }: VersionScheme,
): ChannelViews {
  const channels = new Map<string, { full: Exposure[]; live: Exposure[] }>()
  for (const exposure of inForce) {
    const { version, full, live } = exposure
    // A channel is there as soon as one release of its streams is, a final included.
    for (const channel of exposure.channels ?? []) {
      const known = channels.get(channel) ?? { full: [], live: [] }
      channels.set(channel, known)
      if (blocked.has(version) || !isPrerelease(version)) continue
      if (full) known.full.push(exposure)
      else if (live) known.live.push(exposure)
    }
  }
  // Most packages have no channels, and thousands of versions would be read for nothing.
  const versions = channels.size === 0 ? [] : Object.keys(pkg.versions)
  const prereleases = versions.filter((version) => isPrerelease(version))
  return { channels, prereleases }
}
