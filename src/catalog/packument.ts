import { ownEntry } from '../versions/own-entry.ts'
import { blockedSentence } from './block-reasons.ts'
import { isoTime } from './iso-time.ts'
import { latestVersion, listedVersions } from './latest-version.ts'
import { maintainerNotes } from './maintainer-note.ts'
import { isMapping } from './mapping.ts'
import type { FileRecord, PackageRecord, VersionRecord } from './package-record.ts'
import type { Visibility } from './package-views.ts'
import { nameOf } from './project-page.ts'
import { type Rendered, renderJson } from './rendered.ts'
import { stagedReason } from './staged-reason.ts'

/** The media type of the abbreviated document, which install clients ask for. */
export const abbreviatedType = 'application/vnd.npm.install-v1+json'

/** Addresses that documents carry. Tarball addresses never carry a view, except under a nonce. */
export interface PackumentLinks {
  tarballUrl(file: FileRecord, version: string): string
  /** Where people read about the rollout of a version; goes into the reason. */
  statusUrl(version: string): string
}

/**
 * The npm document of a package for one view (npm's package-metadata.md). The view changes `dist-tags.latest`,
 * `deprecated` of hidden versions and `modified`, and moves blocked versions to `policyRestrictions`, whose
 * message npm prints for whoever pins one; nothing else. `revision` is what publishing clients hand back as
 * `_rev`.
 */
export function fullPackument(
  pkg: PackageRecord,
  visibility: Visibility,
  links: PackumentLinks,
  revision: string,
): Rendered {
  const records = listedVersions(pkg, visibility)
  return renderJson({
    ...pkg.extra,
    _id: nameOf(pkg),
    _rev: revision,
    name: nameOf(pkg),
    'dist-tags': distTags(pkg, visibility),
    versions: versionDocuments(pkg, records, visibility, links, (manifest) => manifest),
    ...restrictions(pkg, visibility, links),
    time: times(pkg, records, visibility),
  })
}

/** The abbreviated form of the same document: only what installing needs. */
export function abbreviatedPackument(
  pkg: PackageRecord,
  visibility: Visibility,
  links: PackumentLinks,
): Rendered {
  const records = listedVersions(pkg, visibility)
  const document = {
    name: nameOf(pkg),
    modified: isoTime(visibility.changedAt),
    'dist-tags': distTags(pkg, visibility),
    versions: versionDocuments(pkg, records, visibility, links, abbreviate),
    ...restrictions(pkg, visibility, links),
  }
  return renderJson(document, abbreviatedType)
}

/**
 * The tags of a view: `latest` is the newest that it shows, every other tag stays where its maintainer put it,
 * unless that version is blocked.
 */
export function distTags(pkg: PackageRecord, visibility: Visibility): Readonly<Record<string, string>> {
  const latest = latestVersion(pkg, visibility)
  const others = Object.entries(pkg.tags).filter(
    ([tag, version]) =>
      tag !== 'latest' && Object.hasOwn(pkg.versions, version) && !visibility.blocked.has(version),
  )
  // Where everything is refused, tags keep their place, so that asking for one is answered with the reason.
  if (Object.keys(pkg.versions).every((version) => visibility.blocked.has(version))) return pkg.tags
  return Object.fromEntries([...(latest === null ? [] : [['latest', latest.version] as const]), ...others])
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
  return renderJson(versionDocument(record, visibility, links, maintainerNotes(pkg, visibility)))
}

type Manifest = Readonly<Record<string, unknown>>

function versionDocuments(
  pkg: PackageRecord,
  records: readonly VersionRecord[],
  visibility: Visibility,
  links: PackumentLinks,
  shorten: (manifest: Manifest) => Manifest,
): Manifest {
  const notes = maintainerNotes(pkg, visibility)
  return Object.fromEntries(
    records.map(
      (record) => [record.version, shorten(versionDocument(record, visibility, links, notes))] as const,
    ),
  )
}

/** Blocked versions in the shape that npm refuses with a message (npm-pick-manifest, `policyRestrictions`). */
function restrictions(pkg: PackageRecord, visibility: Visibility, links: PackumentLinks): Manifest {
  const records = Object.values(pkg.versions).filter(({ version }) => visibility.blocked.has(version))
  if (records.length === 0) return {}
  const sentences = records.map(({ version }) =>
    blockedSentence(`${nameOf(pkg)}@${version}`, visibility.blockedBecause?.get(version)),
  )
  const versions = versionDocuments(pkg, records, visibility, links, abbreviate)
  return { policyRestrictions: { message: sentences.join('\n'), versions } }
}

function versionDocument(
  record: VersionRecord,
  visibility: Visibility,
  links: PackumentLinks,
  notes: ReadonlyMap<string, string>,
): Manifest {
  // The record's own field is the truth about deprecation: maintainers change it after publishing.
  const { deprecated: _, ...manifest } = record.manifest
  const [file] = record.files
  const deprecated = visibility.hidden.has(record.version)
    ? stagedReason(links.statusUrl(record.version))
    : (record.withdrawn ?? notes.get(record.version) ?? null)
  return {
    ...manifest,
    version: record.version,
    ...(deprecated !== null && { deprecated }),
    ...(file !== undefined && { dist: dist(manifest.dist, file, links.tarballUrl(file, record.version)) }),
  }
}

function dist(stored: unknown, file: FileRecord, tarball: string): Manifest {
  const known = isMapping(stored) ? stored : {}
  // What a publisher sent was compared with the bytes on arrival.
  const integrity = known.integrity ?? `sha512-${base64OfHex(file.sha512)}`
  return { ...known, shasum: file.sha1, integrity, tarball }
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
  'devDependencies',
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
