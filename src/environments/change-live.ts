import { packageIdOf } from '../versions/release.ts'
import { getCommand } from './choosing/find-installed.ts'
import type { PackageRef, VersionRule } from './choosing/version-rule.ts'
import { done, type Outcome, refuse } from './outcome.ts'
import { changeRoot, oneState, type RootParts } from './root/change-root.ts'
import { rolledBack, steppedDown, versionFor, withLive } from './root/package-state.ts'
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
  return changeRoot(parts, async () => {
    const state = await oneState(parts, packages)
    if (!state.ok) return state
    const entry = versionFor(state.value, [rule])
    if (entry === null) {
      const asked = `${packageIdOf(state.value)}@${rule.kind === 'partial' || rule.kind === 'full' ? rule.text : 'live'}`
      const has = state.value.versions.map(({ version }) => version).join(', ')
      const hint = `to get it: ${getCommand({ text: asked }, parts.root)}`
      return refuse(`${asked} is not installed\ninstalled is ${has}\n${hint}`)
    }
    const tested = test === null ? done(null) : await test({ ref: state.value, version: entry.version })
    if (!tested.ok) {
      const { kind, message } = tested.refusal
      return refuse(`${message}; ${packageIdOf(state.value)}@${state.value.live} stays live`, kind)
    }
    const next = withLive(state.value, entry.version)
    if (next !== state.value) await writeState(parts.files, parts.root, next)
    return done({ package: packageIdOf(next), from: state.value.live, live: next.live })
  })
}

/** Makes an installed version live in place of one that was taken back; no test stands in its way. */
export async function stepDown(
  parts: RootParts,
  ref: PackageRef,
  version: string,
): Promise<Outcome<LiveChange>> {
  return changeRoot(parts, async () => {
    const state = await oneState(parts, [ref])
    if (!state.ok) return state
    const { live } = state.value
    if (versionFor(state.value, [{ kind: 'full', text: version }]) === null)
      return refuse(`${packageIdOf(ref)}@${version} is not installed`)
    if (live !== version) await writeState(parts.files, parts.root, steppedDown(state.value, version))
    return done({ package: packageIdOf(ref), from: live, live: version })
  })
}

/** Makes live what was live before. */
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
