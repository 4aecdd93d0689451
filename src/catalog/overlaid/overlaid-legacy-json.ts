import { isMapping } from '../mapping.ts'
import type { Visibility } from '../views/package-views.ts'
import { type Listed, whyHidden } from '../views/why-hidden.ts'
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
  const whyOf: WhyOf = (listed) => whyHidden(listed, visibility, { staged, statusUrl: links.statusUrl })
  const releases = isMapping(project.releases) ? project.releases : null
  const shown = Object.entries(releases ?? {}).flatMap(([key, files]) => {
    const version = normalize(key)
    if (version !== null && visibility.blocked.has(version)) return []
    return [[key, filesOf(files, version, whyOf, links)] as const]
  })
  const { info, urls } = latest ?? project
  const version = isMapping(info) ? normalize(String(info.version)) : null
  return {
    ...project,
    info: isMapping(info) ? { ...info, ...yanked(info, whyOf({ version })) } : info,
    urls: filesOf(urls, version, whyOf, links),
    ...(releases !== null && { releases: Object.fromEntries(shown) }),
  }
}

type WhyOf = (listed: Listed) => string | null

/** A maintainer's own yank keeps its words. */
function yanked({ yanked: isYanked }: Document, reason: string | null): Document {
  return reason !== null && isYanked !== true ? { yanked: true, yanked_reason: reason } : {}
}

function filesOf(files: unknown, version: string | null, whyOf: WhyOf, links: OverlaidLinks): unknown {
  if (!Array.isArray(files)) return files
  return files.map((file: unknown) => {
    if (!isMapping(file)) return file
    const { filename, url } = file
    const isAddressed = typeof filename === 'string' && typeof url === 'string'
    const why = whyOf({ version, name: String(filename) })
    return { ...file, ...(isAddressed && { url: links.fileUrl(filename, url) }), ...yanked(file, why) }
  })
}
