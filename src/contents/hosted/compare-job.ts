import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Ecosystem } from '../../versions/version-scheme.ts'
import { type Comparison, openComparison } from '../compare-releases.ts'
import type { ArchiveContents, ReleaseFile } from '../contents.ts'
import { readContents } from '../read-contents.ts'

/** Why an archive was not read whose bytes are not those of its name. */
export const notAsStored = 'its bytes are not what was stored'

/** An archive on this machine, under the name that it has on the index. */
export interface NamedArchive {
  readonly name: string
  readonly path: string
  /** What its bytes must hash to, hex; absent: that was checked before. */
  readonly sha256?: string
}

/** One side of a comparison: what the index lists, and the archive that is read. */
export interface JobSide {
  readonly version: string
  readonly files: readonly ReleaseFile[]
  readonly archive: NamedArchive | null
}

/** Everything that a comparison needs, as a thread can be handed it. */
export interface CompareJob {
  readonly ecosystem: Ecosystem
  readonly before: JobSide
  readonly after: JobSide
  readonly dependents: readonly (NamedArchive & { readonly release: string })[]
}

/** Reads the archives of a job, one after the other, and compares them; nothing of them is run. */
export async function runCompareJob({
  ecosystem,
  before,
  after,
  dependents,
}: CompareJob): Promise<Comparison> {
  const unread: { file: string; why: string }[] = []
  const read = async (archive: NamedArchive | null, like: ArchiveContents | null) => {
    if (archive === null) return null
    if (await isWhole(archive)) return readContents(archive.path, archive.name, like)
    unread.push({ file: archive.name, why: notAsStored })
    return null
  }
  const left = await read(before.archive, null)
  const right = await read(after.archive, left)
  const comparison = openComparison(
    ecosystem,
    { version: before.version, files: before.files, archive: left },
    { version: after.version, files: after.files, archive: right },
  )
  for (const { release, ...archive } of dependents) {
    const contents = await read(archive, null)
    if (contents !== null) comparison.read({ release, archive: contents })
  }
  const result = comparison.result()
  return { ...result, unread: [...result.unread, ...unread] }
}

async function isWhole({ path, sha256 }: NamedArchive): Promise<boolean> {
  if (sha256 === undefined) return true
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex') === sha256
}
