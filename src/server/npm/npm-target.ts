import { normalizeName } from '../../versions/normalize-name.ts'

/** What a path below `/npm` asks for. */
export type NpmTarget =
  | { readonly kind: 'ping' | 'whoami' | 'unknown' }
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
  if (name === null) return unknown
  const [first, second, ...more] = others
  if (first === undefined) return { kind: 'document', name }
  const [marker, revision = ''] = first === '-' ? more : others
  if (marker === '-rev') {
    return { kind: 'revision', name, revision, file: first === '-' ? (second ?? '') : null }
  }
  if (first === '-' && second !== undefined && more.length === 0)
    return { kind: 'tarball', name, file: second }
  return second === undefined ? { kind: 'version', name, spec: first } : tarballByItsEnd(segments)
}

/**
 * npm told to use this registry for whatever host a lockfile names (`replace-registry-host=always`) puts the
 * whole path that it finds there behind ours: `/npm/npm/demo/-/demo-1.0.0.tgz`.
 */
function tarballByItsEnd(segments: readonly string[]): NpmTarget {
  const [scope = '', last = '', marker, file] = ['', ...segments].slice(-4)
  if (marker !== '-' || file === undefined) return unknown
  const name = normalizeName('npm', scope.startsWith('@') ? `${scope}/${last}` : last)
  return name.ok ? { kind: 'tarball', name: name.value, file } : unknown
}

function special([first, ...others]: readonly string[]): NpmTarget {
  if ((first === 'ping' || first === 'whoami') && others.length === 0) return { kind: first }
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
