import { builtinModules } from 'node:module'
import { type ArchiveContents, type FindingList, sameBytes, textIn } from '../contents.ts'
import { isInnerFile, type NpmSide } from './compare-entries.ts'
import { entryFile, fileBehind, normalPath } from './entries.ts'
import type { ModuleScans } from './module-scans.ts'

/** The scripts of both releases. */
export interface ScanPair {
  readonly before: ModuleScans
  readonly after: ModuleScans
}

const isScript = (path: string): boolean => /\.[cm]?js$/.test(path) && !isInnerFile(path)

/** What files ask for and what they call: things that fail when they are loaded or used. */
export function compareModules(before: NpmSide, after: NpmSide, scans: ScanPair, found: FindingList): void {
  const neededBefore = once(() => outsideNames(before.archive, scans.before))
  const calledBefore = once(() => neededFree(before.archive, scans.before))
  for (const path of after.archive.sizes.keys()) {
    if (!isScript(path) || sameBytes(before.archive, after.archive, path)) continue
    const scan = scans.after.of(path)
    if (scan === null) continue
    for (const use of scan.uses) {
      if (use.specifier.startsWith('.')) {
        if (use.how !== 'dynamic' && !use.guarded && isLost(before, after, path, use.specifier))
          found.add('broken-relative-import', `${path} -> ${use.specifier}`)
      } else if (
        !use.guarded &&
        use.how !== 'dynamic' &&
        isUndeclared(after, use.specifier) &&
        neededBefore()?.has(packageOf(use.specifier)) === false
      )
        found.add('undeclared-import', `${packageOf(use.specifier)} in ${path}`)
    }
    if (scan.freeCalls.size === 0) continue
    const known = scans.before.of(path)?.freeCalls ?? calledBefore()
    for (const name of scan.freeCalls)
      if (known?.has(name) === false) found.add('free-name', `${name} in ${path}`)
  }
  compareLoading(before, after, scans, found)
}

function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | null = null
  return () => {
    known ??= { value: compute() }
    return known.value
  }
}

const builtins = new Set([...builtinModules, 'test', 'sqlite', 'sea'])

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

function isUndeclared({ manifest }: NpmSide, specifier: string): boolean {
  const name = packageOf(specifier)
  if (
    /^[a-z+.-]+:/i.test(specifier) ||
    /^[#/~$]|[!?]/.test(specifier) ||
    !/^(@[\w.~-]+\/)?[a-zA-Z0-9][\w.~-]*$/.test(name)
  )
    return false
  if (builtins.has(name) || name === manifest.name) return false
  const { dependencies, peerDependencies, optionalDependencies, raw } = manifest
  const bundled = Array.isArray(raw.bundledDependencies)
    ? raw.bundledDependencies
    : Array.isArray(raw.bundleDependencies)
      ? raw.bundleDependencies
      : []
  return (
    ![dependencies, peerDependencies, optionalDependencies].some((names) => name in names) &&
    !bundled.includes(name)
  )
}

/** Null where not all of it was looked at: then it is not known what was needed before. */
function outsideNames(archive: ArchiveContents, scans: ModuleScans): ReadonlySet<string> | null {
  const names = new Set<string>()
  for (const path of archive.sizes.keys())
    if (isScript(path))
      for (const { specifier } of scans.of(path)?.uses ?? []) names.add(packageOf(specifier))
  return scans.isWhole ? names : null
}

/** For a file that is new: names that the baseline called freely anywhere are globals of where it runs. */
function neededFree(archive: ArchiveContents, scans: ModuleScans): ReadonlySet<string> | null {
  const names = new Set<string>()
  for (const path of archive.sizes.keys())
    if (isScript(path)) for (const name of scans.of(path)?.freeCalls ?? []) names.add(name)
  return scans.isWhole ? names : null
}

function isLost(before: NpmSide, after: NpmSide, path: string, specifier: string): boolean {
  const target = normalPath(`${path.split('/').slice(0, -1).join('/')}/${specifier}`)
  if (target === null || fileBehind(after.archive, target) !== null) return false
  // A file that leads nowhere in the baseline either has never been loaded by anybody.
  return (
    !before.archive.sizes.has(path) ||
    fileBehind(before.archive, target) !== null ||
    !asksFor(before, path, specifier)
  )
}

const asksFor = ({ archive }: NpmSide, path: string, specifier: string): boolean =>
  (textIn(archive, path) ?? '').includes(specifier)

/** How the package itself loads: by `require` and `import`, as function or object. */
function compareLoading(before: NpmSide, after: NpmSide, scans: ScanPair, found: FindingList): void {
  for (const how of ['require', 'import'] as const) {
    const [old, now] = [
      entryFile(before.manifest, before.archive, how),
      entryFile(after.manifest, after.archive, how),
    ]
    if (old === null || now === null) continue
    const [was, is] = [formatOf(before, old), formatOf(after, now)]
    const scan = scans.after.of(now)
    if (
      is === 'module' &&
      scan?.isCommonSyntax &&
      !scan.isModuleSyntax &&
      /\b(module\.exports|exports\.\w|require\()/.test(textIn(after.archive, now) ?? '') &&
      (was !== 'module' || scans.before.of(old)?.isModuleSyntax)
    )
      found.add('format-mismatch', `${now} is written for require and loaded as an ES module`)
    else if (
      is === 'commonjs' &&
      scan?.isModuleSyntax &&
      !(scans.before.of(old)?.isModuleSyntax && was === 'commonjs')
    )
      found.add('format-mismatch', `${now} is an ES module and loaded by require`)
    else if (how === 'require' && was === 'commonjs' && is === 'module')
      found.add('require-lost', `${old} -> ${now}`)
    const [kindBefore, kindAfter] = [scans.before.of(old)?.exportsKind, scan?.exportsKind]
    if (how === 'require' && kindBefore === 'function' && kindAfter === 'object')
      found.add('kind-changed', `${now}: function -> object`)
  }
}

function formatOf({ manifest, archive }: NpmSide, path: string): 'module' | 'commonjs' | 'other' {
  if (path.endsWith('.mjs')) return 'module'
  if (path.endsWith('.cjs')) return 'commonjs'
  if (!path.endsWith('.js')) return 'other'
  for (let folder = path; folder.includes('/'); ) {
    folder = folder.slice(0, folder.lastIndexOf('/'))
    const inner = textIn(archive, `${folder}/package.json`)
    if (inner !== null) return /"type"\s*:\s*"module"/.test(inner) ? 'module' : 'commonjs'
  }
  return manifest.type
}
