import type { EffectContext, EffectOutcome } from '../../ports/effector.ts'
import type { Forged, PullRequestReader, Repository, RepositoryReader } from '../../ports/forge.ts'
import type { Member } from '../../rollout/history/event.ts'
import { likelyTags } from '../../versions/release-tag.ts'
import { failed, findRepository } from './dispatch-effect.ts'
import { firstTag } from './find-origin.ts'

async function ends(
  forge: RepositoryReader & PullRequestReader,
  repository: Repository,
  member: Member & { readonly baseline: string },
  origin: { readonly commit: string | null; readonly tag: string | null },
  patterns: readonly string[],
): Promise<Forged<{ readonly base: string | null; readonly head: string | null }>> {
  const like = origin.tag === null ? null : { tag: origin.tag, release: member.candidate }
  const base = await firstTag(forge, repository, likelyTags(member.baseline, like, patterns))
  if (!base.ok) return base
  return { ok: true, value: { base: base.value?.commit ?? null, head: origin.commit } }
}

/**
 * Finds the pull requests between the baseline's tag and the release's commit and answers them as one
 * signal. A repository without such tags has none to tell, which is an answer too.
 */
export async function applyFindPullRequests(
  forge: RepositoryReader & PullRequestReader,
  context: EffectContext,
): Promise<EffectOutcome> {
  const { origin, members } = context.state
  const none: EffectOutcome = {
    ok: true,
    place: { found: 0 },
    signals: [{ kind: 'pull-requests', pullRequests: [] }],
  }
  const member = members.find((candidate) => candidate.baseline !== null)
  if (origin === null || member === undefined || member.baseline === null) return none
  const found = await findRepository(forge, origin.repositoryId, origin.repository)
  if (!found.ok) return failed(found.failure)
  const repository = found.value
  const between = await ends(
    forge,
    repository,
    { ...member, baseline: member.baseline },
    origin,
    context.state.policy?.tags ?? [],
  )
  if (!between.ok) return failed(between.failure)
  const { base, head } = between.value
  if (base === null || head === null || base === head) return none
  const numbers = await forge.pullRequestsBetween(repository, base, head)
  if (!numbers.ok) return failed(numbers.failure)
  const pullRequests = numbers.value.map((number) => ({
    repositoryId: repository.id,
    repository: repository.fullName,
    number,
  }))
  return {
    ok: true,
    place: { found: numbers.value.length, base, head },
    signals: [{ kind: 'pull-requests', pullRequests }],
  }
}
