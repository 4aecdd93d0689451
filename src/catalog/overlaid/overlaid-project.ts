import { parseAnyDistributionName } from '../../versions/distribution-name.ts'
import { normalizeName } from '../../versions/normalize-name.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { type Result, showValue } from '../../versions/problem.ts'
import type { PackageId } from '../../versions/release.ts'
import { escapeHtml } from '../escape-html.ts'
import { isMapping } from '../mapping.ts'
import type { PackageRecord, VersionRecord } from '../package-record.ts'
import type { OverlaidFile, TimeOf } from './overlaid-file.ts'
import { absolute, fileNamesOf, noDigests, open } from './overlaid-packument.ts'

/** One file of an upstream's project page, as text that only has to be put together. */
export interface ProjectFile extends OverlaidFile {
  /** Members without `url` and `yanked`: JSON without its closing brace. */
  readonly json: string
  /** HTML attributes but `href` and `data-yanked`, each with a space in front. */
  readonly attributes: string
  /** Part of `href` behind `#`, or empty. */
  readonly fragment: string
  /** The maintainer's yank: its reason, true without one, false where it is not yanked. */
  readonly yanked: string | boolean
  /** Integer ms; null where the upstream does not say it. */
  readonly uploadedAt: number | null
}

/** A PyPI project of another index. */
export interface OverlaidProject {
  readonly kind: 'pypi'
  readonly record: PackageRecord
  /** Upload times by version, integer ms: the first file's; without an entry where the upstream gives none. */
  readonly uploadedAt: ReadonlyMap<string, number>
  /** Top-level members but `files` and `versions`: JSON without its closing brace. */
  readonly head: string
  /** `versions` as given, each with its normal form; null when the upstream does not list them. */
  readonly versions: readonly { readonly text: string; readonly version: string | null }[] | null
  /** `<meta>` lines that HTML needs for what JSON says at the top. */
  readonly meta: string
  /** In the upstream's order. */
  readonly projectFiles: readonly ProjectFile[]
  readonly files: ReadonlyMap<string, OverlaidFile>
  /** A guess of what it takes in memory. */
  readonly bytes: number
  /** A rule stages it: what cannot be understood is hidden. */
  readonly staged: boolean
  /** PEP 792's word on the whole project; null where the upstream has none. */
  readonly status: string | null
}

export interface ProjectReading {
  readonly timeOf: TimeOf
  /** Normal form of a version, or null. */
  readonly normalize: (version: string) => string | null
}

/**
 * Cuts an upstream's project page (PEP 691 JSON; HTML pages are brought into this form before) into texts, once
 * for each fetched document. `baseUrl` is where it came from. Files without a usable address are left out.
 */
export function overlaidProject(
  id: PackageId,
  document: unknown,
  baseUrl: string,
  { timeOf, normalize }: ProjectReading,
): Result<OverlaidProject> {
  if (!isMapping(document)) return refuse('document', document, 'a JSON object')
  if (!Array.isArray(document.files)) return refuse('files', document.files, 'a list of files')
  const name = id.slice('pypi:'.length)
  const given = document.name
  if (typeof given === 'string' && normalName(given) !== name)
    return refuse('name', given, `${name}, as it was asked for`)
  const unknown = unknownApi(document)
  if (unknown !== null) return refuse('meta.api-version', unknown, 'a version 1 of the simple API')
  const uploadedAt = new Map<string, number>()
  const names = new Set<string>()
  const status = statusOf(document)
  // A quarantined project offers nothing (PEP 792), whatever its page still lists.
  const listedFiles = status === 'quarantined' ? [] : document.files
  const files = listedFiles.flatMap((given: unknown) => {
    const file = isMapping(given) ? fileOf(name, given, baseUrl, timeOf) : null
    // One name is one file: what a second one of that name holds, nobody can say.
    if (file === null || names.has(file.name)) return []
    names.add(file.name)
    const at = file.uploadedAt
    const known = file.version === null ? undefined : uploadedAt.get(file.version)
    if (file.version !== null && at !== null) uploadedAt.set(file.version, Math.min(at, known ?? at))
    return [file]
  })
  if (files.length > 0 && files.every((file) => isOfAnother(file, name)))
    return refuse('files', files[0]?.name, `files of ${name}`)
  const { files: _files, versions, ...rest } = document
  const listed = Array.isArray(versions) ? versions.filter((text) => typeof text === 'string') : null
  const head = open(rest)
  return {
    ok: true,
    value: {
      kind: 'pypi',
      record: recordOf(id, files, uploadedAt),
      uploadedAt,
      head,
      versions: listed?.map((text) => ({ text, version: normalize(text) })) ?? null,
      meta: metaOf(document),
      projectFiles: files,
      staged: false,
      status,
      files: new Map(files.map((file) => [file.name, file])),
      bytes: files.reduce(
        (sum, { json, attributes }) => sum + json.length + attributes.length + 600,
        head.length,
      ),
    },
  }
}

/** What a page says it is written in, where that is no form that is understood here (PEP 629); else null. */
function unknownApi({ meta }: Given): string | null {
  const said = isMapping(meta) ? meta['api-version'] : undefined
  return said === undefined || said === null || /^1(?:\.|$)/.test(String(said)) ? null : String(said)
}

function statusOf(document: Given): string | null {
  const status = isMapping(document['project-status']) ? document['project-status'].status : null
  return typeof status === 'string' ? status : null
}

function normalName(text: string): string | null {
  const name = normalizeName('pypi', text)
  return name.ok ? name.value : null
}

