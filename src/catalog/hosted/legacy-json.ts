import { ownEntry } from '../../versions/own-entry.ts'
import { isoTime } from '../iso-time.ts'
import type { FileRecord, PackageRecord, VersionRecord } from '../package-record.ts'
import { type Rendered, renderJson } from '../rendered.ts'
import { latestVersion, listedVersions } from '../views/latest-version.ts'
import type { Visibility } from '../views/package-views.ts'
import { nameOf, type ProjectLinks, yankReason } from './project-page.ts'

/**
 * `/pypi/<name>/json`: the legacy JSON API of PyPI for one view. `info` and `urls` are those of the version
 * that the view calls latest; hidden versions stand in `releases` as yanked. Null when the view shows nothing.
 */
export function legacyProject(
  pkg: PackageRecord,
  visibility: Visibility,
  links: ProjectLinks,
): Rendered | null {
  const latest = latestVersion(pkg, visibility)
  if (latest === null) return null
  const releases = listedVersions(pkg, visibility).map(
    (record) => [record.version, files(record, visibility, links)] as const,
  )
  return renderJson({
    ...versionBody(pkg, latest, visibility, links),
    releases: Object.fromEntries(releases),
  })
}

/** `/pypi/<name>/<version>/json`. Null when there is no such version or it is blocked. */
export function legacyVersion(
  pkg: PackageRecord,
  version: string,
  visibility: Visibility,
  links: ProjectLinks,
): Rendered | null {
  const record = ownEntry(pkg.versions, version)
  if (record === undefined || visibility.blocked.has(version)) return null
  return renderJson(versionBody(pkg, record, visibility, links))
}

function versionBody(pkg: PackageRecord, record: VersionRecord, visibility: Visibility, links: ProjectLinks) {
  return {
    info: info(pkg, record, yankReason(record, visibility, links)),
    last_serial: pkg.revision,
    urls: files(record, visibility, links),
    vulnerabilities: [],
  }
}

const textFields = [
  'author',
  'author_email',
  'description',
  'description_content_type',
  'home_page',
  'keywords',
  'license',
  'license_expression',
  'maintainer',
  'maintainer_email',
  'requires_python',
  'summary',
]

const listFields = ['classifiers', 'license_files', 'provides_extra', 'requires_dist']

function info(pkg: PackageRecord, record: VersionRecord, yanked: string | null) {
  const { manifest } = record
  const texts = textFields.map((field) => [field, textOf(manifest, field)] as const)
  const lists = listFields.map((field) => [field, listOf(manifest, field)] as const)
  return {
    ...Object.fromEntries(texts),
    ...Object.fromEntries(lists),
    name: textOf(manifest, 'name') ?? nameOf(pkg),
    project_urls: projectUrls(listOf(manifest, 'project_urls')),
    version: record.version,
    yanked: yanked !== null,
    yanked_reason: yanked,
  }
}

function textOf(manifest: VersionRecord['manifest'], field: string): string | null {
  const value = ownEntry(manifest, field)
  if (Array.isArray(value)) return value.join(', ')
  return typeof value === 'string' ? value : null
}

function listOf(manifest: VersionRecord['manifest'], field: string): readonly string[] {
  const value = ownEntry(manifest, field)
  const list = Array.isArray(value) ? value : [value]
  return list.filter((item) => typeof item === 'string')
}

/** Core metadata writes `Homepage, https://example.org`. */
function projectUrls(lines: readonly string[]): Readonly<Record<string, string>> | null {
  const entries = lines.flatMap((line) => {
    const comma = line.indexOf(',')
    return comma < 0 ? [] : [[line.slice(0, comma).trim(), line.slice(comma + 1).trim()] as const]
  })
  return entries.length === 0 ? null : Object.fromEntries(entries)
}

function files(record: VersionRecord, visibility: Visibility, links: ProjectLinks) {
  const yanked = yankReason(record, visibility, links)
  return record.files.map((file) => fileEntry(file, links.fileUrl(file), yanked))
}

function fileEntry(file: FileRecord, url: string, yanked: string | null) {
  return {
    digests: { blake2b_256: file.blake2b256, md5: file.md5, sha256: file.sha256 },
    filename: file.name,
    md5_digest: file.md5,
    packagetype: file.kind,
    requires_python: file.requiresPython,
    size: file.size,
    upload_time: isoTime(file.uploadedAt).slice(0, 19),
    upload_time_iso_8601: isoTime(file.uploadedAt),
    url,
    yanked: yanked !== null,
    yanked_reason: yanked,
  }
}
