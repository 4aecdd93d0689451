import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDocument } from 'yaml'

/**
 * Takes the named packages out of the `pnpm-lock.yaml` of a scratch copy, so that pnpm chooses their versions anew
 * and keeps every other one. Tarball addresses at the index itself go too: pnpm 12 compares them with the arm's.
 */
export async function unlockPnpm(project: string, names: readonly string[], index: string): Promise<void> {
  const path = join(project, 'pnpm-lock.yaml')
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text !== null) await writeFile(path, withoutPnpmPackages(text, names, new URL(index).origin))
}

/** The text of a lockfile (versions 6 and 9) without the named packages and without addresses at one origin. */
export function withoutPnpmPackages(text: string, names: readonly string[], origin: string): string {
  const lock: unknown = parseDocument(text).toJS()
  if (!isRecord(lock)) return text
  const isGone = (place: string): boolean =>
    names.some((name) => place.startsWith(`${name}@`) || place.startsWith(`/${name}@`))
  const next: Record<string, unknown> = { ...lock }
  for (const part of ['packages', 'snapshots'])
    if (isRecord(lock[part]))
      next[part] = mapped(lock[part], (entry, place) => (isGone(place) ? null : entry))
  if (isRecord(next.packages)) next.packages = mapped(next.packages, (entry) => withoutAddress(entry, origin))
  if (isRecord(lock.catalogs))
    next.catalogs = mapped(lock.catalogs, (catalog) => without(Object(catalog), names))
  if (isRecord(lock.importers))
    next.importers = mapped(lock.importers, (importer) => withoutNames(importer, names))
  return `${JSON.stringify(withoutNames(next, names), null, 2)}\n`
}

const GROUPS = ['dependencies', 'devDependencies', 'optionalDependencies']

/** What an importer has locked of its own; in version 6 of one package this stands at the top. */
function withoutNames(importer: unknown, names: readonly string[]): unknown {
  if (!isRecord(importer)) return importer
  const groups = GROUPS.filter((group) => isRecord(importer[group])).map((group) => [
    group,
    without(Object(importer[group]), names),
  ])
  return { ...importer, ...Object.fromEntries(groups) }
}

function without(
  record: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, unknown> {
  return mapped(record, (entry, name) => (names.includes(name) ? null : entry))
}

function withoutAddress(entry: unknown, origin: string): unknown {
  if (!isRecord(entry) || !isRecord(entry.resolution)) return entry
  const { tarball, ...rest } = entry.resolution
  return String(tarball ?? '').startsWith(`${origin}/`) ? { ...entry, resolution: rest } : entry
}

function mapped(
  record: Readonly<Record<string, unknown>>,
  change: (value: unknown, key: string) => unknown,
): Record<string, unknown> {
  const entries = Object.entries(record).map(([key, value]) => [key, change(value, key)] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== null))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
