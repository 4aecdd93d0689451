import { ownEntry } from '../../versions/own-entry.ts'
import { isoTime } from '../iso-time.ts'
import { isMapping } from '../mapping.ts'
import type { FileRecord, PackageRecord, VersionRecord } from '../package-record.ts'
import { type Rendered, renderJson, renderPieces } from '../rendered.ts'
import { blockedSentence } from '../views/block-reasons.ts'
import { floatingTags } from '../views/floating-tags.ts'
import { latestVersion, listedVersions } from '../views/latest-version.ts'
import { npmMarks } from '../views/npm-marks.ts'
import type { Visibility } from '../views/package-views.ts'
import { whyHidden } from '../views/why-hidden.ts'
import { membersOfLatest, withoutReadme } from './latest-members.ts'
import { maintainerNotes } from './maintainer-note.ts'
import { nameOf } from './project-page.ts'

/** The media type of the abbreviated document, which install clients ask for. */
export const abbreviatedType = 'application/vnd.npm.install-v1+json'

/** Addresses that documents carry. Tarball addresses never carry a view, except under a nonce. */
export interface PackumentLinks {
  tarballUrl(file: FileRecord, version: string): string
  /** Where the attestations of a version are, for versions that came with some. */
  attestationsUrl?(version: string): string
  /** Where people read about the rollout of a version; goes into the reason. */
  statusUrl(version: string): string
}

/**
 * Versions as JSON, with what a view changes in each of them: nearly all of a document, and the same in
 * every view but for the few versions that rollouts hide. Belongs to one package, form and set of links.
 */
export type VersionTexts = Map<
  string,
  { readonly record: VersionRecord; readonly marks: string; readonly text: string }
>

/**
 * The npm document of a package for one view (npm's package-metadata.md). The view changes `dist-tags.latest`,
 * `deprecated` of hidden versions and `modified`, and moves blocked versions to `policyRestrictions`, whose
 * message npm prints for whoever pins one; nothing else. `revision` is what publishing clients hand back as
 * `_rev`. What is in `texts` is not written anew; what is not is put there.
 */
export function fullPackument(
  pkg: PackageRecord,
  visibility: Visibility,
  links: PackumentLinks,
  revision: string,
  texts: VersionTexts = new Map(),
): Rendered {
  const records = listedVersions(pkg, visibility)
  const { versions: _, time: _time, ...extra } = pkg.extra
  const head = {
    ...extra,
    ...membersOfLatest(latestVersion(pkg, visibility)?.manifest ?? {}),
    _id: nameOf(pkg),
    _rev: revision,
    name: nameOf(pkg),
    'dist-tags': distTags(pkg, visibility),
  }
  const versions = versionPieces(pkg, records, { visibility, links, texts, shorten: withoutReadme })
  const tail = { ...restrictions(pkg, visibility, links), time: times(pkg, records, visibility) }
  return renderPieces(withVersions(head, versions, tail), 'application/json')
}

/** The abbreviated form of the same document: only what installing needs. */
export function abbreviatedPackument(
  pkg: PackageRecord,
  visibility: Visibility,
  links: PackumentLinks,
  texts: VersionTexts = new Map(),
): Rendered {
  const records = listedVersions(pkg, visibility)
  const head = {
    name: nameOf(pkg),
    modified: isoTime(visibility.changedAt),
    'dist-tags': distTags(pkg, visibility),
  }
  const versions = versionPieces(pkg, records, { visibility, links, texts, shorten: abbreviate })
  const pieces = withVersions(head, versions, restrictions(pkg, visibility, links))
  return renderPieces(pieces, abbreviatedType)
}

/** One JSON object out of members, the pieces of `versions`, and more members. */
function withVersions(head: Manifest, versions: readonly string[], tail: Manifest): readonly string[] {
  const after = JSON.stringify(tail).slice(1)
  return [
    `${JSON.stringify(head).slice(0, -1)},"versions":{`,
    ...versions,
    after === '}' ? '}}' : `},${after}`,
  ]
}

