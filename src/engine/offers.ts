import type { CanaryCondition } from '../gates/evidence.ts'
import type { ForgeFailure, Repository } from '../ports/forge.ts'
import type { OfferRecord } from '../ports/offer-store.ts'
import type { RolloutState } from '../rollout/state.ts'
import { packageIdOf } from '../versions/release.ts'
import type { EngineCore } from './engine-core.ts'
import type { EngineParts } from './engine-parts.ts'
import { sha256Hex } from './hashes.ts'
import { readOffers } from './read-offers.ts'
import { runCommands } from './run-command.ts'

/** What a repository's canary is in, and the words for it. */
export interface Condition {
  readonly state: CanaryCondition
  readonly message: string
}

/** Knows who offers to test what, and tells live rollouts when a canary cannot be asked any more. */
export interface Offers {
  /** Reads the file of a repository now. The failure, when it could not be read; then the old offers stay. */
  read(repository: Repository): Promise<ForgeFailure | null>
  /** The repository cannot be asked any more, and why. `forget`: it offers nothing from now on. */
  lost(repositoryId: string, condition: Condition, forget: boolean): Promise<void>
  /** The same for every repository that an installation of the App gave access to. */
  lostInstallation(installationId: number, condition: Condition, forget: boolean): Promise<void>
  /** Asks every repository again, and whoever is gone is forgotten. The repositories that did not answer. */
  sweep(): Promise<SweepOutcome>
  /** The same when it is due by time; also what could not be read or told lately. */
  due(): Promise<void>
  /** Tells a rollout that has just begun in which state its canaries are. */
  tellConditions(state: RolloutState): Promise<void>
}

export type SweepOutcome =
  | {
      readonly ok: true
      readonly unread: readonly { readonly repository: Repository; readonly failure: ForgeFailure }[]
    }
  | { readonly ok: false; readonly failure: ForgeFailure }

const retryMs = 60_000
const fine: Condition = { state: 'ok', message: '' }
const system = { actor: { kind: 'system' }, reason: '' } as const

