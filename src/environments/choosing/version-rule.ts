import semver from 'semver'
import { normalizeName } from '../../versions/normalize-name.ts'
import { type Result, showValue } from '../../versions/problem.ts'
import type { Release } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { Ecosystem } from '../../versions/version-scheme.ts'

/** What somebody wants of a package: the live version, the newest of a series, one version, or a folder. */
export type VersionRule =
  | { readonly kind: 'live' }
  /** Numbers at any depth, without leading zeros: `1`, `1.2`, `3.1.4`, `1!2.0`. */
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
  /** Extras of a Python package in normal form, sorted: `demo-lib[fast]@1.2`. */
  readonly extras: readonly string[]
}

const EXPECTED =
  'a package such as demo-lib@1.2, demo-lib[extra]@1.2.0, npm:@scope/lib@1 or an absolute path, with no version for the live one'

/** Reads `demo-lib@1.2`, `demo-lib[fast]`, `npm:@scope/lib`, `/opt/tweaked` and `demo-lib@/opt/tweaked`. */
export function parsePackageRequest(text: string): Result<PackageRequest> {
  if (text.startsWith('/'))
    return { ok: true, value: { text, packages: [], rule: { kind: 'path', path: text }, extras: [] } }
  const toPath = text.indexOf('@/')
  const last = text.lastIndexOf('@')
  const at = toPath > 0 ? toPath : last > 0 && text[last - 1] !== ':' ? last : text.length
  const bracket = /^(.*?)\[([^[\]]*)\]$/s.exec(text.slice(0, at))
  const extras = bracket === null ? [] : extrasIn(bracket[2] ?? '')
  const packages = packagesNamed(bracket?.[1] ?? text.slice(0, at)).filter(
    ({ ecosystem }) => bracket === null || ecosystem === 'pypi',
  )
  const rule = at === text.length ? ({ kind: 'live' } as const) : parseVersionRule(text.slice(at + 1))
  const readable =
    rule !== null &&
    extras !== null &&
    packages.some(({ ecosystem }) => rule.kind !== 'full' || fullVersion(ecosystem, rule.text) !== null)
  if (!readable)
    return { ok: false, problem: { field: 'package', value: showValue(text), expected: EXPECTED } }
  return { ok: true, value: { text, packages, rule, extras } }
}

/** What is between the brackets of a requirement, by the rules of names; null for what is no extra. */
function extrasIn(text: string): readonly string[] | null {
  const names = text.split(',').map((name) => normalizeName('pypi', name.trim()))
  const extras = names.flatMap((name) => (name.ok ? [name.value] : []))
  return extras.length === names.length ? [...new Set(extras)].sort() : null
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
  const numbers = NUMBERS.exec(text)
  if (numbers?.[2] !== undefined) {
    const [epoch = '0', release] = [numbers[1], numbers[2]].map((part) => part && withoutZeros(part))
    return { kind: 'partial', text: epoch === '0' ? String(release) : `${epoch}!${release}` }
  }
  const isReadable = fullVersion('pypi', text) !== null || fullVersion('npm', text) !== null
  return isReadable ? { kind: 'full', text } : null
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

const NUMBERS = /^v?(?:(\d{1,18})!)?(\d{1,18}(?:\.\d{1,18})*)$/

const withoutZeros = (dotted: string): string => dotted.replace(/(^|\.)0+(?=\d)/g, '$1')

/**
 * The numbers of a full release, with a PEP 440 epoch in front: `1!2.0` of `1!2.0.post1`, `1.2.3` of `1.2.3+tweak.2`.
 * Null for a pre-release, which no partial version means.
 */
export function numbersOf(ecosystem: Ecosystem, version: string): string | null {
  if (schemeOf(ecosystem).isPrerelease(version)) return null
  return /^(?:\d+!)?\d+(?:\.\d+)*/.exec(version)?.[0] ?? null
}

/**
 * Whether numbers are in the series of a partial version: `3.1.4` and `3.1.4.1` are in `3.1.4`, `3.1.40` is not. A
 * short Python version has zeros behind it, as PEP 440 compares.
 */
export function isInSeries(ecosystem: Ecosystem, numbers: string, partial: string): boolean {
  const [epoch, have] = epochAndParts(numbers)
  const [wantedEpoch, wanted] = epochAndParts(partial)
  const behind = ecosystem === 'pypi' ? '0' : null
  return epoch === wantedEpoch && wanted.every((part, at) => part === (have[at] ?? behind))
}

/** The partial versions whose series a version with these numbers is in, most general first: `1`, `1.2`, `1.2.3`. */
export function seriesOf(ecosystem: Ecosystem, numbers: string): readonly string[] {
  const [epoch, parts] = epochAndParts(numbers)
  const padded = ecosystem === 'pypi' && parts.length === 1 ? [...parts, '0'] : parts
  const front = epoch === '0' ? '' : `${epoch}!`
  return padded.map((_, at) => front + padded.slice(0, at + 1).join('.'))
}

/**
 * Whether a partial version may be a version itself: with three numbers it is written in full, with one or two it
 * always means the series.
 */
export const isWrittenInFull = (partial: string): boolean => epochAndParts(partial)[1].length > 2

/** The link that names one version and no series: `1.2.0` for the Python version `1.2`. */
export function ownLinkOf(version: string): string {
  const short = /^((?:\d+!)?\d+)(\.\d+)?$/.exec(version)
  return short === null ? version : `${short[1]}${short[2] ?? '.0'}.0`
}

function epochAndParts(numbers: string): readonly [string, readonly string[]] {
  const at = numbers.indexOf('!')
  return [at < 0 ? '0' : numbers.slice(0, at), numbers.slice(at + 1).split('.')]
}

/** Whether a text, as somebody wrote it, is this version. */
export function isVersion(ecosystem: Ecosystem, text: string, version: string): boolean {
  const wanted = fullVersion(ecosystem, text)
  return wanted !== null && compareFullVersions(ecosystem, wanted, version) === 0
}
