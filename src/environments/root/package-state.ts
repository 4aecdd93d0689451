import { z } from 'zod'
import { ownEntry } from '../../versions/own-entry.ts'
import {
  compareFullVersions,
  fullVersion,
  type PackageRef,
  rulesOf,
  type VersionRule,
} from '../choosing/version-rule.ts'

const versionSchema = z.strictObject({
  version: z.string(),
  /** Name of its folder below `installed/`. */
  folder: z.string().regex(/^[^/]+$/),
  /** The texts that ask for it, so that the import-time modules need no order of versions. */
  rules: z.array(z.string()),
  installedAt: z.int(),
})

const stateSchema = z.strictObject({
  format: z.literal(1),
  ecosystem: z.enum(['pypi', 'npm']),
  name: z.string(),
  /** Lowest first. */
  versions: z.array(versionSchema),
  live: z.string(),
  /** What was live before, newest last; always installed versions. */
  history: z.array(z.string()),
  links: z.record(z.string(), z.string()),
})

/** All versions of one package in one root. Written whole, replaced in one step. */
export type PackageState = z.infer<typeof stateSchema>
export type InstalledVersion = z.infer<typeof versionSchema>

const LONGEST_HISTORY = 10

/** Reads a stored state; throws for one that no version of Slipway wrote. */
export function parseState(text: string): PackageState {
  return stateSchema.parse(JSON.parse(text))
}

/** The state with one more version; the first one is live at once, later ones wait to be promoted. */
export function withVersion(
  state: PackageState | null,
  ref: PackageRef,
  added: Omit<InstalledVersion, 'rules'>,
): PackageState {
  const entry = { ...added, rules: [...rulesOf(ref.ecosystem, added.version)] }
  const versions = [...(state?.versions ?? []), entry].sort((a, b) =>
    compareFullVersions(ref.ecosystem, a.version, b.version),
  )
  return linked({
    format: 1,
    ...{ ecosystem: ref.ecosystem, name: ref.name, versions },
    live: state?.live ?? added.version,
    history: state?.history ?? [],
  })
}

/** The state with another live version; the one before is kept for going back. */
export function withLive(state: PackageState, version: string): PackageState {
  if (version === state.live) return state
  return linked({ ...state, live: version, history: [...state.history, state.live].slice(-LONGEST_HISTORY) })
}

/** The state with a version live that was taken for another, of which nothing is kept to go back to. */
export function steppedDown(state: PackageState, version: string): PackageState {
  const history = state.history.filter((other) => other !== version && other !== state.live)
  return linked({ ...state, live: version, history })
}

/** The state one step back; null when nothing was live before. */
export function rolledBack(state: PackageState): PackageState | null {
  const live = state.history.at(-1)
  return live === undefined ? null : linked({ ...state, live, history: state.history.slice(0, -1) })
}

/**
 * The state without versions that only their own number names: what `1`, `1.2`, `live` and `previous` point to
 * stays.
 */
export function pruned(state: PackageState): {
  readonly state: PackageState
  readonly gone: readonly string[]
} {
  const kept = new Set(
    Object.entries(state.links).flatMap(([name, version]) =>
      /^(\d+(\.\d+)?|live|previous)$/.test(name) ? [version] : [],
    ),
  )
  const versions = state.versions.filter(({ version }) => kept.has(version))
  const history = state.history.filter((version) => kept.has(version))
  const gone = state.versions.filter(({ version }) => !kept.has(version)).map(({ version }) => version)
  return { state: linked({ ...state, versions, history }), gone }
}

/** The version that a set of rules asks for; the highest one that satisfies all. No version: the live one. */
export function versionFor(state: PackageState, rules: readonly VersionRule[]): InstalledVersion | null {
  const numbered = rules.filter((rule) => rule.kind !== 'live')
  if (numbered.length === 0) return versionNamed(state, state.live)
  return state.versions.findLast((entry) => numbered.every((rule) => answers(state, entry, rule))) ?? null
}

/** The entry of an installed version. */
export function versionNamed(state: PackageState, version: string): InstalledVersion | null {
  return state.versions.find((entry) => entry.version === version) ?? null
}

/** The links that point to a version, most general first. */
export function linksTo(state: PackageState, version: string): readonly string[] {
  return Object.keys(state.links).filter((name) => ownEntry(state.links, name) === version)
}

function answers(state: PackageState, entry: InstalledVersion, rule: VersionRule): boolean {
  if (rule.kind === 'partial') return entry.rules.includes(rule.text)
  if (rule.kind !== 'full') return false
  const wanted = fullVersion(state.ecosystem, rule.text)
  return wanted !== null && compareFullVersions(state.ecosystem, wanted, entry.version) === 0
}

/** Every link and the version it points to, computed from the rest. */
function linked(state: Omit<PackageState, 'links'>): PackageState {
  const links: Record<string, string> = { live: state.live }
  const previous = state.history.at(-1)
  if (previous !== undefined) links.previous = previous
  // Lowest first: a higher version takes a link over.
  for (const { version, rules } of state.versions) for (const rule of rules) links[rule] = version
  return { ...state, links }
}
