import type { Log } from '../engine/core/log.ts'
import type { EvidenceGatherer } from '../engine/roles/evidence-gatherer.ts'
import type { OfferKeeper } from '../engine/roles/offer-keeper.ts'
import type { ReleaseStarter } from '../engine/roles/release-starter.ts'
import type { RolloutCommander } from '../engine/roles/rollout-commander.ts'
import type { RolloutReader } from '../engine/roles/rollout-reader.ts'
import type { TimeKeeper } from '../engine/roles/time-keeper.ts'
import { isFinal } from '../github/effects/dispatch-effect.ts'
import type { Links } from '../github/words/words.ts'
import type { AccessStore } from '../ports/access-store.ts'
import type { AdvisoryStore } from '../ports/advisory-store.ts'
import type { AuditLog } from '../ports/audit-log.ts'
import type { Clock } from '../ports/clock.ts'
import type { EffectLog } from '../ports/effect-log.ts'
import type {
  CommitMarker,
  Forged,
  IssueKeeper,
  PullRequestReader,
  Repository,
  RepositoryReader,
} from '../ports/forge.ts'
import type { Refusal } from '../rollout/deciding/refusal.ts'
import type { RolloutState } from '../rollout/history/state.ts'
import { packageIdOf } from '../versions/release.ts'

/** What the webhook handlers work with. `Asked`: the roles of the engine that a handler asks. */
export interface BotParts<Asked = unknown> {
  readonly engine: Asked
  readonly forge: RepositoryReader & IssueKeeper & PullRequestReader & CommitMarker
  readonly effects: EffectLog
  readonly access: AccessStore
  readonly advisories: AdvisoryStore
  readonly audit: Pick<AuditLog, 'append'>
  readonly clock: Clock
  readonly log: Log
  /** Where people reach this server, without a slash at the end. */
  readonly publicUrl: string
}

/** The roles of the engine that some handler asks; of time only that something drifted. */
export type AskedByBot = RolloutReader &
  ReleaseStarter &
  RolloutCommander &
  EvidenceGatherer &
  OfferKeeper &
  Pick<TimeKeeper, 'drifted'>

interface HookRepository {
  readonly id: number
  readonly full_name: string
  readonly private: boolean
  readonly default_branch: string
}

/**
 * The repository a delivery is about, in our words. Asks the forge when the delivery names no installation. Null,
 * and noted, when it is out of reach for good: to handle the delivery again would change nothing.
 */
export async function repositoryOf(
  parts: BotParts,
  payload: {
    readonly repository: HookRepository
    readonly installation?: { readonly id: number } | undefined
  },
): Promise<Repository | null> {
  const { repository, installation } = payload
  if (installation === undefined) {
    const found = await parts.forge.repository(repository.full_name)
    if (found.ok || !isFinal(found.failure)) return must(found)
    parts.log.info(`repository not read: ${found.failure.message}`, { repository: repository.full_name })
    return null
  }
  return {
    id: String(repository.id),
    fullName: repository.full_name,
    private: repository.private,
    defaultBranch: repository.default_branch,
    installationId: installation.id,
  }
}

/** The value, or an exception that leaves the delivery in the inbox to be handled again. */
export function must<T>(forged: Forged<T>): T {
  if (forged.ok) return forged.value
  throw new Error(`GitHub: ${forged.failure.kind}: ${forged.failure.message}`)
}

/**
 * Logs why something was not done. A refusal for now is thrown instead, so that the delivery stays in the inbox
 * and is handled again.
 */
export function noteRefusal(
  parts: BotParts,
  refusal: Refusal,
  what: string,
  fields: Readonly<Record<string, unknown>>,
): void {
  if (refusal.reason === 'temporary') throw new Error(`${what}: ${refusal.message}`)
  parts.log.info(`${what}: ${refusal.message}`, fields)
}

/** True when a repository owns every package of a rollout. */
export async function owns(parts: BotParts, repositoryId: string, state: RolloutState): Promise<boolean> {
  if (state.members.length === 0) return false
  for (const member of state.members) {
    const owner = await parts.access.ownerOf(packageIdOf(member.candidate))
    if (owner?.repositoryId !== repositoryId) return false
  }
  return true
}

/** Where readers find more about a rollout. */
export async function linksTo(parts: BotParts, state: RolloutState): Promise<Links> {
  const [issue] = await parts.effects.list(`${state.id}/tracking-issue/`)
  const url = issue?.place.url
  return {
    page: `${parts.publicUrl}/rollouts/${state.id}`,
    trackingIssue: typeof url === 'string' ? url : null,
  }
}
