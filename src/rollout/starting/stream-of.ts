import { formatTime } from '../../gates/format-time.ts'
import type { PaceRule, Policy, StreamRule } from '../../gates/policy.ts'
import { packageIdOf, parseReleaseId, type Release } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { Refusal } from '../deciding/refusal.ts'
import { refuse } from '../deciding/refuse.ts'
import type { RolloutState } from '../history/state.ts'
import type { KnownVersions } from './known-versions.ts'

type WithStream = { readonly stream?: StreamRule } | null

type WithLine = { readonly stream?: StreamRule; readonly pace: Pick<PaceRule, 'line'> } | null

/**
 * The stream of pre-releases that a policy belongs to; empty for finals, which are one audience whatever streams
 * they come from. What happens to one audience says nothing about another.
 */
export function audienceOf(policy: WithStream): string {
  return policy?.stream?.kind === 'prerelease' ? policy.stream.name : ''
}

/** What releases share that replace each other: the line, for pre-releases within their stream (`3.1/beta`). */
export function laneOf(release: Release, policy: WithLine): string {
  const line = schemeOf(release.ecosystem).lineOf(release.version, policy?.pace.line ?? 'minor')
  const audience = audienceOf(policy)
  return audience === '' ? line : `${line}/${audience}`
}

export interface StreamStart {
  readonly release: Release
  readonly policy: Policy
  /** All rollouts that have a release of the package. */
  readonly world: readonly RolloutState[]
  readonly versions: KnownVersions
  readonly now: number
}

/** Why a release of a stream must not start yet; null when it may. */
export function refusesStream(start: StreamStart): Refusal | null {
  const { stream } = start.policy
  return stream === undefined ? null : (refusesWhilePaused(start, stream) ?? refusesTooSoon(start, stream))
}

/** No release of a stream comes while a release of the other one waits for its final. */
function refusesWhilePaused(start: StreamStart, { name, pauseDuring }: StreamRule): Refusal | null {
  if (pauseDuring === null) return null
  const { compare, finalOf } = schemeOf(start.release.ecosystem)
  const open = startedIn(pauseDuring, start)
    .filter(({ state, version }) => stands(state, version, start))
    .find(({ version }) => !isSettled(finalOf(version), start, compare))
  if (open === undefined) return null
  const why = `No release of the stream ${name} starts while ${open.version} of the stream ${pauseDuring} is open.`
  const expected = `a release after ${finalOf(open.version)} has started or ${open.version} was blocked or withdrawn`
  return refuse('conflict', why, 'release', start.release.version, expected)
}

/** A final comes no earlier than so long after the last pre-release that leads to it. */
function refusesTooSoon(start: StreamStart, { after }: StreamRule): Refusal | null {
  if (after === null) return null
  const { compare, finalOf } = schemeOf(start.release.ecosystem)
  const final = finalOf(start.release.version)
  const before = startedIn(after.stream, start).filter(
    ({ version }) => compare(finalOf(version), final) === 0,
  )
  const last = before.reduce<(typeof before)[number] | null>(
    (latest, one) => (latest === null || one.at > latest.at ? one : latest),
    null,
  )
  if (last === null || start.now >= last.at + after.minMs) return null
  const until = formatTime(last.at + after.minMs)
  const why = `${start.release.version} comes too soon after ${last.version} of the stream ${after.stream}.`
  const expected = `a start after ${until}, or one with maintain permission and a reason`
  return refuse('temporary', why, 'start', start.release.version, expected)
}

interface Started {
  readonly version: string
  readonly state: RolloutState
  readonly at: number
}

/** The package's releases of a stream that have started. */
function startedIn(stream: string, { release, world }: StreamStart): readonly Started[] {
  return versionsIn(release, world).flatMap(({ version, state }) =>
    state.policy?.stream?.name === stream && state.startedAt !== null
      ? [{ version, state, at: state.startedAt }]
      : [],
  )
}

function versionsIn(release: Release, world: readonly RolloutState[]) {
  const id = packageIdOf(release)
  return world.flatMap((state) =>
    state.members.flatMap(({ candidate }) => {
      const parsed = packageIdOf(candidate) === id ? parseReleaseId(candidate) : null
      return parsed?.ok ? [{ version: parsed.value.version, state }] : []
    }),
  )
}

/** Neither taken back, by Slipway or by its maintainer, nor given up. */
function stands(state: RolloutState, version: string, { release, versions }: StreamStart): boolean {
  const id = packageIdOf(release)
  if (state.blocked.includes(`${id}@${version}`)) return false
  if (versions[id]?.some((known) => known.version === version && known.withdrawn)) return false
  return state.end === null || state.end.kind === 'completed'
}

/** Whether a final, or a later one, has started or was given up. */
function isSettled(
  final: string,
  { release, world, versions }: StreamStart,
  compare: (a: string, b: string) => number,
): boolean {
  const { isPrerelease } = schemeOf(release.ecosystem)
  const settles = (version: string) => !isPrerelease(version) && compare(version, final) >= 0
  const known = versions[packageIdOf(release)] ?? []
  if (known.some(({ version, released }) => released && settles(version))) return true
  return versionsIn(release, world).some(
    ({ version, state }) => settles(version) && (state.startedAt !== null || state.end !== null),
  )
}
