import { packageIdOf } from '../../versions/release.ts'
import {
  compareFullVersions,
  fullVersion,
  type PackageRef,
  type PackageRequest,
  type VersionRule,
} from '../choosing/version-rule.ts'
import { done, type Outcome, refuse } from '../outcome.ts'
import { changeRoot, type RootParts } from '../root/change-root.ts'
import { freshSuffix } from '../root/environment-files.ts'
import { writeMarker } from '../root/installed-marker.ts'
import { linksTo, type PackageState, versionFor, versionNamed, withVersion } from '../root/package-state.ts'
import { readState, tidyPackage, versionFolder, writeState } from '../root/state-store.ts'
import type { InstalledContents, InstallOrder, InstallTools } from './installer.ts'
import { installNode } from './npm-installer.ts'
import { installPython } from './python-installer.ts'

/** Puts a package into an empty folder. */
export type Installer = (order: InstallOrder) => Promise<Outcome<InstalledContents>>

/** pip and npm themselves. */
export function realInstaller(tools: InstallTools): Installer {
  return (order) => (order.ref.ecosystem === 'pypi' ? installPython(order, tools) : installNode(order, tools))
}

/** One version after an installation. */
export interface InstalledReport {
  readonly package: string
  readonly version: string
  readonly path: string
  readonly links: readonly string[]
  /** False when it was there before. */
  readonly isNew: boolean
}

/** Installs each request beside what is there; nothing else changes. The first one of a package becomes live. */
export async function installVersions(
  parts: RootParts,
  requests: readonly PackageRequest[],
  install: Installer,
): Promise<Outcome<readonly InstalledReport[]>> {
  return changeRoot(parts, async () => {
    const reports: InstalledReport[] = []
    for (const request of requests) {
      const ref = await packageToInstall(parts, request)
      if (ref === null)
        return refuse(
          `package: ${request.text} needs the name of the package, such as demo-lib@${request.text}`,
          'usage',
        )
      const report = await installOne(parts, ref, request.rule, install)
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
  ref: PackageRef,
  rule: VersionRule,
  install: Installer,
): Promise<Outcome<InstalledReport>> {
  const { files, root } = parts
  const state = await readState(files, root, ref)
  const there = rule.kind === 'full' && state !== null ? versionFor(state, [rule]) : null
  if (state !== null && there !== null) return done(reportOf(parts, state, there.version, false))
  const name = rule.kind === 'partial' || rule.kind === 'full' ? rule.text.replaceAll('/', '_') : rule.kind
  const entry = `${name}.${freshSuffix()}`
  const folder = versionFolder(root, ref, entry)
  parts.onProgress(
    `installing ${packageIdOf(ref)}${rule.kind === 'live' ? '' : `@${rule.kind === 'path' ? rule.path : rule.text}`}`,
  )
  await files.makeFolder(folder)
  const made = await install({ ref, rule, folder })
  const problem = made.ok ? wrongVersion(ref, rule, made.value.version) : null
  const isKnown = made.ok && state !== null && versionNamed(state, made.value.version) !== null
  if (!made.ok || problem !== null || isKnown) {
    await files.remove(folder)
    await tidyPackage(files, root, ref)
    if (!made.ok) return made
    if (problem !== null || state === null) return refuse(problem ?? 'nothing was installed')
    return done(reportOf(parts, state, made.value.version, false))
  }
  await writeMarker(files, folder, ref, made.value)
  await files.flush(folder)
  const { version } = made.value
  const next = withVersion(state, ref, { version, folder: entry, installedAt: parts.now() })
  await writeState(files, root, next)
  return done(reportOf(parts, next, version, true))
}

/** An index may give another version than it was asked for: npm's registry knows no local ones. */
function wrongVersion(ref: PackageRef, rule: VersionRule, version: string): string | null {
  if (rule.kind !== 'full') return null
  const wanted = fullVersion(ref.ecosystem, rule.text)
  if (wanted === null) return `${rule.text} is no version of ${packageIdOf(ref)}`
  if (compareFullVersions(ref.ecosystem, wanted, version) === 0) return null
  return `the index gave ${packageIdOf(ref)} ${version} for ${wanted}`
}

function reportOf(parts: RootParts, state: PackageState, version: string, isNew: boolean): InstalledReport {
  const entry = versionNamed(state, version)
  return {
    package: packageIdOf(state),
    version,
    path: versionFolder(parts.root, state, entry?.folder ?? ''),
    links: linksTo(state, version),
    isNew,
  }
}
