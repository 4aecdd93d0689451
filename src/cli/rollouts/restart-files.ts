import type { PackageFile } from '../../registries/slipway-index/package-file.ts'
import { readRelease } from '../../registries/slipway-index/publish-files.ts'
import { sayProblem, showValue } from '../../versions/problem.ts'
import { formatReleaseId } from '../../versions/release.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'

/**
 * The files of `start --restart --files`, read and checked before anything is asked: a release that begins again takes
 * files until its first raise, and a first upload is `publish`. Empty where none are given.
 */
export async function restartFiles(
  releases: readonly string[],
  { files, restart }: { readonly files?: readonly string[]; readonly restart?: boolean },
  { cwd }: CliContext,
): Promise<readonly PackageFile[]> {
  if (files === undefined) return []
  if (restart !== true) {
    const expected = '--restart beside them; the first files of a release go up with slipway publish'
    throw new CommandStop(EXIT.usage, `files: got ${showValue(files.join(' '))}, expected ${expected}`)
  }
  const read = await readRelease(files, cwd, [])
  if (!read.ok) throw new CommandStop(EXIT.usage, read.problems.map(sayProblem).join('\n'))
  const strangers = read.files.filter(({ release }) => !releases.includes(formatReleaseId(release)))
  if (strangers.length === 0) return read.files
  const lines = strangers.map(
    ({ path, release }) =>
      `${path}: got ${formatReleaseId(release)}, expected a file of ${releases.join(' or ')}`,
  )
  throw new CommandStop(EXIT.usage, lines.join('\n'))
}
