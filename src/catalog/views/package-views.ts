import type { Suspect } from '../../gates/evidence.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { Ecosystem, VersionScheme } from '../../versions/version-scheme.ts'
import type { PackageRecord } from '../package-record.ts'
import { blockReasons } from './block-reasons.ts'
import { type ChannelViews, channelViews } from './channel-views.ts'
import { cohortDelta } from './cohort-delta.ts'
import type { Exposure } from './exposure.ts'
import { exposuresInForce } from './exposures-in-force.ts'
import { offeredPackage } from './offered-package.ts'
import { isInstallable, revealed } from './revealed-version.ts'
import { type BucketOf, seenBy } from './seen-by.ts'
import { type HiddenBecause, hiddenReasons } from './staged-reason.ts'
import type { View } from './view.ts'
import { asStable, delta, showing, type ViewDelta, versionsOf } from './view-delta.ts'

/** One package with everything its views share, worked out once per change of package or rollouts. */
export interface PackageViews {
  /** With the files that may be offered. */
  readonly pkg: PackageRecord
  /** As it was given. */
  readonly stored: PackageRecord
  readonly scheme: VersionScheme
  readonly exposures: readonly Exposure[]
  /** Exposures that make one client see something else than another, in a fixed order; several of a version that several rollouts carry. */
  readonly live: readonly Exposure[]
  /** The finals among them: nobody sees a pre-release that is rolling out without having chosen its channel. */
  readonly liveFinals: readonly Exposure[]
  readonly streams: ChannelViews
  /** Whether it has a final that is a full release and can be installed, or could if nobody had blocked it. */
  readonly hasFinal: boolean
  /** Hidden in `channel/stable`. */
  readonly stableHidden: ReadonlySet<string>
  readonly blocked: ReadonlySet<string>
  /** Why, for each of them. */
  readonly blockedBecause: ReadonlyMap<string, string>
  /** Names of files that are offered to nobody who does not pin them. */
  readonly lateFiles: ReadonlySet<string>
  /** What can be said of hidden versions beside that they are staged. */
  readonly hiddenBecause: ReadonlyMap<string, HiddenBecause>
  /** Last change of package or rollouts, integer ms. */
  readonly changedAt: number
}

/** What a view shows of a package: hidden versions resolve for exact pins only, blocked ones for nobody. */
export interface Visibility {
  readonly hidden: ReadonlySet<string>
  readonly blocked: ReadonlySet<string>
  /** Why they are blocked; without an entry nobody gave a reason. */
  readonly blockedBecause?: ReadonlyMap<string, string>
  /** Versions that are no full releases, shown or not. */
  readonly staged?: ReadonlySet<string>
  /** Pre-releases that may be `latest`; absent: none, where there is a final. */
  readonly offered?: ReadonlySet<string>
  /** Names of files that are hidden although their version is shown: they came later than what was tested. */
  readonly lateFiles?: ReadonlySet<string>
  /** Why versions are hidden; without an entry they are staged. */
  readonly hiddenBecause?: ReadonlyMap<string, HiddenBecause>
  /** The stored document, without anything that we add to it for readers. */
  readonly source?: boolean
  readonly changedAt: number
}

/**
 * The shared part of all views of a package. `exposures` come newest first (`exposuresOf`). A final version
 * that no rollout knows and that is not marked as released is hidden: unsure means no exposure. Pre-releases without
 * a rollout stay visible to those who ask for pre-releases.
 */
