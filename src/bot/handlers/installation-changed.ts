import type { OfferKeeper } from '../../engine/roles/offer-keeper.ts'
import { isFinal } from '../../github/effects/dispatch-effect.ts'
import type { Repository } from '../../ports/forge.ts'
import { type BotParts, must } from '../bot-parts.ts'

interface Named {
  readonly id: number
  readonly full_name: string
}

/** The part of an `installation` delivery that says whose it is. */
export interface InstallationChange {
  readonly action: string
  readonly installation: { readonly id: number }
  readonly repositories?: readonly Named[] | undefined
}

/** The part of an `installation_repositories` delivery that says which repositories came and went. */
export interface RepositoriesChange {
  readonly installation: { readonly id: number }
  readonly repositories_added: readonly { readonly full_name?: string | undefined }[]
  readonly repositories_removed: readonly { readonly id?: number | undefined }[]
}

/** Reads what a repository offers; a failure that time can heal leaves the delivery in the inbox. */
export async function readAgain(parts: BotParts<OfferKeeper>, repository: Repository): Promise<void> {
  const failure = await parts.engine.readOffers(repository)
  if (failure !== null && !isFinal(failure)) must({ ok: false, failure })
}

async function readNamed(parts: BotParts<OfferKeeper>, fullName: string): Promise<void> {
  const found = await parts.forge.repository(fullName)
  if (!found.ok && isFinal(found.failure)) {
    parts.log.info(`repository not read: ${found.failure.message}`, { repository: fullName })
    return
  }
  await readAgain(parts, must(found))
}

/** The App was installed, or is allowed again: its repositories say what they offer. */
export async function onInstallationBack(
  parts: BotParts<OfferKeeper>,
  change: InstallationChange,
): Promise<void> {
  if (change.repositories !== undefined) {
    for (const { full_name } of change.repositories) await readNamed(parts, full_name)
    return
  }
  const all = must(await parts.forge.repositories())
  const own = all.filter(({ installationId }) => installationId === change.installation.id)
  for (const repository of own) await readAgain(parts, repository)
}

/** Removing the App is leaving. Suspending it is not, but nobody can be asked meanwhile. */
export async function onInstallationLost(
  parts: BotParts<OfferKeeper>,
  change: InstallationChange,
): Promise<void> {
  const { id } = change.installation
  if (change.action === 'suspend') {
    const condition = { state: 'suspended', message: 'the App is suspended there' } as const
    return parts.engine.lostInstallation(id, condition, false)
  }
  return parts.engine.lostInstallation(id, removed, true)
}

const removed = { state: 'app-removed', message: 'the App is no longer installed there' } as const

/**
 * Repositories that came into reach say what they offer; those out of reach offer nothing any more. One that was given to
 * another account is told twice, in any order: what the account that lost it says counts no more once the other is known.
 */
export async function onInstallationRepositories(
  parts: BotParts<OfferKeeper>,
  { installation, repositories_added, repositories_removed }: RepositoriesChange,
): Promise<void> {
  for (const { id } of repositories_removed) {
    const known = id === undefined ? null : await parts.engine.offersOf(String(id))
    if (known !== null && known.repository.installationId !== installation.id) continue
    if (id !== undefined) await parts.engine.lostCanary(String(id), removed, true)
  }
  for (const { full_name } of repositories_added) {
    if (full_name !== undefined) await readNamed(parts, full_name)
  }
}
