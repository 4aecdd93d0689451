import { readTarballManifest } from '../../archives/npm-manifest.ts'
import type { FileRecord } from '../../ports/package-store.ts'
import { showValue } from '../../versions/problem.ts'
import { digestsOf, type FileDigests } from '../files/file-digests.ts'
import type { HttpProblem } from '../http/problem.ts'
import { manifestMismatch } from './manifest-mismatch.ts'
import type { NpmPutDocument } from './npm-put-document.ts'

export type CheckedTarball =
  | {
      readonly ok: true
      readonly bytes: Buffer
      readonly digests: FileDigests
      readonly unpacked: NonNullable<FileRecord['unpacked']>
    }
  | { readonly ok: false; readonly problem: HttpProblem }

/** Reads the tarball that a publish brings and checks that the document says of it what is in it. */
export async function checkTarball(
  document: NpmPutDocument,
  manifest: NpmPutDocument['versions'][string],
  version: string,
): Promise<CheckedTarball> {
  const decoded = decodeTarball(document)
  if (!decoded.ok) return decoded
  const { bytes } = decoded
  const digests = await digestsOf(bytes)
  const wrong = wrongDigest(manifest.dist ?? {}, digests)
  if (wrong !== null) return wrong
  const inside = await readTarballManifest(bytes)
  if (!inside.ok) return refuse('_attachments', inside.problem.value, inside.problem.expected)
  const mismatch = manifestMismatch(manifest, inside.value)
  if (mismatch !== null) {
    return refuse(`versions["${version}"].${mismatch.field}`, mismatch.value, mismatch.expected)
  }
  return { ok: true, bytes, digests, unpacked: inside.value.unpacked }
}

function decodeTarball(
  document: NpmPutDocument,
): { readonly ok: true; readonly bytes: Buffer } | { readonly ok: false; readonly problem: HttpProblem } {
  const attachments = Object.entries(document._attachments ?? {}).filter(([file]) => file.endsWith('.tgz'))
  const [attachment] = attachments
  if (attachment === undefined || attachments.length !== 1) {
    return bad('_attachments', `${attachments.length} tarballs`, 'exactly one tarball (.tgz)')
  }
  const [file, { data, length }] = attachment
  if (file.includes('..') || file.includes('\\'))
    return bad('_attachments', file, 'a file name without any folder')
  const bytes = Buffer.from(data, 'base64')
  if (bytes.length === 0 || (length !== undefined && length !== bytes.length)) {
    return bad(`_attachments["${file}"].data`, `${bytes.length} bytes`, `${length ?? 'some'} bytes of base64`)
  }
  return { ok: true, bytes }
}

function wrongDigest(
  dist: { readonly integrity?: string | undefined; readonly shasum?: string | undefined },
  digests: FileDigests,
): (CheckedTarball & { readonly ok: false }) | null {
  const integrity = `sha512-${Buffer.from(digests.sha512, 'hex').toString('base64')}`
  if (dist.integrity === undefined && dist.shasum === undefined) {
    return bad('dist.integrity', 'nothing', 'the sha512 integrity of the tarball')
  }
  if (dist.integrity !== undefined && !dist.integrity.split(/\s+/).includes(integrity)) {
    return bad('dist.integrity', dist.integrity, `${integrity}, the digest of the bytes that came`)
  }
  if (dist.shasum !== undefined && dist.shasum !== digests.sha1) {
    return bad('dist.shasum', dist.shasum, `${digests.sha1}, the digest of the bytes that came`)
  }
  return null
}

function bad(field: string, value: string, expected: string): CheckedTarball & { readonly ok: false } {
  return refuse(field, showValue(value), expected)
}

/** The same for a value that is a phrase already. */
function refuse(field: string, value: string, expected: string): CheckedTarball & { readonly ok: false } {
  const detail = `${field}: got ${value}, expected ${expected}`
  return { ok: false, problem: { status: 400, detail, field, value, expected } }
}
