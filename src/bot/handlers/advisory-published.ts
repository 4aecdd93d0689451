import type { EvidenceGatherer } from '../../engine/roles/evidence-gatherer.ts'
import type { Advisory } from '../../versions/advisory.ts'
import { type PackageId, parsePackageId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { BotParts } from '../bot-parts.ts'

/** The part of a `repository_advisory` delivery that is read. */
export interface AdvisoryNews {
  readonly repository: { readonly id: number }
  readonly repository_advisory: {
    readonly ghsa_id: string
    readonly summary: string
    readonly severity: string | null
    readonly html_url: string
    readonly vulnerabilities:
      | readonly {
          readonly package: { readonly ecosystem: string; readonly name: string | null } | null
          readonly vulnerable_version_range: string | null
        }[]
      | null
  }
}

/** GitHub's names of the ecosystems that are staged here. */
const ecosystems: Readonly<Record<string, string>> = { pip: 'pypi', npm: 'npm' }

/**
 * A repository published an advisory: it joins what the server knows of the packages that this repository owns,
 * and their live rollouts learn of it. Other repositories' words about a package do not count.
 */
export async function onAdvisoryPublished(
  parts: BotParts<EvidenceGatherer>,
  news: AdvisoryNews,
): Promise<void> {
  const { ghsa_id: id } = news.repository_advisory
  for (const [packageId, found] of byPackage(news)) {
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

/** One advisory for each range; the second and further ones of a package are numbered. */
function byPackage({ repository_advisory: advisory }: AdvisoryNews): ReadonlyMap<PackageId, Advisory[]> {
  const found = new Map<PackageId, Advisory[]>()
  for (const one of advisory.vulnerabilities ?? []) {
    const parsed = parsePackageId(
      `${ecosystems[one.package?.ecosystem ?? ''] ?? ''}:${one.package?.name ?? ''}`,
    )
    if (!parsed.ok) continue
    const { ecosystem, name } = parsed.value
    const affected = rangeOf(ecosystem, one.vulnerable_version_range ?? '')
    // What cannot be read as a range names nothing.
    if (schemeOf(ecosystem).satisfies('1.0.0', affected) === null) continue
    const id: PackageId = `${ecosystem}:${name}`
    const before = found.get(id) ?? []
    const number = before.length === 0 ? '' : `:${before.length + 1}`
    const { ghsa_id, summary, severity, html_url: url } = advisory
    const said = { id: `${ghsa_id}${number}`, affected, summary: oneLine(summary), url }
    found.set(id, [...before, { ...said, ...(severity !== null && { severity }) }])
  }
  return found
}

/** `>= 1.0, < 1.3` and `= 1.2`, as GitHub writes them, in the ecosystem's own words. */
function rangeOf(ecosystem: string, range: string): string {
  const parts = range.split(',').map((part) => part.trim().replace(/^(<=|>=|<|>|=)\s+/, '$1'))
  if (ecosystem === 'npm') return parts.join(' ')
  return parts.map((part) => part.replace(/^=(?!=)/, '==')).join(',')
}

function oneLine(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 500)
}
