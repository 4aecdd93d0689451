import type { Policy, PolicySource, ProfileLadder } from '../../gates/policy.ts'
import { type Advisory, affects, spares } from '../../versions/advisory.ts'
import { type PackageId, packageIdOf, parseReleaseId, type ReleaseId } from '../../versions/release.ts'
import type { Member } from '../history/event.ts'
import type { RolloutState } from '../history/state.ts'
import { onLadderOfChange } from './change-ladder.ts'

/** What is known of each package; a package without an entry has no advisory. */
export type KnownAdvisories = Readonly<Record<PackageId, readonly Advisory[]>>

/**
 * The ids of the advisories that a baseline has and its candidate no longer: what makes a release urgent. One
 * member is enough for its train. A first release fixes nothing for anybody.
 */
export function fixedBy(members: readonly Member[], known: KnownAdvisories): readonly string[] {
  const ids = members.flatMap(({ candidate, baseline }) => {
    const [fixed, broken] = [parseReleaseId(candidate), parseReleaseId(baseline ?? '')]
    if (!fixed.ok || !broken.ok) return []
    const { ecosystem, version } = fixed.value
    return advisoriesOf(known, candidate)
      .filter((advisory) => affects(advisory, ecosystem, broken.value.version))
      .filter((advisory) => spares(advisory, ecosystem, version))
      .map(({ id }) => id)
  })
  return [...new Set(ids)]
}

function advisoriesOf(known: KnownAdvisories, release: ReleaseId): readonly Advisory[] {
  const id = packageIdOf(release)
  return Object.hasOwn(known, id) ? (known[id] ?? []) : []
}

/** The same policy with its urgent ladder in the place of the usual one; unchanged where it has none. */
export function onUrgentLadder(policy: Policy): Policy {
  const { urgent, byChange: _, change: __, ...usual } = policy
  return urgent === undefined ? policy : { ...usual, profile: urgent.profile, stages: urgent.stages }
}

/**
 * The ladder of a release of whose package nothing is offered any more: it has to be quick, for nobody has anything
 * else, and a person says yes first. `ladder`: where the policy has no urgent one; null: its own stages.
 */
export function onApprovedLadder(policy: Policy, ladder: ProfileLadder | null): Policy {
  const hurried = onUrgentLadder(
    ladder === null || policy.urgent !== undefined ? policy : { ...policy, urgent: ladder },
  )
  const stages = hurried.stages.map((stage, index) =>
    index > 0 || stage.gates.approval !== undefined
      ? stage
      : { ...stage, gates: { ...stage.gates, approval: { by: 'maintain' as const } } },
  )
  return { ...hurried, stages }
}

/** Where the policy of such a release comes from. */
export function unofferedSource(source: PolicySource): PolicySource {
  const detail = `${source.detail}; its urgent ladder, because nothing else of the package is offered any more`
  return { ...source, detail, urgent: [] }
}

/** Where the policy of an urgent rollout comes from, and why it is the urgent one. */
export function urgentSource(source: PolicySource, advisories: readonly string[]): PolicySource {
  if (advisories.length === 0) return source
  const detail = `${source.detail}; its urgent ladder, because the release fixes ${listed(advisories)}`
  return { ...source, detail, urgent: advisories }
}

type Running = Pick<RolloutState, 'policy' | 'policySource'>

/** A policy as a running rollout would have taken it, for the same kind of change: on its urgent ladder where the rollout is on one. */
export function onLadderOf({ policySource, policy: own }: Running, policy: Policy): Policy {
  if (policySource?.urgent !== undefined) return onUrgentLadder(policy)
  return own?.change === undefined ? policy : onLadderOfChange(policy, own.change)
}

/** The same with its source: a policy without an urgent ladder that takes its place is a usual one. */
export function likeRunning(
  running: Running,
  given: { readonly policy: Policy; readonly source: PolicySource },
): { readonly policy: Policy; readonly source: PolicySource } {
  const policy = onLadderOf(running, given.policy)
  const urgent = policy === given.policy ? [] : (running.policySource?.urgent ?? [])
  return { policy, source: urgentSource(given.source, urgent) }
}

/** `, on the urgent ladder because it fixes GHSA-1`; empty for any other rollout. */
export function urgencyOf(source: PolicySource | null): string {
  const advisories = source?.urgent ?? []
  return advisories.length === 0 ? '' : `, on the urgent ladder because it fixes ${listed(advisories)}`
}

function listed(ids: readonly string[]): string {
  const last = ids.at(-1) ?? ''
  return ids.length < 2 ? last : `${ids.slice(0, -1).join(', ')} and ${last}`
}
