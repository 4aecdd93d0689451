import type { CanaryFacts, RosterEntry } from '../evidence.ts'

/** Whether a canary's name and details are kept from readers in the repository with this id (null: in none). */
export function isSecret(entry: Pick<RosterEntry, 'id' | 'private'>, sameRepository: string | null): boolean {
  return entry.private && entry.id !== sameRepository
}

/**
 * The name of each canary outside its own repository, by id: its repository, or `private canary n` counted in
 * the order of the roster. `sameRepository` is the id of the repository that reads it: no secret there.
 */
export function canaryLabels(
  canaries: Readonly<Record<string, CanaryFacts>>,
  sameRepository: string | null,
): ReadonlyMap<string, string> {
  const labels = new Map<string, string>()
  let privates = 0
  for (const { entry } of Object.values(canaries)) {
    if (entry.private) privates += 1
    labels.set(entry.id, isSecret(entry, sameRepository) ? `private canary ${privates}` : entry.repo)
  }
  return labels
}

/** The name of a canary by id; the names are counted out when the first one is asked for. */
export type LabelOf = (id: string) => string

/** `canaryLabels`, put off until a sentence needs one: most decisions need none. */
export function labelWhenAsked(
  canaries: Readonly<Record<string, CanaryFacts>>,
  sameRepository: string | null,
): LabelOf {
  let labels: ReadonlyMap<string, string> | null = null
  return (id) => {
    labels ??= canaryLabels(canaries, sameRepository)
    return labels.get(id) ?? 'a canary'
  }
}
