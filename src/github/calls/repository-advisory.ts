import type { NamedAdvisory } from '../../ports/forge.ts'
import { parsePackageId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'

/** The part of a repository's advisory that is read, as REST and webhooks both have it. */
export interface RepositoryAdvisory {
  readonly ghsa_id: string
  readonly summary: string
  readonly severity: string | null
  readonly html_url: string
  readonly withdrawn_at?: string | null
  readonly vulnerabilities:
    | readonly {
        readonly package: { readonly ecosystem: string; readonly name: string | null } | null
        readonly vulnerable_version_range: string | null
      }[]
    | null
}

/** GitHub's names of the ecosystems that are staged here. */
const ecosystems: Readonly<Record<string, string>> = { pip: 'pypi', npm: 'npm' }

/**
 * What an advisory says of packages that are staged here: one for each range, the second and further ones of a package
 * numbered. One that was withdrawn says nothing.
 */
export function namedAdvisories(advisory: RepositoryAdvisory): readonly NamedAdvisory[] {
  if ((advisory.withdrawn_at ?? null) !== null) return []
  const found: NamedAdvisory[] = []
  for (const one of advisory.vulnerabilities ?? []) {
    const parsed = parsePackageId(
      `${ecosystems[one.package?.ecosystem ?? ''] ?? ''}:${one.package?.name ?? ''}`,
    )
    if (!parsed.ok) continue
    const { ecosystem, name } = parsed.value
    const affected = rangeOf(ecosystem, one.vulnerable_version_range ?? '')
    // What cannot be read as a range names nothing.
    if (schemeOf(ecosystem).satisfies('1.0.0', affected) === null) continue
    const id = `${ecosystem}:${name}` as const
    const before = found.filter((other) => other.package === id).length
    const number = before === 0 ? '' : `:${before + 1}`
    const { ghsa_id, summary, severity, html_url: url } = advisory
    const said = { id: `${ghsa_id}${number}`, affected, summary: oneLine(summary), url }
    found.push({ package: id, advisory: { ...said, ...(severity !== null && { severity }) } })
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
