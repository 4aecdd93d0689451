/** An overlay, an adopter and an engine over memory, in front of an index whose documents a property makes up. */

import { createHash } from 'node:crypto'
import { parseServerFile } from '../../../src/config/server/server-file.ts'
import { createEngine } from '../../../src/engine/core/create-engine.ts'
import type { Engine } from '../../../src/engine/core/engine.ts'
import { defaultEngineSettings } from '../../../src/engine/core/engine-parts.ts'
import { openMemory } from '../../../src/stores/memory/open-memory.ts'
import { type AdopterParts, createAdopter } from '../../../src/upstream/adopting/adopt-releases.ts'
import { createOverlay } from '../../../src/upstream/create-overlay.ts'
import { NOON } from '../../rollout/builders.ts'

export const minuteMs = 60_000

/** A package of the other index: what it asks for, and when which version of it came, minutes. */
export interface MadePackage {
  readonly name: string
  readonly maintainers: readonly string[]
  readonly versions: readonly { readonly version: string; readonly minute: number; readonly asks: Asks }[]
}

type Asks = Readonly<Record<string, string>>

export interface FamilyWorld {
  readonly engine: Engine
  /** A client asks for a package for the first time or again. */
  ask(name: string): Promise<void>
  /** The clock goes on, the adopter looks around, the engine ticks. */
  go(minutes: number): Promise<void>
  /** The versions of a package that were there for so long, when it was met, that everybody has them. */
  releasedOf(name: string): Promise<readonly string[]>
  close(): Promise<void>
}

const yaml = `
upstreams: { npm: { url: "http://index.example.org", fresh: 0s } }
adopt: [{ match: "*", newPackage: 0s, policy: { stages: [{ percent: 0, bake: 1h }, { percent: 5, bake: 1h }, { percent: 50, bake: 1h }, { percent: 100, bake: 1h }], gates: {} } }]
`

/** `wrong` changes what the adopter stands on: a property has to notice. */
export async function openFamilyWorld(
  packages: readonly MadePackage[],
  wrong: (parts: AdopterParts) => AdopterParts = (parts) => parts,
): Promise<FamilyWorld> {
  const parsed = parseServerFile(yaml)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  const { overlay: settings } = parsed.settings
  let now = NOON
  const clock = { now: () => now }
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const stores = openMemory(clock)
  const overlay = createOverlay({
    ...stores,
    settings,
    hosted: [],
    isReserved: async () => false,
    clients: {
      npm: {
        get: async ({ url }) =>
          answer(packages, decodeURIComponent(new URL(url).pathname.slice(1)), url, now),
        close: async () => {},
      },
    },
    cache: stores.documents,
    clock,
    log,
    later: () => {},
    totalBakeMs: ({ policy }) => policy.stages.reduce((sum, { bakeMs }) => sum + bakeMs, 0),
    limits: { documentBytes: 1_000_000, fileBytes: 1, memoryBytes: 10_000_000 },
  })
  let drawn = 0
  const random = (count: number) => {
    drawn += 1
    return createHash('sha512').update(String(drawn)).digest().subarray(0, count)
  }
  const known = {
    ...stores.packages,
    get: async (id: string) => (await stores.packages.get(id)) ?? overlay.record(id),
  }
  const engine = await createEngine({
    ...{ ...stores, packages: known, clock, forge: null, effector: null, random, log },
    secret: 'secret of the test',
    settings: defaultEngineSettings,
  })
  const { notes, advisories } = stores
  const rest = { exceptions: [], engine, clock, log, refreshMs: 60 * minuteMs }
  const adopter = createAdopter(wrong({ overlay, notes, advisories, ...rest }))
  return {
    engine,
    ask: async (name) => {
      await overlay.served.open(`npm:${name}`)
    },
    go: async (minutes) => {
      now += minutes * minuteMs
      for (const id of await notes.list()) overlay.served.peek(id)
      await adopter.pass()
      await engine.tick()
    },
    releasedOf: async (name) => (await notes.get(`npm:${name}`))?.released ?? [],
    close: () => engine.close(),
  }
}

function answer(packages: readonly MadePackage[], name: string, url: string, now: number) {
  const found = packages.find((one) => one.name === name)
  const out = (found?.versions ?? []).filter(({ minute }) => NOON + minute * minuteMs <= now)
  if (found === undefined || out.length === 0) return { kind: 'refused', status: 404 } as const
  const people = found.maintainers.map((one) => ({ name: one }))
  const manifests = out.map(({ version, asks }) => {
    const dist = { tarball: `${url}/-/it-${version}.tgz`, shasum: '0'.repeat(40) }
    const published = { maintainers: people, _npmUser: people[0] }
    return [version, { name, version, ...published, peerDependencies: asks, dist }] as const
  })
  const times = out.map(({ version, minute }) => [version, new Date(NOON + minute * minuteMs).toISOString()])
  const document = {
    name,
    'dist-tags': { latest: out.at(-1)?.version },
    versions: Object.fromEntries(manifests),
    time: Object.fromEntries(times),
  }
  const headers = new Headers({ 'content-type': 'application/json' })
  return { kind: 'ok', status: 200, url, headers, body: Buffer.from(JSON.stringify(document)) } as const
}
