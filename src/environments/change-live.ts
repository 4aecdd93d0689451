import { packageIdOf } from '../versions/release.ts'
import { getCommand } from './choosing/find-installed.ts'
import type { PackageRef, VersionRule } from './choosing/version-rule.ts'
import { done, type Outcome, refuse } from './outcome.ts'
import { changeRoot, oneState, type RootParts } from './root/change-root.ts'
import {
  type PackageState,
  rolledBack,
  takenBack,
  versionFor,
  versionNamed,
  withAccepted,
  withLive,
} from './root/package-state.ts'
import { writeState } from './root/state-store.ts'

/** What was live and what is. */
export interface LiveChange {
  readonly package: string
  readonly from: string
  readonly live: string
}

/** Runs a test against a version in place; its refusal keeps the live one. */
export type InPlaceTest = (version: {
  readonly ref: PackageRef
  readonly version: string
}) => Promise<Outcome<null>>

/** Makes an installed version live once its test passed. The lock is kept: nobody prunes what is being tested. */
export async function promoteVersion(
  parts: RootParts,
  packages: readonly PackageRef[],
  rule: VersionRule,
  test: InPlaceTest | null,
): Promise<Outcome<LiveChange>> {
  return withTested(parts, packages, rule, test, withLive)
}

/** Tests an installed version in place; links of its series may name it from then on. What is live stays. */
export async function testVersion(
  parts: RootParts,
  packages: readonly PackageRef[],
  rule: VersionRule,
  test: InPlaceTest,
): Promise<Outcome<LiveChange & { readonly tested: string }>> {
  let tested = ''
  const noting: InPlaceTest = async (version) => {
    tested = version.version
    return test(version)
  }
  const change = await withTested(parts, packages, rule, noting, withAccepted)
  return change.ok ? done({ ...change.value, tested }) : change
}

async function withTested(
  parts: RootParts,
  packages: readonly PackageRef[],
  rule: VersionRule,
  test: InPlaceTest | null,
  change: (state: PackageState, version: string) => PackageState,
): Promise<Outcome<LiveChange>> {
  return changeRoot(parts, async () => {
    const state = await oneState(parts, packages)
    if (!state.ok) return state
    const id = packageIdOf(state.value)
    // Whoever promotes the newest 1.2.* means the one that is still to be tested, not the one that links name.
    const entry = newestFor(state.value, rule)
    if (entry === null) {
      const asked = `${id}@${rule.kind === 'partial' || rule.kind === 'full' ? rule.text : 'live'}`
      const has = state.value.versions.map(({ version }) => version).join(', ')
      const hint = `to get it: ${getCommand({ text: asked }, parts.root)}`
      return refuse(`${asked} is not installed\ninstalled is ${has}\n${hint}`)
    }
    const tested = test === null ? done(null) : await test({ ref: state.value, version: entry })
    if (!tested.ok) {
      const { kind, message } = tested.refusal
      return refuse(`${message}; ${id}@${state.value.live} stays live`, kind)
    }
    const next = change(state.value, entry)
    if (next !== state.value) await writeState(parts.files, parts.root, next)
    return done({ package: id, from: state.value.live, live: next.live })
  })
}

/** The highest installed version that was not taken back, whatever links name; else what the rule means. */
function newestFor(state: PackageState, rule: VersionRule): string | null {
  const open = state.versions.map((entry) => ({
    ...entry,
    standing: entry.standing === 'taken-back' ? ('untested' as const) : ('accepted' as const),
  }))
  return versionFor({ ...state, versions: open }, [rule])?.version ?? null
}

/**
 * Takes versions out of the links because they were taken back elsewhere; no test stands in the way. Where the
 * live one is among them, `to` is live, which has to be installed.
 */
export async function takeBackVersions(
  parts: RootParts,
  ref: PackageRef,
  versions: readonly string[],
  to: string | null,
): Promise<Outcome<LiveChange>> {
  return changeRoot(parts, async () => {
    const state = await oneState(parts, [ref])
    if (!state.ok) return state
    const { live } = state.value
    if (to !== null && versionNamed(state.value, to) === null)
      return refuse(`${packageIdOf(ref)}@${to} is not installed`)
    const next = takenBack(state.value, versions, to)
    if (next !== state.value) await writeState(parts.files, parts.root, next)
    return done({ package: packageIdOf(ref), from: live, live: next.live })
  })
}

/** Makes live what was live before; links no longer name the version that is left. */
export async function rollBackVersion(
  parts: RootParts,
  packages: readonly PackageRef[],
): Promise<Outcome<LiveChange>> {
  return changeRoot(parts, async () => {
    const state = await oneState(parts, packages)
    if (!state.ok) return state
    const next = rolledBack(state.value)
    const id = packageIdOf(state.value)
    if (next === null) return refuse(`nothing was live before ${id} ${state.value.live}`)
    await writeState(parts.files, parts.root, next)
    return done({ package: id, from: state.value.live, live: next.live })
  })
}
