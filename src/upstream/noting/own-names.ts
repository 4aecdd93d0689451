import type { PackageId } from '../../versions/release.ts'
import { ecosystemOfId, fetchPackage } from '../fetch-package.ts'
import type { OverlayParts } from '../overlay-parts.ts'
import type { UpstreamCounter } from '../upstream-counter.ts'
import { emptyNote } from './note-changes.ts'

/** Finds out which names that are published here another index has, too: whoever asks that one gets another package. */
export interface OwnNames {
  /** Asks about the names that were not asked about for a day. */
  look(): Promise<void>
  /** How many of our names are at an upstream, too. */
  count(): number
}

/** How often an upstream is asked about each of our names. */
const everyMs = 24 * 60 * 60_000
/** Names that are asked about at one look, so that a start asks no upstream for thousands at once. */
const mostAtOnce = 50

/** Nothing was asked at first. What was found before is remembered. */
export function createOwnNames(parts: OverlayParts, counter: UpstreamCounter): OwnNames {
  const { clock, log, notes, packages, settings } = parts
  const askedAt = new Map<PackageId, number>()
  const found = new Set<PackageId>()
  const remember = (id: PackageId, alsoUpstream: { readonly at: number } | null) =>
    notes.update(id, (note) => {
      const { alsoUpstream: _, ...rest } = note ?? emptyNote(id)
      return alsoUpstream === null ? rest : { ...rest, alsoUpstream }
    })
  const lookAt = async (id: PackageId): Promise<void> => {
    const note = await notes.get(id)
    const isKnown = note?.alsoUpstream !== undefined
    if (isKnown) found.add(id)
    // Somebody decided that it is.
    if (note?.shadow === true) return
    const answer = await fetchPackage(parts, counter, id, null)
    if (answer.kind !== 'new' && answer.kind !== 'refused') return
    askedAt.set(id, clock.now())
    if ((answer.kind === 'new') === isKnown) return
    if (isKnown) {
      found.delete(id)
      await remember(id, null)
      log.info('a package of ours is no longer at the upstream, too', { package: id })
      return
    }
    found.add(id)
    await remember(id, { at: clock.now() })
    log.warn('a package of ours is at the upstream, too: whoever asks that one gets another package', {
      package: id,
      upstream: settings.upstreams[ecosystemOfId(id)]?.url,
    })
  }
  return {
    look: async () => {
      const ours = [...(await packages.list('npm')), ...(await packages.list('pypi'))]
      const due = ours.filter(
        (id) =>
          settings.upstreams[ecosystemOfId(id)] !== undefined &&
          clock.now() - (askedAt.get(id) ?? Number.NEGATIVE_INFINITY) >= everyMs,
      )
      for (const id of due.slice(0, mostAtOnce)) await lookAt(id)
    },
    count: () => found.size,
  }
}
