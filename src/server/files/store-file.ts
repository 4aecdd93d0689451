import type { Who } from '../../engine/core/who.ts'
import type { ReleaseStarter } from '../../engine/roles/release-starter.ts'
import type { BlobDraft, BlobStore } from '../../ports/blob-store.ts'
import type { FileRecord, PackageRecord, PackageStore } from '../../ports/package-store.ts'
import type { Overlay } from '../../ports/upstream.ts'
import { placeOfDistribution } from '../../versions/distribution-name.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import type { PackageId, ReleaseId } from '../../versions/release.ts'
import { type HttpProblem, problemOfRefusal } from '../http/problem.ts'
import { shadowingProblem } from '../shadowing.ts'

/** One checked file on its way in. */
export interface Upload {
  readonly package: PackageId
  readonly release: ReleaseId
  readonly version: string
  readonly file: FileRecord
  /** Its bytes; kept or discarded by `storeFile`. */
  readonly draft: BlobDraft
  /** Extra bytes that belong to the file, such as a wheel's metadata, by hex sha256. */
  readonly companions: readonly { readonly sha256: string; readonly bytes: Uint8Array }[]
  /** Puts the file into the package's record, whatever others did to it meanwhile. */
  readonly addTo: (record: PackageRecord) => PackageRecord
  readonly who: Who
}

export type Stored =
  | { readonly ok: true; readonly repeated: boolean }
  | { readonly ok: false; readonly problem: HttpProblem; readonly exists: boolean }

export interface StoreFileParts {
  readonly engine: Pick<ReleaseStarter, 'admitUpload' | 'uploaded'>
  readonly packages: PackageStore
  readonly blobs: BlobStore
  readonly overlay: Pick<Overlay, 'mayPublish'> | null
  readonly packageChanged: (id: PackageId) => void | Promise<void>
}

/**
 * Stores an upload so that nobody can see a new version too early: the rollout that hides it is made before
 * the first byte is stored, then come the bytes, then the record that lists them, then the engine's notice.
 * The same file again changes nothing; other bytes under a known name are refused.
 */
export async function storeFile(parts: StoreFileParts, upload: Upload): Promise<Stored> {
  try {
    return await storeDraft(parts, upload)
  } finally {
    await upload.draft.discard()
  }
}

async function storeDraft(parts: StoreFileParts, upload: Upload): Promise<Stored> {
  const before = await parts.packages.get(upload.package)
  const known = inTheWay(before, upload)
  if (known !== null) {
    if (known.ok) await mendBytes(parts, upload)
    return known
  }
  const closed = closedTo(before) ?? givenBefore(before, upload)
  if (closed !== null) return { ok: false, problem: closed, exists: false }
  const taken = before === null ? await shadowingProblem(parts.overlay, upload.package) : null
  if (taken !== null) return { ok: false, problem: taken, exists: false }
  const { name, sha256 } = upload.file
  const admitted = await parts.engine.admitUpload({
    release: upload.release,
    file: { name, sha256 },
    who: upload.who,
  })
  if (!admitted.ok) return { ok: false, problem: problemOfRefusal(admitted.refusal), exists: false }
  await keepBytes(parts, upload)
  const stored = await changePackage(parts, upload.package, (record) =>
    record === null || inTheWay(record, upload) === null
      ? upload.addTo(record ?? emptyPackage(upload))
      : null,
  )
  if (stored === null) {
    return inTheWay(await parts.packages.get(upload.package), upload) ?? { ok: true, repeated: true }
  }
  const late = await takeBackIfClosed(parts, upload)
  if (late !== null) return { ok: false, problem: late, exists: false }
  await parts.engine.uploaded(upload.release, { release: upload.release, name, sha256 }, upload.who)
  return { ok: true, repeated: false }
}

async function keepBytes({ blobs }: Pick<StoreFileParts, 'blobs'>, upload: Upload): Promise<void> {
  await upload.draft.keep(upload.file.sha256)
  for (const companion of upload.companions) await blobs.put(companion.sha256, companion.bytes)
}

/** The same file again puts back what was damaged or lost meanwhile. */
async function mendBytes(parts: Pick<StoreFileParts, 'blobs'>, upload: Upload): Promise<void> {
  const names = [upload.file.sha256, ...upload.companions.map(({ sha256 }) => sha256)]
  const there = await Promise.all(names.map(async (name) => (await parts.blobs.open(name)) !== null))
  if (there.includes(false)) await keepBytes(parts, upload)
}

/**
 * The list of files may have closed between the admission and the record, so it is asked again now that the
 * file would be on it. A file that is not goes out of the record again; views did not show it meanwhile.
 */
