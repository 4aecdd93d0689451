import { isMapping } from '../mapping.ts'
import type { Visibility } from '../views/package-views.ts'
import { hiddenSentence, lateReason, unreadReason } from '../views/staged-reason.ts'
import type { OverlaidLinks } from './overlaid-package.ts'

type Document = Readonly<Record<string, unknown>>

export interface LegacyEdit {
  /** The whole project as the upstream's legacy JSON API gives it. */
  readonly project: Document
  /** The same of the version that the view calls latest, where the upstream's is another; else null. */
  readonly latest: Document | null
  readonly visibility: Visibility
  /** A rule stages the project: what cannot be understood is hidden. */
  readonly staged: boolean
  readonly links: OverlaidLinks
  /** Normal form of a version, or null. */
  readonly normalize: (version: string) => string | null
}

/**
 * An upstream's legacy JSON (`/pypi/<name>/json`, and of one version) for one view: `info` and `urls` are those of the version that
 * the view calls latest, files of hidden versions are yanked with our reason, blocked versions are absent.
 */
export function overlaidLegacyProject({
  project,
  latest,
  visibility,
  staged,
  links,
  normalize,
}: LegacyEdit): Document {
  const { hidden, blocked } = visibility
  const late = visibility.lateFiles ?? new Set<string>()
  const reasonOf = (version: string | null) => {
    if (version === null) return staged ? unreadReason : null
    if (!hidden.has(version)) return null
    return hiddenSentence(visibility.hiddenBecause?.get(version), links.statusUrl(version))
  }
  const releases = isMapping(project.releases) ? project.releases : null
  const shown = Object.entries(releases ?? {}).flatMap(([key, files]) => {
    const version = normalize(key)
    if (version !== null && blocked.has(version)) return []
    const reason = reasonOf(version)
    return [[key, filesOf(files, { reason, late }, links)] as const]
  })
  const { info, urls } = latest ?? project
  const reason = isMapping(info) ? reasonOf(normalize(String(info.version))) : null
  return {
    ...project,
    info: isMapping(info) ? { ...info, ...yanked(info, reason) } : info,
    urls: filesOf(urls, { reason, late }, links),
    ...(releases !== null && { releases: Object.fromEntries(shown) }),
  }
}

/** A maintainer's own yank keeps its words. */
function yanked({ yanked: isYanked }: Document, reason: string | null): Document {
  return reason !== null && isYanked !== true ? { yanked: true, yanked_reason: reason } : {}
}

interface Hiding {
  /** Why the whole version is hidden, or null. */
  readonly reason: string | null
  /** Names of files that are hidden by themselves. */
  readonly late: ReadonlySet<string>
}

function filesOf(files: unknown, { reason, late }: Hiding, links: OverlaidLinks): unknown {
  if (!Array.isArray(files)) return files
  return files.map((file: unknown) => {
    if (!isMapping(file)) return file
    const { filename, url } = file
    const isAddressed = typeof filename === 'string' && typeof url === 'string'
    const why = reason ?? (late.has(String(filename)) ? lateReason : null)
    return { ...file, ...(isAddressed && { url: links.fileUrl(filename, url) }), ...yanked(file, why) }
  })
}
