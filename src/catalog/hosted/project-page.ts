import { escapeHtml } from '../escape-html.ts'
import { isoTime } from '../iso-time.ts'
import type { FileRecord, PackageRecord, VersionRecord } from '../package-record.ts'
import { type Rendered, renderJson } from '../rendered.ts'
import { listedVersions } from '../views/latest-version.ts'
import type { Visibility } from '../views/package-views.ts'
import { whyHidden } from '../views/why-hidden.ts'

/** The media types of the simple API, in the order of the server's own preference (PEP 691). */
export const simpleTypes = {
  json: 'application/vnd.pypi.simple.v1+json',
  html: 'application/vnd.pypi.simple.v1+html',
  plainHtml: 'text/html',
} as const

export type SimpleType = (typeof simpleTypes)[keyof typeof simpleTypes]

/** Addresses that documents carry. File addresses never carry a view, except under a nonce. */
export interface ProjectLinks {
  fileUrl(file: FileRecord): string
  /** Where the provenance of a file is (PEP 740). */
  provenanceUrl?(file: FileRecord, version: string): string
  /** Where people read about the rollout of a version; goes into the reason. */
  statusUrl(version: string): string
}

/** What pip and others are told where a maintainer yanked without giving a reason; empty would mean "not yanked". */
export const yankedWithoutReason = 'Yanked by its maintainer, who gave no reason'

/**
 * The project page of the simple API (PEP 503, 592, 658, 691, 700, 714, 792) for one view. Every file of a
 * hidden version is yanked with the reason; a maintainer's own yank keeps its own words. Files of blocked
 * versions are yanked, too: clients pass them over, and a pin gets to the refusal that says why. A quarantined
 * project offers no files at all.
 */
export function projectPage(
  pkg: PackageRecord,
  visibility: Visibility,
  links: ProjectLinks,
  type: SimpleType,
): Rendered {
  const records = listedVersions(pkg, { blocked: new Set() })
  const offered = pkg.status?.kind === 'quarantined' && visibility.source !== true ? [] : records
  const files = offered.flatMap((record) => versionFiles(record, visibility, links))
  return type === simpleTypes.json
    ? renderJson(pageDocument(pkg, records, files), type)
    : { contentType: htmlType(type), body: pageHtml(pkg, files) }
}

/** `text/html` needs to say its encoding; the versioned type is UTF-8 by definition. */
export function htmlType(type: SimpleType): string {
  return type === simpleTypes.plainHtml ? `${type}; charset=utf-8` : type
}

/** Why a version is yanked in this view, or null. */
export function yankReason(
  version: VersionRecord,
  visibility: Visibility,
  links: Pick<ProjectLinks, 'statusUrl'>,
): string | null {
  if (visibility.blocked.has(version.version)) {
    return `Blocked: ${visibility.blockedBecause?.get(version.version) ?? 'no reason was given'}`
  }
  if (version.withdrawn !== null) return version.withdrawn.trim() || yankedWithoutReason
  return whyHidden(version, visibility, { staged: true, statusUrl: links.statusUrl })
}

/** The name in normal form, out of `pypi:<name>`. */
export function nameOf(pkg: Pick<PackageRecord, 'id'>): string {
  return pkg.id.slice(pkg.id.indexOf(':') + 1)
}

interface PageFile {
  readonly file: FileRecord
  readonly url: string
  readonly yanked: string | null
  readonly label: VersionRecord['label']
  /** Address of its provenance, or null. */
  readonly provenance: string | null
}

function versionFiles(
  record: VersionRecord,
  visibility: Visibility,
  links: ProjectLinks,
): readonly PageFile[] {
  const yanked = yankReason(record, visibility, links)
  return record.files
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((file) => ({
      file,
      url: links.fileUrl(file),
      yanked,
      label: record.label,
      provenance:
        file.provenanceSha256 === undefined ? null : (links.provenanceUrl?.(file, record.version) ?? null),
    }))
}

function pageDocument(pkg: PackageRecord, records: readonly VersionRecord[], files: readonly PageFile[]) {
  return {
    meta: { 'api-version': apiVersion(pkg, files) },
    name: nameOf(pkg),
    ...(pkg.status !== undefined && { 'project-status': statusDocument(pkg.status) }),
    versions: records.map(({ version }) => version),
    files: files.map(fileDocument),
  }
}

/** The newest version of the API whose members the page has (PEP 700, 740, 792). */
function apiVersion(pkg: PackageRecord, files: readonly PageFile[]): string {
  if (pkg.status !== undefined) return '1.4'
  return files.some(({ provenance }) => provenance !== null) ? '1.3' : '1.1'
}

function statusDocument({ kind, reason }: NonNullable<PackageRecord['status']>) {
  return { status: kind, ...(reason !== null && { reason }) }
}

function fileDocument({ file, url, yanked, label, provenance }: PageFile) {
  const metadata = file.metadataSha256 === null ? false : { sha256: file.metadataSha256 }
  return {
    filename: file.name,
    url,
    hashes: { sha256: file.sha256 },
    ...(file.requiresPython !== null && { 'requires-python': file.requiresPython }),
    size: file.size,
    'upload-time': isoTime(file.uploadedAt),
    yanked: yanked ?? false,
    'core-metadata': metadata,
    'data-dist-info-metadata': metadata,
    ...(provenance !== null && { provenance }),
    // No client has a place for it; keys with an underscore are an index's own (PEP 691).
    ...(label !== undefined && { _label: label }),
  }
}

function pageHtml(pkg: PackageRecord, files: readonly PageFile[]): string {
  const title = `Links for ${escapeHtml(nameOf(pkg))}`
  return `<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta name="pypi:repository-version" content="${apiVersion(pkg, files)}">
${statusMarkers(pkg.status)}<title>${title}</title>
</head>
<body>
<h1>${title}</h1>
${files.map(fileLink).join('')}</body>
</html>
`
}

function statusMarkers(status: PackageRecord['status']): string {
  if (status === undefined) return ''
  const marker = `<meta name="pypi:project-status" content="${status.kind}">\n`
  if (status.reason === null) return marker
  return `${marker}<meta name="pypi:project-status-reason" content="${escapeHtml(status.reason)}">\n`
}

function fileLink({ file, url, yanked, provenance }: PageFile): string {
  const metadata = file.metadataSha256 === null ? null : `sha256=${file.metadataSha256}`
  const attributes = [
    ['href', `${url}#sha256=${file.sha256}`],
    ['data-requires-python', file.requiresPython],
    ['data-core-metadata', metadata],
    ['data-dist-info-metadata', metadata],
    ['data-yanked', yanked],
    ['data-provenance', provenance],
  ] as const
  const given = attributes.flatMap(([name, value]) =>
    value === null ? [] : [`${name}="${escapeHtml(value)}"`],
  )
  return `<a ${given.join(' ')}>${escapeHtml(file.name)}</a><br>\n`
}
