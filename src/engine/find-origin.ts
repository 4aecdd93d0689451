import type { OwnerRecord } from '../ports/access-store.ts'
import type { Forge, Forged } from '../ports/forge.ts'
import type { Origin } from '../rollout/event.ts'

/**
 * The commit a release was made from, as far as the owner's repository shows it: the tag `v<version>` or
 * `<version>`, else the head of the default branch. Null without an owner or without GitHub; such a rollout
 * has no tracking issue.
 */
export async function findOrigin(
  forge: Forge | null,
  owner: OwnerRecord | null,
  version: string,
): Promise<Forged<Origin | null>> {
  if (forge === null || owner === null) return { ok: true, value: null }
  const found = await forge.repository(owner.repositoryId)
  if (!found.ok) return found
  const repository = found.value
  const origin = {
    repositoryId: repository.id,
    repository: repository.fullName,
    installationId: repository.installationId,
  }
  for (const tag of [`v${version}`, version]) {
    const commit = await forge.commitOf(repository, tag)
    if (commit.ok) return { ok: true, value: { ...origin, commit: commit.value, tag } }
    // Not there is an answer; anything else is none, and a wrong commit would be worse than waiting.
    if (commit.failure.kind !== 'gone' && commit.failure.kind !== 'invalid') return commit
  }
  const head = await forge.commitOf(repository, repository.defaultBranch)
  if (!head.ok) return head
  return { ok: true, value: { ...origin, commit: head.value, tag: null } }
}
