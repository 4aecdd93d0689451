import type { PackageRecord } from '../package-record.ts'
import type { OverlaidPackage } from './overlaid-package.ts'

/** How a version that its upstream withdrew is shown. */
export interface WithdrawnAs {
  /** Stands where a yank or deprecation stands. */
  readonly sentence: string
  /** Refused for pins, too. */
  readonly blocked: boolean
  /** After several looks; before, it is hidden and asked about again. */
  readonly believed: boolean
}

/**
 * A package with the versions that its upstream withdrew still listed, and marked: what has gone from the document is
 * taken from `before`, the last one that had it. A pin keeps resolving unless the version is blocked.
 */
export function withWithdrawn<Overlaid extends OverlaidPackage>(
  overlaid: Overlaid,
  before: OverlaidPackage | null,
  withdrawn: ReadonlyMap<string, WithdrawnAs>,
): Overlaid {
  if (withdrawn.size === 0) return overlaid
  const isGone = (version: string | null) =>
    version !== null && withdrawn.has(version) && !Object.hasOwn(overlaid.record.versions, version)
  const lost = before?.kind === overlaid.kind ? before : null
  const files = new Map(overlaid.files)
  for (const file of lost?.files.values() ?? []) {
    if (isGone(file.version) && !files.has(file.name)) files.set(file.name, file)
  }
  const uploadedAt = new Map(overlaid.uploadedAt)
  for (const [version, at] of lost?.uploadedAt ?? []) if (isGone(version)) uploadedAt.set(version, at)
  const common = { files, uploadedAt, record: recordWith(overlaid.record, lost?.record ?? null, withdrawn) }
  if (overlaid.kind === 'npm') {
    const entries = lost?.kind === 'npm' ? lost.versions.filter(({ version }) => isGone(version)) : []
    const versions = [...overlaid.versions, ...entries].map((entry) => {
      const as = entry.version === null ? undefined : withdrawn.get(entry.version)
      return as === undefined ? entry : { ...entry, deprecated: JSON.stringify(as.sentence) }
    })
    return { ...overlaid, ...common, versions }
  }
  const gone = lost?.kind === 'pypi' ? lost.projectFiles.filter(({ version }) => isGone(version)) : []
  const projectFiles = [...overlaid.projectFiles, ...gone].map((file) => {
    const as = file.version === null ? undefined : withdrawn.get(file.version)
    return as === undefined ? file : { ...file, yanked: as.sentence }
  })
  return { ...overlaid, ...common, projectFiles }
}

function recordWith(
  record: PackageRecord,
  before: PackageRecord | null,
  withdrawn: ReadonlyMap<string, WithdrawnAs>,
): PackageRecord {
  const versions = { ...record.versions }
  for (const [version, { sentence, blocked, believed }] of withdrawn) {
    const known = versions[version] ?? before?.versions[version]
    if (known === undefined) continue
    const { blocked: _, doubted: __, ...rest } = known
    versions[version] = {
      ...rest,
      withdrawn: sentence,
      gone: true,
      ...(!believed && { doubted: true }),
      ...(blocked && { blocked: sentence }),
    }
  }
  return { ...record, versions }
}