/**
 * The tags of a view: `latest` is the newest that it shows, `v1` and `v1.2` are kept at the newest full release,
 * every other tag stays where its maintainer put it, unless that version is blocked.
 */
export function distTags(pkg: PackageRecord, visibility: Visibility): Readonly<Record<string, string>> {
  const latest = latestVersion(pkg, visibility)
  const others = Object.entries(pkg.tags).filter(
    ([tag, version]) =>
      tag !== 'latest' && Object.hasOwn(pkg.versions, version) && !visibility.blocked.has(version),
  )
  // Where everything is refused, tags keep their place, so that asking for one is answered with the reason.
  if (Object.keys(pkg.versions).every((version) => visibility.blocked.has(version))) return pkg.tags
  const own = Object.fromEntries(others)
  return { ...(latest !== null && { latest: latest.version }), ...own, ...floatingTags(pkg, visibility) }
}

/** `/<pkg>/<version or tag>`: one version's document, or null when the view has no such version. */
export function npmVersion(
  pkg: PackageRecord,
  versionOrTag: string,
  visibility: Visibility,
  links: PackumentLinks,
): Rendered | null {
  const version = ownEntry(distTags(pkg, visibility), versionOrTag) ?? versionOrTag
  const record = ownEntry(pkg.versions, version)
  if (record === undefined || visibility.blocked.has(version)) return null
  const { deprecated } = createMarks(pkg, visibility, links)(record)
  return renderJson(versionDocument(record, { deprecated, engines: undefined }, links))
}

type Manifest = Readonly<Record<string, unknown>>

interface VersionsAs {
  readonly visibility: Visibility
  readonly links: PackumentLinks
  readonly texts: VersionTexts
  readonly shorten: (manifest: Manifest) => Manifest
}

/** The members of `versions` as JSON, with the commas between them. */
function versionPieces(
  pkg: PackageRecord,
  records: readonly VersionRecord[],
  { visibility, links, texts, shorten }: VersionsAs,
): readonly string[] {
  const marksOf = createMarks(pkg, visibility, links)
  return records.flatMap((record, index) => {
    const between = index === 0 ? [] : [',']
    const own = marksOf(record)
    const marks = own.deprecated === null && own.engines === undefined ? '' : JSON.stringify(own)
    const known = texts.get(record.version)
    if (known?.record === record && known.marks === marks) return [...between, known.text]
    const document = JSON.stringify(shorten(versionDocument(record, own, links)))
    const text = `${JSON.stringify(record.version)}:${document}`
    texts.set(record.version, { record, marks, text })
    return [...between, text]
  })
}

/** Blocked versions in the shape that npm refuses with a message (npm-pick-manifest, `policyRestrictions`). */
function restrictions(pkg: PackageRecord, visibility: Visibility, links: PackumentLinks): Manifest {
  const records = Object.values(pkg.versions).filter(({ version }) => visibility.blocked.has(version))
  if (records.length === 0) return {}
  const sentences = records.map(({ version }) =>
    blockedSentence(`${nameOf(pkg)}@${version}`, visibility.blockedBecause?.get(version)),
  )
  const marksOf = createMarks(pkg, visibility, links)
  const versions = records.map((record) => {
    const document = versionDocument(record, marksOf(record), links)
    return [record.version, abbreviate(document)] as const
  })
  return { policyRestrictions: { message: sentences.join('\n'), versions: Object.fromEntries(versions) } }
}

/** What a view says of a version instead of what its publisher said. */
interface VersionMarks {
  readonly deprecated: string | null
  /** Absent where its own stay. */
  readonly engines: unknown
}

