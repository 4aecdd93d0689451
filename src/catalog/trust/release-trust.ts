import { isMapping } from '../mapping.ts'

/** What an index says of who made a release. Null, wherever it stands: that cannot be known. */
export interface ReleaseTrust {
  /** Whether it came with proof of where it was built. */
  readonly proves: boolean | null
  /** The repository whose workflow published it (`github.com/o/r`), or whose word it is (`github`); empty: a person did. */
  readonly origin: string | null
  /** The account that published it. */
  readonly publisher: string | null
  /** The accounts that owned the package then. */
  readonly owners: readonly string[] | null
  /** Where the document of its proof is, to be read for its origin; null: nowhere. */
  readonly proofUrl: string | null
}

export const unknownTrust: ReleaseTrust = {
  proves: null,
  origin: null,
  publisher: null,
  owners: null,
  proofUrl: null,
}

/**
 * What the document of one version at a registry of npm says: `_npmUser`, `maintainers` and `dist.attestations`. A
 * registry that leaves the first two out may leave out the third as well, and then nothing is known.
 */
export function npmTrust(manifest: Readonly<Record<string, unknown>>): ReleaseTrust {
  const user = isMapping(manifest._npmUser) ? manifest._npmUser : null
  const dist = isMapping(manifest.dist) ? manifest.dist : {}
  const attestations = isMapping(dist.attestations) ? dist.attestations : null
  const { maintainers } = manifest
  const owners = Array.isArray(maintainers)
    ? maintainers.map(accountOf).filter((name) => name !== null)
    : null
  const trusted = user !== null && isMapping(user.trustedPublisher) ? user.trustedPublisher.id : null
  return {
    proves: attestations !== null ? true : user === null ? null : false,
    origin: user === null ? null : typeof trusted === 'string' ? trusted : '',
    publisher: user === null ? null : accountOf(user),
    owners: owners === null || owners.length === 0 ? null : owners,
    proofUrl: typeof attestations?.url === 'string' ? attestations.url : null,
  }
}

/** `{name}`, or `name <address>` as older documents have it. */
function accountOf(given: unknown): string | null {
  const text = isMapping(given) ? given.name : given
  const name = typeof text === 'string' ? text.replace(/\s*<.*$/, '').trim() : ''
  return name === '' ? null : name
}

/**
 * What the files of one release on a project page (PEP 691) say: `provenance` of PEP 740. An index that never names it
 * for any file of a release says nothing about that release.
 */
export function pypiTrust(files: readonly Readonly<Record<string, unknown>>[]): ReleaseTrust {
  const knows = files.length > 0 && files.every((file) => Object.hasOwn(file, 'provenance'))
  const proof = files.map((file) => file.provenance).find((url) => typeof url === 'string')
  const proves = proof !== undefined ? true : knows ? false : null
  return { ...unknownTrust, proves, proofUrl: proof ?? null }
}

/** The publisher in a provenance document of PyPI's integrity API, as `github.com/o/r`; null where it names none. */
export function originOfProvenance(document: unknown): string | null {
  const bundles =
    isMapping(document) && Array.isArray(document.attestation_bundles) ? document.attestation_bundles : []
  for (const bundle of bundles) {
    const publisher = isMapping(bundle) && isMapping(bundle.publisher) ? bundle.publisher : {}
    const { kind, repository, email } = publisher
    if (typeof kind !== 'string') continue
    const forge = kind === 'GitHub' ? 'github.com' : kind === 'GitLab' ? 'gitlab.com' : kind.toLowerCase()
    const who = typeof repository === 'string' ? repository : typeof email === 'string' ? email : null
    if (who !== null) return `${forge}/${who}`
  }
  return null
}

/** `https://github.com/o/r` as a certificate has it, in the same form. */
export const originOfRepository = (address: string): string =>
  address.replace(/^https?:\/\//, '').replace(/(\.git)?\/?$/, '')
