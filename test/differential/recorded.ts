/** What npm's and PyPI's registries said of 60 well-known packages (`node scripts/record-indexes.ts` wrote it). */
import { readFile } from 'node:fs/promises'
import { brotliDecompressSync } from 'node:zlib'

export interface RecordedPackument {
  readonly name: string
  readonly 'dist-tags': Readonly<Record<string, string>>
  readonly versions: Readonly<Record<string, RecordedVersion>>
  readonly time: Readonly<Record<string, string>>
  readonly description?: unknown
  readonly keywords?: unknown
}

export interface RecordedVersion {
  readonly version: string
  readonly deprecated?: string
  readonly engines?: unknown
  readonly description?: unknown
  readonly keywords?: unknown
  readonly dist: Readonly<Record<string, unknown>>
}

export interface RecordedProject {
  readonly json: { readonly name: string; readonly files: readonly RecordedFile[] }
  readonly html: string
}

export interface RecordedFile {
  readonly filename: string
  readonly url: string
  readonly yanked: boolean | string
  readonly 'upload-time': string
}

export interface Recorded {
  readonly npm: Readonly<Record<string, RecordedPackument>>
  readonly pypi: Readonly<Record<string, RecordedProject>>
}

/** Unpacked anew each time, so that no test sees what another changed. */
export async function readRecorded(): Promise<Recorded> {
  const bytes = await readFile(new URL('recorded.json.br', import.meta.url))
  return JSON.parse(brotliDecompressSync(bytes).toString('utf8'))
}
