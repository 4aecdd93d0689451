import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { chooseFiles } from '../../src/contents/choose-files.ts'
import { type Comparison, compareReleases, type Dependent } from '../../src/contents/compare-releases.ts'
import { readContents } from '../../src/contents/read-contents.ts'
import { parseDistributionName } from '../../src/versions/distribution-name.ts'
import { pep440Scheme } from '../../src/versions/pep440-scheme.ts'
import type { NpmRow, PypiRow } from './rows.ts'
import { takeNpmDependent, takeTarball } from './take-npm.ts'
import { filesOnPypi, type IndexedFile, takeDependent, takeWheel } from './take-pypi.ts'

/** Two releases of one package. */
export interface Pair {
  readonly package: string
  readonly from: string
  readonly to: string
}

const normal = (version: string): string => pep440Scheme.normalize(version) ?? version

/** The files of every version that pip lists of a package. */
async function byVersion(cache: string, name: string): Promise<ReadonlyMap<string, readonly IndexedFile[]>> {
  const found = new Map<string, IndexedFile[]>()
  for (const file of await filesOnPypi(cache, name)) {
    const [parsed] = parseDistributionName(file.name)
    if (parsed !== undefined) found.set(parsed.version, [...(found.get(parsed.version) ?? []), file])
  }
  return found
}

/** The release pairs before a good version: each final with the one before it. */
export async function pairsBefore(cache: string, row: PypiRow, most: number): Promise<readonly Pair[]> {
  const versions = [...(await byVersion(cache, row.package)).keys()].filter(
    (one) => !pep440Scheme.isPrerelease(one),
  )
  versions.sort(pep440Scheme.compare)
  const at = versions.indexOf(normal(row.good))
  return versions
    .slice(Math.max(0, at - most), at + 1)
    .flatMap((to, index, all) =>
      index === 0 ? [] : [{ package: row.package, from: all[index - 1] ?? to, to }],
    )
}

/** Compares two releases of PyPI; null when their files cannot be had. */
export async function comparePypi(
  cache: string,
  pair: Pair,
  dependents: readonly Dependent[],
): Promise<Comparison | null> {
  const files = await byVersion(cache, pair.package)
  const [before, after] = [files.get(normal(pair.from)) ?? [], files.get(normal(pair.to)) ?? []]
  const chosen = chooseFiles(before, after)
  if (before.length === 0 || after.length === 0) return null
  const read = async (version: string, name: string | undefined) => {
    if (name?.endsWith('.whl') !== true) return null
    const path = await takeWheel(cache, pair.package, version, name)
    return path === null ? null : readContents(path, name)
  }
  const [left, right] = [await read(pair.from, chosen?.[0]), await read(pair.to, chosen?.[1])]
  const sides = left === null || right === null ? [null, null] : [left, right]
  return compareReleases(
    'pypi',
    { version: pair.from, files: before, archive: sides[0] ?? null },
    { version: pair.to, files: after, archive: sides[1] ?? null },
    dependents,
  )
}

/** Compares two releases of npm; null when their tarballs cannot be had. */
export async function compareNpm(
  cache: string,
  pair: Pair,
  dependents: readonly Dependent[],
): Promise<Comparison | null> {
  const before = await takeTarball(cache, pair.package, pair.from)
  const after = await takeTarball(cache, pair.package, pair.to)
  if (before === null || after === null) return null
  return compareReleases(
    'npm',
    { version: pair.from, files: [], archive: await readContents(before, basename(before)) },
    { version: pair.to, files: [], archive: await readContents(after, basename(after)) },
    dependents,
  )
}

/** The code of a row's dependent and of all it needs, without the package itself. */
export async function pypiDependents(cache: string, row: PypiRow): Promise<readonly Dependent[]> {
  const asked = row.dependent.install.map((one) => one.replace('{V}', row.dependent.goodVersion))
  if (asked.length === 0) return []
  // Interpreters below 3.8 are of no use to the installer; what was published that day is.
  const python = row.python === '2.7' || row.python === '3.6' ? '3.8' : row.python
  const folder = await takeDependent(cache, row.id, asked, python, row.excludeNewer)
  if (folder === null) return []
  const own = ownPaths(folder, row.package)
  return [
    {
      release: row.dependent.install[0] ?? row.id,
      archive: folderContents(folder, (path) => path.endsWith('.py') && !own.has(path)),
    },
  ]
}

/** The files that an installed distribution says are its own. */
function ownPaths(folder: string, name: string): ReadonlySet<string> {
  const alike = name.replaceAll('-', '_').toLowerCase()
  const info = readdirSync(folder).find(
    (entry) =>
      entry.endsWith('.dist-info') && entry.toLowerCase().replaceAll('-', '_').startsWith(`${alike}_`),
  )
  if (info === undefined) return new Set()
  const record = readFileSync(join(folder, info, 'RECORD'), 'utf8')
  return new Set(record.split('\n').map((line) => line.split(',')[0] ?? ''))
}

/** The code of a row's dependent and of all it needs, without the package itself. */
export async function npmDependents(cache: string, row: NpmRow): Promise<readonly Dependent[]> {
  if (row.dependent === null || row.with.length === 0) return []
  const folder = await takeNpmDependent(cache, row.id, row.with, row.before)
  if (folder === null) return []
  const isOwn = (path: string) => path.startsWith(`${row.package}/`)
  const archive = folderContents(
    join(folder, 'node_modules'),
    (path) => /\.[cm]?js$/.test(path) && !isOwn(path),
  )
  return [{ release: row.dependent, archive }]
}

const largestBytes = 1024 * 1024

function folderContents(top: string, wanted: (path: string) => boolean): Dependent['archive'] {
  const sizes = new Map<string, number>()
  const bytes = new Map<string, Uint8Array>()
  for (const entry of readdirSync(top, { recursive: true, encoding: 'utf8' })) {
    const path = entry.replaceAll('node_modules/', '')
    if (!wanted(path)) continue
    const found = statSync(join(top, entry))
    if (!found.isFile() || found.size > largestBytes) continue
    sizes.set(path, found.size)
    bytes.set(path, readFileSync(join(top, entry)))
  }
  return { name: basename(top), sizes, bytes, unread: [] }
}