/** Whether a file is one of another project, by a name that says so. */
function isOfAnother({ name, version }: ProjectFile, project: string): boolean {
  if (version !== null) return false
  const readings = parseAnyDistributionName(name)
  return readings.length > 0 && readings.every((reading) => reading.name !== project)
}

type Given = Readonly<Record<string, unknown>>

/**
 * The version that a file belongs to; null where its name does not say it. Some installers go by the name and some
 * by the address, so where the two name different versions neither counts.
 */
function versionOf(project: string, fileName: string, url: string): string | null {
  const named = (name: string) =>
    parseAnyDistributionName(name).find((reading) => reading.name === project)?.version ?? null
  const version = named(fileName)
  if (url.endsWith(`/${fileName}`)) return version
  const others = fileNamesOf(url).map(named)
  return others.every((other) => other === null || other === version) ? version : null
}

function fileOf(project: string, given: Given, baseUrl: string, timeOf: TimeOf): ProjectFile | null {
  const { filename, url: address, yanked: upstreamYanked, ...rest } = given
  if (typeof filename !== 'string' || typeof address !== 'string') return null
  const url = absolute(address, baseUrl)
  if (url === null || filename.includes('/')) return null
  const version = versionOf(project, filename, url)
  const metadata = metadataOf(given)
  const provenance = typeof rest.provenance === 'string' ? absolute(rest.provenance, baseUrl) : null
  const uploaded = given['upload-time']
  const hashes = isMapping(given.hashes) ? given.hashes : {}
  const best = ['sha256', 'sha512', 'sha384', 'sha1', 'md5'].find((kind) => typeof hashes[kind] === 'string')
  const digest = best === undefined ? null : `${best}:${String(hashes[best])}`
  return {
    name: filename,
    version,
    url: url.replace(/#.*$/, ''),
    digest,
    metadataDigest: metadata,
    json: open({ filename, ...rest, ...(provenance !== null && { provenance }) }),
    attributes: attributesOf(given, metadata, provenance),
    fragment: digest?.replace(':', '=') ?? '',
    uploadedAt: typeof uploaded === 'string' ? timeOf(uploaded) : null,
    yanked:
      typeof upstreamYanked === 'string' && upstreamYanked !== '' ? upstreamYanked : upstreamYanked === true,
  }
}

/** `sha256:<hex>`, empty without a digest, null where there is no metadata file (PEP 714: either name). */
function metadataOf(given: Given): string | null {
  const value = given['core-metadata'] ?? given['dist-info-metadata'] ?? given['data-dist-info-metadata']
  if (isMapping(value)) {
    const sha256 = ownEntry(value, 'sha256')
    return typeof sha256 === 'string' ? `sha256:${sha256}` : ''
  }
  return value === true ? '' : null
}

function attributesOf(given: Given, metadata: string | null, provenance: string | null): string {
  const python = given['requires-python']
  const signed = given['gpg-sig']
  const metadataText = metadata === null ? null : metadata.replace(':', '=') || 'true'
  const attributes = [
    ['data-requires-python', typeof python === 'string' ? python : null],
    ['data-core-metadata', metadataText],
    ['data-dist-info-metadata', metadataText],
    ['data-provenance', provenance],
    ['data-gpg-sig', typeof signed === 'boolean' ? String(signed) : null],
  ] as const
  return attributes
    .flatMap(([attribute, value]) => (value === null ? [] : [` ${attribute}="${escapeHtml(value)}"`]))
    .join('')
}

/** What PEP 629 and 792 say at the top of an HTML page. */
function metaOf(document: Given): string {
  const meta = isMapping(document.meta) ? document.meta : {}
  const status = isMapping(document['project-status']) ? document['project-status'] : {}
  const lines = [
    ['pypi:repository-version', meta['api-version'] ?? '1.0'],
    ['pypi:project-status', status.status],
    ['pypi:project-status-reason', status.reason],
  ] as const
  return lines
    .flatMap(([name, value]) =>
      typeof value === 'string' ? [`<meta name="${name}" content="${escapeHtml(value)}">\n`] : [],
    )
    .join('')
}

function recordOf(
  id: PackageId,
  files: readonly ProjectFile[],
  uploadedAt: ReadonlyMap<string, number>,
): PackageRecord {
  const versions: Record<string, VersionRecord> = {}
  for (const { name, version, digest, yanked } of files) {
    if (version === null) continue
    const createdAt = uploadedAt.get(version) ?? 0
    const known = versions[version]
    const sha256 = digest?.replace(/^sha256:/, '') ?? ''
    const kind = name.endsWith('.whl') ? 'bdist_wheel' : 'sdist'
    const file = { ...noDigests, name, sha256, uploadedAt: createdAt, kind }
    const reason = yanked === false ? null : String(yanked)
    // Yanked as a whole only: an installer takes what is left of a version.
    const withdrawn = known === undefined || known.withdrawn !== null ? reason : null
    versions[version] = {
      version,
      files: [...(known?.files ?? []), file],
      manifest: {},
      withdrawn,
      createdAt,
    }
  }
  return {
    id,
    versions,
    tags: {},
    extra: {},
    createdAt: 0,
    modifiedAt: [...uploadedAt.values()].reduce((last, at) => Math.max(last, at), 0),
    revision: 0,
  }
}

function refuse<T>(field: string, value: unknown, expected: string): Result<T> {
  return { ok: false, problem: { field, value: showValue(value), expected } }
}
