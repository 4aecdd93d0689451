import type { AdoptRule, OverlaySettings } from '../config/server/overlay-settings.ts'
import type { BlobStore } from '../ports/blob-store.ts'
import type { Clock } from '../ports/clock.ts'
import type { PackageStore } from '../ports/package-store.ts'
import type { DocumentCache, OverlayNotes } from '../ports/upstream.ts'
import type { PackageId } from '../versions/release.ts'
import type { Ecosystem } from '../versions/version-scheme.ts'
import type { UpstreamClient } from './upstream-client.ts'

/** Where the overlay says what people should know. */
export interface OverlayLog {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** Everything the overlay stands on. */
export interface OverlayParts {
  readonly settings: OverlaySettings
  /** Names and patterns that are never taken from upstream. */
  readonly hosted: readonly string[]
  /** Whether a name without files belongs here already: reserved, or with publishers. */
  readonly isReserved: (id: PackageId) => Promise<boolean>
  readonly clients: Readonly<Partial<Record<Ecosystem, UpstreamClient>>>
  readonly cache: DocumentCache
  readonly notes: OverlayNotes
  readonly packages: Pick<PackageStore, 'get' | 'list'>
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly log: OverlayLog
  /** Does something after a time, as long as the process lives; for tests that have no time. */
  readonly later?: (ms: number, work: () => Promise<void>) => void
  /** The whole bake of the policy that a rule stages by, ms. */
  readonly totalBakeMs: (rule: AdoptRule) => number
  readonly limits: {
    /** Largest document, unpacked. */
    readonly documentBytes: number
    /** Largest file that is proxied. */
    readonly fileBytes: number
    /** Memory for read documents; a guess of what they take. */
    readonly memoryBytes: number
  }
}

/** How old a withdrawn version has to be for pins to keep it, unless a rule says otherwise. */
export const defaultGoneBlocksMs = 30 * 24 * 60 * 60_000

/** Blocks by withdrawal in an hour, of all upstreams together, before they wait for a person. */
export const mostBlocksPerHour = 20

/** When a doubtful package is looked at again. */
export const doubtLooksMs = [150_000, 310_000] as const

/** For how long an old document is served at once while it is asked for again; an older one is waited for. */
export const serveStaleMs = 10 * 60_000

/** How long a request waits for a new document where an old one could be served. */
export const patienceMs = 5000

/** How long after a failure the upstream is left alone for this document. */
export const failurePauseMs = 5000

/** Changes of one package that are kept. */
export const keptChanges = 200
