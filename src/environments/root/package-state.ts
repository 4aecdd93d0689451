import { z } from 'zod'
import { ownEntry } from '../../versions/own-entry.ts'
import {
  compareFullVersions,
  isInSeries,
  isVersion,
  isWrittenInFull,
  numbersOf,
  ownLinkOf,
  type PackageRef,
  seriesOf,
  type VersionRule,
} from '../choosing/version-rule.ts'

const buildSchema = z.strictObject({
  /** Name of its folder below `installed/`. */
  folder: z.string().regex(/^[^/]+$/),
  /** What it was installed for: `cpython-311`, `node-115`, or `node` for what every Node can run. */
  interpreter: z.string(),
  extras: z.array(z.string()),
  installedAt: z.int(),
})

const versionSchema = z.strictObject({
  version: z.string(),
  /** `accepted`: tested in place, or made live. Links of a series name nothing else. */
  standing: z.enum(['untested', 'accepted', 'taken-back']),
  /** The same version for several interpreters or extras; plain links lead to the first. */
  builds: z.array(buildSchema).min(1),
})

const stateSchema = z.strictObject({
  format: z.literal(2),
  ecosystem: z.enum(['pypi', 'npm']),
  name: z.string(),
  /** Lowest first. */
  versions: z.array(versionSchema),
  live: z.string(),
  /** What was live before and was not taken back, newest last; always installed versions. */
  history: z.array(z.string()),
  links: z.record(z.string(), z.string()),
})

/** All versions of one package in one root. Written whole, replaced in one step. */
export type PackageState = z.infer<typeof stateSchema>
export type InstalledVersion = z.infer<typeof versionSchema>
export type InstalledBuild = z.infer<typeof buildSchema>

/** What a build has to have; no interpreter: whichever there is. */
export interface BuildNeed {
  readonly interpreter: string | null
  readonly extras: readonly string[]
}

export const ANY_BUILD: BuildNeed = { interpreter: null, extras: [] }

const LONGEST_HISTORY = 10

/** Reads a stored state; throws for one that this version of Slipway did not write. */
export function parseState(text: string): PackageState {
  return stateSchema.parse(JSON.parse(text))
}

/** The state with one more build; the first version is live at once, later ones wait to be tested or promoted. */
export function withBuild(
  state: PackageState | null,
  ref: PackageRef,
  version: string,
  build: InstalledBuild,
): PackageState {
  const { ecosystem, name } = ref
  const there = state === null ? null : versionNamed(state, version)
  const standing = there?.standing ?? (state === null ? 'accepted' : 'untested')
  const entry = { version, standing, builds: buildsWith(there?.builds ?? [], build) }
  const others = (state?.versions ?? []).filter((other) => other !== there)
  return linked({
    ...{ format: 2 as const, ecosystem, name, live: state?.live ?? version, history: state?.history ?? [] },
    versions: [...others, entry].sort((a, b) => compareFullVersions(ecosystem, a.version, b.version)),
  })
}

/** A build with more extras stands before the one it does better than; another interpreter's stands last. */
function buildsWith(builds: readonly InstalledBuild[], build: InstalledBuild): InstalledBuild[] {
  const at = builds.findIndex(({ interpreter }) => interpreter === build.interpreter)
  return at < 0 ? [...builds, build] : builds.toSpliced(at, 0, build)
}

/** The state with another live version; the one before is kept for going back. */
export function withLive(state: PackageState, version: string): PackageState {
  const accepted = withAccepted(state, version)
  if (version === state.live) return accepted
  const wasGood = versionNamed(state, state.live)?.standing !== 'taken-back'
  const history = [...state.history.filter((other) => other !== version), ...(wasGood ? [state.live] : [])]
  return linked({ ...accepted, live: version, history: history.slice(-LONGEST_HISTORY) })
}

/** The state with a version that links may name from now on. */
export function withAccepted(state: PackageState, version: string): PackageState {
  if (versionNamed(state, version)?.standing === 'accepted') return state
  return linked({ ...state, versions: standingAs(state, [version], 'accepted') })
}

/**
 * The state without some versions in its links, because they were taken back; they stay installed. Where the live
 * one is among them, `to` is live, else what was live before it. Where nothing is left to be live, it stays.
 */
export function takenBack(
  state: PackageState,
  versions: readonly string[],
  to: string | null = null,
): PackageState {
  const gone = versions.filter((version) => versionNamed(state, version)?.standing !== 'taken-back')
  if (gone.length === 0 && (to ?? state.live) === state.live && !versions.includes(state.live)) return state
  const left = state.history.filter((version) => version !== to && !versions.includes(version))
  const isLiveGone = versions.includes(state.live)
  const live = to ?? (isLiveGone ? (left.at(-1) ?? state.live) : state.live)
  const history = left.filter((version) => version !== live)
  const changed = linked({ ...state, live, history, versions: standingAs(state, gone, 'taken-back') })
  return to === null ? changed : withAccepted(changed, to)
}

/** The state one step back, the version it steps back from taken back; null when nothing was live before. */
export function rolledBack(state: PackageState): PackageState | null {
  return state.history.length === 0 ? null : takenBack(state, [state.live])
}

/** The state without a version; null when it was the last one. */
export function withoutVersion(state: PackageState, version: string): PackageState | null {
  const versions = state.versions.filter((entry) => entry.version !== version)
  if (versions.length === 0) return null
  return linked({ ...state, versions, history: state.history.filter((other) => other !== version) })
}

/**
 * The state without what nobody means any more: versions that only their own full number names, unless they wait
 * above the live one to be tested; and builds whose extras another build has too.
 */
