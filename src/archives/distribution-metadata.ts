import { isUtf8 } from 'node:buffer'
import type { Result } from '../versions/problem.ts'
import { showValue } from '../versions/problem.ts'
import type { ArchiveFormat, ArchiveSource } from './archive.ts'
import { metadataValue, type PythonMetadata, readPythonMetadata } from './python-metadata.ts'
import { readArchive } from './read-archive.ts'

/** The core metadata file of a wheel or sdist. */
export interface DistributionMetadata {
  /** The file as it is in the archive; pip fetches a wheel's from `<file>.metadata` (PEP 658). */
  readonly bytes: Uint8Array
  readonly metadata: PythonMetadata
}

const metadataFile = /^([^/]+)\.dist-info\/METADATA$/
const pkgInfo = /^[^/]+\/PKG-INFO$/

/** The format that a distribution's file name promises. */
export function formatOfDistribution(fileName: string): ArchiveFormat {
  return /\.(?:whl|zip)$/.test(fileName) ? 'zip' : 'tar.gz'
}

/**
 * Reads what a wheel or sdist says of itself: the one `METADATA` in the one `.dist-info` folder at the top
 * (binary distribution format), the one `PKG-INFO` one folder down (source distribution format).
 */
export async function readDistributionMetadata(
  source: ArchiveSource,
  fileName: string,
): Promise<Result<DistributionMetadata>> {
  const isWheel = fileName.endsWith('.whl')
  const pattern = isWheel ? metadataFile : pkgInfo
  const wanted = (path: string) => pattern.test(path)
  const read = await readArchive(source, { formats: [formatOfDistribution(fileName)], wanted })
  if (!read.ok) return read
  const { entries, files, unread } = read.value
  const [problem] = unread.values()
  if (problem !== undefined) return { ok: false, problem }
  const folders = new Set(entries.map(({ path }) => path.split('/', 1)[0] ?? ''))
  const infos = [...folders].filter((folder) => folder.endsWith('.dist-info'))
  // pip refuses wheels with several; other readers take the first.
  if (isWheel && infos.length > 1) return refuse(infos.map(showValue).join(' and '), 'one .dist-info folder')
  const [bytes] = files.values()
  const name = isWheel ? '.dist-info/METADATA' : 'PKG-INFO'
  if (bytes === undefined || files.size !== 1)
    return refuse(`${files.size || 'no'} ${name} inside`, `one ${name}`)
  // Old sdists come in other encodings and nobody resolves by them; pip takes a wheel's as UTF-8.
  if (isWheel && !isUtf8(bytes)) return refuse('METADATA that is no UTF-8', 'METADATA in UTF-8')
  const metadata = readPythonMetadata(Buffer.from(bytes).toString('utf8'))
  const absent = ['metadata-version', 'name', 'version'].find((header) => !metadataValue(metadata, header))
  if (absent !== undefined)
    return refuse(`no ${absent} in ${name}`, `${name} as the core metadata specification has it`)
  return { ok: true, value: { bytes, metadata } }
}

function refuse(value: string, expected: string): Result<never> {
  return { ok: false, problem: { field: 'archive', value, expected } }
}
