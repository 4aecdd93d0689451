import type { ForgeFailure, Repository } from '../../ports/forge.ts'
import type { OfferRecord } from '../../ports/offer-store.ts'
import type { EngineCore } from '../core/engine-core.ts'
import type { EngineParts } from '../core/engine-parts.ts'
import { sha256Hex } from '../core/hashes.ts'
import { conditionOf, tellOne, tellPrivate, tellRollouts } from './canary-conditions.ts'
import type { Condition } from './condition.ts'
import { noteName, noteNamed } from './names-meant.ts'
import { createOfferSweep } from './offer-sweep.ts'
import type { Offers } from './offers.ts'
import { readOffers } from './read-offers.ts'

/** `coreOf` gives the core that these offers are a part of. */
export function createOffers(parts: EngineParts, coreOf: () => EngineCore): Offers {
  const { offers } = parts

  async function lost(repositoryId: string, condition: Condition, forget: boolean): Promise<void> {
    if (forget) await offers.remove(repositoryId, 'file')
    await tellRollouts(coreOf(), repositoryId, () => condition)
  }
  const read = (repository: Repository) => readOne(coreOf(), repository)

  return {
    ...createOfferSweep(parts, { read, lost }),
    read,
    lost,
    async lostInstallation(installationId, condition, forget) {
      for (const { source, repository } of await offers.list()) {
        if (source !== 'file' || repository.installationId !== installationId) continue
        await lost(repository.id, condition, forget)
      }
    },
    async tellConditions(state) {
      for (const record of await offers.list()) {
        if (record.source !== 'file' || state.canaries[record.repository.id] === undefined) continue
        const condition = conditionOf(record, state)
        if (condition.state !== 'ok') await tellOne(coreOf(), state, record.repository.id, condition)
      }
    },
  }
}

/** Reads, stores and tells what one repository offers. */
async function readOne(core: EngineCore, repository: Repository): Promise<ForgeFailure | null> {
  const { forge, offers, clock, log } = core.parts
  if (forge === null) return null
  await noteName(core.parts, repository.fullName, repository.id)
  const before = await offers.get(repository.id, 'file')
  const found = await readOffers(forge, repository, before, clock.now())
  if (!found.ok) {
    const unread = found.failure.message
    await offers.put({ ...(before ?? blank(repository, clock.now())), repository, unread })
    log.warn('offers not read', { repository: repository.fullName, why: unread })
    return found.failure
  }
  const { record, admits } = found.value
  const isOwner = admits.length > 0 && (await core.parts.access.packagesOwnedBy(repository.id)).length > 0
  if (isOwner) await noteNamed(core.parts, admits)
  const broken = record?.problems ?? null
  if (broken !== null) log.warn('a file is broken', { repository: repository.fullName, why: broken })
  if (record === null) await offers.remove(repository.id, 'file')
  else await offers.put(record)
  if (repository.private) await tellPrivate(core, repository.id)
  await tellRollouts(core, repository.id, (state) => conditionOf(record, state))
  return tellProblems(core, repository, broken)
}

function blank(repository: Repository, seenAt: number): OfferRecord {
  return { source: 'file', repository, offers: [], problems: null, unread: null, seenAt }
}

/** Opens, edits or closes the one issue about a repository's own file. */
async function tellProblems(
  core: EngineCore,
  repository: Repository,
  problems: string | null,
): Promise<ForgeFailure | null> {
  const { effector, effects, clock, log } = core.parts
  if (effector === null || repository.archived === true) return null
  const key = `file/${repository.id}/issue/0`
  const digest = problems === null ? '' : sha256Hex(problems)
  const applied = await effects.get(key)
  if ((applied?.digest ?? '') === digest) return null
  const outcome = await effector.tellFile({ repository, problems, applied })
  if (outcome.ok) {
    await effects.put({ key, digest, place: outcome.place, at: clock.now() })
    return null
  }
  log.warn('problems of a file not told', { repository: repository.fullName, why: outcome.failure.message })
  const passing = outcome.failure.kind === 'limited' || outcome.failure.kind === 'broken'
  return passing ? outcome.failure : null
}
