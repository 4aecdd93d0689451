import { createHash } from 'node:crypto'
import { membersOfLatest } from '../../catalog/hosted/latest-members.ts'
import { tarballName } from '../../catalog/tarball-name.ts'
import { isHiddenSentence } from '../../catalog/views/staged-reason.ts'
import { fixedLimits } from '../../config/server/limits.ts'
import type { Who } from '../../engine/core/who.ts'
import type { BlobDraft } from '../../ports/blob-store.ts'
import type { PackageRecord } from '../../ports/package-store.ts'
import { isRangeLike } from '../../versions/loose-semver.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { showValue } from '../../versions/problem.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { type Upload, withFile } from '../files/store-file.ts'
import type { HttpProblem } from '../http/problem.ts'
import type { AttestationVerifier } from '../provenance/attestation-verifier.ts'
import { checkBundle } from '../provenance/npm-attestations.ts'
import { floatingProblem } from './floating-problem.ts'
import type { NpmPutDocument } from './npm-put-document.ts'
import { checkTarball, integrityOf } from './published-tarball.ts'
import type { RegistrySigner } from './registry-signer.ts'

export type CheckedPublish =
  | { readonly ok: true; readonly upload: Upload }
  | { readonly ok: false; readonly problem: HttpProblem }

/** Who publishes, when, what signs it (undefined: nothing does), and what its provenance is checked by. */
export interface PublishContext {
  readonly who: Who
  readonly now: number
  readonly signer: RegistrySigner | undefined
  readonly verifier: AttestationVerifier
  /** Ids of the repositories that the package may come from; empty: any. */
  readonly origins: ReadonlySet<string>
}

/** What a tag may be called, as a phrase for messages. */
export const expectedTagName = `a name of at most ${fixedLimits.tagLength} characters that is no version or range`

/** Whether a text can be a dist-tag: one that reads as a version would answer for that version. */
export function isTagName(tag: string): boolean {
  if (tag === '' || tag.length > fixedLimits.tagLength || tag === '__proto__') return false
  return tag.trim() !== '' && !isRangeLike(tag)
}

/** Checks a published document against itself and its tarball against the document. */
export async function checkPublish(
  name: string,
  document: NpmPutDocument,
  draft: BlobDraft,
  { who, now, signer, verifier, origins }: PublishContext,
): Promise<CheckedPublish> {
  const entries = Object.entries(document.versions)
  const [entry] = entries
  if (entry === undefined || entries.length !== 1) {
    return bad('versions', `${entries.length} versions`, 'exactly one version in a publish')
  }
  const [version, manifest] = entry
  const misnamed = misnamedVersion(name, version, manifest) ?? strangeTag(document)
  if (misnamed !== null) return misnamed
  const published = await checkTarball(document, draft, manifest, version)
  if (!published.ok) return published
  const { digests } = published
  const tarball = { name, version, sha512: digests.sha512, verifier, origins }
  const attested = await checkBundle(document._attachments ?? {}, tarball)
  if (!attested.ok) return attested
  const bundle =
    attested.bundle === null ? null : { ...blobOf(attested.bundle), predicateType: attested.predicateType }
  const file = {
    ...digests,
    name: tarballName(name, version),
    size: draft.size(),
    uploadedAt: now,
    kind: 'tarball',
    requiresPython: null,
    metadataSha256: null,
    unpacked: published.unpacked,
    ...(signer !== undefined && {
      signature: signer.sign(name, version, integrityOf(digests)),
    }),
    ...(bundle !== null && { provenanceSha256: bundle.sha256, predicateType: bundle.predicateType }),
  }
  // Digests and signatures are what the bytes and our own key say, never what was sent.
  const { dist: _, ...own } = manifest
  const stored = { ...membersOfLatest(document), ...own }
  const id = `npm:${name}`
  const addTo = (record: PackageRecord): PackageRecord => {
    const added = withFile(record, version, file, stored)
    return {
      ...added,
      tags: tagsAfter(record, document['dist-tags'] ?? {}, version),
      extra: topLevel(document),
    }
  }
  const release = `${id}@${version}`
  return {
    ok: true,
    upload: {
      package: id,
      release,
      version,
      file,
      draft,
      companions: bundle === null ? [] : [bundle],
      addTo,
      who,
    },
  }
}

