import type { PackageId, ReleaseId } from './release.ts'
import { schemeOf } from './scheme-of.ts'
import type { VersionScheme } from './version-scheme.ts'

// What a release id in normal form says. Ids from outside go through `parseReleaseId` first.

/** The package of a release. */
export function packageOf(id: ReleaseId): PackageId {
  return id.slice(0, id.lastIndexOf('@'))
}

/** The version of a release. */
export function versionOf(id: ReleaseId): string {
  return id.slice(id.lastIndexOf('@') + 1)
}

/** The line of a release: releases of one package and line replace each other. */
export function lineOf(id: ReleaseId): string {
  return schemeFor(id).lineOf(versionOf(id))
}

/** Whether a release is none for everybody. */
export function isPrerelease(id: ReleaseId): boolean {
  return schemeFor(id).isPrerelease(versionOf(id))
}

/** The order of two releases of one package: negative, zero or positive. */
export function compareReleases(a: ReleaseId, b: ReleaseId): number {
  return schemeFor(a).compare(versionOf(a), versionOf(b))
}

function schemeFor(id: ReleaseId): VersionScheme {
  return schemeOf(id.startsWith('npm:') ? 'npm' : 'pypi')
}
