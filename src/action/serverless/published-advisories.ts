import { isFinal } from '../../github/effects/dispatch-effect.ts'
import type { AdvisoryStore } from '../../ports/advisory-store.ts'
import type { AdvisoryReader, NamedAdvisory, RepositoryReader } from '../../ports/forge.ts'

/**
 * What is known against packages where no server keeps it: what the repository itself has published, read once a step.
 * Where the forge refuses to say, nothing is known.
 *
 * @throws while the forge does not answer: that must not pass for advisories that are gone.
 */
export function publishedAdvisories(
  forge: RepositoryReader & AdvisoryReader,
  fullName: string,
): AdvisoryStore {
  let reading: Promise<readonly NamedAdvisory[]> | null = null
  async function read(): Promise<readonly NamedAdvisory[]> {
    const repository = await forge.repository(fullName)
    const found = repository.ok ? await forge.publishedAdvisories(repository.value) : repository
    if (found.ok) return found.value
    if (isFinal(found.failure)) return []
    throw new Error(`the advisories of ${fullName} cannot be read right now: ${found.failure.message}`)
  }
  return {
    async advisoriesOf(id) {
      reading ??= read().catch((error: unknown) => {
        reading = null
        throw error
      })
      return (await reading).filter((one) => one.package === id).map(({ advisory }) => advisory)
    },
    // Whoever reads them next reads them from the repository.
    setAdvisories: async () => {},
  }
}
