import { createHash } from 'node:crypto'
import { readDistributionMetadata } from '../../archives/distribution-metadata.ts'
import { metadataFields, metadataValue, type PythonMetadata } from '../../archives/python-metadata.ts'
import type { Who } from '../../engine/core/who.ts'
import {
  type DistributionName,
  expectedDistributionName,
  parseDistributionName,
} from '../../versions/distribution-name.ts'
import { normalizeName } from '../../versions/normalize-name.ts'
import { sayProblem, showValue } from '../../versions/problem.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { digestsOf, type FileDigests } from '../files/file-digests.ts'
import { type Upload, withFile } from '../files/store-file.ts'
import type { HttpProblem } from '../http/problem.ts'
import type { Form } from '../http/read-multipart.ts'
import { type AttestedFile, checkAttestations } from '../provenance/pypi-attestations.ts'
import { metadataMismatch } from './metadata-mismatch.ts'

/** What an upload says it is, checked as far as is possible without its bytes. */
export interface UploadHeader {
  readonly name: string
  readonly version: string
  readonly kind: DistributionName['kind']
  readonly fileName: string
}

export type CheckedHeader =
  | { readonly ok: true; readonly header: UploadHeader }
  | { readonly ok: false; readonly problem: HttpProblem }

export type CheckedUpload =
  | { readonly ok: true; readonly upload: Upload }
  | { readonly ok: false; readonly problem: HttpProblem }

/** Who uploads, when, and what attestations are checked by. */
export interface UploadContext extends Pick<AttestedFile, 'verifier' | 'origins'> {
  readonly who: Who
  readonly now: number
}

/** Checks the fields of the legacy upload form against each other and against the file's name. */
export function checkUploadHeader(form: Form): CheckedHeader {
  const action = one(form, ':action')
  if (action !== 'file_upload') return bad(':action', action, 'file_upload')
  if (form.file === null) return bad('content', null, 'a distribution file')
  const name = normalizeName('pypi', one(form, 'name') ?? '')
  if (!name.ok)
    return { ok: false, problem: { status: 400, detail: sayProblem(name.problem), ...name.problem } }
  const scheme = schemeOf('pypi')
  const version = scheme.normalize(one(form, 'version') ?? '')
  if (version === null) return bad('version', one(form, 'version'), scheme.expected)
  const fileName = form.file.name
  const readings = parseDistributionName(fileName)
  if (readings.length === 0) return bad('content', fileName, expectedDistributionName)
  const matching = readings.find((reading) => reading.name === name.value && reading.version === version)
  if (matching === undefined) {
    return bad('content', fileName, `a file name for ${name.value} ${version}, as the form says`)
  }
  return { ok: true, header: { name: name.value, version, kind: matching.kind, fileName } }
}

/** Verifies every digest that the form gives and makes the record of the file. */
export async function checkUploadContent(
  form: Form,
  header: UploadHeader,
  { who, now, ...proof }: UploadContext,
): Promise<CheckedUpload> {
  const draft = form.file?.draft
  if (draft === undefined || draft.size() === 0) {
    return bad('content', 'an empty file', 'a distribution file')
  }
  const digests = await digestsOf(draft.source())
  const wrong = wrongDigest(form, digests)
  if (wrong !== null) return wrong
  const read = await readDistributionMetadata(draft.source(), header.fileName)
  if (!read.ok) return bad('content', read.problem.value, read.problem.expected, false)
  const { metadata: own, bytes: inside } = read.value
  const mismatch = metadataMismatch(form.fields, own)
  if (mismatch !== null) return bad(mismatch.field, mismatch.value, mismatch.expected, false)
  const about = { name: header.fileName, sha256: digests.sha256 }
  const attested = await checkAttestations(one(form, 'attestations'), { ...about, ...proof })
  if (!attested.ok) return attested
  const metadata = header.kind === 'bdist_wheel' ? blobOf(inside) : null
  const provenance = attested.provenance === null ? null : blobOf(attested.provenance)
  const file = {
    ...digests,
    name: header.fileName,
    size: draft.size(),
    uploadedAt: now,
    kind: header.kind,
    requiresPython: metadataValue(own, 'requires-python'),
    metadataSha256: metadata?.sha256 ?? null,
    ...(provenance !== null && { provenanceSha256: provenance.sha256 }),
  }
  const id = `pypi:${header.name}`
  return {
    ok: true,
    upload: {
      package: id,
      release: `${id}@${header.version}`,
      version: header.version,
      file,
      draft,
      companions: [metadata, provenance].filter((blob) => blob !== null),
      addTo: (record) => withFile(record, header.version, file, { ...coreMetadata(form), ...ownFields(own) }),
      who,
    },
  }
}

function blobOf(bytes: Uint8Array) {
  return { sha256: createHash('sha256').update(bytes).digest('hex'), bytes }
}

const digestFields = [
  ['md5_digest', 'md5'],
  ['sha256_digest', 'sha256'],
  ['blake2_256_digest', 'blake2b256'],
] as const

function wrongDigest(form: Form, digests: FileDigests): (CheckedUpload & { ok: false }) | null {
  const given = digestFields.filter(([field]) => one(form, field))
  if (given.length === 0) return bad('sha256_digest', null, 'the digest of the file')
  for (const [field, name] of given) {
    const claimed = one(form, field)?.toLowerCase() ?? ''
    if (claimed !== digests[name])
      return bad(field, claimed, `${digests[name]}, the digest of the bytes that came`)
  }
  return null
}

const transportFields = new Set([':action', 'protocol_version', 'attestations', 'gpg_signature'])

/** The core metadata fields as sent: one text, or a list where a field came several times. */
function coreMetadata(form: Form): Readonly<Record<string, unknown>> {
  return fromLists(
    [...form.fields].filter(
      ([field]) => !transportFields.has(field) && !field.endsWith('_digest') && field !== '__proto__',
    ),
  )
}

/** The fields as the file itself has them; what a form left out is known from here. */
function ownFields(own: PythonMetadata): Readonly<Record<string, unknown>> {
  const lists = new Map<string, string[]>()
  for (const [field, value] of metadataFields(own)) {
    lists.set(field, [...(lists.get(field) ?? []), value])
  }
  return fromLists([...lists])
}

function fromLists(entries: readonly (readonly [string, readonly string[]])[]) {
  return Object.fromEntries(
    entries.map(([field, values]) => [field, values.length === 1 ? values[0] : values] as const),
  )
}

function one(form: Form, field: string): string | null {
  return form.fields.get(field)?.[0] ?? null
}

function bad(
  field: string,
  value: string | null,
  expected: string,
  quoted = true,
): { ok: false; problem: HttpProblem } {
  const shown = value === null ? 'nothing' : quoted ? showValue(value) : value
  const detail = `${field}: got ${shown}, expected ${expected}`
  return { ok: false, problem: { status: 400, detail, field, value: shown, expected } }
}
