import type { Ecosystem } from '../../versions/version-scheme.ts'
import { type Comparison, openComparison } from '../compare-releases.ts'
import type { ArchiveContents, ReleaseFile } from '../contents.ts'
import { readContents } from '../read-contents.ts'

/** An archive on this machine, under the name that it has on the index. */
export interface NamedArchive {
  readonly name: string
  readonly path: string
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
  const read = async (archive: NamedArchive | null, like: ArchiveContents | null) =>
    archive === null ? null : readContents(archive.path, archive.name, like)
  const left = await read(before.archive, null)
  const right = await read(after.archive, left)
  const comparison = openComparison(
    ecosystem,
    { version: before.version, files: before.files, archive: left },
    { version: after.version, files: after.files, archive: right },
  )
  for (const { release, name, path } of dependents)
    comparison.read({ release, archive: await readContents(path, name) })
  return comparison.result()
}
