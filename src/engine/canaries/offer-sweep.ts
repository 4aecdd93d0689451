import type { ForgeFailure, Repository } from '../../ports/forge.ts'
import type { EngineParts } from '../core/engine-parts.ts'
import { gone } from './canary-conditions.ts'
import type { Condition } from './condition.ts'
import type { OfferSweep, SweepOutcome } from './offers.ts'

interface Reader {
  read(repository: Repository): Promise<ForgeFailure | null>
  lost(repositoryId: string, condition: Condition, forget: boolean): Promise<void>
}

const retryMs = 60_000

export function createOfferSweep(parts: EngineParts, reader: Reader): OfferSweep {
  const { offers, clock, settings, log } = parts
  /** Repositories to be read again, and when. */
  const later = new Map<string, { readonly repository: Repository; readonly notBefore: number }>()
  let sweeping: Promise<SweepOutcome> | null = null
  const running = new Set<Promise<void>>()
  let nextSweep = Number.NEGATIVE_INFINITY

  function readLater(repository: Repository, failure: ForgeFailure): void {
    if (failure.kind !== 'limited' && failure.kind !== 'broken') return
    later.set(repository.id, { repository, notBefore: failure.retryAt ?? clock.now() + retryMs })
  }

  async function readDue(): Promise<void> {
    for (const [id, { repository, notBefore }] of later) {
      if (notBefore > clock.now()) continue
      later.delete(id)
      const failure = await reader.read(repository)
      if (failure !== null) readLater(repository, failure)
    }
  }

  function sweep(): Promise<SweepOutcome> {
    sweeping ??= sweepNow(parts, reader).finally(() => {
      sweeping = null
    })
    return sweeping
  }

  async function askDue(): Promise<void> {
    await readDue()
    const now = clock.now()
    if (parts.forge === null || now < nextSweep) return
    nextSweep = ((await offers.sweptAt()) ?? Number.NEGATIVE_INFINITY) + settings.offersSweepMs
    if (now < nextSweep) return
    nextSweep = now + retryMs
    const swept = await sweep()
    if (!swept.ok) return log.warn('repositories not listed', { why: swept.failure.message })
    for (const { repository, failure } of swept.unread) readLater(repository, failure)
  }

  return {
    sweep,
    due() {
      const asking = askDue().finally(() => running.delete(asking))
      running.add(asking)
      return asking
    },
    idle: async () => void (await Promise.allSettled([...running, sweeping])),
  }
}

async function sweepNow(parts: EngineParts, reader: Reader): Promise<SweepOutcome> {
  const { forge, offers, settings, clock } = parts
  if (forge === null) return { ok: true, unread: [] }
  const listed = await forge.repositories()
  if (!listed.ok) return listed
  const known = await offers.list()
  const unread: { repository: Repository; failure: ForgeFailure }[] = []
  for (let start = 0; start < listed.value.length; start += settings.rosterConcurrency) {
    const some = listed.value.slice(start, start + settings.rosterConcurrency)
    const answers = await Promise.all(some.map(reader.read))
    for (const [index, failure] of answers.entries()) {
      const repository = some[index]
      if (repository !== undefined && failure !== null) unread.push({ repository, failure })
    }
  }
  const present = new Set(listed.value.map(({ id }) => id))
  for (const { source, repository } of known) {
    if (source === 'file' && !present.has(repository.id)) await reader.lost(repository.id, gone, true)
  }
  await offers.noteSweep(clock.now())
  return { ok: true, unread }
}
