import { normalizeName } from './normalize-name.ts'
import { type Result, showValue } from './problem.ts'
import { schemeOf } from './scheme-of.ts'
import type { Ecosystem } from './version-scheme.ts'

/** One version of one package, name and version in normal form. */
export interface Release {
  readonly ecosystem: Ecosystem
  readonly name: string
  readonly version: string
}

/** `pypi:demo-lib@1.3.0`, `npm:@scope/lib@2.0.0`: the text form of a release. */
export type ReleaseId = string

/** `pypi:demo-lib`, `npm:@scope/lib`: the text form of a package. */
export type PackageId = string

const RELEASE_ID = 'a release id such as pypi:demo-lib@1.3.0 or npm:@scope/lib@2.0.0'
const PACKAGE_ID = 'a package id such as pypi:demo-lib or npm:@scope/lib'

/**
 * Reads a raw (not percent-encoded) release id; the last `@` splits name and version, both are normalised.
 * The problem's field is `release`.
 */
export function parseReleaseId(text: string): Result<Release> {
  const at = text.lastIndexOf('@')
  // The `@` of a scope follows the colon directly and is no separator.
  if (at < 1 || text[at - 1] === ':') return problem('release', text, RELEASE_ID)
  const id = parsePackageId(text.slice(0, at))
  if (!id.ok) return problem('release', text, `${RELEASE_ID}, with ${id.problem.expected}`)
  const { ecosystem, name } = id.value
  const scheme = schemeOf(ecosystem)
  const version = scheme.normalize(text.slice(at + 1))
  if (version === null) return problem('release', text, `${RELEASE_ID}, with ${scheme.expected}`)
  return { ok: true, value: { ecosystem, name, version } }
}

/** Reads a package id; the name is normalised. The problem's field is `package`. */
export function parsePackageId(text: string): Result<Pick<Release, 'ecosystem' | 'name'>> {
  const colon = text.indexOf(':')
  const ecosystem = text.slice(0, Math.max(colon, 0))
  if (ecosystem !== 'pypi' && ecosystem !== 'npm') return problem('package', text, PACKAGE_ID)
  const name = normalizeName(ecosystem, text.slice(colon + 1))
  if (!name.ok) return problem('package', text, name.problem.expected)
  return { ok: true, value: { ecosystem, name: name.value } }
}

/** Whether a release id names a pre-release; what is no release is none. */
export function isPrerelease(id: ReleaseId): boolean {
  const parsed = parseReleaseId(id)
  return parsed.ok && schemeOf(parsed.value.ecosystem).isPrerelease(parsed.value.version)
}

/** The text form of a release whose parts are in normal form. */
export function formatReleaseId(release: Release): ReleaseId {
  return `${release.ecosystem}:${release.name}@${release.version}`
}

/** The package of a release, given as its parts or as a release id in normal form. */
export function packageIdOf(release: Pick<Release, 'ecosystem' | 'name'> | ReleaseId): PackageId {
  if (typeof release === 'string') return release.slice(0, release.lastIndexOf('@'))
  return `${release.ecosystem}:${release.name}`
}

/** The package URL of a release (https://github.com/package-url/purl-spec). */
export function purlOf(release: Release): string {
  const name = release.name.split('/').map(encodePurlPart).join('/')
  return `pkg:${release.ecosystem}/${name}@${encodePurlPart(release.version)}`
}

/** `encodeURIComponent` leaves `!'()*` alone; purl wants everything but letters, digits and `.-_~` encoded. */
function encodePurlPart(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function problem<T>(field: string, value: string, expected: string): Result<T> {
  return { ok: false, problem: { field, value: showValue(value), expected } }
}
