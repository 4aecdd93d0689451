import type { Authoriser } from './access/authorise.ts'
import type { FetchNote } from './files/note-fetch.ts'
import type { Dependents } from './packages/dependents.ts'
import type { ServerParts } from './server-parts.ts'
import type { Documents } from './views/documents.ts'
import type { ViewFinder } from './views/view-finder.ts'

/** What the routes of both ecosystems are built from; `Asked` as in `ServerParts`. */
export interface RegistryParts<Asked = unknown> {
  readonly parts: ServerParts<Asked>
  readonly noteFetch: FetchNote
  readonly documents: Documents
  readonly dependents: Dependents
  readonly authoriser: Authoriser
  readonly views: ViewFinder
}
