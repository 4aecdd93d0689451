import semver from 'semver'
import { normalizeName } from '../../versions/normalize-name.ts'
import { parsePartialVersion } from '../../versions/partial-version.ts'
import { type Result, showValue } from '../../versions/problem.ts'
import type { Release } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { Ecosystem } from '../../versions/version-scheme.ts'

/** What somebody wants of a package: the live version, the newest of a series, one version, or a folder. */
export type VersionRule =
  | { readonly kind: 'live' }
  /** `1` or `1.2`. */
  | { readonly kind: 'partial'; readonly text: string }
  /** As it was written; its normal form depends on the ecosystem. */
  | { readonly kind: 'full'; readonly text: string }
  | { readonly kind: 'path'; readonly path: string }

/** A package as one environment root keeps it. */
export type PackageRef = Pick<Release, 'ecosystem' | 'name'>

/** One `demo-lib@1.2` of a command line. A name without an ecosystem may be either. */
export interface PackageRequest {
  readonly text: string
  /** Empty only for an absolute path without a name. */
  readonly packages: readonly PackageRef[]
  readonly rule: VersionRule
}

const EXPECTED =
  'a package such as demo-lib@1.2, pypi:demo-lib@1.2.0, npm:@scope/lib@1 or an absolute path, with no version for the live one'

/** Reads `demo-lib@1.2`, `npm:@scope/lib`, `/opt/tweaked` and `demo-lib@/opt/tweaked`. */
export function parsePackageRequest(text: string): Result<PackageRequest> {
  if (text.startsWith('/'))
    return { ok: true, value: { text, packages: [], rule: { kind: 'path', path: text } } }
  const toPath = text.indexOf('@/')
  const last = text.lastIndexOf('@')
  const at = toPath > 0 ? toPath : last > 0 && text[last - 1] !== ':' ? last : text.length
  const packages = packagesNamed(text.slice(0, at))
  const rule = at === text.length ? ({ kind: 'live' } as const) : parseVersionRule(text.slice(at + 1))
  const readable =
    rule !== null &&
    packages.some(({ ecosystem }) => rule.kind !== 'full' || fullVersion(ecosystem, rule.text) !== null)
  if (!readable)
    return { ok: false, problem: { field: 'package', value: showValue(text), expected: EXPECTED } }
  return { ok: true, value: { text, packages, rule } }
}

/** The packages that a name can stand for; a scope says npm, `pypi:` and `npm:` say themselves. */
export function packagesNamed(text: string): readonly PackageRef[] {
  const colon = /^(pypi|npm):(.*)$/s.exec(text)
  const name = colon?.[2] ?? text
  const ecosystems: readonly Ecosystem[] =
    colon?.[1] === 'pypi' || colon?.[1] === 'npm'
      ? [colon[1]]
      : text.startsWith('@')
        ? ['npm']
        : ['pypi', 'npm']
  return ecosystems.flatMap((ecosystem) => {
    const normal = normalizeName(ecosystem, name)
    return normal.ok ? [{ ecosystem, name: normal.value }] : []
  })
}

/** Reads what is behind the `@`; null for what can be no rule in any ecosystem. */
export function parseVersionRule(text: string): VersionRule | null {
  if (text.startsWith('/')) return { kind: 'path', path: text }
  const partial = parsePartialVersion(text)
  if (partial !== null) {
    const { major, minor } = partial
    return { kind: 'partial', text: minor === null ? String(major) : `${major}.${minor}` }
  }
  const isVersion = fullVersion('pypi', text) !== null || fullVersion('npm', text) !== null
  return isVersion ? { kind: 'full', text } : null
}

/**
 * The normal form of a version, with the local part that the npm registry drops but a tweaked copy has
 * (`1.2.3+tweak.2`); null for what is no version there.
 */
export function fullVersion(ecosystem: Ecosystem, text: string): string | null {
  if (ecosystem === 'pypi') return schemeOf('pypi').normalize(text)
  const parsed = semver.parse(text)
  if (parsed === null) return null
  return parsed.build.length === 0 ? parsed.version : `${parsed.version}+${parsed.build.join('.')}`
}

/** Order of versions in normal form; a local version is above the one it was made from. */
export function compareFullVersions(ecosystem: Ecosystem, a: string, b: string): number {
  return ecosystem === 'npm' ? semver.compareBuild(a, b) : schemeOf('pypi').compare(a, b)
}

/**
 * The texts that ask for a version: itself and, unless it is a pre-release, `1` and `1.2`. A short Python
 * version such as `1.2` also answers to `1.2.0`, since `1.2` means the whole series.
 */
export function rulesOf(ecosystem: Ecosystem, version: string): readonly string[] {
  const [major, minor = '0', ...rest] = version.split('.')
  const isShort = ecosystem === 'pypi' && rest.length === 0 && /^\d+(\.\d+)?$/.test(version)
  const full = isShort ? [`${major}.${minor}.0`] : [version]
  const numbered = /^(\d+)(?:\.(\d+))?(?![\d!])/.exec(version)
  const isSeries = numbered !== null && !version.includes('!') && !schemeOf(ecosystem).isPrerelease(version)
  return isSeries ? [String(numbered[1]), `${numbered[1]}.${numbered[2] ?? '0'}`, ...full] : full
}
