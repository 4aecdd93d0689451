import type { Repository } from '../../ports/forge.ts'
import type { Permissions, TokenScope } from './connection.ts'

/** Owner and name of `acme/lib`, the way GitHub's paths take them. */
export function pathOf(repository: Pick<Repository, 'fullName'>): {
  readonly owner: string
  readonly repo: string
} {
  const { fullName } = repository
  const slash = fullName.indexOf('/')
  return { owner: fullName.slice(0, slash), repo: fullName.slice(slash + 1) }
}

/** The scope of a token for one repository. */
export function scopeOf(repository: Repository, permissions: Permissions): TokenScope {
  return {
    installationId: repository.installationId,
    repositoryId: Number(repository.id),
    repositoryName: null,
    permissions,
  }
}
