import type { EffectContext, EffectOutcome } from '../../ports/effector.ts'
import type { Forged, PullRequestReader, Repository, RepositoryReader } from '../../ports/forge.ts'
import type { Member } from '../../rollout/history/event.ts'
import { failed, findRepository } from './dispatch-effect.ts'

/** Name and version of `npm:@scope/lib@2.0.0`. */
function partsOf(release: string): { readonly name: string; readonly version: string } {
  const at = release.lastIndexOf('@')
  return { name: release.slice(release.indexOf(':') + 1, at), version: release.slice(at + 1) }
}

/**
 * Tags that a release of this version may carry, the likeliest first: the other release's tag with its version
 * replaced, then the usual forms.
 */
export function likelyTags(release: string, like: { readonly tag: string; readonly release: string } | null) {
  const { name, version } = partsOf(release)
  const usual = [`v${version}`, version, `${name}@${version}`]
  const known = like === null ? '' : partsOf(like.release).version
  if (like === null || !like.tag.endsWith(known)) return usual
  return [...new Set([like.tag.slice(0, like.tag.length - known.length) + version, ...usual])]
}

/** The first of these refs that is there; null when none is. */
async function firstCommit(
  forge: RepositoryReader & PullRequestReader,
  repository: Repository,
  refs: readonly string[],
): Promise<Forged<string | null>> {
  for (const ref of refs) {
    const commit = await forge.commitOf(repository, ref)
    if (commit.ok) return commit
    if (commit.failure.kind !== 'gone' && commit.failure.kind !== 'invalid') return commit
  }
  return { ok: true, value: null }
}

async function ends(
  forge: RepositoryReader & PullRequestReader,
  repository: Repository,
  member: Member & { readonly baseline: string },
  origin: { readonly commit: string | null; readonly tag: string | null },
): Promise<Forged<{ readonly base: string | null; readonly head: string | null }>> {
  const like = origin.tag === null ? null : { tag: origin.tag, release: member.candidate }
  const base = await firstCommit(forge, repository, likelyTags(member.baseline, like))
  if (!base.ok) return base
  if (origin.commit !== null) return { ok: true, value: { base: base.value, head: origin.commit } }
  const refs = origin.tag === null ? likelyTags(member.candidate, null) : [origin.tag]
  const head = await firstCommit(forge, repository, refs)
  return head.ok ? { ok: true, value: { base: base.value, head: head.value } } : head
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
  const between = await ends(forge, repository, { ...member, baseline: member.baseline }, origin)
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
