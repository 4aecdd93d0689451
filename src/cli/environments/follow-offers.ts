import type { PackageRef } from '../../environments/choosing/version-rule.ts'
import { liveRollouts, type OfferedVersion } from '../../environments/following/follow-target.ts'
import { apiClient, type ServerAccess } from '../../registries/slipway-index/api-client.ts'
import { packageClient } from '../../registries/slipway-index/package-client.ts'
import { formatReleaseId, packageIdOf } from '../../versions/release.ts'
import { stopFor } from '../server-options.ts'

/** Who a machine is in rollouts. */
export interface Machine {
  readonly key: string
  readonly ring: string | null
  /** On how many machines a candidate may have failed for this one to take it up. */
  readonly failures: number
}

/** Every version the server has, with the newest rollout of each. */
export async function offeredVersions(
  access: ServerAccess,
  ref: PackageRef,
): Promise<readonly OfferedVersion[]> {
  const answer = await packageClient(access).show(packageIdOf(ref))
  if (!answer.ok) throw stopFor(answer.failure)
  const { versions, rollouts } = answer.value
  return versions.map(({ version, withdrawn, blocked }) => {
    const release = formatReleaseId({ ...ref, version })
    const rollout = rollouts.find(({ releases }) => releases.some(({ id }) => id === release))
    const newest = rollout === undefined ? null : { id: rollout.id, phase: rollout.phase }
    return { version, withdrawn: withdrawn !== null || blocked !== null, rollout: newest }
  })
}

/** Of which live rollouts the machine gets the candidate. */
export async function seenByMachine(
  access: ServerAccess,
  rollouts: readonly string[],
  machine: Machine,
): Promise<Readonly<Record<string, boolean>>> {
  const seen: Record<string, boolean> = {}
  for (const id of rollouts) {
    const why = await apiClient(access).why(id, machine.key, machine.ring)
    if (!why.ok) throw stopFor(why.failure)
    seen[id] = why.value.inside
  }
  return seen
}

/** The live rollout that this machine's test says something about: of the candidate it has, or of the next one. */
export function rolloutToTell(
  offered: readonly OfferedVersion[],
  target: string,
  live: string | null,
): string | null {
  const of = (version: string | null) => liveRollouts(offered.filter((one) => one.version === version))
  return of(target)[0] ?? of(live)[0] ?? liveRollouts(offered).at(-1) ?? null
}
