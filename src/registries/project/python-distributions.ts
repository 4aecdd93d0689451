import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { metadataValue, readPythonMetadata } from '../../archives/python-metadata.ts'
import { formatReleaseId, type ReleaseId } from '../../versions/release.ts'
import { namedRelease } from '../slipway-index/named-release.ts'

/**
 * What lies in a `site-packages`, as release ids. Read from the files, because asking the interpreter would run
 * code of what was just installed. What has a `direct_url.json` (PEP 610) came from a folder, file or address and
 * not from an index, so it is left out.
 */
export async function pythonDistributions(folder: string): Promise<readonly ReleaseId[]> {
  const found: ReleaseId[] = []
  for (const entry of await readdir(folder).catch(() => [])) {
    if (!entry.endsWith('.dist-info') || existsSync(join(folder, entry, 'direct_url.json'))) continue
    const text = await readFile(join(folder, entry, 'METADATA'), 'utf8').catch(() => '')
    const metadata = readPythonMetadata(text)
    const release = namedRelease(
      'pypi',
      metadataValue(metadata, 'name') ?? '',
      metadataValue(metadata, 'version') ?? '',
    )
    if (release.ok) found.push(formatReleaseId(release.value))
  }
  return found
}

/** The `site-packages` of a virtual environment. */
export async function siteFoldersOf(environment: string): Promise<readonly string[]> {
  if (process.platform === 'win32') return [join(environment, 'Lib', 'site-packages')]
  const lib = join(environment, 'lib')
  const versions = await readdir(lib).catch(() => [])
  return versions.map((name) => join(lib, name, 'site-packages'))
}
