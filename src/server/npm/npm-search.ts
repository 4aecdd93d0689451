import { z } from 'zod'
import { isoTime } from '../../catalog/iso-time.ts'
import { latestVersion } from '../../catalog/views/latest-version.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { UpstreamUnavailable } from '../../upstream/upstream-unavailable.ts'
import type { PackageId } from '../../versions/release.ts'
import { problemResponse } from '../http/problem.ts'
import type { RegistryParts } from '../registry-parts.ts'
import type { Ctx } from '../server-parts.ts'
import type { OpenedPackage } from '../views/documents.ts'

const number = (most: number) => {
  const words = `a whole number up to ${most}`
  return z.coerce.number(words).int(words).min(0, words).max(most, words)
}

const searchQuery = z.object({
  text: z.string().max(200, 'at most 200 characters').default(''),
  size: number(250).default(20),
  from: number(10_000).default(0),
})
type SearchQuery = z.output<typeof searchQuery>

/** What npm reads of a hit; others' members are passed on. */
const hits = z.object({
  objects: z.array(
    z.looseObject({ package: z.looseObject({ name: z.string(), version: z.string().optional() }) }),
  ),
  total: z.number().optional(),
})
type Hit = z.output<typeof hits>['objects'][number]

/**
 * `npm search`: packages of here whose name, description or keywords have all the words, then those that the upstream
 * finds. Versions are those that the asker's view calls latest.
 */
export async function search(c: Ctx, npm: RegistryParts<RolloutReader>): Promise<Response> {
  const query = searchQuery.safeParse(c.req.query())
  if (!query.success) {
    const [issue] = query.error.issues
    const field = issue?.path.join('.') ?? 'text'
    const detail = `${field}: got ${JSON.stringify(c.req.query(field)?.slice(0, 60))}, expected ${issue?.message}`
    return problemResponse({ status: 400, detail, field })
  }
  const { text, size, from } = query.data
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const own = words.length === 0 ? [] : await ownHits(c, npm, words)
  const shown = own.slice(from, from + size)
  const rest = { text, size: size - shown.length, from: Math.max(0, from - own.length) }
  const theirs = rest.size === 0 ? [] : await upstreamHits(c, npm, words, rest)
  const body = { objects: [...shown, ...theirs], total: own.length + theirs.length }
  return c.json({ ...body, time: isoTime(npm.parts.clock.now()) }, 200, {
    'cache-control': 'private, max-age=0, must-revalidate',
  })
}

/** How many packages are looked at for one search: those whose names fit, then others by their names' order. */
const mostLookedAt = 500

async function ownHits(c: Ctx, npm: RegistryParts, words: readonly string[]): Promise<Hit[]> {
  const ids = (await npm.parts.packages.list('npm')).filter(c.env.mayRead)
  const fits = (text: string) => words.every((word) => text.includes(word))
  const ordered = [...ids.filter(fits), ...ids.filter((id) => !fits(id))]
  const hits = await Promise.all(ordered.slice(0, mostLookedAt).map((id) => hitOf(c, npm, id)))
  return hits.flatMap((hit) => (hit !== null && fits(textOf(hit)) ? [hit] : []))
}

async function hitOf(c: Ctx, npm: RegistryParts, id: PackageId): Promise<Hit | null> {
  const opened = await openFor(c, npm, id)
  const latest = opened && latestVersion(opened.pkg, opened.visibility)
  if (latest === null) return null
  const { description, keywords } = latest.manifest
  const score = { final: 1, detail: { quality: 1, popularity: 1, maintenance: 1 } }
  const published = { version: latest.version, date: isoTime(latest.createdAt) }
  return {
    package: {
      name: id.slice('npm:'.length),
      description,
      keywords,
      maintainers: [],
      links: {},
      ...published,
    },
    score,
    searchScore: 1,
  }
}

const textOf = ({ package: { name, description, keywords } }: Hit) =>
  `${name} ${description ?? ''} ${Array.isArray(keywords) ? keywords.join(' ') : ''}`.toLowerCase()

async function openFor(
  c: Ctx,
  { documents, views }: RegistryParts,
  id: PackageId,
): Promise<OpenedPackage | null> {
  return documents.open(id, views.findNpm(c.env.incoming, c.env.path).view)
}

async function upstreamHits(
  c: Ctx,
  npm: RegistryParts<RolloutReader>,
  words: readonly string[],
  { text, size, from }: SearchQuery,
): Promise<Hit[]> {
  const path = `/-/v1/search?${new URLSearchParams({ text, size: `${size}`, from: `${from}` })}`
  // A word may be our package's name without its scope.
  const own = (await npm.parts.packages.list('npm')).map((id) => id.slice('npm:'.length))
  const asked = [...words, ...own.filter((name) => words.includes(name.slice(name.indexOf('/') + 1)))]
  const passed = await npm.parts.overlay?.pass('npm', path, asked).catch((error: unknown) => {
    if (error instanceof UpstreamUnavailable) return null
    throw error
  })
  const { objects } = hits.safeParse(passed).data ?? { objects: [] }
  return Promise.all(objects.map((hit) => asShown(c, npm, hit)))
}

/** A hit with the version that the view shows, where something of its package is rolling out. */
async function asShown(c: Ctx, npm: RegistryParts<RolloutReader>, hit: Hit): Promise<Hit> {
  const id: PackageId = `npm:${hit.package.name}`
  if (!npm.parts.engine.rolloutsOf(id).some(({ end }) => end === null)) return hit
  const opened = await openFor(c, npm, id)
  const latest = opened && latestVersion(opened.pkg, opened.visibility)
  return latest === null ? hit : { ...hit, package: { ...hit.package, version: latest.version } }
}
