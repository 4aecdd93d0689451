import type { ArchiveContents, ReleaseContents } from '../../src/contents/contents.ts'

/** Paths to texts, as an archive that was read. */
export function archiveOf(name: string, files: Readonly<Record<string, string>>): ArchiveContents {
  const bytes = new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]))
  const sizes = new Map([...bytes].map(([path, { length }]) => [path, length]))
  return { name, sizes, bytes, unread: [] }
}

/** A wheel of `demo` with metadata; `headers` are added to it. */
export function wheelOf(
  version: string,
  files: Readonly<Record<string, string>>,
  headers: readonly string[] = ['Requires-Python: >=3.9'],
): ReleaseContents {
  const name = `demo-${version}-py3-none-any.whl`
  const info = `demo-${version}.dist-info`
  const metadata = ['Metadata-Version: 2.1', 'Name: demo', `Version: ${version}`, ...headers, '', ''].join(
    '\n',
  )
  const archive = archiveOf(name, { ...files, [`${info}/METADATA`]: metadata })
  return { version, files: [], archive }
}

/** A tarball of `demo`; `manifest` is added to its package.json. */
export function tarballOf(
  version: string,
  files: Readonly<Record<string, string>>,
  manifest: Readonly<Record<string, unknown>> = {},
): ReleaseContents {
  const text = JSON.stringify({ name: 'demo', version, ...manifest })
  return { version, files: [], archive: archiveOf(`demo-${version}.tgz`, { ...files, 'package.json': text }) }
}
