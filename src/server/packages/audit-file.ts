import { createHash } from 'node:crypto'
import { readDistributionMetadata } from '../../archives/distribution-metadata.ts'
import { readTarballManifest } from '../../archives/npm-manifest.ts'
import { metadataValue } from '../../archives/python-metadata.ts'
import type { FileRecord, VersionRecord } from '../../ports/package-store.ts'
import { sayProblem } from '../../versions/problem.ts'
import { manifestMismatch } from '../npm/manifest-mismatch.ts'
import { metadataMismatch } from '../pypi/metadata-mismatch.ts'

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
  const read = await readDistributionMetadata(bytes, file.name)
  if (!read.ok) return found('metadata-unreadable', sayProblem(read.problem))
  const { metadata: own, bytes: inside } = read.value
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

async function auditTarball(name: string, record: VersionRecord, bytes: Uint8Array): Promise<AuditedFile> {
  const inside = await readTarballManifest(bytes)
  if (!inside.ok) return found('metadata-unreadable', sayProblem(inside.problem))
  const said = { ...record.manifest, name, version: record.version }
  const mismatch = manifestMismatch(said, inside.value)
  if (mismatch === null) return { findings: [], missing: null }
  const { field, value, expected } = mismatch
  return found('metadata-differs', `${field}: the index says ${value}, expected ${expected}`)
}

function found(kind: FindingKind, detail: string): AuditedFile {
  return { findings: [{ kind, detail }], missing: null }
}
