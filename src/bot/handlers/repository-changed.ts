import type { OfferKeeper } from '../../engine/roles/offer-keeper.ts'
import { type BotParts, repositoryOf } from '../bot-parts.ts'
import { readAgain } from './installation-changed.ts'

/** The part of a `repository` delivery that says which repository is another one now. */
export interface RepositoryChange {
  readonly action: string
  readonly repository: Parameters<typeof repositoryOf>[1]['repository']
  readonly installation?: { readonly id: number } | undefined
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