/** `coreOf` gives the core that these offers are a part of. */
export function createOffers(parts: EngineParts, coreOf: () => EngineCore): Offers {
  const { offers, clock, settings, log } = parts
  /** Repositories to be read again, and when. */
  const later = new Map<string, { readonly repository: Repository; readonly notBefore: number }>()
  let sweeping: Promise<SweepOutcome> | null = null
  let nextSweep = Number.NEGATIVE_INFINITY

  async function read(repository: Repository): Promise<ForgeFailure | null> {
    const { forge } = parts
    if (forge === null) return null
    const before = await offers.get(repository.id, 'file')
    const found = await readOffers(forge, repository, before, clock.now())
    if (!found.ok) {
      const unread = found.failure.message
      await offers.put({ ...(before ?? blank(repository, clock.now())), repository, unread })
      log.warn('offers not read', { repository: repository.fullName, why: unread })
      return found.failure
    }
    const broken = found.value?.problems ?? null
    if (broken !== null) log.warn('a file is broken', { repository: repository.fullName, why: broken })
    if (found.value === null) await offers.remove(repository.id, 'file')
    else await offers.put(found.value)
    await tellRollouts(coreOf(), repository.id, (state) => conditionOf(found.value, state))
    return tellProblems(coreOf(), repository, broken)
  }

  function readLater(repository: Repository, failure: ForgeFailure): void {
    if (failure.kind !== 'limited' && failure.kind !== 'broken') return
    later.set(repository.id, { repository, notBefore: failure.retryAt ?? clock.now() + retryMs })
  }

  async function sweepNow(): Promise<SweepOutcome> {
    const { forge } = parts
    if (forge === null) return { ok: true, unread: [] }
    const listed = await forge.repositories()
    if (!listed.ok) return listed
    const known = await offers.list()
    const present = new Set(listed.value.map(({ id }) => id))
    const unread: { repository: Repository; failure: ForgeFailure }[] = []
    for (let start = 0; start < listed.value.length; start += settings.rosterConcurrency) {
      const some = listed.value.slice(start, start + settings.rosterConcurrency)
      const answers = await Promise.all(some.map(read))
      for (const [index, failure] of answers.entries()) {
        const repository = some[index]
        if (repository !== undefined && failure !== null) unread.push({ repository, failure })
      }
    }
    for (const { source, repository } of known) {
      if (source === 'file' && !present.has(repository.id)) await lost(repository.id, gone, true)
    }
    await offers.noteSweep(clock.now())
    return { ok: true, unread }
  }

  async function lost(repositoryId: string, condition: Condition, forget: boolean): Promise<void> {
    later.delete(repositoryId)
    if (forget) await offers.remove(repositoryId, 'file')
    await tellRollouts(coreOf(), repositoryId, () => condition)
  }

  function sweep(): Promise<SweepOutcome> {
    sweeping ??= sweepNow().finally(() => {
      sweeping = null
    })
    return sweeping
  }

  return {
    read: async (repository) => {
      const failure = await read(repository)
      if (failure === null) later.delete(repository.id)
      return failure
    },
    lost,
    async lostInstallation(installationId, condition, forget) {
      for (const { source, repository } of await offers.list()) {
        if (source !== 'file' || repository.installationId !== installationId) continue
        await lost(repository.id, condition, forget)
      }
    },
    sweep,
    async due() {
      const now = clock.now()
      for (const [id, { repository, notBefore }] of later) {
        if (notBefore > now) continue
        later.delete(id)
        const failure = await read(repository)
        if (failure !== null) readLater(repository, failure)
      }
      if (parts.forge === null || now < nextSweep) return
      nextSweep = ((await offers.sweptAt()) ?? Number.NEGATIVE_INFINITY) + settings.offersSweepMs
      if (now < nextSweep) return
      nextSweep = now + retryMs
      const swept = await sweep()
      if (!swept.ok) return log.warn('repositories not listed', { why: swept.failure.message })
      for (const { repository, failure } of swept.unread) readLater(repository, failure)
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

const gone: Condition = {
  state: 'app-removed',
  message: 'the App is no longer installed there, or the repository is gone',
}

function blank(repository: Repository, seenAt: number): OfferRecord {
  return { source: 'file', repository, offers: [], problems: null, unread: null, seenAt }
}

/** What the file of a canary means for a rollout that has it on its roster. */
function conditionOf(record: OfferRecord | null, state: RolloutState): Condition {
  if (record === null) return { state: 'config-broken', message: 'its .github/slipway.yml is gone' }
  if (record.repository.archived === true) return { state: 'archived', message: 'the repository is archived' }
  if (record.problems !== null) {
    return { state: 'config-broken', message: 'its .github/slipway.yml cannot be read' }
  }
  const packages = state.members.map(({ candidate }) => packageIdOf(candidate))
  if (record.offers.some((offer) => packages.includes(offer.package))) return fine
  return { state: 'config-broken', message: 'its .github/slipway.yml no longer offers to test this' }
}

/** Every live rollout with this canary learns its condition; canaries that came in by themselves need no file. */
async function tellRollouts(
  core: EngineCore,
  repositoryId: string,
  condition: (state: RolloutState) => Condition,
): Promise<void> {
  for (const state of core.memory.withCanary(repositoryId)) {
    if (state.canaries[repositoryId]?.entry.mode === 'pull') continue
    await tellOne(core, state, repositoryId, condition(state))
  }
}

/** Records the condition of a canary unless it is the one that is known. */
export async function tellOne(
  core: EngineCore,
  state: RolloutState,
  canary: string,
  { state: condition, message }: Condition,
): Promise<void> {
  const known = state.canaries[canary]?.state ?? null
  if ((known?.state ?? 'ok') === condition && (known === null || known.message === message)) return
  // The last word wins, and of two at the same time the bad one: this one is later than the one it replaces.
  const at = Math.max(core.parts.clock.now(), (known?.at ?? 0) + 1)
  const signal = {
    kind: 'canary-state',
    canary,
    state: condition,
    at,
    message,
  } as const
  const outcome = await runCommands(core, state.id, [{ type: 'recordSignal', signal }], system)
  if (!outcome.ok) core.parts.log.warn('a canary state was refused', { why: outcome.refusal.message })
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
  return outcome.final ? null : outcome.failure
}
