import { type PythonMetadata, readPythonMetadata } from '../../archives/python-metadata.ts'
import { type ArchiveContents, textIn } from '../contents.ts'

/** One `Requires-Dist`. */
export interface Requirement {
  /** Normalised. */
  readonly name: string
  /** Version specifiers, without spaces; empty for any. */
  readonly specifier: string
  /** What is behind the semicolon; empty without one. */
  readonly marker: string
  /** Asked for only with an extra. */
  readonly extra: boolean
}

/** What a wheel or sdist says of itself, as far as rules read it. */
export interface Distribution {
  readonly metadata: PythonMetadata
  readonly requiresPython: string | null
  readonly requirements: readonly Requirement[]
  /** Group and name of each entry point. */
  readonly entryPoints: ReadonlyMap<string, string>
}

const normalise = (name: string): string => name.toLowerCase().replaceAll(/[-_.]+/g, '-')

export function parseRequirement(text: string): Requirement | null {
  const [said = '', marker = ''] = text.split(';', 2)
  const found = /^\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(.*)$/s.exec(said)
  if (found?.[1] === undefined) return null
  const specifier = (found[2] ?? '').replaceAll(/[()\s]/g, '')
  return { name: normalise(found[1]), specifier, marker: marker.trim(), extra: /\bextra\b/.test(marker) }
}

/** Reads the metadata and entry points of a wheel; null for an archive without metadata. */
export function readDistribution(archive: ArchiveContents): Distribution | null {
  const path = [...archive.bytes.keys()].find((one) => /^[^/]+\.dist-info\/METADATA$|^PKG-INFO$/.test(one))
  const text = path === undefined ? null : textIn(archive, path)
  if (text === null) return null
  const metadata = readPythonMetadata(text)
  const values = (header: string) =>
    metadata.headers.filter(({ name }) => name === header).map(({ value }) => value)
  return {
    metadata,
    requiresPython: values('requires-python')[0] ?? null,
    requirements: values('requires-dist').flatMap((value) => parseRequirement(value) ?? []),
    entryPoints: readEntryPoints(archive),
  }
}

function readEntryPoints(archive: ArchiveContents): ReadonlyMap<string, string> {
  const path = [...archive.bytes.keys()].find((one) => /^[^/]+\.dist-info\/entry_points\.txt$/.test(one))
  const found = new Map<string, string>()
  let group = ''
  for (const line of (path === undefined ? '' : (textIn(archive, path) ?? '')).split('\n')) {
    const head = /^\s*\[([^\]]+)\]/.exec(line)
    if (head?.[1] !== undefined) group = head[1].trim()
    const entry = /^\s*([^=#;\s][^=]*?)\s*=\s*(\S.*)$/.exec(line)
    if (entry?.[1] !== undefined && entry[2] !== undefined && group !== '')
      found.set(`[${group}] ${entry[1]}`, entry[2].trim())
  }
  return found
}
