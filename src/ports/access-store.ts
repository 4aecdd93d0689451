import type { PackageId } from '../versions/release.ts'
import type { WordStore } from './word-store.ts'

export type Scope = 'publish' | 'operate' | 'read' | 'report'

/** A token; only the hash of its secret is kept. */
export interface TokenRecord {
  readonly id: string
  /** What people call it; its id where nobody named it. */
  readonly name: string
  /** The person or team that answers for it. Two tokens of one owner are one person where two are asked for. */
  readonly owner: string
  readonly secretSha256: string
  readonly scopes: readonly Scope[]
  /** Package patterns such as `pypi:demo-*`, `npm:@acme/*`, `*`. */
  readonly packages: readonly string[]
  readonly createdAt: number
  readonly expiresAt: number | null
  /** To the minute; null while nobody used it. */
  readonly lastUsedAt: number | null
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

export interface AccessStore extends WordStore {
  /** Also forgets tokens that expired longer ago than they lived, or than a week. */
  addToken(token: TokenRecord): Promise<void>
  /** Asked for every request, so that a token that was revoked anywhere is refused at the next one. */
  findToken(secretSha256: string): Promise<TokenRecord | null>
  /** All that are remembered, newest first. */
  listTokens(): Promise<readonly TokenRecord[]>
  /** Forgets a token; gives what it was, or null when there is none of that id. */
  revokeToken(id: string): Promise<TokenRecord | null>
  /** Notes a use; an older one than is noted changes nothing. */
  touchToken(id: string, usedAt: number): Promise<void>
  setOwner(owner: OwnerRecord): Promise<void>
  ownerOf(id: PackageId): Promise<OwnerRecord | null>
  packagesOwnedBy(repositoryId: string): Promise<readonly OwnerRecord[]>
  setPublishers(id: PackageId, publishers: readonly PublisherRecord[]): Promise<void>
  publishersOf(id: PackageId): Promise<readonly PublisherRecord[]>
  /** Everything that workflows of a repository may publish, by package. */
  publishersFrom(repositoryId: string): Promise<readonly PublisherRecord[]>
}