export function packageViews(pkg: PackageRecord, exposures: readonly Exposure[]): PackageViews {
  const scheme = schemeOf(ecosystemOf(pkg))
  const inForce = exposuresInForce(exposures)
  const blockedBecause = blockReasons(pkg, exposures)
  const blocked = new Set(blockedBecause.keys())
  const { pkg: offered, lateFiles, untested } = offeredPackage(pkg, inForce)
  // What changed or went away is for nobody who does not pin it, whatever its rollout says.
  const isOff = (version: string) => untested.has(version) || pkg.versions[version]?.gone === true
  const stableHidden = Object.values(pkg.versions).flatMap(({ version, released, opened }) => {
    if (isOff(version)) return [version]
    const exposure = inForce.get(version)
    const shown = exposure === undefined ? released || scheme.isPrerelease(version) : exposure.full
    return shown || opened ? [] : [version]
  })
  const staged = new Set(stableHidden)
  const live = exposures.filter(
    ({ version, live: isLive }) =>
      isLive && inForce.get(version)?.full === false && !blocked.has(version) && !isOff(version),
  )
  return {
    pkg: offered,
    stored: pkg,
    scheme,
    exposures,
    live,
    liveFinals: live.filter(({ version }) => !scheme.isPrerelease(version)),
    streams: channelViews(pkg, [...inForce.values()], blocked, scheme),
    hasFinal: Object.values(pkg.versions).some(
      (record) =>
        !scheme.isPrerelease(record.version) &&
        !staged.has(record.version) &&
        (blocked.has(record.version) || isInstallable({ blocked, scheme }, record)),
    ),
    stableHidden: staged,
    blocked,
    blockedBecause,
    lateFiles,
    hiddenBecause: hiddenReasons(pkg, exposures, inForce, untested),
    changedAt: Math.max(pkg.modifiedAt, ...exposures.map(({ changedAt }) => changedAt)),
  }
}

/**
 * How a view differs from `channel/stable`: looks at the live rollouts only, so that it can be asked for
 * every request. A cohort sees the candidates whose bucket or group lets its key in; an arm is stable plus or
 * minus one rollout, also after that rollout has ended.
 */
export function viewDelta(views: PackageViews, view: View, bucketOf: BucketOf): ViewDelta {
  switch (view.kind) {
    case 'source':
      return { ...asStable, key: 'source', viewId: null, source: true }
    case 'stable':
      return view.finals === true ? onlyFinals(views) : asStable
    case 'channel':
      return channelDelta(views, view, bucketOf)
    case 'candidate':
      return showing(views.live)
    case 'rollouts':
      return showing(views.live.filter(({ rollout }) => view.ids.has(rollout)))
    case 'cohort':
      return cohortDelta(views.liveFinals, view.key, bucketOf)
    case 'arm': {
      if (view.suspect !== undefined) return suspectDelta(views, view, view.suspect)
      const own = views.exposures.filter(({ rollout }) => rollout === view.rollout)
      const members = versionsOf(own)
      const tested =
        view.arm === 'candidate'
          ? members
          : own.flatMap(({ version, baseline }) =>
              views.scheme.isPrerelease(version) && baseline !== null ? [baseline] : [],
            )
      const offered = tested.filter((version) => views.scheme.isPrerelease(version))
      if (view.arm === 'candidate') return delta(members, [], offered)
      return delta([], [...members, ...completedSince(views, own)], offered)
    }
  }
}

/** Finals between a candidate and what it is compared with: they came out later, and are no baseline of it. */
function completedSince({ pkg, scheme }: PackageViews, own: readonly Exposure[]): readonly string[] {
  const { compare, isPrerelease } = scheme
  const isBetween = (other: string) =>
    own.some(
      ({ version, baseline }) =>
        baseline !== null && compare(other, baseline) > 0 && compare(other, version) < 0,
    )
  return Object.keys(pkg.versions).filter((version) => !isPrerelease(version) && isBetween(version))
}

/** Only full releases, and no pre-release of a package with streams: those have channels of their own. */
function onlyFinals({ hasFinal, streams }: PackageViews): ViewDelta {
  if (!hasFinal || streams.channels.size === 0) return asStable
  return { ...asStable, key: 'finals', viewId: null, removed: streams.prereleases }
}

/**
 * An arm of a search. Of the package under suspicion it shows nothing above the baseline but, in the candidate arm,
 * the suspect; of the other packages of the rollout the baselines.
 */
