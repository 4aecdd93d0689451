import { type PackageId, parsePackageId, type ReleaseId } from './release.ts'
import { schemeOf } from './scheme-of.ts'
import type { Ecosystem } from './version-scheme.ts'

/** Words that stand for the ecosystem, where one repository publishes to several. */
const ecosystemWords: Readonly<Record<Ecosystem, ReadonlySet<string>>> = {
  npm: new Set(['npm', 'js', 'javascript', 'node', 'ts']),
  pypi: new Set(['pypi', 'py', 'python']),
}
const releaseWords = new Set(['release', 'releases', 'rel', 'version', 'ver', 'tag', 'tags'])
/** What may stand between a prefix and the version. */
const separator = /(?:==|@|[-_/.:]|)$/

/** How exactly a tag names a package, greater is better: not, no package at all (`v1.1.0`), ..., its whole name. */
const fits = { none: 0, bare: 1, ecosystem: 2, unscoped: 3, name: 4 } as const
type Fit = (typeof fits)[keyof typeof fits]

const alike = (text: string): string => text.toLowerCase().replace(/[-_.]+/g, '-')

/** What a prefix says about a package: `acme-demo` and `packages/demo` name `@acme/demo` as well. */
function fitOf(prefix: string, ecosystem: Ecosystem, name: string): Fit {
  const text = prefix.toLowerCase()
  const [first = '', ...others] = text.split(/[-_/:]/)
  if (text === '' || releaseWords.has(text)) return fits.bare
  if (ecosystemWords[ecosystem].has(text)) return fits.ecosystem
  const wanted = alike(name)
  const unscoped = wanted.slice(wanted.lastIndexOf('/') + 1)
  const dashed = wanted.replace(/^@/, '').replace('/', '-')
  const given = alike(text)
  if (given === wanted || given === wanted.replace(/^@/, '') || (name.includes('/') && given === dashed)) {
    return fits.name
  }
  if (given === unscoped) return fits.unscoped
  // A folder before the name, the ecosystem before it, or a word such as `release`.
  const slash = text.lastIndexOf('/')
  if (slash > 0 && !text.startsWith('@') && alike(text.slice(slash + 1)) === unscoped) return fits.unscoped
  const known = releaseWords.has(first) || ecosystemWords[ecosystem].has(first)
  return known && others.length > 0 ? fitOf(text.slice(first.length + 1), ecosystem, name) : fits.none
}

/** `demo-v{version}` of a repository's own file, matched as it stands. */
function byPattern(pattern: string, tag: string): string | null {
  const [before = '', after = '', ...more] = pattern.split('{version}')
  const isWhole = more.length === 0 && pattern.includes('{version}')
  if (!isWhole || !tag.startsWith(before) || !tag.endsWith(after)) return null
  if (tag.length <= before.length + after.length) return null
  return tag.slice(before.length, tag.length - after.length)
}

interface Reading {
  readonly release: ReleaseId
  readonly fit: Fit
}

function readFor(packageId: PackageId, ref: string, patterns: readonly string[]): Reading | null {
  const tag = ref.replace(/^refs\/tags\//, '')
  const parsed = parsePackageId(packageId)
  if (!parsed.ok) return null
  const { ecosystem, name } = parsed.value
  const normalize = (text: string) => schemeOf(ecosystem).normalize(text.replace(/^v\.?(?=\d)/i, ''))
  if (patterns.length > 0) {
    const versions = patterns.map((pattern) => normalize(byPattern(pattern, tag) ?? ''))
    const version = versions.find((one) => one !== null) ?? null
    return version === null ? null : { release: `${packageId}@${version}`, fit: fits.name }
  }
  let best: Reading | null = null
  // The first place where a version begins that the words before it leave room for.
  for (const { index } of tag.matchAll(/(?<![A-Za-z0-9])(?:[vV]\.?)?(?=\d)|(?<=[A-Za-z])(?=\d)/g)) {
    const version = normalize(tag.slice(index))
    if (version === null) continue
    const fit = fitOf(tag.slice(0, index).replace(separator, ''), ecosystem, name)
    if (fit > (best?.fit ?? fits.none)) best = { release: `${packageId}@${version}`, fit }
  }
  return best
}

/** Patterns such as `demo-lib-v{version}` by which a repository says how it tags a package; none: the usual forms. */
export type TagPatterns = (packageId: PackageId) => readonly string[]

/**
 * The releases that a tag means among a repository's packages: `1.1.0` and `v1.1.0` mean every one of them;
 * `demo-v1.1.0`, `demo@1.1.0`, `@acme/demo@1.1.0`, `demo/v1.1.0`, `packages/demo/v1.1.0`, `python-v1.1.0` the ones
 * they name best. Empty for a tag that names none.
 */
export function releasesOfTag(
  packages: readonly PackageId[],
  tag: string,
  patternsOf: TagPatterns = () => [],
): readonly ReleaseId[] {
  const readings = packages.flatMap((id) => readFor(id, tag, patternsOf(id)) ?? [])
  const best = Math.max(...readings.map(({ fit }) => fit))
  return readings.filter(({ fit }) => fit === best).map(({ release }) => release)
}

/** The release that a tag means for one package; null when it names none, or another. */
export function releaseOfTag(
  packageId: PackageId,
  tag: string,
  patterns: readonly string[] = [],
): ReleaseId | null {
  return readFor(packageId, tag, patterns)?.release ?? null
}

/** Name and version of `npm:@scope/lib@2.0.0`. */
function partsOf(release: ReleaseId): { readonly name: string; readonly version: string } {
  const at = release.lastIndexOf('@')
  return { name: release.slice(release.indexOf(':') + 1, at), version: release.slice(at + 1) }
}

/**
 * Tags that a release may carry, the likeliest first: those of the repository's own patterns, another release's tag with
 * its version replaced, then the usual forms. Each costs one question, so the rare ones are left out.
 */
export function likelyTags(
  release: ReleaseId,
  like: { readonly tag: string; readonly release: ReleaseId } | null = null,
  patterns: readonly string[] = [],
): readonly string[] {
  const { name, version } = partsOf(release)
  const short = name.slice(name.lastIndexOf('/') + 1)
  const named = [`${short}-v${version}`, `${short}@${version}`, `${short}-${version}`, `${short}/v${version}`]
  const usual = [`v${version}`, version, `${name}@${version}`, ...named]
  const known = like === null ? '' : partsOf(like.release).version
  const alike =
    like?.tag.endsWith(known) === true ? [like.tag.slice(0, like.tag.length - known.length) + version] : []
  const own = patterns.map((pattern) => pattern.replaceAll('{version}', version))
  return [...new Set([...own, ...alike, ...usual])]
}
