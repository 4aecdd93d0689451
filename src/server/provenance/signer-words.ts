import type { AccessStore } from '../../ports/access-store.ts'
import type { PackageId } from '../../versions/release.ts'
import type { AttestationSigner } from './attestation-verifier.ts'

const github = 'https://token.actions.githubusercontent.com'
const gitlab = 'https://gitlab.com'
const google = 'https://accounts.google.com'

/** The repositories that may publish a package, by id; empty where only tokens do. */
export async function originsOf(
  access: Pick<AccessStore, 'ownerOf' | 'publishersOf'>,
  id: PackageId,
): Promise<ReadonlySet<string>> {
  const owner = await access.ownerOf(id)
  if (owner !== null) return new Set([owner.repositoryId])
  return new Set((await access.publishersOf(id)).map(({ repositoryId }) => repositoryId))
}

/** What is wrong with a file that was made somewhere else than where its package comes from, as a phrase; or null. */
export function foreignOrigin(signer: AttestationSigner, origins: ReadonlySet<string>): string | null {
  const { issuer, subject, repositoryId } = signer
  if (origins.size === 0 || (issuer === github && repositoryId !== null && origins.has(repositoryId)))
    return null
  return `one signed by ${subject} (repository ${repositoryId ?? 'unknown'} of ${issuer})`
}

/** Who published, as PyPI writes it (PEP 740): what pypi-attestations and others compare the certificate with. */
export function publisherOf({
  issuer,
  subject,
  repository,
  workflow,
}: AttestationSigner): Readonly<Record<string, unknown>> {
  const url = repository ?? ''
  const name = URL.canParse(url) ? new URL(url).pathname.slice(1) : url
  const path = (workflow ?? subject).replace(/@refs\/.*$/, '')
  if (issuer === github) {
    const file = path.slice(path.indexOf('/.github/workflows/') + '/.github/workflows/'.length)
    return { kind: 'GitHub', repository: name, workflow: file, environment: null }
  }
  if (issuer === gitlab)
    return { kind: 'GitLab', repository: name, workflow_filepath: path.split('//').at(-1), environment: null }
  if (issuer === google) return { kind: 'Google', email: subject }
  return { kind: 'Other', issuer, subject }
}
