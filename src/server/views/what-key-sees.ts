import type { Visibility } from '../../catalog/views/package-views.ts'
import type { BucketOf } from '../../catalog/views/seen-by.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import { basisPointsFor, groupKeysOf, isLive } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import {
  isPrerelease,
  type PackageId,
  packageIdOf,
  parseReleaseId,
  type ReleaseId,
} from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'

/** One live release as one key meets it. */
export interface SeenRelease {
  readonly release: ReleaseId
  readonly rollout: RolloutId
  /** Whether the view has it for those who do not pin. */
  readonly shown: boolean
  /** 0..9999; null for who has no key. */
  readonly bucket: number | null
  readonly basisPoints: number
  /**
   * Shown: by `bucket`, `group`, or because it is looked at through a `channel`; `overtaken` where a newer release is shown
   * beside it, which is what the key gets. Not shown: `baseline`, which the key gets instead.
   */
  readonly because: 'bucket' | 'group' | 'channel' | 'baseline' | 'overtaken'
}

/** How all live releases of a package look to a key; `rollouts` are those of the package, newest first. */
export function whatKeySees(
  id: PackageId,
  rollouts: readonly RolloutState[],
  key: string | null,
  { hidden, blocked }: Visibility,
  bucketOf: BucketOf,
): readonly SeenRelease[] {
  const live = rollouts
    .filter(isLive)
    .flatMap((state) =>
      state.members.flatMap(({ candidate }) => (packageIdOf(candidate) === id ? [{ state, candidate }] : [])),
    )
  const versionOf = (release: ReleaseId) => release.slice(id.length + 1)
  const isShown = (release: ReleaseId) => !hidden.has(versionOf(release)) && !blocked.has(versionOf(release))
  const shown = live.map(({ candidate }) => candidate).filter(isShown)
  return live.map(({ state, candidate }) => {
    const bucket = key === null ? null : bucketOf(state.salt, key)
    const basisPoints = basisPointsFor(state, candidate)
    const because = !isShown(candidate)
      ? 'baseline'
      : shown.some((other) => isGreater(other, candidate))
        ? 'overtaken'
        : isPrerelease(candidate)
          ? 'channel'
          : key !== null && groupKeysOf(state).has(key)
            ? 'group'
            : 'bucket'
    return { release: candidate, rollout: state.id, shown: isShown(candidate), bucket, basisPoints, because }
  })
}

function isGreater(left: ReleaseId, right: ReleaseId): boolean {
  const [one, other] = [parseReleaseId(left), parseReleaseId(right)]
  if (!one.ok || !other.ok || isPrerelease(left) !== isPrerelease(right)) return false
  return schemeOf(one.value.ecosystem).compare(one.value.version, other.value.version) > 0
}

/** What somebody can do who wants the other one: exact pins always resolve. */
export function wayOut(candidate: ReleaseId, baseline: ReleaseId | null, inside: boolean): string {
  if (!inside)
    return `To have ${candidate} now, ask for it exactly: ${pinOf(candidate)}. Under /channel/candidate/ every release that is on its way is shown.`
  const stay = baseline === null ? '' : ` ask for ${baseline} exactly: ${pinOf(baseline)}, or`
  return `To stay without ${candidate},${stay} install through /channel/stable/, which shows full releases only.`
}

function pinOf(release: ReleaseId): string {
  const parsed = parseReleaseId(release)
  if (!parsed.ok) return release
  const { ecosystem, name, version } = parsed.value
  return ecosystem === 'npm' ? `npm install ${name}@${version}` : `pip install ${name}==${version}`
}
