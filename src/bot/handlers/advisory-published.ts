import type { EvidenceGatherer } from '../../engine/roles/evidence-gatherer.ts'
import { namedAdvisories, type RepositoryAdvisory } from '../../github/calls/repository-advisory.ts'
import type { BotParts } from '../bot-parts.ts'

/** The part of a `repository_advisory` delivery that is read. */
export interface AdvisoryNews {
  readonly repository: { readonly id: number }
  readonly repository_advisory: RepositoryAdvisory
}

/**
 * A repository published an advisory: it joins what the server knows of the packages that this repository owns,
 * and their live rollouts learn of it. Other repositories' words about a package do not count.
 */
export async function onAdvisoryPublished(
  parts: BotParts<EvidenceGatherer>,
  news: AdvisoryNews,
): Promise<void> {
  const { ghsa_id: id } = news.repository_advisory
  const named = namedAdvisories(news.repository_advisory)
  for (const packageId of new Set(named.map((one) => one.package))) {
    const found = named.filter((one) => one.package === packageId).map(({ advisory }) => advisory)
    const owner = await parts.access.ownerOf(packageId)
    if (owner?.repositoryId !== String(news.repository.id)) {
      parts.log.info('an advisory about a package of somebody else was left out', { id, package: packageId })
      continue
    }
    const known = await parts.advisories.advisoriesOf(packageId)
    const others = known.filter((one) => one.id !== id && !one.id.startsWith(`${id}:`))
    await parts.advisories.setAdvisories(packageId, [...others, ...found])
    await parts.engine.advisoriesChanged(packageId)
  }
}