function suspectDelta(
  views: PackageViews,
  { rollout, arm }: View & { readonly kind: 'arm' },
  { release, baseline }: Suspect,
): ViewDelta {
  if (!release.startsWith(`${views.pkg.id}@`)) {
    return delta([], versionsOf(views.exposures.filter((exposure) => exposure.rollout === rollout)))
  }
  const versionIn = (id: string): string => id.slice(views.pkg.id.length + 1)
  const tested = versionIn(arm === 'candidate' ? release : baseline)
  const above = Object.keys(views.pkg.versions).filter(
    (other) => other !== tested && views.scheme.compare(other, versionIn(baseline)) > 0,
  )
  return delta([tested], above, views.scheme.isPrerelease(tested) ? [tested] : [])
}

/**
 * What the users of a channel see: finals by cohort as everywhere, and the pre-releases of its streams; all other
 * pre-releases are hidden. For a package without such a channel the same as `channel/stable`.
 */
function channelDelta(
  views: PackageViews,
  { channel, key, turnedAt }: View & { readonly kind: 'channel' },
  bucketOf: BucketOf,
): ViewDelta {
  const own = views.streams.channels.get(channel)
  if (own === undefined) return onlyFinals(views)
  const sees = key === null ? () => false : seenBy(key, bucketOf)
  // At a cadence of their own people have what was there for all at the last turn, and nothing that is on its way.
  const wasThere = ({ fullSince }: Exposure) => turnedAt === undefined || (fullSince ?? turnedAt) <= turnedAt
  const full = versionsOf(own.full.filter(wasThere))
  const rolling = turnedAt === undefined ? versionsOf(own.live.filter(sees)) : []
  const shown = [...versionsOf(views.liveFinals.filter(sees)), ...rolling]
  const offered = [...full, ...rolling]
  const others = views.streams.prereleases.filter((version) => !offered.includes(version))
  const removed = views.hasFinal || offered.length > 0 ? others : []
  // Whoever is at a turn at which nothing was there yet sees something else than who takes all that comes.
  const words = [...shown.map((version) => `+${version}`), ...offered.map((version) => `^${version}`)]
  const name = [`channel/${channel}`, ...words].join(' ')
  return { ...asStable, key: name, viewId: null, shown, removed, offered }
}

/** What the view shows. Never nothing: see `revealed`. */
export function visibilityOf(views: PackageViews, viewed: ViewDelta): Visibility {
  const { shown, removed, source, offered } = viewed
  const { blocked, blockedBecause, changedAt, hiddenBecause, lateFiles, pkg } = views
  if (source) return { hidden: new Set(), blocked: new Set(), source, changedAt: pkg.modifiedAt }
  const hidden = new Set([...views.stableHidden, ...removed].filter((version) => isThere(views, version)))
  for (const version of shown) hidden.delete(version)
  const version = revealed(views, hidden, removed)
  if (version !== null) hidden.delete(version)
  const choice = offered.length === 0 ? {} : { offered: new Set(offered) }
  return {
    hidden,
    blocked,
    blockedBecause,
    staged: views.stableHidden,
    lateFiles,
    hiddenBecause,
    ...choice,
    changedAt,
  }
}

/**
 * The versions that a view hides from everybody who did not ask for them by exact version. Blocked versions
 * are not among them, they are refused altogether. `bucketOf` gives the bucket of a key under a salt.
 */
export function hiddenVersions(
  pkg: PackageRecord,
  exposures: readonly Exposure[],
  view: View,
  bucketOf: BucketOf,
): ReadonlySet<string> {
  const views = packageViews(pkg, exposures)
  return visibilityOf(views, viewDelta(views, view, bucketOf)).hidden
}

/** The ecosystem that a package's id begins with. */
export function ecosystemOf(pkg: Pick<PackageRecord, 'id'>): Ecosystem {
  return pkg.id.startsWith('npm:') ? 'npm' : 'pypi'
}

function isThere(views: PackageViews, version: string): boolean {
  return Object.hasOwn(views.pkg.versions, version) && !views.blocked.has(version)
}
