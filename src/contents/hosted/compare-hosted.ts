import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BlobStore } from '../../ports/blob-store.ts'
import type { PackageStore } from '../../ports/package-store.ts'
import type { Overlay } from '../../ports/upstream.ts'
import { type PackageId, packageIdOf, type ReleaseId } from '../../versions/release.ts'
import { chooseFiles } from '../choose-files.ts'
import type { Comparison } from '../compare-releases.ts'
import { type CompareJob, type JobSide, type NamedArchive, notAsStored } from './compare-job.ts'
import type { CompareAnswer } from './compare-thread.ts'
import { createHostedShelf } from './hosted-shelf.ts'
import { newestDependents } from './newest-dependents.ts'
import { createOverlaidShelf } from './overlaid-shelf.ts'
import type { BundleVerifier, Shelf, ShelvedFile, ShelvedRelease } from './shelf.ts'
import { trustFindings } from './trust-findings.ts'

/** What the index has of two releases, side by side. */
export interface HostedComparer {
  /** Null when one of them is not here; `busy` while many wait. Files that cannot be had are `unread` in it. */
  compare(from: ReleaseId, to: ReleaseId): Promise<Comparison | null | 'busy'>
}

interface Parts {
  readonly packages: PackageStore
  readonly blobs: Pick<BlobStore, 'get' | 'open' | 'pathOf'>
  /** Indexes behind this one; null: there are none. */
  readonly overlay: Pick<Overlay, 'open' | 'file'> | null
  readonly verify: BundleVerifier
  readonly run: (job: CompareJob) => Promise<CompareAnswer>
}

/** Dependents hosted here that are read, bytes of everything that is read, what may wait, and what is remembered. */
const most = { dependents: 20, bytes: 256 * 1024 * 1024, waiting: 16, known: 100 }

/** For how long a comparison is remembered that lacks something which may come. */
const againMs = 60 * 60_000

/**
 * Compares releases that are hosted here or stand on an index behind this one, with what their hosted dependents use:
 * one at a time, and what was compared once is remembered for as long as its files are the same.
 */
export function createHostedComparer(parts: Parts): HostedComparer {
  const hosted = createHostedShelf(parts)
  const shelves =
    parts.overlay === null ? [hosted] : [hosted, createOverlaidShelf(parts.overlay, parts.verify)]
  const known = new Map<string, { readonly comparison: Comparison; readonly until: number }>()
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  const compareNext = async (from: ReleaseId, to: ReleaseId) => {
    const sides = [await findIn(shelves, from), await findIn(shelves, to)] as const
    const [before, after] = sides
    if (before === null || after === null) return null
    const users = await newestDependents(parts.packages, packageIdOf(to), most.dependents)
    const digests = [before.files, after.files].map((files) => files.map(({ digest }) => digest).join())
    const key = [from, to, ...digests, users.map(({ file }) => file.sha256).join()].join(' ')
    const same = known.get(key)
    if (same !== undefined && performance.now() < same.until) return same.comparison
    const { comparison, isWhole } = await comparePair(parts, shelves, { before, after, to }, users)
    if (known.size >= most.known) known.clear()
    known.set(key, { comparison, until: isWhole ? Number.POSITIVE_INFINITY : performance.now() + againMs })
    return comparison
  }
  return {
    compare: async (from, to) => {
      if (waiting >= most.waiting) return 'busy'
      waiting += 1
      const next = last.then(() => compareNext(from, to))
      last = next.catch(() => {})
      try {
        return await next
      } finally {
        waiting -= 1
      }
    },
  }
}

async function findIn(shelves: readonly Shelf[], release: ReleaseId): Promise<ShelvedRelease | null> {
  for (const shelf of shelves) {
    const found = await shelf.find(release)
    if (found !== null) return found
  }
  return null
}

interface Pair {
  readonly before: ShelvedRelease
  readonly after: ShelvedRelease
  readonly to: ReleaseId
}

async function comparePair(
  parts: Parts,
  shelves: readonly Shelf[],
  { before, after, to }: Pair,
  users: Awaited<ReturnType<typeof newestDependents>>,
): Promise<{ readonly comparison: Comparison; readonly isWhole: boolean }> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-compare-'))
  try {
    const pair = chooseFiles(before.files, after.files)
    const copies = createCopies(folder)
    const side = async (release: ShelvedRelease, name: string | undefined): Promise<JobSide> => ({
      version: release.version,
      files: release.files.map(({ name: file, requiresPython }) => ({ name: file, requiresPython })),
      archive: await copies.take(
        release,
        release.files.find((file) => file.name === name),
      ),
    })
    const sides = { before: await side(before, pair?.[0]), after: await side(after, pair?.[1]) }
    const dependents = []
    for (const { release, file } of users) {
      const found = await shelves[0]?.find(release)
      const own = found?.files.find(({ name }) => name === file.name)
      const archive = found ? await copies.take(found, own) : null
      if (archive !== null) dependents.push({ ...archive, release })
    }
    const ecosystem = to.startsWith('npm:') ? 'npm' : 'pypi'
    const answer = await parts.run({ ecosystem, ...sides, dependents })
    const found: Comparison = answer.ok
      ? answer.comparison
      : { change: 'patch', files: [], findings: [], unread: [{ file: pair?.[1] ?? to, why: answer.why }] }
    const isOwn = async (id: PackageId) => (await parts.packages.get(id)) !== null
    const trust = await trustFindings({ before, after, to, found, shelves, isOwn })
    const comparison = {
      ...found,
      findings: [...trust, ...found.findings],
      unread: [...found.unread, ...copies.unread],
    }
    const isDamaged = comparison.unread.some(({ why }) => why === notAsStored)
    return { comparison, isWhole: answer.ok && copies.unread.length === 0 && !isDamaged }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Files for a thread that has no way to the store: where they lie, so that nobody else reads and hashes them meanwhile,
 * else copies. What cannot be had is noted.
 */
function createCopies(folder: string) {
  const unread: { file: string; why: string }[] = []
  let bytes = 0
  let count = 0
  const refuse = (file: string, why: string) => {
    unread.push({ file, why })
    return null
  }
  return {
    unread,
    take: async (release: ShelvedRelease, file: ShelvedFile | undefined): Promise<NamedArchive | null> => {
      if (file === undefined) return null
      if (bytes + file.size > most.bytes) return refuse(file.name, 'it is larger than what is read')
      const lying = await release.lying(file)
      if (lying !== null) {
        bytes += file.size
        return { name: file.name, ...lying }
      }
      count += 1
      const path = join(folder, `${count}-${file.name.replace(/[^\w.+-]/g, '_')}`)
      const why = await release.copy(file, path)
      if (why !== null) return refuse(file.name, why)
      bytes += (await stat(path)).size
      return bytes > most.bytes
        ? refuse(file.name, 'it is larger than what is read')
        : { name: file.name, path }
    },
  }
}
