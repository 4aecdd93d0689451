import { readFile } from 'node:fs/promises'
import type { Log } from '../engine/core/log.ts'
import type { Policy } from '../gates/policy.ts'
import type { FoundReleaseStarter } from '../ports/found-release-starter.ts'
import type { PackageStore } from '../ports/package-store.ts'
import type { RolloutState } from '../rollout/history/state.ts'
import type { Stores } from '../stores/stores.ts'
import { systemClock } from '../stores/system-clock.ts'
import type { OverlaySource } from '../upstream/create-overlay.ts'
import type { UpstreamClient } from '../upstream/upstream-client.ts'
import type { ServeSettings } from './settings.ts'

/** Packages of other indexes, put together. */
export interface OpenOverlay {
  readonly source: OverlaySource
  /** Hosted packages, and behind them what is known of those of other indexes: what the engine reads. */
  readonly packages: PackageStore
  /** Lets adopt rules start rollouts from now on; the returned function stops that. */
  adopt(engine: FoundReleaseStarter): () => Promise<void>
  close(): Promise<void>
}

/** Memory for read upstream documents. */
const memoryBytes = 128 * 1024 * 1024

/** Null where no upstream is configured. What reads them is loaded only then. */
export async function openOverlay(
  { file, upstreamAuthorization }: ServeSettings,
  stores: Stores,
  log: Log,
): Promise<OpenOverlay | null> {
  const upstreams = Object.entries(file.overlay.upstreams)
  if (upstreams.length === 0) return null
  const { createOverlay } = await import('../upstream/create-overlay.ts')
  const { createUpstreamClient } = await import('../upstream/upstream-client.ts')
  const { createAdopter } = await import('../upstream/adopting/adopt-releases.ts')
  const clients: Partial<Record<'npm' | 'pypi', UpstreamClient>> = {}
  for (const ecosystem of ['npm', 'pypi'] as const) {
    const upstream = file.overlay.upstreams[ecosystem]
    if (upstream === undefined) continue
    const ca = upstream.ca === null ? null : await readFile(upstream.ca, 'utf8')
    clients[ecosystem] = createUpstreamClient({
      ...upstream,
      ca,
      authorization: upstreamAuthorization[ecosystem] ?? null,
    })
  }
  let engine: FoundReleaseStarter | null = null
  const source = createOverlay({
    settings: file.overlay,
    hosted: file.hosted,
    isReserved: async (id) =>
      (engine?.rolloutsOf(id) ?? []).some(isOnlyReserved) ||
      (await stores.access.publishersOf(id)).length > 0,
    clients,
    cache: stores.documents,
    notes: stores.notes,
    packages: stores.packages,
    blobs: stores.blobs,
    clock: systemClock,
    log,
    totalBakeMs: (rule) => bakeOf(rule.policy),
    limits: { documentBytes: file.limits.documentBytes, fileBytes: file.limits.uploadBytes, memoryBytes },
  })
  return {
    source,
    packages: {
      ...stores.packages,
      get: async (id) => (await stores.packages.get(id)) ?? source.record(id),
    },
    adopt: (running) => {
      engine = running
      const { exceptions, refreshMs } = file.overlay
      const parts = {
        overlay: source,
        notes: stores.notes,
        advisories: stores.advisories,
        engine: running,
        clock: systemClock,
        log,
        exceptions,
        refreshMs,
      }
      return createAdopter(parts).start()
    },
    close: async () => {
      for (const client of Object.values(clients)) await client.close()
    },
  }
}

/** Named before any of its files came. */
function isOnlyReserved({ startedAt, end }: RolloutState): boolean {
  return startedAt === null && end === null
}

/** How long a release takes through all stages when nothing stops it. */
function bakeOf({ stages }: Policy): number {
  return stages.reduce((sum, { bakeMs }) => sum + bakeMs, 0)
}
