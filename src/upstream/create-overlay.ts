import { nameMatcher } from '../config/reading/match-name.ts'
import type { PackageRecord } from '../ports/package-store.ts'
import type { Overlaid, Overlay } from '../ports/upstream.ts'
import type { PackageId } from '../versions/release.ts'
import { type AskedNames, createAskedNames } from './asked-names.ts'
import { ecosystemOfId } from './fetch-package.ts'
import { createKnownPackages, type KnownPackages } from './known-packages.ts'
import { messageOf } from './message-of.ts'
import { createNewPackages, type NewPackages } from './new-packages.ts'
import { emptyNote } from './noting/note-changes.ts'
import { createOwnNames } from './noting/own-names.ts'
import {
  doubtLooksMs,
  failurePauseMs,
  mostBlocksPerHour,
  type OverlayParts,
  patienceMs,
  serveStaleMs,
} from './overlay-parts.ts'
import { createPassedDocuments } from './passed-documents.ts'
import { createProxiedFiles } from './proxied-files.ts'
import type { ReadPackage } from './read-packages.ts'
import { createReleaseNeeds, type ReleaseNeeds } from './release-needs.ts'
import { type RuleOf, ruleFinder } from './rule-finder.ts'
import { createUpstreamCounter } from './upstream-counter.ts'
import { createUpstreamHealth, type UpstreamHealth } from './upstream-health.ts'

/** What the adopter and the engine need beside what is served. */
export interface OverlaySource extends Overlay {
  /** What is known of a package without asking the upstream; null for names that are not taken from there. */
  record(id: PackageId): Promise<PackageRecord | null>
  readonly ruleOf: RuleOf
  readonly needsOf: ReleaseNeeds
  /** The same for clients: what they ask for is remembered. */
  readonly served: Overlay
  /** Whether a client asked for a package since then. */
  wasAskedSince(id: PackageId, since: number): boolean
  /** Finds out which names published here are at an upstream, too. */
  lookAtOwnNames(): Promise<void>
  /** Called with each package whose document is new. */
  onNew(listener: (id: PackageId) => void): void
}

/** Packages of other indexes: fetched once, confirmed by entity tag, kept on disk, served when upstream is down. */
export function createOverlay(parts: OverlayParts): OverlaySource {
  const { notes, settings } = parts
  const counter = createUpstreamCounter()
  const listeners = new Set<(id: PackageId) => void>()
  const ruleOf = ruleFinder(settings.adopt)
  const onNew = (id: PackageId) => {
    for (const listener of listeners) listener(id)
  }
  const health = createUpstreamHealth(parts)
  const later = parts.later ?? soon
  const onDoubt = (id: PackageId) => {
    for (const ms of doubtLooksMs) later(ms, () => lookAgain(parts, { reads, health }, id))
  }
  const mayBlock = blockBudget(parts)
  const known = createKnownPackages({ parts, counter, health, ruleOf, mayBlock, onNew, onDoubt })
  const isTaken = takenFinder(parts)
  const isNew = createNewPackages(parts, ruleOf)
  const reads = createReads(parts, known, { isTaken, isNew })
  const asked = createAskedNames(parts)
  const pass = createPassedDocuments(parts, counter, isTaken)
  const ownNames = createOwnNames(parts, counter)
  const source: Omit<OverlaySource, 'served'> = {
    ...reads,
    wasAskedSince: asked.since,
    files: settings.files,
    file: createProxiedFiles(parts, counter),
    mayPublish: async (id) => !(await isTaken(id)) || (await known.ask(id)).package === null,
    remember: async (id, change) => {
      const note = await notes.update(id, (before) => change(before ?? emptyNote(id)))
      known.memory.delete(id)
      return note
    },
    note: (id) => notes.get(id),
    refusal: (id) => {
      const read = known.memory.get(id)
      if (read?.package) return isNew(id, read.package)
      const status = read?.status ?? null
      return status === null ? null : { status, detail: `The upstream answers ${status} for ${id}.` }
    },
    outages: health.outages,
    pass,
    needsOf: createReleaseNeeds(parts, counter, pass),
    countStale: counter.stale,
    counts: () => ({ ...counter.counts(), ownNames: ownNames.count() }),
    lookAtOwnNames: ownNames.look,
    record: async (id) => ((await isTaken(id)) ? ((await known.recall(id))?.package?.record ?? null) : null),
    ruleOf,
    onNew: (listener: (id: PackageId) => void) => void listeners.add(listener),
  }
  return { ...source, served: noting(source, asked) }
}

const soon: NonNullable<OverlayParts['later']> = (ms, work) => void setTimeout(work, ms).unref()

