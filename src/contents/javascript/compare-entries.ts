import type { ArchiveContents, FindingList } from '../contents.ts'
import { exportTargets, fileBehind, filesOfTarget, normalPath, publicSubpaths } from './entries.ts'
import type { Manifest } from './manifest.ts'

export interface NpmSide {
  readonly manifest: Manifest
  readonly archive: ArchiveContents
}

/** What of a package can be asked for: entries that lead nowhere, subpaths that are closed or gone. */
export function compareEntries(before: NpmSide, after: NpmSide, found: FindingList): void {
  const known = new Set(missingEntries(before))
  found.add('entry-missing', ...missingEntries(after).filter((entry) => !known.has(entry)))
  found.add(
    'exports-target-invalid',
    ...invalidTargets(after).filter((one) => !invalidTargets(before).includes(one)),
  )
  const lostBins = Object.keys(before.manifest.bin).filter((name) => !(name in after.manifest.bin))
  found.add('entry-point-removed', ...lostBins.map((name) => `bin ${name}`))
  if (hasTypes(before) && !hasTypes(after)) found.add('types-gone', before.manifest.name)
  compareSubpaths(before, after, found)
}

function compareSubpaths(before: NpmSide, after: NpmSide, found: FindingList): void {
  if (after.manifest.exports === null) {
    if (before.manifest.exports === null) found.add('file-removed', ...lostFiles(before, after))
    return
  }
  const open = publicSubpaths(after.manifest, after.archive)
  if (before.manifest.exports === null) {
    const closed = importable(before).filter((path) => !isReachable(path, open))
    // A package that was one file has nothing that its first map could close.
    found.add('exports-map-added', ...closed.filter((path) => path !== 'package.json'))
    return
  }
  const targets = exportTargets(before.manifest.exports) ?? []
  for (const [subpath, files] of publicSubpaths(before.manifest, before.archive)) {
    if (open.has(subpath) || subpath === './package.json' || !files.some(isCode)) continue
    const isNamed = targets.some((one) => one.subpath === subpath)
    found.add(isNamed ? 'exports-subpath-removed' : 'file-removed', subpath)
  }
}

const isCode = (path: string): boolean => /\.(js|cjs|mjs|json|node|css|d\.ts|d\.cts|d\.mts|wasm)$/.test(path)

/** Files that somebody may load by their path while there is no `exports`. */
function importable({ archive, manifest }: NpmSide): readonly string[] {
  const entry = manifest.main === null ? 'index.js' : fileBehind(archive, manifest.main)
  return [...archive.sizes.keys()].filter(
    (path) => /\.(js|cjs|mjs|json|css)$/.test(path) && !isInnerFile(path) && path !== entry,
  )
}

function isReachable(path: string, open: ReadonlyMap<string, readonly string[]>): boolean {
  if (open.has(`./${path}`) || open.has(`./${path.replace(/\.(js|json)$/, '')}`)) return true
  // The same file under another name, such as the main one.
  return [...open].some(([subpath, files]) => subpath === '.' && files.includes(path))
}

/** Tests, sources and tools that are packed along. */
export const isInnerFile = (path: string): boolean =>
  /(^|\/)(tests?|__tests__|specs?|examples?|docs?|benchmarks?|bench|coverage|scripts|\.[^/]+|fixtures?|demo|node_modules|umd|src)\/|(^|\/)(gulpfile|gruntfile|karma\.conf|[^/]*\.config\.|tsconfig|\.?eslintrc|bower|component|composer|package-lock)[^/]*$|\.(test|spec|min|stories)\.[^/]+$/i.test(
    path,
  )

/** Files without which a deep import fails; names that a bundler makes up anew each time do not count. */
function lostFiles(before: NpmSide, after: NpmSide): readonly string[] {
  const isMade = (path: string) => /[-.][A-Za-z0-9_-]{8}\.[cm]?js$|(^|\/)chunks?[-/]/.test(path)
  return importable(before).filter(
    (path) =>
      !isMade(path) &&
      /\.(js|cjs|json)$/.test(path) &&
      fileBehind(after.archive, path.replace(/\.js$/, '')) === null &&
      !after.archive.sizes.has(path),
  )
}

/** Entries of the manifest whose file is not in the tarball, as `field: path`. */
function missingEntries({ manifest, archive }: NpmSide): readonly string[] {
  const missing: string[] = []
  const { raw } = manifest
  if (manifest.main !== null && fileBehind(archive, manifest.main) === null && !isDeclarationsOnly(archive))
    missing.push(`main: ${manifest.main}`)
  for (const field of ['module', 'types', 'typings', 'browser', 'unpkg', 'jsdelivr', 'style']) {
    const value = raw[field]
    if (typeof value === 'string' && value !== '' && !isThere(archive, value))
      missing.push(`${field}: ${value}`)
  }
  for (const [name, path] of Object.entries(manifest.bin))
    if (fileBehind(archive, path) === null) missing.push(`bin ${name}: ${path}`)
  for (const { subpath, target } of exportTargets(manifest.exports) ?? [])
    if (target?.startsWith('./') && filesOfTarget(archive, target).length === 0)
      missing.push(`exports ${subpath}: ${target}`)
  return [...new Set(missing)]
}

const isThere = (archive: ArchiveContents, path: string): boolean =>
  fileBehind(archive, path) !== null ||
  ['.d.ts', '/index.d.ts', '.d.mts', '.d.cts'].some((ending) =>
    archive.sizes.has(`${normalPath(path)}${ending}`),
  )

const isDeclarationsOnly = (archive: ArchiveContents): boolean =>
  [...archive.sizes.keys()].every((path) => !/\.[cm]?js$/.test(path))

const invalidTargets = ({ manifest }: NpmSide): readonly string[] =>
  (exportTargets(manifest.exports) ?? []).flatMap(({ subpath, target }) =>
    target !== null && !target.startsWith('./') ? [`${subpath}: ${target}`] : [],
  )

/** Whether TypeScript finds declarations for the package's own name. */
export function hasTypes({ manifest, archive }: NpmSide): boolean {
  const { raw } = manifest
  if ([raw.types, raw.typings].some((path) => typeof path === 'string' && isThere(archive, path))) return true
  if (archive.sizes.has('index.d.ts')) return true
  const declared = exportTargets(manifest.exports)?.some(
    ({ target }) =>
      target !== null && /\.d\.[cm]?ts$/.test(target) && filesOfTarget(archive, target).length > 0,
  )
  if (declared === true) return true
  const main = manifest.main === null ? null : fileBehind(archive, manifest.main)
  return main !== null && archive.sizes.has(main.replace(/\.([cm]?)js$/, '.d.$1ts'))
}
