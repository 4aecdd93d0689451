import type { RepositoryReader } from '../../ports/forge.ts'
import { findingsOf } from '../../rollout/deciding/decide-answer.ts'
import type { Actor } from '../../rollout/history/actor.ts'
import { signerOf } from '../../rollout/history/signer.ts'
import type { RolloutState } from '../../rollout/history/state.ts'

/** People whose permission is asked for, the latest first. */
const mostAsked = 10

/**
 * Whether somebody else than this person could answer what stops their own release: one who published, approved or
 * answered in a rollout of these packages, and whom the owner's repository still gives `maintain`. Asked only where it
 * matters. A forge that does not say so leaves nobody without a way on.
 */
export async function hasOtherMaintainers(
  forge: Pick<RepositoryReader, 'repository' | 'permission'> | null,
  code: string,
  state: RolloutState,
  earlier: readonly RolloutState[],
  by: Actor,
): Promise<boolean> {
  const stops = findingsOf(state).some((finding) => finding.code === code && finding.level === 'stop')
  const owner = state.origin?.repositoryId ?? null
  const signer = signerOf(by)
  if (forge === null || !stops || owner === null || by.kind !== 'person' || signer === null) return false
  if (!state.publishedBy.includes(signer)) return false
  const own = by.login.toLowerCase()
  const others = peopleOf([state, ...earlier.toReversed()]).filter((login) => login !== own)
  const repository = others.length === 0 ? null : await forge.repository(owner)
  if (repository === null || !repository.ok) return false
  for (const login of others.slice(0, mostAsked)) {
    const found = await forge.permission(repository.value, login)
    if (found.ok && (found.value === 'maintain' || found.value === 'admin')) return true
  }
  return false
}

/** Logins of those whom rollouts name, in lower case. */
function peopleOf(rollouts: readonly RolloutState[]): readonly string[] {
  const named = rollouts.flatMap(({ publishedBy, approvals, findingAnswers }) => [
    ...publishedBy.flatMap((signer) =>
      signer.startsWith('person ') ? [signer.slice('person '.length)] : [],
    ),
    ...[...approvals, ...findingAnswers].map(({ by }) => by.toLowerCase()),
  ])
  return [...new Set(named)].filter((login) => /^[a-z\d](?:[a-z\d]|-(?=[a-z\d])){0,38}$/.test(login))
}
