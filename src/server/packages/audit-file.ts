import { createHash } from 'node:crypto'
import { isMapping } from '../../catalog/mapping.ts'
import type { FileRecord, VersionRecord } from '../../ports/package-store.ts'
import { metadataValue, readPythonMetadata } from '../../registries/slipway-index/python-metadata.ts'
import { tarballEntry } from '../files/tarball-entry.ts'
import { metadataMismatch } from '../pypi/metadata-mismatch.ts'
import { sdistMetadata } from '../pypi/sdist-metadata.ts'
import { wheelMetadata } from '../pypi/wheel-metadata.ts'

/** What an audit found wrong with a file. `extracted`: metadata that was missing is there now. */
export type FindingKind =
  | 'bytes-missing'
  | 'bytes-changed'
  | 'metadata-unreadable'
  | 'metadata-differs'
  | 'metadata-missing'

export interface FileFinding {
  readonly kind: FindingKind
  readonly detail: string
}

export interface AuditedFile {
  readonly findings: readonly FileFinding[]
  /** Metadata of a wheel that its record does not have, and what the record has to say about it. */
  readonly missing: {
    readonly sha256: string
    readonly bytes: Uint8Array
    readonly requiresPython: string | null
  } | null
}

/** Compares one stored file with what the index says about it. `bytes` null: they are gone. */
export async function auditFile(
  ecosystem: 'npm' | 'pypi',
  name: string,
  record: VersionRecord,
  file: FileRecord,
  bytes: Uint8Array | null,
): Promise<AuditedFile> {
  if (bytes === null) return found('bytes-missing', `the store has no bytes with the sha256 ${file.sha256}`)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 !== file.sha256 || bytes.length !== file.size) {
    return found('bytes-changed', `sha256: got ${sha256}, expected ${file.sha256}`)
  }
  return ecosystem === 'npm'
    ? auditTarball(name, record, bytes)
    : auditDistribution(name, record, file, bytes)
}

async function auditDistribution(
  name: string,
  record: VersionRecord,
  file: FileRecord,
  bytes: Uint8Array,
): Promise<AuditedFile> {
  const isWheel = file.kind === 'bdist_wheel'
  const inside = isWheel ? wheelMetadata(bytes) : await sdistMetadata(file.name, bytes)
  if (inside === null)
    return found('metadata-unreadable', 'there is no METADATA or PKG-INFO that can be read')
  const own = readPythonMetadata(Buffer.from(inside).toString('utf8'))
  const mismatch = metadataMismatch(fieldsOf(name, record), own)
  const requires = metadataValue(own, 'requires-python')
  const findings: FileFinding[] =
    mismatch === null
      ? differingPython(file, requires)
      : [
          {
            kind: 'metadata-differs',
            detail: `${mismatch.field}: the index says ${mismatch.value}, expected ${mismatch.expected}`,
          },
        ]
  if (!isWheel || file.metadataSha256 !== null) return { findings, missing: null }
  const sha256 = createHash('sha256').update(inside).digest('hex')
  const detail = 'the wheel has metadata that was not extracted'
  return {
    findings: [...findings, { kind: 'metadata-missing', detail }],
    missing: { sha256, bytes: inside, requiresPython: requires },
  }
}

function differingPython(file: FileRecord, requires: string | null): FileFinding[] {
  if ((file.requiresPython ?? '') === (requires ?? '')) return []
  const detail = `requires-python: the index says ${file.requiresPython ?? 'nothing'}, the file ${requires ?? 'nothing'}`
  return [{ kind: 'metadata-differs', detail }]
}

/** The stored metadata as an upload form would bring it. */
function fieldsOf(
  name: string,
  { version, manifest }: VersionRecord,
): ReadonlyMap<string, readonly string[]> {
  const fields = Object.entries(manifest).map(([field, value]) => {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value]
    return [field, list.filter((item) => typeof item === 'string')] as const
  })
  return new Map([...fields, ['name', [name]], ['version', [version]]])
}

const comparedFields = [
  'name',
  'version',
  'dependencies',
  'optionalDependencies',
  'peerDependencies',
] as const

async function auditTarball(name: string, record: VersionRecord, bytes: Uint8Array): Promise<AuditedFile> {
  const inside = await packageJsonOf(bytes)
  if (inside === null) return found('metadata-unreadable', 'there is no package.json that can be read')
  const said = { ...record.manifest, name, version: record.version }
  const field = comparedFields.find((key) => plain(said, key) !== plain(inside, key))
  if (field === undefined) return { findings: [], missing: null }
  const detail = `${field}: the index says ${plain(said, field)}, package.json in the tarball ${plain(inside, field)}`
  return found('metadata-differs', detail.slice(0, 500))
}

async function packageJsonOf(bytes: Uint8Array): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    const entry = await tarballEntry(bytes, /^[^/]+\/package\.json$/)
    const json: unknown = entry === null ? null : JSON.parse(Buffer.from(entry).toString('utf8'))
    return isMapping(json) ? json : null
  } catch {
    return null
  }
}

/** A field as text, members in order. Publishers write optional dependencies among the others, too, or do not. */
function plain(document: Readonly<Record<string, unknown>>, field: string): string {
  const value = document[field]
  if (value !== undefined && !isMapping(value)) return JSON.stringify(value)
  const optional = field === 'dependencies' ? document.optionalDependencies : undefined
  const members = { ...value, ...(isMapping(optional) ? optional : {}) }
  return JSON.stringify(Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1))))
}

function found(kind: FindingKind, detail: string): AuditedFile {
  return { findings: [{ kind, detail }], missing: null }
}