export function pruned(state: PackageState): {
  readonly state: PackageState
  readonly gone: readonly string[]
} {
  const meant = new Set(
    Object.entries(state.links).flatMap(([name, version]) => (name === ownLinkOf(version) ? [] : [version])),
  )
  const waits = ({ version, standing }: InstalledVersion) =>
    standing === 'untested' && compareFullVersions(state.ecosystem, version, state.live) > 0
  const kept = state.versions.filter((entry) => meant.has(entry.version) || waits(entry))
  const versions = kept.map((entry) => ({ ...entry, builds: entry.builds.filter(isBest) }))
  const history = state.history.filter((version) => kept.some((entry) => entry.version === version))
  const gone = state.versions.filter((entry) => !kept.includes(entry)).map(({ version }) => version)
  return { state: linked({ ...state, versions, history }), gone }
}

/** Whether no build before it does the same and more. */
function isBest(build: InstalledBuild, at: number, builds: readonly InstalledBuild[]): boolean {
  return !builds
    .slice(0, at)
    .some(
      ({ interpreter, extras }) =>
        interpreter === build.interpreter && build.extras.every((extra) => extras.includes(extra)),
    )
}

/** A version and the build of it that serves. */
export interface MatchingVersion extends InstalledVersion {
  readonly build: InstalledBuild
}

/**
 * The version that satisfies a set of rules: the highest that links may name, else the highest. No version: the
 * live one. `3.1.4` means 3.1.4 itself where it is installed. Only versions with a build that serves count.
 */
export function versionFor(
  state: PackageState,
  rules: readonly VersionRule[],
  need: BuildNeed = ANY_BUILD,
): MatchingVersion | null {
  const usable = state.versions.flatMap((entry) => {
    const build = buildFor(entry, need)
    return build === null ? [] : [{ ...entry, build }]
  })
  const numbered = rules.filter((rule) => rule.kind !== 'live')
  if (numbered.length === 0) return usable.find(({ version }) => version === state.live) ?? null
  const sets = numbered.map((rule) => matching(state, usable, rule))
  const all = usable.filter((entry) => sets.every((set) => set.includes(entry)))
  return all.findLast(({ standing }) => standing === 'accepted') ?? all.at(-1) ?? null
}

function matching(
  { ecosystem }: PackageState,
  entries: readonly MatchingVersion[],
  rule: VersionRule,
): readonly MatchingVersion[] {
  if (rule.kind !== 'full' && rule.kind !== 'partial') return []
  const exact = entries.filter(({ version }) => isVersion(ecosystem, rule.text, version))
  if (rule.kind === 'full' || (exact.length > 0 && isWrittenInFull(rule.text))) return exact
  return entries.filter(({ version }) => {
    const numbers = numbersOf(ecosystem, version)
    return numbers !== null && isInSeries(ecosystem, numbers, rule.text)
  })
}

/** The first build of a version that serves; null when it has none. */
export function buildFor(
  { builds }: Pick<InstalledVersion, 'builds'>,
  { interpreter, extras }: BuildNeed,
): InstalledBuild | null {
  const serves = (build: InstalledBuild) =>
    (interpreter === null || build.interpreter === interpreter || build.interpreter === 'node') &&
    extras.every((extra) => build.extras.includes(extra))
  return builds.find(serves) ?? null
}

/** The interpreters that any version was installed for, sorted. */
export function interpretersOf(state: PackageState): readonly string[] {
  const all = state.versions.flatMap(({ builds }) => builds.map(({ interpreter }) => interpreter))
  return [...new Set(all)].sort()
}

/** The entry of an installed version. */
export function versionNamed(state: PackageState, version: string): InstalledVersion | null {
  return state.versions.find((entry) => entry.version === version) ?? null
}

/** The links that point to a version, most general first. */
export function linksTo(state: PackageState, version: string): readonly string[] {
  return Object.keys(state.links).filter((name) => ownEntry(state.links, name) === version)
}

/**
 * Every link on disk and the folder below `installed/` that it leads to. Where a package is there for several
 * interpreters, `live@cpython-312` is the live version for one of them.
 */
export function linkTargets(state: PackageState): ReadonlyMap<string, string> {
  const interpreters = interpretersOf(state)
  const targets = new Map<string, string>()
  for (const [name, version] of Object.entries(state.links)) {
    const entry = versionNamed(state, version)
    if (entry === null) continue
    const of = (interpreter: string | null) => buildFor(entry, { interpreter, extras: [] })
    for (const interpreter of [null, ...(interpreters.length > 1 ? interpreters : [])]) {
      const build = of(interpreter)
      if (build !== null) targets.set(interpreter === null ? name : `${name}@${interpreter}`, build.folder)
    }
  }
  return targets
}

function standingAs(
  state: PackageState,
  versions: readonly string[],
  standing: InstalledVersion['standing'],
): InstalledVersion[] {
  return state.versions.map((entry) => (versions.includes(entry.version) ? { ...entry, standing } : entry))
}

/** Every link and the version it points to, computed from the rest. */
function linked(state: Omit<PackageState, 'links'>): PackageState {
  const links: Record<string, string> = { live: state.live }
  const previous = state.history.at(-1)
  if (previous !== undefined) links.previous = previous
  // Lowest first: a higher version takes a link over.
  for (const { version } of state.versions.filter(({ standing }) => standing === 'accepted')) {
    const numbers = numbersOf(state.ecosystem, version)
    if (numbers !== null) for (const series of seriesOf(state.ecosystem, numbers)) links[series] = version
  }
  // What is written in full is that version, whatever its standing: whoever pins it gets it.
  for (const { version } of state.versions) links[ownLinkOf(version)] = version
  return { ...state, links }
}
