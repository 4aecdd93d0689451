import { isMapping } from '../catalog/mapping.ts'
import type { Result } from '../versions/problem.ts'
import type { ArchiveEntry, ArchiveSource } from './archive.ts'
import { readArchive } from './read-archive.ts'

export interface TarballManifest {
  /** `package.json` as it is in the tarball. */
  readonly manifest: Readonly<Record<string, unknown>>
  /** npm makes an install script for packages that have one of these and say nothing themselves. */
  readonly hasBindingGyp: boolean
  /** Files inside and their bytes together. */
  readonly unpacked: { readonly files: number; readonly bytes: number }
}

/** Installers drop the first folder of every path, whatever it is called. */
const packageJson = /^[^/]+\/package\.json$/
const bindingGyp = /^[^/]+\/binding\.gyp$/

/** Reads `package.json` of an npm tarball. */
export async function readTarballManifest(source: ArchiveSource): Promise<Result<TarballManifest>> {
  const read = await readArchive(source, { formats: ['tar.gz'], wanted: (path) => packageJson.test(path) })
  if (!read.ok) return read
  const { entries, files, unread } = read.value
  const [problem] = unread.values()
  if (problem !== undefined) return { ok: false, problem }
  const [bytes] = files.values()
  if (bytes === undefined || files.size !== 1)
    return refuse(`${files.size || 'no'} package.json inside`, 'one package.json in one folder')
  try {
    const text = Buffer.from(bytes)
      .toString('utf8')
      .replace(/^\uFEFF/, '')
    const manifest: unknown = JSON.parse(text)
    if (isMapping(manifest))
      return {
        ok: true,
        value: { manifest, hasBindingGyp: entries.some(isBindingGyp), unpacked: sizeOf(entries) },
      }
  } catch {
    // Said below, like any other text that is no manifest.
  }
  return refuse('a package.json that is no JSON object', 'package.json in JSON')
}

const isBindingGyp = ({ path }: ArchiveEntry) => bindingGyp.test(path)

function sizeOf(entries: readonly ArchiveEntry[]): TarballManifest['unpacked'] {
  const files = entries.filter(({ kind }) => kind === 'file')
  return { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) }
}

function refuse(value: string, expected: string): Result<never> {
  return { ok: false, problem: { field: 'archive', value, expected } }
}
