import type { OfferKeeper } from '../../engine/roles/offer-keeper.ts'
import { type BotParts, repositoryOf } from '../bot-parts.ts'
import { readAgain } from './installation-changed.ts'

/** The part of a `repository` delivery that says which repository is another one now. */
export interface RepositoryChange {
  readonly action: string
  readonly repository: Parameters<typeof repositoryOf>[1]['repository']
  readonly installation?: { readonly id: number } | undefined
}

/** What a renamed repository was called, or whose a transferred one was. */
export interface RepositoryMove extends RepositoryChange {
  readonly changes: {
    readonly repository?: { readonly name: { readonly from: string } }
    readonly owner?: {
      readonly from: {
        readonly user?: { readonly login: string } | null
        readonly organization?: { readonly login: string } | null
      }
    }
  }
}

const gone = { state: 'app-removed', message: 'the repository is gone' } as const

/** Renamed, moved, made private, archived or deleted: what it offers, and under which name, is read anew. */
export async function onRepositoryChanged(
  parts: BotParts<OfferKeeper>,
  change: RepositoryChange,
): Promise<void> {
  const id = String(change.repository.id)
  if (change.action === 'deleted') return parts.engine.lostCanary(id, gone, true)
  if ((await parts.engine.offersOf(id)) === null) return
  const repository = await repositoryOf(parts, change)
  if (repository !== null) await readAgain(parts, repository)
}

/** Renamed or given away: the name that it had is free for others from now on, and still means this one. */
export async function onRepositoryMoved(parts: BotParts<OfferKeeper>, move: RepositoryMove): Promise<void> {
  const [owner, name] = move.repository.full_name.split('/')
  const { user, organization } = move.changes.owner?.from ?? {}
  const former = `${(user ?? organization)?.login ?? owner}/${move.changes.repository?.name.from ?? name}`
  await parts.engine.metAs(former, String(move.repository.id))
  await onRepositoryChanged(parts, move)
}
