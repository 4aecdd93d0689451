import type { PackageId } from '../versions/release.ts'

export type Scope = 'publish' | 'operate' | 'read'

/** A token; only the hash of its secret is kept. */
export interface TokenRecord {
  readonly id: string
  readonly secretSha256: string
  readonly scopes: readonly Scope[]
  /** Package patterns such as `pypi:demo-*`, `npm:@acme/*`, `*`. */
  readonly packages: readonly string[]
  readonly createdAt: number
  readonly expiresAt: number | null
}

/** The one repository that owns a package; by id, the name is for display. */
export interface OwnerRecord {
  readonly package: PackageId
  readonly repositoryId: string
  readonly repository: string
}

/** A GitHub Actions workflow that may publish a package without a stored secret. */
export interface PublisherRecord {
  readonly package: PackageId
  readonly repositoryId: string
  readonly repositoryOwnerId: string
  /** Path of the workflow file, `.github/workflows/release.yml`. */
  readonly workflow: string
  readonly environment: string | null
}

export interface AccessStore {
  addToken(token: TokenRecord): Promise<void>
  findToken(secretSha256: string): Promise<TokenRecord | null>
  setOwner(owner: OwnerRecord): Promise<void>
  ownerOf(id: PackageId): Promise<OwnerRecord | null>
  packagesOwnedBy(repositoryId: string): Promise<readonly OwnerRecord[]>
  setPublishers(id: PackageId, publishers: readonly PublisherRecord[]): Promise<void>
  publishersOf(id: PackageId): Promise<readonly PublisherRecord[]>
  /** Everything that workflows of a repository may publish, by package. */
  publishersFrom(repositoryId: string): Promise<readonly PublisherRecord[]>
  /** Remembers a word that may be used once (jti, nonce with attempt). False when it was used before with another value. */
  useOnce(word: string, value: string, expiresAt: number): Promise<boolean>
}
