import { parse as parseCommon } from 'cjs-module-lexer'
import { type ArchiveContents, type FindingList, sameBytes, textIn } from '../contents.ts'
import type { NpmSide } from './compare-entries.ts'
import { readDeclarations } from './declarations.ts'
import { entryFile, fileBehind, normalPath, publicSubpaths } from './entries.ts'

/** Names that public entries exported and no longer do, in code and in declarations. */
export function compareExports(before: NpmSide, after: NpmSide, found: FindingList): void {
  for (const [subpath, old, now] of entryPairs(before, after)) {
    const was = exportedNames(before.archive, old)
    const is = exportedNames(after.archive, now)
    if (was === null || is === null) continue
    const lost = [...was].filter(
      (name) => !is.has(name) && name !== '__esModule' && name !== 'module.exports' && !name.startsWith('_'),
    )
    found.add('name-removed', ...lost.map((name) => (subpath === '.' ? name : `${subpath}:${name}`)))
  }
  compareDeclarations(before, after, found)
}

/** Entries of both sides that load the same way. */
function* entryPairs(
  before: NpmSide,
  after: NpmSide,
): Generator<[subpath: string, old: string, now: string]> {
  for (const how of ['require', 'import'] as const) {
    const [old, now] = [
      entryFile(before.manifest, before.archive, how),
      entryFile(after.manifest, after.archive, how),
    ]
    if (old !== null && now !== null) yield ['.', old, now]
  }
  const open = publicSubpaths(after.manifest, after.archive)
  for (const [subpath, files] of publicSubpaths(before.manifest, before.archive)) {
    if (subpath === '.') continue
    const [old] = files.filter((path) => /\.[cm]?js$/.test(path))
    const [now] = (open.get(subpath) ?? []).filter((path) => /\.[cm]?js$/.test(path))
    if (old !== undefined && now !== undefined && !sameBytes(before.archive, after.archive, old))
      yield [subpath, old, now]
  }
}

/** The names a file exports, through what it passes on; null where that cannot be read in full. */
function exportedNames(
  archive: ArchiveContents,
  path: string,
  seen: ReadonlySet<string> = new Set(),
): ReadonlySet<string> | null {
  const text = textIn(archive, path)
  if (text === null || seen.has(path) || seen.size > 30) return seen.has(path) ? new Set() : null
  try {
    const { exports, reexports } = isModule(path, text) ? moduleNames(text) : parseCommon(text)
    const names = new Set(exports)
    for (const specifier of reexports) {
      const target = specifier.startsWith('.')
        ? normalPath(`${path.split('/').slice(0, -1).join('/')}/${specifier}`)
        : null
      const file = target === null ? null : fileBehind(archive, target)
      const inner = file === null ? null : exportedNames(archive, file, new Set([...seen, path]))
      if (inner === null) return null
      for (const name of inner) names.add(name)
    }
    return names.size === 0 ? null : names
  } catch {
    return null
  }
}

const isModule = (path: string, text: string): boolean =>
  path.endsWith('.mjs') ||
  (!path.endsWith('.cjs') && /^\s*(import|export)\b/m.test(text) && !/\bmodule\.exports\b/.test(text))

/** Exports of an ES module by its words; strings and comments with the word in front of a line are rare enough. */
function moduleNames(text: string): { exports: Iterable<string>; reexports: Iterable<string> } {
  const { exported, stars } = readDeclarations(text)
  return { exports: exported, reexports: stars }
}

function compareDeclarations(before: NpmSide, after: NpmSide, found: FindingList): void {
  const [old, now] = [declarationFile(before), declarationFile(after)]
  if (now !== null && isConflict(after, now) && (old === null || !isConflict(before, old)))
    found.add('declarations-invalid', `${now}: "export =" beside other exports`)
  if (old === null || now === null) return
  const was = declaredNames(before.archive, old)
  const is = declaredNames(after.archive, now)
  if (was === null || is === null) return
  found.add(
    'type-removed',
    ...[...was].filter((name) => !is.has(name) && !name.startsWith('_') && name !== '='),
  )
}

const isConflict = ({ archive }: NpmSide, path: string): boolean =>
  readDeclarations(textIn(archive, path) ?? '').conflict

function declaredNames(
  archive: ArchiveContents,
  path: string,
  seen: ReadonlySet<string> = new Set(),
): ReadonlySet<string> | null {
  const text = textIn(archive, path)
  if (text === null || seen.size > 40) return null
  const { exported, stars } = readDeclarations(text)
  const names = new Set(exported)
  for (const star of stars) {
    const file = star.startsWith('.')
      ? declarationBehind(archive, `${path.split('/').slice(0, -1).join('/')}/${star}`)
      : null
    if (file === null) return null
    if (seen.has(file)) continue
    const inner = declaredNames(archive, file, new Set([...seen, path]))
    if (inner === null) return null
    for (const name of inner) names.add(name)
  }
  return names
}

function declarationBehind(archive: ArchiveContents, path: string): string | null {
  const plain = normalPath(path)
  if (plain === null) return null
  const stem = plain.replace(/\.([cm]?)js$/, '')
  const tries = [
    plain,
    plain.replace(/\.([cm]?)js$/, '.d.$1ts'),
    `${stem}.d.ts`,
    `${stem}.d.mts`,
    `${stem}.d.cts`,
    `${stem}/index.d.ts`,
  ]
  return tries.find((one) => /\.d\.[cm]?ts$/.test(one) && archive.sizes.has(one)) ?? null
}

/** The declaration file of the package's own name. */
function declarationFile({ manifest, archive }: NpmSide): string | null {
  const { raw } = manifest
  for (const path of [raw.types, raw.typings]) {
    const file = typeof path === 'string' ? declarationBehind(archive, path) : null
    if (file !== null) return file
  }
  const open = publicSubpaths(manifest, archive).get('.') ?? []
  return (
    open.find((path) => /\.d\.[cm]?ts$/.test(path)) ?? (archive.sizes.has('index.d.ts') ? 'index.d.ts' : null)
  )
}
