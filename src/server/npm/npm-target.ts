import { tarballName } from '../../catalog/tarball-name.ts'
import { normalizeName } from '../../versions/normalize-name.ts'

/** What a path below `/npm` asks for. */
export type NpmTarget =
  | { readonly kind: 'ping' | 'unknown' }
  | { readonly kind: 'document'; readonly name: string }
  /** A workflow's token for one that publishes this package. */
  | { readonly kind: 'exchange'; readonly name: string }
  /** A version or a tag of a package. */
  | { readonly kind: 'version'; readonly name: string; readonly spec: string }
  | { readonly kind: 'tarball'; readonly name: string; readonly file: string }
  | { readonly kind: 'dist-tags'; readonly name: string; readonly tag: string | null }
  /** `/-rev/<revision>`: unpublishing and owners, which npm does in several steps; `file` of a tarball's own. */
  | {
      readonly kind: 'revision'
      readonly name: string
      readonly revision: string
      readonly file: string | null
    }

const unknown: NpmTarget = { kind: 'unknown' }

/**
 * Reads a path such as `/npm/@scope/name/-/name-1.0.0.tgz`. Scopes are already spelled with a plain slash
 * (`parseRequestPath`); everything else is decoded once here. Names that are no npm names are unknown.
 */
export function parseNpmTarget(rest: string): NpmTarget {
  const segments = decodeAll(rest.slice('/npm/'.length).split('/'))
  if (segments === null) return unknown
  if (segments[0] === '-') return special(segments.slice(1))
  const { name, others } = takeName(segments)
  const [first, second, ...more] = others
  if (name !== null && first === undefined) return { kind: 'document', name }
  const [marker, revision = ''] = first === '-' ? more : others
  if (name !== null && marker === '-rev') {
    return { kind: 'revision', name, revision, file: first === '-' ? (second ?? '') : null }
  }
  if (name !== null && first === '-' && second !== undefined && more.length === 0)
    return { kind: 'tarball', name, file: second }
  if (name !== null && first !== undefined && second === undefined)
    return { kind: 'version', name, spec: first }
  return tarballByItsEnd(segments)
}

/** A package's name in a path, as two segments where it has a scope. */
const NAME = '((?:@[^/]+/)?[^/@]+)'

/** Ends of tarball addresses. The groups are the name and then the file, or the version that stands for it. */
const tarballEnds: readonly (readonly [RegExp, 'file' | 'version'])[] = [
  // npm, and nearly everybody.
  [new RegExp(`/${NAME}/-/([^/]+)$`), 'file'],
  // Artifactory and GitLab: the scope once more.
  [new RegExp(`/${NAME}/-/@[^/]+/([^/]+)$`), 'file'],
  // Gitea and Forgejo.
  [new RegExp(`/${NAME}/-/\\d[^/]*/([^/]+)$`), 'file'],
  // GitHub: behind the version stands a digest.
  [new RegExp(`/download/${NAME}/([^/]+)/[^/]+$`), 'version'],
  // JSR.
  [/\/(@jsr\/[^/]+)\/([^/]+)\.tgz$/, 'version'],
]

/**
 * A tarball by the end of an address. npm told to use this registry for whatever host a lock file names
 * (`replace-registry-host=always`) puts the whole path that it finds there behind ours:
 * `/npm/artifactory/api/npm/all/@s/demo/-/@s/demo-1.0.0.tgz`.
 */
function tarballByItsEnd(segments: readonly string[]): NpmTarget {
  // Beside a scope's, a slash that was encoded belongs to no address that anybody made.
  if (segments.some((segment) => segment.includes('/') && !/^@[^/]+\/[^/]+$/.test(segment))) return unknown
  const path = `/${segments.join('/')}`
  for (const [end, gives] of tarballEnds) {
    const [, written = '', last = ''] = end.exec(path) ?? []
    const name = normalizeName('npm', written)
    if (!name.ok) continue
    return { kind: 'tarball', name: name.value, file: gives === 'file' ? last : tarballName(written, last) }
  }
  return unknown
}

function special([first, ...others]: readonly string[]): NpmTarget {
  if (first === 'ping' && others.length === 0) return { kind: first }
  if (first === 'npm') return ofApi(others)
  if (first !== 'package') return unknown
  const { name, others: tail } = takeName(others)
  if (name === null || tail[0] !== 'dist-tags' || tail.length > 2) return unknown
  return { kind: 'dist-tags', name, tag: tail[1] ?? null }
}

const exchangePath = ['v1', 'oidc', 'token', 'exchange', 'package']

/** What is below `/-/npm`. */
function ofApi(segments: readonly string[]): NpmTarget {
  if (exchangePath.some((segment, place) => segments[place] !== segment)) return unknown
  const { name, others } = takeName(segments.slice(exchangePath.length))
  return name === null || others.length > 0 ? unknown : { kind: 'exchange', name }
}

function takeName(segments: readonly string[]): { name: string | null; others: readonly string[] } {
  const [first = ''] = segments
  const length = first.startsWith('@') && !first.includes('/') ? 2 : 1
  const name = normalizeName('npm', segments.slice(0, length).join('/'))
  return { name: name.ok ? name.value : null, others: segments.slice(length) }
}

function decodeAll(segments: readonly string[]): string[] | null {
  try {
    const decoded = segments.map((segment) => decodeURIComponent(segment))
    return decoded.at(-1) === '' ? decoded.slice(0, -1) : decoded
  } catch {
    return null
  }
}
