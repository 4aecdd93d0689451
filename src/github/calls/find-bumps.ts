import { quotePattern } from '../../versions/quote-pattern.ts'
import { packageIdOf, type ReleaseId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'

/** A file of a pull request; `patch` is its diff, null where GitHub gives none (too large, binary). */
export interface ChangedFile {
  readonly path: string
  readonly patch: string | null
}

/** Longer lines are minified files; no manifest has them. */
const longestLine = 2000
const mostLines = 50_000

const npmFiles =
  /(?:^|\/)(?:package\.json|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|pnpm-workspace\.yaml|bun\.lock|deno\.jsonc?|deno\.lock)$/
const pythonFiles =
  /(?:^|\/)(?:[^/]*requirements[^/]*\.(?:txt|in)|requirements\/[^/]+\.(?:txt|in)|constraints[^/]*\.txt|pyproject\.toml|poetry\.lock|uv\.lock|pdm\.lock|pylock(?:\.[^/]+)?\.toml|Pipfile|Pipfile\.lock|setup\.(?:py|cfg)|environment\.ya?ml)$/

/** The ecosystem whose manifests or lockfiles a path is one of; null for any other file. */
export function manifestOf(path: string): 'npm' | 'pypi' | null {
  if (npmFiles.test(path)) return 'npm'
  return pythonFiles.test(path) ? 'pypi' : null
}

interface Line {
  readonly added: boolean
  readonly text: string
}

/** The new side of a diff: what stands there after the merge, and which of it the pull request added. */
function newSide(patch: string): Line[] {
  const lines: Line[] = []
  for (const line of patch.split('\n').slice(0, mostLines)) {
    if (line.startsWith('@@')) lines.push({ added: false, text: '' })
    if (line.length > longestLine || !/^[+ ]/.test(line)) continue
    lines.push({ added: line.startsWith('+'), text: line.slice(1) })
  }
  return lines
}

/** A name as it may be written: `-`, `_` and `.` are one in Python, and case does not count. */
function nameSource(ecosystem: 'npm' | 'pypi', name: string): string {
  return ecosystem === 'npm' ? quotePattern(name) : name.split('-').map(quotePattern).join('[-_.]+')
}

interface Sought {
  readonly ecosystem: 'npm' | 'pypi'
  readonly isVersion: (text: string) => boolean
  /** What every line that names the package holds, in small letters: most lines are not looked at closer. */
  readonly hint: string
  /** Name and version on one line; the version is the first group. */
  readonly together: readonly RegExp[]
  /** A line that names the package, whose version follows on a line of its own. */
  readonly heading: RegExp
}

/** A version at the beginning of what follows an operator such as `^`, `~=` or `>=`. */
const version = String.raw`(?:\^|~>?|>=|={1,3})?\s*v?(\d[A-Za-z0-9.+!-]*)`

function sought(release: ReleaseId): Sought {
  const id = packageIdOf(release)
  const ecosystem = id.startsWith('npm:') ? 'npm' : 'pypi'
  const name = id.slice(id.indexOf(':') + 1)
  const scheme = schemeOf(ecosystem)
  const wanted = scheme.normalize(release.slice(id.length + 1))
  const isVersion = (text: string) => {
    const read = scheme.normalize(text)
    return wanted !== null && read !== null && scheme.compare(read, wanted) === 0
  }
  const n = nameSource(ecosystem, name)
  const file = quotePattern(name.slice(name.lastIndexOf('/') + 1))
  const npm = [
    `["']${n}["']\\s*:\\s*["'](?:npm:|workspace:)?${version}`,
    `["']npm:${n}@${version}`,
    `(?:^\\s*["']?/?|[\\s"'])${n}[@/]${version}`,
    `(?:^|[\\s"'])${n}@npm:${version}`,
    `(?<!/@[^/]{1,214})/${n}/-/${file}-(\\d[A-Za-z0-9.+-]*?)\\.tgz`,
  ]
  const python = [
    `(?:^|[\\s"'\\[,])${n}\\s*(?:\\[[^\\]]{0,200}\\])?\\s*(?:={2,3}|~=|>=)\\s*(\\d[A-Za-z0-9.+!-]*)`,
    `^\\s*["']?${n}["']?\\s*=\\s*["']${version}`,
    `^\\s*["']?${n}["']?\\s*=\\s*\\{.{0,300}?version\\s*=\\s*["']${version}`,
    `/${nameSource('pypi', name)}-(\\d[A-Za-z0-9.+!]*?)(?:\\.tar\\.gz|\\.zip|-[a-z0-9_.]+-)`,
  ]
  const heading =
    ecosystem === 'npm'
      ? `^\\s*["']?(?:(?:[^"']*/)?node_modules/)?${n}(?:@[^"']*)?["']?(?:,.*)?\\s*:\\s*\\{?\\s*$`
      : `^\\s*(?:name\\s*=\\s*["']${n}["']|["']${n}["']\\s*:\\s*\\{)\\s*$`
  const flags = ecosystem === 'npm' ? '' : 'i'
  return {
    ecosystem,
    isVersion,
    hint: (name.split(/[-_.]/)[0] ?? name).toLowerCase(),
    together: (ecosystem === 'npm' ? npm : python).map((source) => new RegExp(source, flags)),
    heading: new RegExp(heading, flags),
  }
}

const ownVersion = /^\s*["']?version["']?\s*[:=]?\s*["']?(?:==)?(\d[A-Za-z0-9.+!-]*)(?:\(.*\))?["']?,?\s*$/
/** A blank line, a closing brace, or the beginning of another package ends what a heading named. */
const blockEnd = /^\s*$|^\s*\},?\s*$|^\s*\[\[package\]\]|^\s*name\s*=|^["']?[^\s"'].*:\s*$/

function bumps(lines: readonly Line[], { isVersion, hint, together, heading }: Sought): boolean {
  let named = false
  for (const { added, text } of lines) {
    const names = text.toLowerCase().includes(hint)
    const whole = names && added && /\d/.test(text)
    if (whole && together.some((pattern) => isVersion(pattern.exec(text)?.[1] ?? ''))) return true
    if (names && heading.test(text)) named = true
    else if (named && added && isVersion(ownVersion.exec(text)?.[1] ?? '')) return true
    else if (blockEnd.test(text)) named = false
  }
  return false
}

/**
 * The releases that a pull request's changes to manifests and lockfiles bump to, by hand, by Renovate or by
 * Dependabot alike: what counts is what the diff adds, not what a title claims.
 */
export function findBumps(
  files: readonly ChangedFile[],
  releases: readonly ReleaseId[],
): readonly ReleaseId[] {
  const read = files.flatMap(({ path, patch }) => {
    const ecosystem = manifestOf(path)
    return ecosystem === null || patch === null ? [] : [{ ecosystem, lines: newSide(patch) }]
  })
  return releases.filter((release) => {
    const what = sought(release)
    return read.some(({ ecosystem, lines }) => ecosystem === what.ecosystem && bumps(lines, what))
  })
}
