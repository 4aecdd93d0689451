import { readTarballManifest } from '../../archives/npm-manifest.ts'
import type { BlobDraft } from '../../ports/blob-store.ts'
import type { FileRecord } from '../../ports/package-store.ts'
import { showValue } from '../../versions/problem.ts'
import { digestsOf, type FileDigests } from '../files/file-digests.ts'
import type { HttpProblem } from '../http/problem.ts'
import { manifestMismatch } from './manifest-mismatch.ts'
import type { NpmPutDocument } from './npm-put-document.ts'

export type CheckedTarball =
  | {
      readonly ok: true
      readonly digests: FileDigests
      readonly unpacked: NonNullable<FileRecord['unpacked']>
    }
  | { readonly ok: false; readonly problem: HttpProblem }

/** Reads the tarball that a publish brings and checks that the document says of it what is in it. */
export async function checkTarball(
  document: NpmPutDocument,
  draft: BlobDraft,
  manifest: NpmPutDocument['versions'][string],
  version: string,
): Promise<CheckedTarball> {
  const wrongSize = checkAttachment(document, draft.size())
  if (wrongSize !== null) return wrongSize
  const digests = await digestsOf(draft.source())
  const wrong = wrongDigest(manifest.dist ?? {}, digests)
  if (wrong !== null) return wrong
  const inside = await readTarballManifest(draft.source())
  if (!inside.ok) return refuse('_attachments', inside.problem.value, inside.problem.expected)
  const mismatch = manifestMismatch(manifest, inside.value)
  if (mismatch !== null) {
    return refuse(`versions["${version}"].${mismatch.field}`, mismatch.value, mismatch.expected)
  }
  return { ok: true, digests, unpacked: inside.value.unpacked }
}

/** Exactly one tarball, as long as the document says. Its bytes were taken out while it was read. */
function checkAttachment(
  document: NpmPutDocument,
  size: number,
): (CheckedTarball & { readonly ok: false }) | null {
  const attachments = Object.entries(document._attachments ?? {}).filter(([file]) => file.endsWith('.tgz'))
  const [attachment] = attachments
  if (attachment === undefined || attachments.length !== 1) {
    return bad('_attachments', `${attachments.length} tarballs`, 'exactly one tarball (.tgz)')
  }
  const [file, { length }] = attachment
  if (file.includes('..') || file.includes('\\'))
    return bad('_attachments', file, 'a file name without any folder')
  if (size === 0 || (length !== undefined && length !== size)) {
    return bad(`_attachments["${file}"].data`, `${size} bytes`, `${length ?? 'some'} bytes of base64`)
  }
  return null
}

/** As npm writes a digest: `sha512-<base64>`. */
export function integrityOf({ sha512 }: Pick<FileDigests, 'sha512'>): string {
  return `sha512-${Buffer.from(sha512, 'hex').toString('base64')}`
}

function wrongDigest(
  dist: { readonly integrity?: string | undefined; readonly shasum?: string | undefined },
  digests: FileDigests,
): (CheckedTarball & { readonly ok: false }) | null {
  const integrity = integrityOf(digests)
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
