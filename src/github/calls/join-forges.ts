import type { Forge, Forged, Repository } from '../../ports/forge.ts'

/**
 * Two Apps as one forge: the owners' App first, and the smaller one for dependents that installed only that. What
 * concerns a repository goes through the App that is installed there; one with both is the first one's.
 */
export function joinForges(owners: Forge, dependents: Forge): Forge {
  const ofDependents = new Set<number>()
  const learn = (repository: Repository): Repository => {
    ofDependents.add(repository.installationId)
    return repository
  }

  async function repositories(): Promise<Forged<readonly Repository[]>> {
    const [first, second] = [await owners.repositories(), await dependents.repositories()]
    if (!first.ok || !second.ok) return first.ok ? second : first
    const known = new Set(first.value.map(({ id }) => id))
    const others = second.value.filter(({ id }) => !known.has(id)).map(learn)
    return { ok: true, value: [...first.value, ...others] }
  }

  async function repository(fullNameOrId: string): Promise<Forged<Repository>> {
    const first = await owners.repository(fullNameOrId)
    if (first.ok || first.failure.kind !== 'gone') return first
    const second = await dependents.repository(fullNameOrId)
    return second.ok ? { ok: true, value: learn(second.value) } : second
  }

  const isOfDependents = (subject: unknown): boolean =>
    typeof subject === 'object' &&
    subject !== null &&
    'installationId' in subject &&
    typeof subject.installationId === 'number' &&
    ofDependents.has(subject.installationId)

  return new Proxy(
    { ...owners, repositories, repository },
    {
      get(own, name) {
        const call: unknown = Reflect.get(own, name)
        if (name === 'repositories' || name === 'repository' || typeof call !== 'function') return call
        return (...parameters: readonly unknown[]): unknown => {
          const forge = isOfDependents(parameters[0]) ? dependents : owners
          return Reflect.apply(Reflect.get(forge, name), forge, parameters)
        }
      },
    },
  )
}