/** What each version's document says under `deprecated`, that it is hidden or what its maintainers say, and `engines`. */
function createMarks(
  pkg: PackageRecord,
  visibility: Visibility,
  links: PackumentLinks,
): (record: VersionRecord) => VersionMarks {
  const notes = maintainerNotes(pkg, visibility)
  const saidBy = ({ version, withdrawn }: VersionRecord) => withdrawn ?? notes.get(version) ?? null
  const recordOf = (version: string) => ownEntry(pkg.versions, version)
  const { hidden } = visibility
  const order = hidden.size === 0 ? [] : listedVersions(pkg, visibility)
  const listed = order.map(({ version }) => ({ key: version, version, hidden: hidden.has(version) }))
  const { silenced, engines } = npmMarks(listed, {
    enginesOf: (version) => recordOf(version)?.manifest.engines,
    isDeprecated: (version) => {
      const record = recordOf(version)
      return record !== undefined && saidBy(record) !== null
    },
  })
  return (record) => {
    const { version } = record
    const why = whyHidden({ version }, visibility, { staged: true, statusUrl: links.statusUrl })
    if (why !== null) return { deprecated: why, engines: engines.get(version) }
    return { deprecated: silenced.has(version) ? null : saidBy(record), engines: undefined }
  }
}

function versionDocument(
  record: VersionRecord,
  { deprecated, engines }: VersionMarks,
  links: PackumentLinks,
): Manifest {
  // The record's own field is the truth about deprecation: maintainers change it after publishing.
  const { deprecated: _, dist: _dist, ...manifest } = record.manifest
  const [file] = record.files
  return {
    ...manifest,
    version: record.version,
    ...(engines !== undefined && { engines }),
    ...(deprecated !== null && { deprecated }),
    ...(file !== undefined && { dist: dist(file, record.version, links) }),
  }
}

function dist(file: FileRecord, version: string, links: PackumentLinks): Manifest {
  const { unpacked } = file
  const attested = file.provenanceSha256 === undefined ? undefined : links.attestationsUrl?.(version)
  return {
    integrity: `sha512-${base64OfHex(file.sha512)}`,
    shasum: file.sha1,
    tarball: links.tarballUrl(file, version),
    ...(file.signature !== undefined && { signatures: [file.signature] }),
    ...(unpacked !== undefined && { fileCount: unpacked.files, unpackedSize: unpacked.bytes }),
    ...(attested !== undefined && {
      attestations: {
        url: attested,
        ...(isProvenance(file) && { provenance: { predicateType: file.predicateType } }),
      },
    }),
  }
}

/** Other statements about a tarball say nothing of where it was built, and clients trust by this member. */
function isProvenance({ predicateType }: FileRecord): boolean {
  return predicateType?.startsWith('https://slsa.dev/provenance/') === true
}

function base64OfHex(hex: string): string {
  const bytes = hex.match(/../g) ?? []
  return btoa(bytes.map((byte) => String.fromCharCode(Number.parseInt(byte, 16))).join(''))
}

function times(pkg: PackageRecord, records: readonly VersionRecord[], visibility: Visibility): Manifest {
  return {
    created: isoTime(pkg.createdAt),
    modified: isoTime(visibility.changedAt),
    ...Object.fromEntries(records.map((record) => [record.version, isoTime(record.createdAt)] as const)),
  }
}

const abbreviatedFields = [
  'name',
  'version',
  'deprecated',
  'dependencies',
  'acceptDependencies',
  'optionalDependencies',
  'bundleDependencies',
  'bundledDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'bin',
  'directories',
  'dist',
  'engines',
  'cpu',
  'os',
  'libc',
  'funding',
  '_hasShrinkwrap',
  'hasInstallScript',
]

/** What of a version's document the abbreviated form keeps. */
export function abbreviate(manifest: Manifest): Manifest {
  const kept = abbreviatedFields.filter((field) => Object.hasOwn(manifest, field))
  const short = Object.fromEntries(kept.map((field) => [field, manifest[field]]))
  return hasInstallScript(manifest) ? { ...short, hasInstallScript: true } : short
}

function hasInstallScript({ scripts }: Manifest): boolean {
  return (
    isMapping(scripts) &&
    ['preinstall', 'install', 'postinstall'].some((name) => Object.hasOwn(scripts, name))
  )
}
