import { packageIdOf } from '../../versions/release.ts'
import {
  compareFullVersions,
  fullVersion,
  isVersion,
  type PackageRef,
  type PackageRequest,
  type VersionRule,
} from '../choosing/version-rule.ts'
import { done, type Outcome, refuse } from '../outcome.ts'
import { changeRoot, type RootParts } from '../root/change-root.ts'
import { freshSuffix } from '../root/environment-files.ts'
import { type InstalledContents, writeMarker } from '../root/installed-marker.ts'
import {
  buildFor,
  type InstalledBuild,
  type InstalledVersion,
  linksTo,
  type PackageState,
  versionNamed,
  withBuild,
} from '../root/package-state.ts'
import { shareFiles } from '../root/shared-store.ts'
import { readState, tidyPackage, versionFolder, writeState } from '../root/state-store.ts'
import { alreadyThere } from './already-there.ts'
import type { Installer, NamedOrder } from './installer.ts'
import { constraintsFor } from './together.ts'

/** One version after an installation. */
export interface InstalledReport {
  readonly package: string
  readonly version: string
  readonly path: string
  readonly interpreter: string
  readonly extras: readonly string[]
  readonly standing: InstalledVersion['standing']
  readonly links: readonly string[]
  /** False when it was there before. */
  readonly isNew: boolean
}

/** How packages are installed. */
export interface InstallMode {
  /** Folders of sources stay where they are. */
  readonly isEditable: boolean
  /** So that one process can have all of them. */
  readonly isTogether: boolean
}

/** Installs each request beside what is there; nothing else changes. The first one of a package becomes live. */
export async function installVersions(
  parts: RootParts,
  requests: readonly PackageRequest[],
  installer: Installer,
  mode: InstallMode = { isEditable: false, isTogether: false },
): Promise<Outcome<readonly InstalledReport[]>> {
  return changeRoot(parts, async () => {
    const named: NamedOrder[] = []
    for (const request of requests) {
      const ref = await packageToInstall(parts, request)
      if (ref === null)
        return refuse(
          `package: ${request.text} needs the name of the package, such as demo-lib@${request.text}`,
          'usage',
        )
      const { rule, extras } = request
      if (mode.isEditable && rule.kind !== 'path')
        return refuse(
          `editable: got ${request.text}, expected the folder of its sources, such as ${ref.name}@/home/me/src`,
          'usage',
        )
      named.push({ ref, rule, extras, isEditable: mode.isEditable, constraints: [] })
    }
    const constraints = mode.isTogether ? await constraintsFor(parts, named, installer) : done([])
    if (!constraints.ok) return constraints
    const reports: InstalledReport[] = []
    for (const order of named) {
      const report = await installOne(parts, { ...order, constraints: constraints.value }, installer)
      if (!report.ok) return report
      reports.push(report.value)
    }
    return done(reports)
  })
}

/** A bare name is what the root already has under it, else a Python package. */
async function packageToInstall(
  { files, root }: RootParts,
  { packages }: PackageRequest,
): Promise<PackageRef | null> {
  for (const ref of packages) if ((await readState(files, root, ref)) !== null) return ref
  return packages[0] ?? null
}

async function installOne(
  parts: RootParts,
  order: NamedOrder,
  installer: Installer,
): Promise<Outcome<InstalledReport>> {
  const { files, root } = parts
  const { ref, rule } = order
  const there = await alreadyThere(parts, order, installer)
  if (!there.ok) return there
  if (there.value !== null) {
    const { state, entry, build } = there.value
    return done(reportOf(parts, state, entry.version, build, false))
  }
  const state = await readState(files, root, ref)
  const entry = `${nameFor(rule)}.${freshSuffix()}`
  const folder = versionFolder(root, ref, entry)
  parts.onProgress(`installing ${sayOrder(order)}`)
  await files.makeFolder(folder)
  const made = await installer.install({ ...order, extras: extrasWith(state, order), folder })
  const problem = made.ok ? wrongVersion(ref, rule, made.value.version) : null
  const known = made.ok && state !== null ? sameBuild(state, made.value, order.isEditable) : null
  if (!made.ok || problem !== null || known !== null) {
    await files.remove(folder)
    await tidyPackage(files, root, ref)
    if (!made.ok) return made
    if (problem !== null || state === null || known === null)
      return refuse(problem ?? 'nothing was installed')
    return done(reportOf(parts, state, made.value.version, known, false))
  }
  await writeMarker(files, folder, ref, made.value)
  await shareFiles(parts, folder)
  await files.flush(folder)
  const { version, interpreter, extras } = made.value
  const build = { folder: entry, interpreter, extras, installedAt: parts.now() }
  const next = withBuild(state, ref, version, build)
  await writeState(files, root, next)
  return done(reportOf(parts, next, version, build, true))
}

/** The extras that a version has already are kept where more are asked for. */
function extrasWith(state: PackageState | null, { ref, rule, extras }: NamedOrder): readonly string[] {
  if (state === null || extras.length === 0 || rule.kind === 'live' || rule.kind === 'path') return extras
  const entry = state.versions.find(({ version }) => isVersion(ref.ecosystem, rule.text, version))
  const there = entry?.builds.flatMap((build) => build.extras) ?? []
  return [...new Set([...extras, ...there])].sort()
}

/** A build that is there and does what a new one would; sources that stay where they are change under their number. */
function sameBuild(state: PackageState, made: InstalledContents, isEditable: boolean): InstalledBuild | null {
  const entry = versionNamed(state, made.version)
  return entry === null || isEditable ? null : buildFor(entry, made)
}

function nameFor(rule: VersionRule): string {
  return rule.kind === 'partial' || rule.kind === 'full' ? rule.text.replaceAll('/', '_') : rule.kind
}

function sayOrder({ ref, rule, extras }: NamedOrder): string {
  const chosen = extras.length === 0 ? '' : `[${extras.join(',')}]`
  const behind = rule.kind === 'live' ? '' : `@${rule.kind === 'path' ? rule.path : rule.text}`
  return `${packageIdOf(ref)}${chosen}${behind}`
}

/** An index may give another version than it was asked for: npm's registry knows no local ones. */
function wrongVersion(ref: PackageRef, rule: VersionRule, version: string): string | null {
  if (rule.kind !== 'full') return null
  const wanted = fullVersion(ref.ecosystem, rule.text)
  if (wanted === null) return `${rule.text} is no version of ${packageIdOf(ref)}`
  if (compareFullVersions(ref.ecosystem, wanted, version) === 0) return null
  return `the index gave ${packageIdOf(ref)} ${version} for ${wanted}`
}

function reportOf(
  parts: RootParts,
  state: PackageState,
  version: string,
  { folder, interpreter, extras }: InstalledBuild,
  isNew: boolean,
): InstalledReport {
  return {
    package: packageIdOf(state),
    version,
    path: versionFolder(parts.root, state, folder),
    interpreter,
    extras,
    standing: versionNamed(state, version)?.standing ?? 'untested',
    links: linksTo(state, version),
    isNew,
  }
}
