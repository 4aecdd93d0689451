import { ownEntry } from '../../versions/own-entry.ts'
import type { Result } from '../../versions/problem.ts'
import { showValue } from '../../versions/problem.ts'
import type { PackageId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { membersOfLatest } from '../hosted/latest-members.ts'
import { abbreviate } from '../hosted/packument.ts'
import { isMapping } from '../mapping.ts'
import type { PackageRecord, VersionRecord } from '../package-record.ts'
import { tarballName } from '../tarball-name.ts'
import type { OverlaidFile, TimeOf } from './overlaid-file.ts'

/** One version of an upstream's packument, as text that only has to be put together. */
export interface PackumentVersion {
  /** As the upstream spells it. */
  readonly key: string
  /**
   * Normal form; null when it is no semver version, or another spelling of one that is there: such versions are never
   * staged, and hidden by a rule.
   */
  readonly version: string | null
  /** Members without `dist`, `deprecated`, `engines` and README: JSON without its closing brace. */
  readonly full: string
  /** `readme` and `readmeFilename` in the same form; null when there is none. */
  readonly readme: string | null
  readonly short: string
  /** Members of `dist` without `tarball`, in the same form; null when there is no `dist`. */
  readonly dist: string | null
  /** What its tarball is called here, whatever the upstream calls it. */
  readonly file: string
  /** Absolute; null when there is none. */
  readonly tarball: string | null
  /** What the upstream says, as JSON; null when nothing. */
  readonly deprecated: string | null
  readonly engines: string | null
}

/** An npm package of another index. */
export interface OverlaidPackument {
  readonly kind: 'npm'
  readonly record: PackageRecord
  /** Upload times by version in normal form, integer ms; without an entry where the upstream gives none. */
  readonly uploadedAt: ReadonlyMap<string, number>
  /** Top-level members but `versions`, `dist-tags`, `time`, and those below: JSON without its closing brace. */
  readonly head: string
  /** Top-level members that say what the upstream's `latest` says, in the same form. */
  readonly headOfLatest: string
  readonly time: Readonly<Record<string, unknown>>
  /** In the upstream's order. */
  readonly versions: readonly PackumentVersion[]
  readonly tags: Readonly<Record<string, string>>
  readonly files: ReadonlyMap<string, OverlaidFile>
  /** A guess of what it takes in memory. */
  readonly bytes: number
  /** A rule stages it: what cannot be understood is hidden. */
  readonly staged: boolean
}

const cutMembers = new Set(['versions', 'dist-tags', 'time'])

/**
 * Cuts an upstream's packument into texts, once for each fetched document, so that rendering a view is putting
 * texts together: whatever the upstream says and we do not change comes out as it went in. `baseUrl` is where
 * the document came from; relative tarball addresses are resolved against it.
 */
export function overlaidPackument(
  id: PackageId,
  document: unknown,
  baseUrl: string,
  timeOf: TimeOf,
): Result<OverlaidPackument> {
  const name = id.slice('npm:'.length)
  if (!isMapping(document)) return refuse('document', document, 'a JSON object')
  if (document.name !== name) return refuse('name', document.name, `${name}, as it was asked for`)
  if (!isMapping(document.versions)) return refuse('versions', document.versions, 'an object of versions')
  const givenTags = document['dist-tags']
  const tags = textEntries(isMapping(givenTags) ? givenTags : {})
  const time = isMapping(document.time) ? document.time : {}
  const { normalize } = schemeOf('npm')
  const given = document.versions
  const versions = Object.entries(given).flatMap(([key, manifest]) => {
    if (!isMapping(manifest)) return []
    const version = normalize(key)
    // Of two spellings of one version only the plain one counts: who has that did not ask for the other.
    const isOther = version !== null && version !== key && Object.hasOwn(given, version)
    return [versionOf(name, { key, version: isOther ? null : version }, manifest, baseUrl)]
  })
  const uploadedAt = new Map<string, number>()
  for (const { key, version } of versions) {
    const text = ownEntry(time, key)
    const at = typeof text === 'string' ? timeOf(text) : null
    if (version !== null && at !== null) uploadedAt.set(version, at)
  }
  const modified = typeof time.modified === 'string' ? timeOf(time.modified) : null
  const rest = Object.fromEntries(Object.entries(document).filter(([member]) => !cutMembers.has(member)))
  const ofLatest = membersOfLatest(rest)
  const head = open(
    Object.fromEntries(Object.entries(rest).filter(([member]) => !Object.hasOwn(ofLatest, member))),
  )
  const files = filesOf(versions)
  return {
    ok: true,
    value: {
      kind: 'npm',
      record: recordOf(id, versions, tags, uploadedAt, modified ?? 0),
      uploadedAt,
      head,
      headOfLatest: open(ofLatest),
      time,
      versions,
      tags,
      files,
      staged: false,
      bytes: versions.reduce((sum, { full, short }) => sum + full.length + short.length + 500, head.length),
    },
  }
}

/** JSON of an object without its closing brace, so that members can follow. */
export function open(object: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(object).slice(0, -1)
}

type Manifest = Readonly<Record<string, unknown>>

function versionOf(
  name: string,
  { key, version }: Pick<PackumentVersion, 'key' | 'version'>,
  manifest: Manifest,
  baseUrl: string,
): PackumentVersion {
  const { dist, deprecated, engines, readme, readmeFilename, ...rest } = manifest
  const { tarball, ...others } = isMapping(dist) ? dist : {}
  // The abbreviated form names `hasInstallScript`, which only the full manifest tells.
  const { dist: _dist, deprecated: _deprecated, ...short } = abbreviate(rest)
  return {
    key,
    version,
    full: open(rest),
    readme:
      readme === undefined ? null : open({ readme, ...(readmeFilename !== undefined && { readmeFilename }) }),
    short: open(short),
    dist: isMapping(dist) ? open(others) : null,
    file: tarballName(name, key),
    tarball: typeof tarball === 'string' ? absolute(tarball, baseUrl) : null,
    deprecated: deprecated === undefined ? null : JSON.stringify(deprecated),
    engines: engines === undefined ? null : JSON.stringify(engines),
  }
}

/** An http or https address, resolved; null for anything else. */
export function absolute(address: string, baseUrl: string): string | null {
  if (!URL.canParse(address, baseUrl)) return null
  const url = new URL(address, baseUrl)
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null
}

function recordOf(
  id: PackageId,
  versions: readonly PackumentVersion[],
  tags: Readonly<Record<string, string>>,
  uploadedAt: ReadonlyMap<string, number>,
  modifiedAt: number,
): PackageRecord {
  const records = versions.flatMap((entry): [string, VersionRecord][] => {
    const { file, version, tarball, deprecated } = entry
    if (version === null) return []
    const createdAt = uploadedAt.get(version) ?? 0
    const files =
      tarball === null
        ? []
        : [
            {
              ...noDigests,
              name: file,
              sha256: digestOf(entry) ?? '',
              uploadedAt: createdAt,
              kind: 'tarball',
            },
          ]
    const withdrawn = deprecated === null || !JSON.parse(deprecated) ? null : deprecated
    return [[version, { version, files, manifest: {}, withdrawn, createdAt }]]
  })
  const normal = Object.entries(tags).flatMap(([tag, key]) => {
    const version = schemeOf('npm').normalize(key)
    return version === null ? [] : [[tag, version] as const]
  })
  return {
    id,
    versions: Object.fromEntries(records),
    tags: Object.fromEntries(normal),
    extra: {},
    createdAt: 0,
    modifiedAt,
    revision: 0,
  }
}

/** What other indexes do not tell about a file, or not in our terms. */
export const noDigests = {
  sha1: '',
  sha512: '',
  md5: '',
  blake2b256: '',
  size: 0,
  requiresPython: null,
  metadataSha256: null,
} as const

/** The last segment of a file's address, decoded once; a slash behind it is nothing to installers. */
export function fileNameOf(url: string): string {
  return lastSegment(decoded(new URL(url).pathname))
}

/** What installers may read in an address: pip decodes before it looks for the last slash, and for wheels once more. */
export function fileNamesOf(url: string): readonly string[] {
  const { pathname } = new URL(url)
  const once = fileNameOf(url)
  return [...new Set([once, decoded(once), lastSegment(pathname), decoded(lastSegment(pathname))])]
}

const lastSegment = (path: string) => path.replace(/\/+$/, '').split('/').at(-1) ?? ''

/** Each escape by itself, as Python does: a bad one stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text.replace(/%[0-7][0-9a-f]/gi, (known) => decodeURIComponent(known))
  }
}

function digestOf({ dist }: PackumentVersion): string | null {
  const known: unknown = dist === null ? {} : JSON.parse(`${dist}}`)
  const { integrity, shasum } = isMapping(known) ? known : {}
  if (typeof integrity === 'string' && integrity !== '') return integrity
  return typeof shasum === 'string' && shasum !== '' ? `sha1:${shasum}` : null
}

/**
 * By the name that npm gives tarballs. Addresses of other indexes end in whatever they like, some of them alike for
 * every version.
 */
function filesOf(versions: readonly PackumentVersion[]): ReadonlyMap<string, OverlaidFile> {
  const files = versions.flatMap((entry): [string, OverlaidFile][] => {
    const { file: name, version, tarball: url } = entry
    if (url === null) return []
    return [[name, { name, version, url, digest: digestOf(entry), metadataDigest: null }]]
  })
  return new Map(files)
}

function textEntries(mapping: Manifest): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(mapping).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  )
}

function refuse<T>(field: string, value: unknown, expected: string): Result<T> {
  return { ok: false, problem: { field, value: showValue(value), expected } }
}
