import type { Authoriser } from './authorise.ts'
import type { Dependents } from './dependents.ts'
import type { Documents } from './documents.ts'
import type { ServerParts } from './server-parts.ts'
import type { ViewFinder } from './view-finder.ts'

/** What the routes of both ecosystems are built from. */
export interface RegistryParts {
  readonly parts: ServerParts
  readonly documents: Documents
  readonly dependents: Dependents
  readonly authoriser: Authoriser
  readonly views: ViewFinder
}