type Refused = CheckedPublish & { readonly ok: false }

/** A version whose manifest is another one's, or that is none. */
function misnamedVersion(
  name: string,
  version: string,
  manifest: NpmPutDocument['versions'][string],
): Refused | null {
  const scheme = schemeOf('npm')
  if (scheme.normalize(version) !== version) return bad('versions', version, scheme.expected)
  if (manifest.name !== name) return bad(`versions["${version}"].name`, manifest.name, name)
  if (manifest.version !== version) return bad(`versions["${version}"].version`, manifest.version, version)
  return null
}

/** A tag that nobody may set, or that clients would take for a range. */
function strangeTag(document: NpmPutDocument): Refused | null {
  const tags = Object.keys(document['dist-tags'] ?? {})
  const floating = tags.map(floatingProblem).find((problem) => problem !== null)
  if (floating) return { ok: false, problem: floating }
  const strange = tags.find((tag) => !isTagName(tag))
  return strange === undefined ? null : bad('dist-tags', strange, expectedTagName)
}

function blobOf(bytes: Uint8Array) {
  return { sha256: createHash('sha256').update(bytes).digest('hex'), bytes }
}

/**
 * Tags after a publish. `latest` is an intent: it moves up only, and never to a pre-release. Any other tag
 * points to the new version at once.
 */
function tagsAfter(
  record: PackageRecord,
  wanted: Readonly<Record<string, string>>,
  version: string,
): Readonly<Record<string, string>> {
  const scheme = schemeOf('npm')
  const tags: Record<string, string> = { ...record.tags }
  for (const tag of Object.keys(wanted)) {
    if (tag !== 'latest') tags[tag] = version
    else if (!scheme.isPrerelease(version) && isAbove(version, ownEntry(record.tags, 'latest'))) {
      tags.latest = version
    }
  }
  return tags
}

function isAbove(version: string, stored: string | undefined): boolean {
  return stored === undefined || schemeOf('npm').compare(version, stored) > 0
}

/**
 * A deprecation message for each version that the document changes: null where it is taken back. Our own
 * reason, in the document of a view that a client read before, is no message of the maintainer's.
 */
export function deprecationsIn(
  document: NpmPutDocument,
  record: PackageRecord,
): ReadonlyMap<string, string | null> {
  const changes = new Map<string, string | null>()
  for (const [version, manifest] of Object.entries(document.versions)) {
    const known = ownEntry(record.versions, version)
    if (known === undefined) continue
    const given = manifest.deprecated
    // A view leaves the message of what stands in for a hidden version out; npm takes one back by an empty text.
    if (given === undefined || (typeof given === 'string' && isHiddenSentence(given))) continue
    const message = typeof given === 'string' && given !== '' ? given : null
    if (message !== known.withdrawn) changes.set(version, message)
  }
  return changes
}

const ownMembers = new Set(['_id', '_rev', 'name', 'versions', 'dist-tags', '_attachments', 'time', 'access'])

/** Top-level members that speak of no version, which the newest publish sets. */
function topLevel(document: NpmPutDocument): Readonly<Record<string, unknown>> {
  const ofLatest = membersOfLatest(document)
  return Object.fromEntries(
    Object.entries(document).filter(
      ([member]) => !ownMembers.has(member) && !Object.hasOwn(ofLatest, member) && member !== '__proto__',
    ),
  )
}

function bad(field: string, value: string, expected: string): { ok: false; problem: HttpProblem } {
  const shown = showValue(value)
  const detail = `${field}: got ${shown}, expected ${expected}`
  return { ok: false, problem: { status: 400, detail, field, value: shown, expected } }
}
