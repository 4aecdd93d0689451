import { exposuresOf } from '../../../src/catalog/views/exposure.ts'
import { packageViews, viewDelta, visibilityOf } from '../../../src/catalog/views/package-views.ts'
import { parseServerFile } from '../../../src/config/server/server-file.ts'
import { createEngine } from '../../../src/engine/core/create-engine.ts'
import type { Engine } from '../../../src/engine/core/engine.ts'
import { defaultEngineSettings } from '../../../src/engine/core/engine-parts.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { openMemory } from '../../../src/stores/memory/open-memory.ts'
import { createAdopter } from '../../../src/upstream/adopting/adopt-releases.ts'
import { createOverlay, type OverlaySource } from '../../../src/upstream/create-overlay.ts'
import type { UpstreamClient } from '../../../src/upstream/upstream-client.ts'
import { schemeOf } from '../../../src/versions/scheme-of.ts'
import type { Ecosystem } from '../../../src/versions/version-scheme.ts'
import { luckOf } from '../../sim/luck.ts'
import type { TimedRelease, Timeline } from './read-timeline.ts'

const hourMs = 3_600_000
/** Longer than the rest of the slowest cadence that is replayed. */
const longestRestMs = 35 * 24 * hourMs
const upstreamUrl = 'https://index.example.org'
/** Users by where they stand in the cohort space, basis points; the same under every salt. */
const USERS = [100, 2000, 4500, 7500, 9900]

/** What a replay came to. */
export interface Replayed {
  /** Rollouts of the package, oldest first. */
  readonly rollouts: readonly RolloutState[]
  /** When the last of them ended; null: one has not. */
  readonly allEndedAt: number | null
  /** Most releases that were live at the same time. */
  readonly mostLive: number
  /** For each user, the finals it would have installed without a pin, one after the other. */
  readonly installed: readonly (readonly string[])[]
  /** Sentences that were refused or warned of. */
  readonly said: readonly string[]
}

/**
 * Plays a package of another index through the overlay, the adopter and the engine by an `adopt` rule, hour by hour,
 * and on after its last release until nothing is live. No canary, no forge: time is the only evidence, as for a
 * platform team on its first day.
 */
export async function replayTimeline({ id, releases }: Timeline, rule: string): Promise<Replayed> {
  const [first] = releases
  if (first === undefined) throw new Error(`${id} has no releases`)
  // It is met when its first release has been there for long.
  let now = first.at + 40 * 24 * hourMs
  const due = releases.slice(1)
  if (due[0] !== undefined) now = Math.min(now, due[0].at - hourMs)
  const clock = { now: () => now }
  const { overlay, engine, adopter, said } = await openWorld(id, releases, rule, clock)
  const users = USERS.map((): string[] => [])
  let mostLive = 0
  let allEndedAt: number | null = null
  await overlay.refresh(id)
  const last = releases.at(-1)?.at ?? now
  const patience = last + 400 * 24 * hourMs
  let changed = true
  engine.onChange(() => {
    changed = true
  })
  for (let passedAt = 0; now < patience; ) {
    // The adopter looks when a document is new, and once in a while.
    if (releases.some(({ at }) => at === now) || now - passedAt >= 24 * hourMs) {
      overlay.served.peek(id)
      await adopter.pass()
      passedAt = now
    }
    await engine.tick()
    const live = engine.all().filter(({ end }) => end === null)
    mostLive = Math.max(mostLive, live.length)
    if (changed) await noteUsers(overlay, engine, id, users)
    changed = false
    if (live.length > 0) allEndedAt = null
    else if (now > last) allEndedAt ??= now
    // A cadence may begin something yet.
    if (allEndedAt !== null && now > last + longestRestMs) break
    const next = due.find(({ at }) => at > now)?.at ?? Number.POSITIVE_INFINITY
    now = Math.min(next, now + (live.length > 0 ? hourMs : 24 * hourMs))
  }
  await engine.close()
  return { rollouts: engine.rolloutsOf(id).toReversed(), allEndedAt, mostLive, installed: users, said }
}

