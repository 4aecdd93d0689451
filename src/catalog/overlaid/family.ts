import { schemeOf } from '../../versions/scheme-of.ts'
import { isMapping } from '../mapping.ts'
import { ecosystemOf } from '../views/package-views.ts'
import type { OverlaidPackage } from './overlaid-package.ts'

/** Releases of a family come within this time. */
const togetherMs = 60 * 60_000

/**
 * Tells which other packages of its index may be of one family with a package: they moved together before (the other
 * one has the final that came before this version), and they share an npm scope or a maintainer whom the index listed with that
 * final. What is written into the release itself makes no family: a stranger could write it, too.
 */
export function kinFinder(one: OverlaidPackage, version: string): (other: OverlaidPackage) => boolean {
  const { id } = one.record
  const before = finalBefore(one, version)
  if (before === null) return () => false
  const scope = scopeOf(id)
  const names = maintainersOf(one, before)
  return (other) => {
    if (other.record.id === id || ecosystemOf(other.record) !== ecosystemOf(one.record)) return false
    if (other.record.versions[before] === undefined) return false
    if (scope !== null && scope === scopeOf(other.record.id)) return true
    return names.length > 0 && maintainersOf(other, before).some((name) => names.includes(name))
  }
}

/** Whether both have this version, uploaded within an hour. */
export function cameTogether(one: OverlaidPackage, other: OverlaidPackage, version: string): boolean {
  const [at, otherAt] = [one.uploadedAt.get(version), other.uploadedAt.get(version)]
  return at !== undefined && otherAt !== undefined && Math.abs(at - otherAt) <= togetherMs
}

/** The greatest final below a version that was uploaded before it. */
function finalBefore({ record, uploadedAt }: OverlaidPackage, version: string): string | null {
  const { compare, isPrerelease } = schemeOf(ecosystemOf(record))
  const at = uploadedAt.get(version) ?? Number.POSITIVE_INFINITY
  let greatest: string | null = null
  for (const other of Object.keys(record.versions)) {
    if (isPrerelease(other) || compare(other, version) >= 0 || (uploadedAt.get(other) ?? 0) > at) continue
    if (greatest === null || compare(other, greatest) > 0) greatest = other
  }
  return greatest
}

function scopeOf(id: string): string | null {
  return /^npm:(@[^/]+)\//.exec(id)?.[1] ?? null
}

/** The accounts that npm's registry writes into a version when it is published; PyPI lists none. */
function maintainersOf(overlaid: OverlaidPackage, version: string): readonly string[] {
  if (overlaid.kind !== 'npm') return []
  const entry = overlaid.versions.find((one) => one.version === version)
  if (entry === undefined) return []
  const manifest: unknown = JSON.parse(`${entry.full}}`)
  const listed: readonly unknown[] =
    isMapping(manifest) && Array.isArray(manifest.maintainers) ? manifest.maintainers : []
  return listed.flatMap((one) => (isMapping(one) && typeof one.name === 'string' ? [one.name] : []))
}
