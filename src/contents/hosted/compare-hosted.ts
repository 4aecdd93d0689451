import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { FileRecord, VersionRecord } from '../../catalog/package-record.ts'
import type { BlobStore } from '../../ports/blob-store.ts'
import type { PackageStore } from '../../ports/package-store.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { packageIdOf, type ReleaseId } from '../../versions/release.ts'
import { chooseFiles } from '../choose-files.ts'
import type { Comparison } from '../compare-releases.ts'
import type { CompareJob, JobSide, NamedArchive } from './compare-job.ts'
import type { CompareAnswer } from './compare-thread.ts'
import { newestDependents } from './newest-dependents.ts'
import { trustFindings } from './trust-findings.ts'

/** What the index has of two releases, side by side. */
export interface HostedComparer {
  /** Null when one of them is not here; `busy` while many wait. Files that cannot be had are `unread` in it. */
  compare(from: ReleaseId, to: ReleaseId): Promise<Comparison | null | 'busy'>
}

interface Parts {
  readonly packages: PackageStore
  readonly blobs: Pick<BlobStore, 'open'>
  readonly run: (job: CompareJob) => Promise<CompareAnswer>
}

/** Dependents hosted here that are read, bytes of everything that is read, what may wait, and what is remembered. */
const most = { dependents: 20, bytes: 256 * 1024 * 1024, waiting: 16, known: 100 }

/**
 * Compares releases that are hosted here, with what their hosted dependents use: one at a time, and what was compared
 * once is remembered for as long as its files are the same.
 */
export function createHostedComparer(parts: Parts): HostedComparer {
  const known = new Map<string, Comparison>()
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  const compareNext = async (from: ReleaseId, to: ReleaseId) => {
    const sides = [await find(parts, from), await find(parts, to)] as const
    const [before, after] = sides
    if (before === null || after === null) return null
    const users = await newestDependents(parts.packages, packageIdOf(to), most.dependents)
    const files = [before.files, after.files, users.map(({ file }) => file)]
    const key = `${from} ${to} ${files.map((list) => list.map(({ sha256 }) => sha256).join()).join(' ')}`
    const same = known.get(key)
    if (same !== undefined) return same
    const found = await compareHosted(parts, before, after, users, to)
    if (known.size >= most.known) known.clear()
    if (found.isWhole) known.set(key, found.comparison)
    return found.comparison
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

async function compareHosted(
  parts: Parts,
  before: VersionRecord,
  after: VersionRecord,
  users: Awaited<ReturnType<typeof newestDependents>>,
  to: ReleaseId,
): Promise<{ readonly comparison: Comparison; readonly isWhole: boolean }> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-compare-'))
  try {
    const pair = chooseFiles(before.files, after.files)
    const copy = createCopies(parts.blobs, folder)
    const side = async (version: VersionRecord, name: string | undefined): Promise<JobSide> => ({
      version: version.version,
      files: version.files.map(({ name: file, requiresPython }) => ({ name: file, requiresPython })),
      archive: await copy.take(version.files.find((file) => file.name === name)),
    })
    const sides = { before: await side(before, pair?.[0]), after: await side(after, pair?.[1]) }
    const dependents = []
    for (const { release, file } of users) {
      const archive = await copy.take(file)
      if (archive !== null) dependents.push({ ...archive, release })
    }
    const ecosystem = to.startsWith('npm:') ? 'npm' : 'pypi'
    const answer = await parts.run({ ecosystem, ...sides, dependents })
    const found: Comparison = answer.ok
      ? answer.comparison
      : { change: 'patch', files: [], findings: [], unread: [{ file: pair?.[1] ?? to, why: answer.why }] }
    const trust = trustFindings(before, after)
    const comparison = {
      ...found,
      findings: [...trust, ...found.findings],
      unread: [...found.unread, ...copy.unread],
    }
    return { comparison, isWhole: answer.ok && copy.unread.length === 0 }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function find({ packages }: Parts, release: ReleaseId): Promise<VersionRecord | null> {
  const id = packageIdOf(release)
  const record = await packages.get(id)
  return record === null ? null : (ownEntry(record.versions, release.slice(id.length + 1)) ?? null)
}

/** Copies of files for a thread that has no way to the store; what cannot be copied is noted. */
function createCopies(blobs: Parts['blobs'], folder: string) {
  const unread: { file: string; why: string }[] = []
  let bytes = 0
  let count = 0
  const refuse = (file: string, why: string) => {
    unread.push({ file, why })
    return null
  }
  return {
    unread,
    take: async (file: FileRecord | undefined): Promise<NamedArchive | null> => {
      if (file === undefined) return null
      if (bytes + file.size > most.bytes) return refuse(file.name, 'it is larger than what is read')
      const blob = await blobs.open(file.sha256)
      if (blob === null) return refuse(file.name, 'its bytes are not kept here')
      bytes += file.size
      count += 1
      const path = join(folder, `${count}-${file.name.replace(/[^\w.+-]/g, '_')}`)
      await pipeline(blob.stream(), createWriteStream(path))
      return { name: file.name, path }
    },
  }
}
