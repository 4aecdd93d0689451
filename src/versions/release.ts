import type { Ecosystem } from './version-scheme.ts'

/** One version of one package, name and version in normal form. */
export interface Release {
  readonly ecosystem: Ecosystem
  readonly name: string
  readonly version: string
}

/** `pypi:demo-lib@1.3.0`, `npm:@scope/lib@2.0.0`: the text form of a release. */
export type ReleaseId = string

/** `pypi:demo-lib`, `npm:@scope/lib`: the text form of a package. */
export type PackageId = string