async function takeBackIfClosed(parts: StoreFileParts, upload: Upload): Promise<HttpProblem | null> {
  const { name, sha256 } = upload.file
  const request = { release: upload.release, file: { name, sha256 }, who: upload.who }
  const admitted = await parts.engine.admitUpload(request)
  if (admitted.ok) return null
  await changePackage(parts, upload.package, (record) => record && withoutFile(record, upload))
  return problemOfRefusal(admitted.refusal)
}

function withoutFile(record: PackageRecord, { version, file }: Upload): PackageRecord {
  const { [version]: before, ...others } = record.versions
  const files = before?.files.filter(({ name }) => name !== file.name) ?? []
  if (before === undefined || files.length === 0) return { ...record, versions: others }
  return { ...record, versions: { ...others, [version]: { ...before, files } } }
}

const attempts = 20

/**
 * Changes a package's record by compare-and-swap; the change is asked again when somebody was faster and may
 * return null to leave the record as it is. `revision` is set here.
 */
export async function changePackage(
  parts: Pick<StoreFileParts, 'packages' | 'packageChanged'>,
  id: PackageId,
  change: (record: PackageRecord | null) => PackageRecord | null,
): Promise<PackageRecord | null> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = await parts.packages.get(id)
    const changed = change(before)
    if (changed === null) return null
    const revision = before?.revision ?? 0
    const next = { ...changed, revision: revision + 1 }
    if (await parts.packages.put(next, revision)) {
      await parts.packageChanged(id)
      return next
    }
  }
  throw new Error(`The record of ${id} was changed by others ${attempts} times in a row`)
}

/** A version's record with the file added; `manifest` counts for a version that is new. */
export function withFile(
  record: PackageRecord,
  version: string,
  file: FileRecord,
  manifest: Readonly<Record<string, unknown>>,
): PackageRecord {
  const before = record.versions[version]
  const after = before
    ? { ...before, files: [...before.files, file] }
    : { version, files: [file], manifest, withdrawn: null, createdAt: file.uploadedAt }
  return {
    ...record,
    versions: { ...record.versions, [version]: after },
    modifiedAt: Math.max(record.modifiedAt, file.uploadedAt),
  }
}

/** The number of an unpublished version is in lockfiles, with the digest of what it was. */
function givenBefore(record: PackageRecord | null, { release, version }: Upload): HttpProblem | null {
  if (ownEntry(record?.unpublished ?? {}, version) === undefined) return null
  const detail = `${release} was unpublished and its number is not given again; publish a new version instead.`
  return { status: 403, detail, field: 'version', value: version, expected: 'a new version' }
}

/** Archived and quarantined projects take no uploads (PEP 792). */
function closedTo(record: PackageRecord | null): HttpProblem | null {
  const kind = record?.status?.kind
  if (record === null || (kind !== 'archived' && kind !== 'quarantined')) return null
  const because = record.status?.reason ? `: ${record.status.reason}` : ''
  const detail = `${record.id} is ${kind} and takes no uploads${because}`
  return { status: 403, detail, field: 'status', value: kind, expected: 'active or deprecated' }
}

function emptyPackage(upload: Upload): PackageRecord {
  const at = upload.file.uploadedAt
  return {
    id: upload.package,
    versions: {},
    tags: {},
    extra: {},
    createdAt: at,
    modifiedAt: at,
    revision: 0,
  }
}

/** A file that is here under the name of an upload, or in its place under another one. */
function inTheWay(record: PackageRecord | null, upload: Upload): Stored | null {
  return knownFile(record, upload) ?? rivalFile(record, upload)
}

function rivalFile(record: PackageRecord | null, { file, package: id, version }: Upload): Stored | null {
  if (file.kind === 'tarball') return null
  const place = placeOfDistribution(file.name)
  const files = ownEntry(record?.versions ?? {}, version)?.files ?? []
  const rival = files.find(({ name }) => placeOfDistribution(name) === place)
  if (rival === undefined) return null
  const what = file.kind === 'sdist' ? 'sdist' : 'wheel of these tags'
  const expected = `one ${what} in a version: ${id}@${version} has ${rival.name}`
  const detail = `content: got ${file.name}, expected ${expected}`
  const problem = { status: 400, detail, field: 'content', value: file.name, expected }
  return { ok: false, problem, exists: false }
}

function knownFile(record: PackageRecord | null, upload: Upload): Stored | null {
  const files = Object.values(record?.versions ?? {}).flatMap((version) => version.files)
  const known = files.find((file) => file.name === upload.file.name)
  if (known === undefined) return null
  if (known.sha256 === upload.file.sha256) return { ok: true, repeated: true }
  const expected = `the sha256 ${known.sha256} or a new version`
  const value = `the sha256 ${upload.file.sha256}`
  // twine and its --skip-existing look for these first words.
  const detail = `File already exists: ${known.name}. content: got ${value}, expected ${expected}`
  return { ok: false, problem: { status: 400, detail, field: 'content', value, expected }, exists: true }
}