/** Another name is asked first: what an upstream no longer gives is believed only while it answers for others. */
async function lookAgain(
  { notes, log }: OverlayParts,
  { reads, health }: { readonly reads: Pick<Overlay, 'refresh'>; readonly health: UpstreamHealth },
  id: PackageId,
): Promise<void> {
  const ecosystem = ecosystemOfId(id)
  const known = (await notes.list()).find((other) => other !== id && ecosystemOfId(other) === ecosystem)
  for (const name of [health.otherThan(id) ?? known, id]) {
    if (name === undefined) continue
    await reads
      .refresh(name)
      .catch((error: unknown) => log.warn('a second look failed', { package: name, why: messageOf(error) }))
  }
}

/** What clients ask for is noted. */
function noting(overlay: Overlay, asked: AskedNames): Overlay {
  return {
    ...overlay,
    peek: (id) => {
      asked.note(id)
      return overlay.peek(id)
    },
    open: (id) => {
      asked.note(id)
      return overlay.open(id)
    },
  }
}

/** Blocks by withdrawal of the last hour; when there are too many, something else is wrong. */
function blockBudget({ clock, log }: OverlayParts): () => boolean {
  let blocks: readonly number[] = []
  return () => {
    const now = clock.now()
    blocks = blocks.filter((at) => now - at < 60 * 60_000)
    if (blocks.length >= mostBlocksPerHour) {
      log.warn('more versions were withdrawn in an hour than are blocked without a person', {
        blocks: blocks.length,
      })
      return false
    }
    blocks = [...blocks, now]
    return true
  }
}

type IsTaken = (id: PackageId) => Promise<boolean>

/** Whether a name comes from upstream: not when it is reserved, hosted, or was allowed to shadow it. */
function takenFinder({ hosted, isReserved, notes, packages, settings }: OverlayParts): IsTaken {
  const isOurs = nameMatcher(hosted)
  return async (id) => {
    if (settings.upstreams[ecosystemOfId(id)] === undefined || isOurs(id)) return false
    if ((await packages.get(id)) !== null || (await notes.get(id))?.shadow === true) return false
    return !(await isReserved(id))
  }
}

/** Reading with one flight for each package: at once from memory where it is fresh, or old and confirmed behind. */
function createReads(
  { clock, log, settings }: OverlayParts,
  known: KnownPackages,
  { isTaken, isNew }: { readonly isTaken: IsTaken; readonly isNew: NewPackages },
): Pick<Overlay, 'peek' | 'open' | 'refresh'> {
  const flights = new Map<PackageId, Promise<Overlaid | null>>()
  const freshMs = (id: PackageId) => settings.upstreams[ecosystemOfId(id)]?.freshMs ?? 0
  const overlaid = (id: PackageId, read: ReadPackage): Overlaid | null =>
    read.package === null || isNew(id, read.package) !== null
      ? null
      : { package: read.package, stale: clock.now() - read.checkedAt > freshMs(id) }
  const refresh = (id: PackageId): Promise<Overlaid | null> => {
    const flight = flights.get(id)
    if (flight !== undefined) return flight
    const mine = isTaken(id)
      .then(async (taken) => (taken ? overlaid(id, await known.ask(id)) : null))
      .finally(() => flights.delete(id))
    flights.set(id, mine)
    return mine
  }
  const refreshSoon = (id: PackageId): void => {
    refresh(id).catch((error: unknown) => {
      log.warn('a revalidation failed', { package: id, why: messageOf(error) })
    })
  }
  const dueness = (id: PackageId, { checkedAt, failedAt }: ReadPackage): 'fresh' | 'due' | 'old' => {
    const now = clock.now()
    const age = now - checkedAt
    if (age <= freshMs(id) || now - failedAt < failurePauseMs) return 'fresh'
    return age > freshMs(id) + serveStaleMs ? 'old' : 'due'
  }
  return {
    refresh,
    peek: (id) => {
      const read = known.memory.get(id)
      const state = read && dueness(id, read)
      if (read === undefined || state === 'old') return null
      if (state === 'due') refreshSoon(id)
      return overlaid(id, read)
    },
    open: async (id) => {
      if (!(await isTaken(id))) return null
      const read = await known.recall(id)
      const state = read === null ? 'old' : dueness(id, read)
      if (read !== null && state === 'fresh') return overlaid(id, read)
      if (read === null || read.package === null) return refresh(id)
      if (state === 'old') return Promise.race([refresh(id), after(patienceMs, () => overlaid(id, read))])
      refreshSoon(id)
      return overlaid(id, read)
    },
  }
}

function after<T>(ms: number, value: () => T): Promise<T> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(value()), ms).unref()
  })
}