async function openWorld(
  id: string,
  releases: readonly TimedRelease[],
  rule: string,
  clock: { now(): number },
) {
  const yaml = `
upstreams: { npm: { url: "${upstreamUrl}", fresh: 0s }, pypi: { url: "${upstreamUrl}/simple", fresh: 0s } }
adopt: [${rule}]
`
  const parsed = parseServerFile(yaml)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  const said: string[] = []
  const note = (message: string, fields?: object) => void said.push(`${message} ${JSON.stringify(fields)}`)
  const log = { info: () => {}, warn: note, error: note }
  const stores = openMemory(clock)
  const overlay = createOverlay({
    ...stores,
    settings: parsed.settings.overlay,
    hosted: [],
    isReserved: async () => false,
    clients: { [ecosystemOf(id)]: upstreamOf(id, releases, clock) },
    cache: stores.documents,
    clock,
    log,
    totalBakeMs: ({ policy }) => policy.stages.reduce((sum, { bakeMs }) => sum + bakeMs, 0),
    limits: { documentBytes: 10_000_000, fileBytes: 1, memoryBytes: 10_000_000 },
  })
  const packages = {
    ...stores.packages,
    get: async (wanted: string) => (await stores.packages.get(wanted)) ?? overlay.record(wanted),
  }
  const engine = await createEngine({
    ...stores,
    packages,
    clock,
    forge: null,
    effector: null,
    secret: 'secret of the test',
    random: luckOf(1, 'ids').bytes,
    settings: defaultEngineSettings,
    log,
  })
  const { notes, advisories } = stores
  const exceptions: readonly [] = []
  const adopter = createAdopter({
    overlay,
    notes,
    advisories,
    exceptions,
    engine,
    clock,
    log,
    refreshMs: hourMs,
  })
  return { overlay, engine, adopter, said }
}

const ecosystemOf = (id: string): Ecosystem => (id.startsWith('npm:') ? 'npm' : 'pypi')

/** The index that the package comes from: gives what was out by then. */
function upstreamOf(id: string, releases: readonly TimedRelease[], clock: { now(): number }): UpstreamClient {
  const name = id.slice(id.indexOf(':') + 1)
  return {
    get: async ({ url }) => {
      const out = releases.filter(({ at }) => at <= clock.now())
      const document = ecosystemOf(id) === 'npm' ? packument(name, out) : project(name, out)
      const type = ecosystemOf(id) === 'npm' ? 'application/json' : 'application/vnd.pypi.simple.v1+json'
      return {
        kind: 'ok',
        status: 200,
        url,
        headers: new Headers({ 'content-type': type }),
        body: Buffer.from(JSON.stringify(document)),
      }
    },
    close: async () => {},
  }
}

function packument(name: string, out: readonly TimedRelease[]) {
  const { compare } = schemeOf('npm')
  const versions = out.map(({ version }) => {
    const tarball = `${upstreamUrl}/${name}/-/${name}-${version}.tgz`
    return [version, { name, version, dist: { tarball, shasum: '0'.repeat(40) } }] as const
  })
  const time = out.map(({ version, at }) => [version, new Date(at).toISOString()] as const)
  const latest = out
    .map(({ version }) => version)
    .toSorted(compare)
    .at(-1)
  return {
    name,
    'dist-tags': { latest },
    versions: Object.fromEntries(versions),
    time: Object.fromEntries(time),
  }
}

function project(name: string, out: readonly TimedRelease[]) {
  const files = out.map(({ version, at }) => {
    const filename = `${name}-${version}-py3-none-any.whl`
    const hashes = { sha256: '0'.repeat(64) }
    return {
      filename,
      url: `${upstreamUrl}/f/${filename}`,
      hashes,
      'upload-time': new Date(at).toISOString(),
    }
  })
  return { meta: { 'api-version': '1.1' }, name, versions: out.map(({ version }) => version), files }
}

async function noteUsers(
  overlay: OverlaySource,
  engine: Engine,
  id: string,
  users: readonly string[][],
): Promise<void> {
  const pkg = await overlay.record(id)
  if (pkg === null) throw new Error(`${id} is not there`)
  const { compare } = schemeOf(ecosystemOf(id))
  const views = packageViews(pkg, exposuresOf(id, engine.rolloutsOf(id)))
  for (const [index, bucket] of USERS.entries()) {
    const { hidden } = visibilityOf(
      views,
      viewDelta(views, { kind: 'cohort', key: 'k' }, () => bucket),
    )
    const shown = Object.keys(pkg.versions).filter((version) => !hidden.has(version))
    const newest = shown.toSorted(compare).at(-1) ?? 'nothing'
    const own = users[index]
    if (own !== undefined && own.at(-1) !== newest) own.push(newest)
  }
}
