import type { Problem, Result } from '../../versions/problem.ts'
import { showValue } from '../../versions/problem.ts'
import { formatReleaseId, packageIdOf, type ReleaseId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { apiClient, type ServerAccess, type StartBody } from './api-client.ts'
import type { ApiFailure } from './api-request.ts'
import { findFiles } from './find-files.ts'
import { type PackageFile, readPackageFile } from './package-file.ts'
import type { RolloutDocument } from './rollout-document.ts'
import { type FileStep, type UploadOrder, uploadFiles } from './upload-files.ts'

/** What is told while files go up. */
export type PublishProgress =
  | {
      readonly step: FileStep
      readonly file: string
      /** How many are done. */
      readonly index: number
      readonly of: number
    }
  | { readonly step: 'reserving' | 'starting'; readonly releases: readonly ReleaseId[] }

/** How a publish went. `uploaded` and `missing` are file names; a failed one can be repeated as it is. */
export type PublishOutcome =
  | {
      readonly ok: true
      readonly releases: readonly ReleaseId[]
      readonly uploaded: readonly string[]
      /** Null when only pre-releases of no stream went up: they are visible directly. */
      readonly rollout: RolloutDocument | null
    }
  | {
      readonly ok: false
      readonly failure: ApiFailure
      readonly uploaded: readonly string[]
      readonly missing: readonly string[]
    }

/**
 * Reads every file and checks names and versions against each other, before the first byte is sent.
 *
 * @param patterns files or globs, relative to `cwd`
 * @param packages packages that must go out and no others (`npm:@scope/lib`); empty accepts any
 */
export async function readRelease(
  patterns: readonly string[],
  cwd: string,
  packages: readonly string[],
): Promise<{ ok: true; files: readonly PackageFile[] } | { ok: false; problems: readonly Problem[] }> {
  const paths = await findFiles(patterns, cwd)
  if (!paths.ok) return { ok: false, problems: [paths.problem] }
  const read: Result<PackageFile>[] = []
  for (const path of paths.value) read.push(await readPackageFile(path))
  const files = read.flatMap((result) => (result.ok ? [result.value] : []))
  const problems = [
    ...read.flatMap((result) => (result.ok ? [] : [result.problem])),
    ...versionProblems(files),
    ...packageProblems(files, packages),
  ]
  return problems.length === 0 ? { ok: true, files } : { ok: false, problems }
}

/** One release per package: a rollout has one candidate each. */
function versionProblems(files: readonly PackageFile[]): readonly Problem[] {
  const versions = new Map<string, string>()
  return files.flatMap(({ path, release }) => {
    const id = packageIdOf(release)
    const first = versions.get(id) ?? release.version
    versions.set(id, first)
    return first === release.version
      ? []
      : [
          {
            field: path,
            value: release.version,
            expected: `version ${first} of ${id}, as the other files have`,
          },
        ]
  })
}

function packageProblems(files: readonly PackageFile[], packages: readonly string[]): readonly Problem[] {
  if (packages.length === 0) return []
  const present = new Set(files.map((file) => packageIdOf(file.release)))
  const stray = files
    .filter((file) => !packages.includes(packageIdOf(file.release)))
    .map((file) => ({
      field: file.path,
      value: packageIdOf(file.release),
      expected: `one of the packages named: ${packages.join(', ')}`,
    }))
  const absent = packages
    .filter((id) => !present.has(id))
    .map((id) => ({ field: 'packages', value: showValue(id), expected: 'a package with at least one file' }))
  return [...stray, ...absent]
}

/** What to publish with, besides the files. */
export interface PublishOrder extends Omit<UploadOrder, 'onFile'> {
  readonly start: Omit<StartBody, 'releases'>
  readonly onProgress: (progress: PublishProgress) => void
}

/**
 * Uploads the files and starts the rollout, which closes the file list. Releases of several packages are reserved
 * first, because every upload on its own would begin a rollout on its own. Stops at the first failure and says
 * what went up. A dry run looks at the index and changes nothing; its rollout is null.
 */
export async function publishFiles(
  access: ServerAccess,
  files: readonly PackageFile[],
  order: PublishOrder,
): Promise<PublishOutcome> {
  const { start, onProgress, ...upload } = order
  const releases = releaseIds(files)
  const finals = releaseIds(
    files.filter(({ release }) => !schemeOf(release.ecosystem).isPrerelease(release.version)),
  )
  if (finals.length > 1) {
    onProgress({ step: 'reserving', releases: finals })
    const reserved = order.dryRun ? null : await apiClient(access).start({ releases: finals, ...start })
    if (reserved?.ok === false) return stopped(reserved.failure, files, [])
  }
  let done = 0
  const sent = await uploadFiles(access, files, {
    ...upload,
    onFile: (step, file) => {
      if (step !== 'uploading') done += 1
      onProgress({ step, file: file.name, index: done, of: files.length })
    },
  })
  if (sent.failure !== null) return stopped(sent.failure, files, sent.there)
  const uploaded = sent.there
  const starting = finals.length === 0 ? releases : finals
  if (finals.length > 0) onProgress({ step: 'starting', releases: finals })
  if (order.dryRun) return { ok: true, releases, uploaded, rollout: null }
  const started = await apiClient(sent.access).start({ releases: starting, ...start })
  if (started.ok) return { ok: true, releases, uploaded, rollout: started.value }
  // A pre-release that no stream has is visible as it is.
  const direct = finals.length === 0 && started.failure.status === unprocessable
  return direct ? { ok: true, releases, uploaded, rollout: null } : stopped(started.failure, files, uploaded)
}

/** How the server refuses to roll out what is not rolled out. */
const unprocessable = 422

function releaseIds(files: readonly PackageFile[]): readonly ReleaseId[] {
  return [...new Set(files.map((file) => formatReleaseId(file.release)))]
}

function stopped(
  failure: ApiFailure,
  files: readonly PackageFile[],
  uploaded: readonly string[],
): PublishOutcome {
  const missing = files.map((file) => file.name).filter((name) => !uploaded.includes(name))
  return { ok: false, failure, uploaded, missing }
}

/** What went up and what did not, for the end of a message; empty when nothing did. */
export function sayUploaded(uploaded: readonly string[], missing: readonly string[]): string {
  if (uploaded.length === 0) return 'Nothing was uploaded.'
  const rest =
    missing.length === 0
      ? 'every file is up, only the start is missing'
      : `not uploaded: ${missing.join(', ')}`
  return `Uploaded: ${uploaded.join(', ')}; ${rest}. Repeating the command continues.`
}
