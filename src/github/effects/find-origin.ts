import type { EffectContext, EffectOutcome } from '../../ports/effector.ts'
import type { Forged, Repository, RepositoryReader } from '../../ports/forge.ts'
import { likelyTags } from '../../versions/release-tag.ts'
import { failed, findRepository, impossible } from './dispatch-effect.ts'

/** The first of these tags that is there, with its commit; null when none is. Anything but "not there" is a failure. */
export async function firstTag(
  forge: Pick<RepositoryReader, 'commitOfTag'>,
  repository: Repository,
  tags: readonly string[],
): Promise<Forged<{ readonly tag: string; readonly commit: string } | null>> {
  for (const tag of tags) {
    const commit = await forge.commitOfTag(repository, tag)
    if (commit.ok) return { ok: true, value: { tag, commit: commit.value } }
    if (commit.failure.kind !== 'gone' && commit.failure.kind !== 'invalid') return commit
  }
  return { ok: true, value: null }
}

/** Looks for the tag of a release whose commit is not known: it may have been made after the upload. */
export async function applyFindOrigin(
  forge: RepositoryReader,
  { state, now }: EffectContext,
): Promise<EffectOutcome> {
  const { origin, members } = state
  if (origin === null) return impossible('there is no repository to look for a tag in')
  const repository = await findRepository(forge, origin.repositoryId, origin.repository)
  if (!repository.ok) return failed(repository.failure)
  const [first] = members
  const usual = first === undefined ? [] : likelyTags(first.candidate, null, state.policy?.tags)
  const tags = origin.tag !== null ? [origin.tag] : usual
  const found = await firstTag(forge, repository.value, tags)
  if (!found.ok) return failed(found.failure)
  if (found.value === null) return { ok: true, place: { found: 0 }, signals: [] }
  return { ok: true, place: { found: 1 }, signals: [{ kind: 'origin', ...found.value, at: now }] }
}
