import type { RolloutState } from '../../rollout/history/state.ts'
import { baselineOf, rolloutOf } from '../../rollout/starting/line-history.ts'
import { fixedBy } from '../../rollout/starting/urgent-ladder.ts'
import type { Advisory } from '../../versions/advisory.ts'
import { parseReleaseId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { VersionScheme } from '../../versions/version-scheme.ts'
import { ecosystemOf } from '../views/package-views.ts'
import type { OverlaidPackage } from './overlaid-package.ts'

/**
 * First sight of an adopted package: the finals that count as completed. Those are the
 * ones uploaded longer ago than the policy's whole bake; where none is, the greatest final below the newest.
 * Where the upstream gives no upload times, everything but the newest counts as old. The only final of a
 * package counts too: there is nothing to show instead.
 */
export function releasedAtFirstSight(
  overlaid: OverlaidPackage,
  totalBakeMs: number,
  now: number,
): readonly string[] {
  const scheme = schemeOf(ecosystemOf(overlaid.record))
  const finals = finalsOf(overlaid, scheme)
  const newest = finals.at(-1)
  const isOld = (version: string) => {
    const at = overlaid.uploadedAt.get(version)
    return at === undefined ? version !== newest : at <= now - totalBakeMs
  }
  const old = finals.filter(isOld)
  // A pre-release that everybody got as `latest` was let out by its publisher long ago.
  const latest = overlaid.record.tags.latest
  const tagged = latest !== undefined && scheme.isPrerelease(latest) && isOld(latest) ? [latest] : []
  if (old.length > 0) return [...old, ...tagged]
  return finals.slice(-2, -1).concat(finals.length === 1 ? finals : [])
}

/** How far apart two adopted releases of one package begin at least, by cadence. */
export const cadenceMs = {
  'every release': 0,
  monthly: 30 * 24 * 60 * 60_000,
  quarterly: 91 * 24 * 60 * 60_000,
  yearly: 365 * 24 * 60 * 60_000,
} as const

export interface AdoptionPlanRequest {
  readonly overlaid: OverlaidPackage
  /** What counted as completed at first sight. */
  readonly released: readonly string[]
  readonly firstSeenAt: number
  /** All rollouts of the package. */
  readonly rollouts: readonly RolloutState[]
  readonly cadence: keyof typeof cadenceMs
  /** What is known against versions of the package, where its policy hurries for that; else empty. */
  readonly advisories: readonly Advisory[]
  readonly now: number
}

/**
 * The versions whose rollouts begin now, ascending: every new final, or by a cadence the newest of each major that is
 * above everything released or rolling in it; what a cadence passes over stays hidden. Pre-releases are not staged,
 * and what its maintainer withdrew is not rolled out. Between two dates of a cadence only what fixes an advisory
 * begins.
 */
export function planAdoption(request: AdoptionPlanRequest): readonly string[] {
  const { overlaid, released, rollouts, cadence, now } = request
  const { id } = overlaid.record
  const scheme = schemeOf(ecosystemOf(overlaid.record))
  const last = Math.max(request.firstSeenAt, ...rollouts.map(({ startedAt }) => startedAt ?? 0))
  const done = new Set(released)
  const resting = now - last < cadenceMs[cadence]
  if (resting && request.advisories.length === 0) return []
  const due: string[] = []
  const newest = new Map<string, { readonly version: string; readonly isNew: boolean }>()
  for (const version of finalsOf(overlaid, scheme)) {
    const state = rolloutOf(rollouts, `${id}@${version}`)
    const isNew = state === null && !done.has(version)
    if (isNew && overlaid.record.versions[version]?.withdrawn !== null) continue
    // What was taken back or given up does not stand in the way of an older one; it is not tried again either.
    if (state?.end != null && state.end.kind !== 'completed') continue
    if (isNew && cadence === 'every release') due.push(version)
    newest.set(scheme.lineOf(version, 'major'), { version, isNew })
  }
  if (cadence !== 'every release') {
    due.push(...[...newest.values()].flatMap(({ version, isNew }) => (isNew ? [version] : [])))
  }
  return resting ? due.filter((version) => isFix(request, version)) : due
}

/** Whether a version is free of something that those who wait for it have. */
function isFix({ overlaid, released, rollouts, advisories }: AdoptionPlanRequest, version: string): boolean {
  const { id, versions } = overlaid.record
  const candidate = `${id}@${version}`
  const parsed = parseReleaseId(candidate)
  if (!parsed.ok) return false
  const known = Object.values(versions).map((one) => ({
    version: one.version,
    installable: one.files.length > 0,
    withdrawn: one.withdrawn !== null,
    released: released.includes(one.version),
  }))
  const baseline = baselineOf(parsed.value, rollouts, { [id]: known })
  return fixedBy([{ candidate, baseline }], { [id]: advisories }).length > 0
}

/** Final versions with files, ascending. */
function finalsOf({ record }: OverlaidPackage, scheme: VersionScheme): readonly string[] {
  return Object.values(record.versions)
    .filter(({ version, files }) => files.length > 0 && !scheme.isPrerelease(version))
    .map(({ version }) => version)
    .sort(scheme.compare)
}

/** The overlaid package with what counts as fully released marked, which is all that views need to know. */
export function withReleased<Overlaid extends OverlaidPackage>(
  overlaid: Overlaid,
  released: 'all' | readonly string[],
): Overlaid {
  const known = released === 'all' ? null : new Set(released)
  const versions = Object.entries(overlaid.record.versions).map(
    ([version, record]) => [version, { ...record, released: known === null || known.has(version) }] as const,
  )
  const record = { ...overlaid.record, versions: Object.fromEntries(versions) }
  return { ...overlaid, staged: known !== null, record }
}
