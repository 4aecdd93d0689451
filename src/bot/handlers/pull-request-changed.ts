import type { Context } from 'probot'
import type { RolloutCommander } from '../../engine/roles/rollout-commander.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { type ChangedFile, findBumps } from '../../github/calls/find-bumps.ts'
import type { PullRequestRef } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { type BotParts, must, noteRefusal, repositoryOf } from '../bot-parts.ts'

type PullRequestEvent =
  | 'pull_request.opened'
  | 'pull_request.reopened'
  | 'pull_request.synchronize'
  | 'pull_request.closed'

/** How long after a rollback a new pull request to what was taken back is still told. */
const toldAfterMs = 30 * 24 * 60 * 60_000

/** Rollouts that tell dependents' pull requests: live ones, and those that were taken back lately. */
function telling(parts: BotParts<RolloutReader>, repositoryId: string): readonly RolloutState[] {
  const since = parts.clock.now() - toldAfterMs
  return parts.engine.all().filter((state) => {
    if (state.startedAt === null || state.policy?.notify.dependents !== true) return false
    if (state.origin === null || state.origin.repositoryId === repositoryId) return false
    return state.end === null || (state.end.kind === 'rolled-back' && state.end.at >= since)
  })
}

const isKnown = (state: RolloutState, repositoryId: string, number: number): boolean =>
  state.pullRequests.some((ref) => ref.repositoryId === repositoryId && ref.number === number)

/**
 * A dependent's pull request changed. What it bumps to is read from its diff, whoever opened it; rollouts of those
 * releases learn of it, and one that it no longer bumps to learns that it left.
 */
export async function onPullRequestChanged(
  parts: BotParts<RolloutReader & RolloutCommander>,
  { payload }: Pick<Context<PullRequestEvent>, 'payload'>,
): Promise<void> {
  const { action, number, pull_request: pull } = payload
  const repositoryId = String(payload.repository.id)
  const states = telling(parts, repositoryId)
  const known = states.filter((state) => isKnown(state, repositoryId, number))
  const closed = action === 'closed'
  if (states.length === 0 || (closed && pull.merged !== true && known.length === 0)) return
  const repository = await repositoryOf(parts, payload)
  if (repository === null) return
  const read = await parts.forge.pullRequestFiles(repository, number)
  if (!read.ok && (read.failure.kind === 'gone' || read.failure.kind === 'forbidden')) {
    parts.log.info(`pull request not read: ${read.failure.message}`, {
      repository: repository.fullName,
      number,
    })
    return
  }
  const files: readonly ChangedFile[] = must(read)
  for (const state of states) {
    const [release] = findBumps(
      files,
      state.members.map(({ candidate }) => candidate),
    )
    const before = state.pullRequests.find(
      (ref) => ref.repositoryId === repositoryId && ref.number === number,
    )
    const bumped = release ?? before?.bump?.release
    if (bumped === undefined) continue
    const still = release !== undefined
    const ref: PullRequestRef = {
      repositoryId,
      repository: repository.fullName,
      number,
      bump: { release: bumped, private: repository.private },
      status: !still || (closed && pull.merged !== true) ? 'left' : closed ? 'merged' : 'open',
      observedAt: Date.parse(pull.updated_at),
    }
    await record(parts, state, ref)
  }
}

async function record(
  parts: BotParts<RolloutCommander>,
  state: RolloutState,
  ref: PullRequestRef,
): Promise<void> {
  const who = { actor: { kind: 'system' }, reason: '' } as const
  const signal = { kind: 'pull-requests', pullRequests: [ref] } as const
  const outcome = await parts.engine.run(state.id, { type: 'recordSignal', signal }, who)
  if (!outcome.ok) noteRefusal(parts, outcome.refusal, 'pull request not recorded', { rollout: state.id })
}
