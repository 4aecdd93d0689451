import type { Forged, RepositoryReader } from '../../ports/forge.ts'
import type { Origin } from '../../rollout/history/event.ts'

/**
 * The commit a release was made from, as far as its repository shows it: that of the first of these tags that is
 * there, else unknown; the head of a branch may be another one. Null without a repository or without GitHub; such a
 * rollout has no tracking issue.
 */
export async function findOrigin(
  forge: RepositoryReader | null,
  repositoryId: string | null,
  tags: readonly string[],
): Promise<Forged<Origin | null>> {
  if (forge === null || repositoryId === null) return { ok: true, value: null }
  const found = await forge.repository(repositoryId)
  if (!found.ok) return found
  const repository = found.value
  const origin = {
    repositoryId: repository.id,
    repository: repository.fullName,
    installationId: repository.installationId,
  }
  for (const tag of tags) {
    const commit = await forge.commitOfTag(repository, tag)
    if (commit.ok) return { ok: true, value: { ...origin, commit: commit.value, tag } }
    // Not there is an answer; anything else is none, and a wrong commit would be worse than waiting.
    if (commit.failure.kind !== 'gone' && commit.failure.kind !== 'invalid') return commit
  }
  return { ok: true, value: { ...origin, commit: null, tag: null } }
}
