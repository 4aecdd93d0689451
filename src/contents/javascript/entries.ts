import { isMapping } from '../../catalog/mapping.ts'
import type { ArchiveContents } from '../contents.ts'
import type { Manifest } from './manifest.ts'

/** One target of `exports`, with the conditions that lead to it. */
export interface ExportTarget {
  /** `.` or `./sub`, possibly with one `*`. */
  readonly subpath: string
  readonly conditions: readonly string[]
  /** Null where the entry is closed on purpose. */
  readonly target: string | null
}

/** All targets of an `exports` field; null where there is none. */
export function exportTargets(exports: unknown): readonly ExportTarget[] | null {
  if (exports === null || exports === undefined) return null
  const isMap = isMapping(exports) && Object.keys(exports).some((key) => key.startsWith('.'))
  const found: ExportTarget[] = []
  const walk = (value: unknown, subpath: string, conditions: readonly string[]): void => {
    if (typeof value === 'string' || value === null) found.push({ subpath, conditions, target: value })
    else if (Array.isArray(value)) {
      // Fallbacks: the first that is valid counts, and nobody reads the others.
      if (value.length > 0) walk(value[0], subpath, conditions)
    } else if (isMapping(value))
      for (const [condition, inner] of Object.entries(value)) walk(inner, subpath, [...conditions, condition])
  }
  if (isMap) for (const [subpath, value] of Object.entries(exports)) walk(value, subpath, [])
  else walk(exports, '.', [])
  return found
}

/** The file behind a path as `require` finds it: itself, with an ending, or a folder's index; null without one. */
export function fileBehind(archive: ArchiveContents, path: string): string | null {
  const plain = normalPath(path)
  if (plain === null) return null
  const tries =
    plain === '' ? [] : [plain, ...['.js', '.json', '.node', '.cjs', '.mjs'].map((ending) => plain + ending)]
  const folder = plain === '' ? '' : `${plain}/`
  return (
    [...tries, `${folder}index.js`, `${folder}index.json`, `${folder}index.node`].find((one) =>
      archive.sizes.has(one),
    ) ?? innerMain(archive, folder)
  )
}

function innerMain(archive: ArchiveContents, folder: string): string | null {
  return folder !== '' && archive.sizes.has(`${folder}package.json`) ? `${folder}package.json` : null
}

/** `./lib/../a` as `a`; null when it leads out of the package. */
export function normalPath(path: string): string | null {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return null
  }
  return parts.join('/')
}

/** The files a pattern target stands for, with what its `*` is. */
export function filesOfTarget(
  archive: ArchiveContents,
  target: string,
): readonly { path: string; star: string }[] {
  const plain = normalPath(target)
  if (plain === null) return []
  if (!plain.includes('*')) {
    if (target.endsWith('/'))
      return [...archive.sizes.keys()]
        .filter((path) => path.startsWith(`${plain}/`) || plain === '')
        .map((path) => ({ path, star: path.slice(plain === '' ? 0 : plain.length + 1) }))
    return archive.sizes.has(plain) ? [{ path: plain, star: '' }] : []
  }
  const [head = '', tail = ''] = plain.split('*', 2)
  const fits = (path: string) =>
    path.length >= head.length + tail.length && path.startsWith(head) && path.endsWith(tail)
  return [...archive.sizes.keys()]
    .filter(fits)
    .map((path) => ({ path, star: path.slice(head.length, path.length - tail.length) }))
}

/** Every subpath that can be asked for, and the files it may give; patterns are written out. */
export function publicSubpaths(
  manifest: Manifest,
  archive: ArchiveContents,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  const targets = exportTargets(manifest.exports) ?? []
  for (const { subpath, target } of targets) {
    if (target === null) continue
    const isOpen = subpath.includes('*') || subpath.endsWith('/')
    for (const { path, star } of filesOfTarget(archive, target)) {
      const key = !isOpen ? subpath : subpath.endsWith('/') ? subpath + star : subpath.replace('*', star)
      found.set(key, [...(found.get(key) ?? []), path])
    }
  }
  for (const { subpath, target } of targets) if (target === null) closePattern(found, subpath)
  return found
}

function closePattern(found: Map<string, string[]>, subpath: string): void {
  const [head = '', tail = ''] = subpath.split('*', 2)
  for (const key of [...found.keys()])
    if (subpath.includes('*') ? key.startsWith(head) && key.endsWith(tail) : key === subpath)
      found.delete(key)
}

/** The file that a condition order reaches for a subpath without a pattern. */
export function targetFor(exports: unknown, subpath: string, wanted: ReadonlySet<string>): string | null {
  const isMap = isMapping(exports) && Object.keys(exports).some((key) => key.startsWith('.'))
  const pick = (value: unknown): string | null => {
    if (typeof value === 'string') return value
    if (Array.isArray(value)) return pick(value[0])
    if (!isMapping(value)) return null
    for (const [condition, inner] of Object.entries(value)) {
      const reached = wanted.has(condition) ? pick(inner) : null
      if (reached !== null) return reached
    }
    return null
  }
  return pick(isMap ? (exports as Record<string, unknown>)[subpath] : subpath === '.' ? exports : null)
}

/** The file that `require` of a package, or `import` of it, loads; null where neither `exports` nor `main` gives one. */
export function entryFile(
  manifest: Manifest,
  archive: ArchiveContents,
  how: 'require' | 'import',
): string | null {
  if (manifest.exports !== null) {
    const target = targetFor(
      manifest.exports,
      '.',
      new Set(
        [how, 'node', 'default', 'node-addons', 'module-sync'].filter(
          (one) => one !== 'module-sync' || how === 'import',
        ),
      ),
    )
    const plain = target === null ? null : normalPath(target)
    return plain !== null && archive.sizes.has(plain) ? plain : null
  }
  return (manifest.main === null ? null : fileBehind(archive, manifest.main)) ?? fileBehind(archive, '')
}
